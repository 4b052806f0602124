"""When to look again without news."""

from datetime import timedelta

import pytest

from custom_components.enode_flex.charging import next_boundary
from tests.charging.samples import at, car, session


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("23T21:54", "23T21:55"),  # charging from now on is early, not unmanaged
        ("23T21:55", "23T22:00"),  # the block begins
        ("23T22:00", "23T22:10"),  # from now on silence counts
        ("23T22:10", "23T23:59"),  # ready-by of this one
        ("23T23:59", "24T00:00"),  # the block ends
        ("24T00:00", "24T00:10"),  # charging from now on is unmanaged
        ("24T04:25", None),
    ],
)
def test_of_blocks_and_ready_by(now: str, expected: str | None):
    base = session("C")
    it = session("C", statistics=session("A").statistics, blocks=base.blocks[1:])
    it = session("C", statistics=it.statistics, blocks=it.blocks, target=_ready_by(it, "23T23:59"))
    assert next_boundary([it], at(now), vehicle=car()) == (at(expected) if expected else None)


def _ready_by(it, text: str):
    return type(it.target)(id="1", ready_by=at(text))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("23T16:40", "23T16:50"),  # seen in the future, it becomes fresh
        ("23T16:50", "23T17:00"),
        ("23T17:00", "23T17:10"),  # no longer fresh
        ("23T17:10", "23T17:30"),  # tells no more whether it charges in a block
        ("23T17:30", None),
    ],
)
def test_of_the_vehicle(now: str, expected: str | None):
    assert next_boundary([], at(now), vehicle=car(at("23T17:00"))) == (at(expected) if expected else None)


def test_of_the_series():
    it = session("H")
    assert next_boundary([it], at("21T11:01"), vehicle=car()) == at("21T11:15")
    assert next_boundary([it], at("21T11:45"), vehicle=car()) == at("21T12:00")
    assert next_boundary([it], at("21T12:00"), vehicle=car()) == at("21T12:15")
    assert next_boundary([it], at("21T12:15"), vehicle=car()) is None


def test_of_the_age_of_sessions():
    read = at("23T17:00")
    assert next_boundary([], read, vehicle=car(), data_at=read) == read + timedelta(minutes=30)
    assert next_boundary([], at("23T17:30"), vehicle=car(), data_at=read) is None


def test_of_several_sessions_the_first():
    instants = [next_boundary([it], at("21T11:01"), vehicle=car()) for it in (session("C"), session("H"))]
    assert next_boundary([session("C"), session("H")], at("21T11:01"), vehicle=car()) == min(instants)
