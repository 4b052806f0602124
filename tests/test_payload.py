import json
import os
from pathlib import Path

import pytest

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
