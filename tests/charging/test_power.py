"""Does it charge, and with how much."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from custom_components.enode_flex.api.models import Block, Session
from custom_components.enode_flex.charging import (
    ErrorWord,
    Measure,
    block_power,
    charge_power,
    is_charging,
    last_quarter,
    running,
    windows,
)
from custom_components.enode_flex.charging.power import seen_in_block
from tests.charging.samples import at, car, session

ACTIVE = session("C")
WINDOWS = windows(ACTIVE.blocks)
FIRST = WINDOWS[1]
"""22:00 to 00:00"""


def quarters(*told: tuple[str, float]) -> tuple[Measure, ...]:
    return tuple(Measure(start_at=at(start), end_at=at(start) + timedelta(minutes=15), kwh=kwh) for start, kwh in told)


@pytest.mark.parametrize(
    ("now", "kwh"),
    [("23T22:14", None), ("23T22:15", 1), ("23T22:29", 1), ("23T22:30", 2), ("23T22:59", 2), ("23T23:00", None)],
)
def test_last_quarter_is_complete_and_not_older_than_half_an_hour(now: str, kwh: float | None):
    found = last_quarter(quarters(("23T22:00", 1), ("23T22:15", 2)), at(now))
    assert (found.kwh if found else None) == kwh


@pytest.mark.parametrize(
    ("told", "seen", "quarter", "now", "expected"),
    [
        # Nobody looked.
        (None, "23T22:20", (), "23T22:20", None),
        (True, None, (), "23T22:20", None),
        (False, None, (), "23T22:20", None),
        # The vehicle while it is fresh; its "no" only after the time of grace.
        (True, "23T22:01", (), "23T22:02", True),
        (False, "23T22:04", (), "23T22:10", None),
        (False, "23T22:05", (), "23T22:10", False),
        (False, "23T22:22", (), "23T22:20", False),
        # Seen within the block, and nothing newer.
        (False, "23T22:05", (), "23T22:30", False),
        (False, "23T22:05", (), "23T22:35", None),
        (True, "23T22:05", (), "23T22:30", True),
        (True, "23T22:00", (), "23T22:15", True),
        (True, "23T21:59", (), "23T22:15", None),
        # The quarter within the block.
        (None, None, ("23T22:00", 0), "23T22:15", False),
        (None, None, ("23T22:00", 1.8), "23T22:15", True),
        (None, None, ("23T21:45", 0), "23T22:10", None),
        (None, None, ("23T22:00", 0), "23T22:45", None),
        # The newer of the two, but a fresh vehicle knows best.
        (False, "23T22:05", ("23T22:00", 1.8), "23T22:20", True),
        (True, "23T22:05", ("23T22:00", 0), "23T22:20", False),
        (False, "23T22:16", ("23T22:00", 1.8), "23T22:30", False),
        (True, "23T22:14", ("23T22:00", 0), "23T22:20", True),
    ],
)
def test_seen_in_block(told: bool | None, seen: str | None, quarter: tuple[Any, ...], now: str, expected: bool | None):
    vehicle = car(at(seen) if seen else None, is_charging=told)
    assert seen_in_block(vehicle, FIRST, quarters(quarter) if quarter else (), at(now)) is expected


def charges(
    now: datetime,
    *,
    told: bool | None = None,
    seen: datetime | None = None,
    live: Session | None = ACTIVE,
    of: tuple[Measure, ...] = (),
    plugged_in: bool | None = True,
    error: ErrorWord | None = ErrorWord.NONE,
) -> bool | None:
    blocks = windows(live.blocks) if live else ()
    return is_charging(car(seen, is_charging=told), live, blocks, of, plugged_in=plugged_in, error=error, now=now)


def test_a_fresh_vehicle_knows():
    for told in (True, False):
        for now in (at("23T18:00"), at("23T22:30")):
            assert charges(now, told=told, seen=now - timedelta(minutes=9)) is told


def test_else_the_block():
    old = at("23T17:00")
    assert charges(at("23T22:30"), told=False, seen=old) is True
    assert charges(at("23T22:30")) is True
    assert charges(at("23T18:00"), told=True, seen=old) is False
    assert charges(at("23T18:00")) is False


def test_nothing_measured_in_the_block_is_no_charging():
    assert charges(at("23T22:20"), of=quarters(("23T22:00", 0))) is False


def test_unplugged_is_not_charging():
    now = at("23T22:30")
    assert charges(now, told=True, seen=now, plugged_in=False) is False
    assert charges(now, plugged_in=False) is False
    assert charges(now, live=None, plugged_in=False) is False


@pytest.mark.parametrize("error", [ErrorWord.START_FAILED, ErrorWord.MISSING_CAPABILITIES])
def test_an_error_stops_the_block(error: ErrorWord):
    assert charges(at("23T22:30"), error=error) is False


def test_failed_to_stop_is_charging_until_a_quarter_shows_none():
    now = at("24T00:20")
    assert charges(now, error=ErrorWord.STOP_FAILED) is True
    assert charges(now, error=ErrorWord.STOP_FAILED, of=quarters(("24T00:00", 1.8))) is True
    assert charges(now, error=ErrorWord.STOP_FAILED, of=quarters(("24T00:00", 0))) is False


def test_energy_outside_of_blocks_is_charging_that_goes_on():
    now = at("23T19:20")
    assert charges(now, of=quarters(("23T19:00", 1.8))) is True
    assert charges(now, of=quarters(("23T19:00", 0))) is False
    # This one was the block's, which is over.
    assert charges(at("24T00:05"), of=quarters(("23T23:45", 1.8))) is False
    # This one began in the block, and Enode's quarters need not fit its blocks.
    assert charges(at("24T00:15"), of=quarters(("23T23:55", 1.8))) is False
    assert charges(at("24T00:15"), of=quarters(("24T00:00", 1.8))) is True


def test_a_quarter_that_ends_where_a_short_block_begins_is_not_the_blocks():
    short = session("C", blocks=(Block(start_at=at("23T23:15"), end_at=at("23T23:20")),))
    assert charges(at("23T23:25"), live=short, of=quarters(("23T23:00", 1.8))) is True


def test_without_plan_and_measurement_nothing_is_known():
    bare = session("C", blocks=())
    assert charges(at("23T19:00"), live=bare) is None
    assert charges(at("23T19:00"), live=bare, told=True, seen=at("23T18:00")) is None
    assert charges(at("23T19:00"), live=bare, told=False, seen=at("23T18:00")) is False
    assert charges(at("23T19:00"), live=bare, of=quarters(("23T18:45", 1.8))) is True


def test_without_a_session_an_old_no_counts_and_an_old_yes_does_not():
    now, old = at("23T19:00"), at("23T18:00")
    for live in (None, session("A")):
        assert charges(now, live=live, told=False, seen=old) is False
        assert charges(now, live=live, told=True, seen=old) is None
        assert charges(now, live=live) is None


@pytest.mark.parametrize(
    ("charging", "rate", "seen", "quarter", "kw"),
    [
        (False, 7.2, "23T22:29", ("23T22:15", 1.8), 0),
        (True, 11.0, "23T22:29", ("23T22:15", 1.8), 11.0),
        (True, -3.0, "23T22:29", ("23T22:15", 1.8), 0),
        (True, 11.0, "23T22:20", ("23T22:15", 1.8), 7.2),
        (True, None, "23T22:29", ("23T22:15", 1.8), 7.2),
        (None, None, "23T22:29", ("23T22:15", 1.8), 7.2),
        (True, None, None, None, None),
        # The quarter before the block says nothing of the block.
        (True, None, None, ("23T21:45", 0.0), None),
    ],
)
def test_charge_power(
    charging: bool | None, rate: float | None, seen: str | None, quarter: tuple[str, float] | None, kw: float | None
):
    told = charge_power(
        car(at(seen) if seen else None, charge_rate=rate),
        FIRST,
        quarters(quarter) if quarter else (),
        charging=charging,
        now=at("23T22:30") if quarter != ("23T21:45", 0.0) else at("23T22:05"),
    )
    assert told == (None if kw is None else pytest.approx(kw))


def test_charge_power_without_a_block_takes_any_last_quarter():
    told = charge_power(car(), None, quarters(("23T21:45", 1.8)), charging=True, now=at("23T22:05"))
    assert told == pytest.approx(7.2)


def test_block_power():
    of = quarters(("23T21:45", 9), ("23T22:00", 1.0), ("23T22:15", 2.0))
    window = running(WINDOWS, at("23T22:20"))
    assert window is FIRST
    assert block_power(None, of, at("23T22:20")) is None
    assert block_power(window, of, at("23T22:10")) is None
    assert block_power(window, of, at("23T22:15")) == pytest.approx(4.0)
    assert block_power(window, of, at("23T22:40")) == pytest.approx(6.0)
    assert block_power(window, (), at("23T22:40")) is None
