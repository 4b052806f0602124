"""Blocks in order and disorder."""

from datetime import timedelta

import pytest

from custom_components.enode_flex.api.models import Block
from custom_components.enode_flex.charging import BlockWord, Phase, coming, last_end, running, windows
from custom_components.enode_flex.charging.blocks import running_all
from tests.charging.samples import at, session


def block(start: str | None, end: str | None, kind: str = "REGULAR", kwh: float | None = 1.0) -> Block:
    return Block(type=kind, kwh_sum=kwh, start_at=at(start) if start else None, end_at=at(end) if end else None)


def test_windows_are_in_order_and_usable() -> None:
    found = windows(
        [
            block("23T20:00", "23T21:00"),
            block("23T18:00", "23T18:00"),
            block("23T19:00", "23T18:00"),
            block(None, "23T18:00"),
            block("23T18:00", None),
            block("23T17:00", "23T18:00", kwh=-3),
            block("23T16:00", "23T17:00", kwh=None),
        ]
    )
    assert [(it.start_at, it.kwh) for it in found] == [
        (at("23T16:00"), None),
        (at("23T17:00"), 0.0),
        (at("23T20:00"), 1.0),
    ]


def test_an_unknown_type_keeps_its_raw_text() -> None:
    (found,) = windows([block("23T16:00", "23T17:00", kind="SOLAR")])
    assert (found.type, found.raw_type) == (None, "SOLAR")
    (known,) = windows([block("23T16:00", "23T17:00", kind="BATTERY_RESERVE")])
    assert known.type is BlockWord.BATTERY_RESERVE


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        ("23T15:59", Phase.FUTURE),
        ("23T16:00", Phase.RUNNING),
        ("23T16:59", Phase.RUNNING),
        ("23T17:00", Phase.PAST),
    ],
)
def test_phase(now: str, phase: Phase) -> None:
    (found,) = windows([block("23T16:00", "23T17:00")])
    assert found.phase(at(now)) is phase


def test_of_overlapping_blocks_the_newer_plan_runs() -> None:
    found = windows([block("23T16:00", "23T18:00", kwh=1), block("23T16:30", "23T17:00", kwh=2)])
    now_running = running(found, at("23T16:45"))
    assert now_running is not None
    assert now_running.kwh == 2
    before = running(found, at("23T16:15"))
    assert before is not None
    assert before.kwh == 1
    assert running(found, at("23T18:00")) is None


def test_next_block_and_end_of_sample_c() -> None:
    found = windows(session("C").blocks)
    next_block = coming(found, at("23T17:30"))
    assert next_block is not None
    assert next_block.start_at == at("23T22:00")
    assert coming(found, at("24T02:00")) is None
    assert last_end(found) == at("24T04:15")
    assert last_end(()) is None
    assert coming((), at("23T17:30") + timedelta(hours=1)) is None


def test_all_that_run():
    found = windows([block("23T16:00", "23T18:00"), block("23T16:30", "23T17:00"), block("23T18:00", "23T19:00")])
    assert running_all(found, at("23T16:45")) == found[:2]
    assert running_all(found, at("23T17:00")) == found[:1]
    assert running_all(found, at("23T19:00")) == ()
