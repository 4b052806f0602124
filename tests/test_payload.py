"""The snapshot that the card, get_session and diagnostics share."""

import json
import os
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.enode_flex.charging import BlockWord, ChargingStatus, ErrorWord, OutcomeWord
from custom_components.enode_flex.payload import VERSION, Verdict
from tests.snapshots import history, payloads

FIXTURES = Path(__file__).parent / "fixtures" / "card"
DOCUMENT = Path(__file__).parents[1] / "docs" / "snapshot.md"

WRITTEN = payloads() | {"history": history()}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_the_card_is_tested_with_what_the_integration_sends(name: str):
    """Writes the fixtures anew with UPDATE_FIXTURES=1 in the environment."""
    path = FIXTURES / f"{name}.json"
    if os.environ.get("UPDATE_FIXTURES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(WRITTEN[name], indent=1) + "\n")
    assert json.loads(path.read_text()) == WRITTEN[name]


def test_no_fixture_is_left_over():
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(WRITTEN)


def _fields(value: Any) -> set[str]:
    """Names of all fields, those inside of others included; names of entities are no fields."""
    if isinstance(value, list):
        return {name for item in value for name in _fields(item)}
    if not isinstance(value, dict):
        return set()
    inner = {name for key, item in value.items() if key != "entities" for name in _fields(item)}
    return inner | set(value)


def test_every_field_is_documented():
    words = set(re.findall(r"`(\w+)`", DOCUMENT.read_text()))

    assert _fields(list(WRITTEN.values())) - words == set()


def test_the_document_tells_the_version_that_is_sent():
    assert f"`version` is {VERSION}." in DOCUMENT.read_text()


def test_a_newer_format_needs_a_newer_card():
    card = (Path(__file__).parents[1] / "custom_components/enode_flex/frontend/enode-flex-card.js").read_text()

    assert f"const VERSION = {VERSION};" in card


def test_it_is_plain_json_without_what_is_personal():
    text = json.dumps(WRITTEN)

    for personal in ("vin", "user_id", "location", "latitude"):
        assert f'"{personal}' not in text


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("upcoming", "unknown"),
        ("waiting", "on_track"),
        ("immediate", "on_track"),
        ("off_target", "off_track"),
        ("start_failed", "error"),
        ("unknown_error", "error"),
        ("ready", "ready"),
        ("settled", "unknown"),
        ("no_plan", "unknown"),
    ],
)
def test_the_verdict(name: str, verdict: str):
    assert WRITTEN[name]["verdict"]["state"] == verdict


def test_between_two_visits_the_start_of_the_last_one_is_not_told():
    assert WRITTEN["upcoming"]["battery"]["at_plug_in"] is None
    assert WRITTEN["settled"]["battery"]["at_plug_in"] is None
    assert WRITTEN["charging"]["battery"]["at_plug_in"] == 24


def test_the_phase_of_a_block_is_told_by_the_clock_and_past_once_settled():
    assert [it["phase"] for it in WRITTEN["charging"]["session"]["blocks"]] == ["past", "running", "future"]
    assert {it["phase"] for it in WRITTEN["settled"]["session"]["blocks"]} == {"past"}


def test_stale_data_say_how_old_they_are():
    assert WRITTEN["stale"]["stale"] is True
    assert WRITTEN["stale"]["as_of"] == "2026-11-23T20:20:00+00:00"
    assert WRITTEN["waiting"]["stale"] is False


def test_what_is_not_allowed_says_why():
    assert WRITTEN["upcoming"]["actions"]["immediate_start"] == {"allowed": False, "reason": "not_plugged_in"}
    assert WRITTEN["read_only"]["actions"]["immediate_start"] == {"allowed": False, "reason": "not_permitted"}
    assert WRITTEN["waiting"]["actions"]["immediate_start"] == {"allowed": True, "reason": None}


def test_every_word_has_a_text_on_the_card():
    common = json.loads((Path(__file__).parents[1] / "custom_components/enode_flex/translations/en.json").read_text())[
        "common"
    ]
    # Told by the banner instead; the head says then what the car does meanwhile.
    in_the_banner = {
        "missing_capabilities",
        "start_failed",
        "stop_failed",
        "not_charging_although_planned",
        "no_session",
    }

    wanted = {f"card_status_{word}" for word in ChargingStatus if word not in in_the_banner}
    wanted |= {f"card_{word}_title" for word in ErrorWord if word is not ErrorWord.NONE}
    wanted |= {f"card_{word}_text" for word in ErrorWord if word is not ErrorWord.NONE}
    wanted |= {f"card_outcome_{word}" for word in OutcomeWord}
    wanted |= {f"card_type_{word}" for word in BlockWord}
    wanted |= {f"card_verdict_{word}" for word in Verdict if word is not Verdict.UNKNOWN}

    assert wanted - set(common) == set()


def test_every_text_that_the_card_asks_for_exists_and_none_is_left_over():
    root = Path(__file__).parents[1] / "custom_components" / "enode_flex"
    texts = {
        key.removeprefix("card_")
        for key in json.loads((root / "translations/en.json").read_text())["common"]
        if key.startswith("card_")
    }
    source = "\n".join(path.read_text() for path in (root / "frontend").glob("*.js"))
    used = set(re.findall(r'"([a-z][a-z_]+)"', source))
    # Keys with a part that is a word of the snapshot.
    families = (*tuple(re.findall(r"[`\"]([a-z_]+_)\$\{", source)), "battery", "start", "target", "reserve")

    missing = set(re.findall(r'(?:\bt|add|tell)\(\s*"([a-z_]+)"', source)) - texts
    unused = {
        key
        for key in texts
        if key not in used and not key.startswith(families) and not key.endswith(("_title", "_text"))
    }

    assert missing == set()
    assert unused == set()
