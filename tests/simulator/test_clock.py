from datetime import UTC, datetime, timedelta

import pytest

from simulator.clock import ManualClock

START = datetime(2026, 11, 23, 16, 40, tzinfo=UTC)


def test_advance_and_set_move_forward():
    clock = ManualClock(START)
    assert clock.advance(timedelta(minutes=5)) == START + timedelta(minutes=5)
    assert clock.set(START + timedelta(hours=1)) == clock.now() == START + timedelta(hours=1)


def test_time_does_not_go_back():
    clock = ManualClock(START)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(START - timedelta(seconds=1))
    assert clock.now() == START


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(datetime(2026, 11, 23, 16, 40))  # noqa: DTZ001 - the case
