from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from simulator.schedule import WEEKDAYS, DayTarget, every_day, next_deadline


@pytest.mark.parametrize(
    ("zone", "after", "deadline", "expected"),
    [
        # Winter, summer, and the two mornings after Norway's clocks change.
        ("Europe/Oslo", "2026-11-23T16:40", "07:00", "2026-11-24T06:00"),
        ("Europe/Oslo", "2026-07-01T16:40", "07:00", "2026-07-02T05:00"),
        ("Europe/Oslo", "2026-03-28T18:00", "07:00", "2026-03-29T05:00"),
        ("Europe/Oslo", "2026-10-24T18:00", "07:00", "2026-10-25T06:00"),
        # 02:30 does not exist on the spring night, and comes twice in autumn.
        ("Europe/Oslo", "2026-03-28T18:00", "02:30", "2026-03-29T01:30"),
        ("Europe/Oslo", "2026-10-24T18:00", "02:30", "2026-10-25T00:30"),
        ("Europe/Oslo", "2026-10-25T00:30", "02:30", "2026-10-26T01:30"),
        # Zones off the full hour; Adelaide's clocks change in April and October.
        ("Asia/Kolkata", "2026-11-23T16:40", "07:00", "2026-11-24T01:30"),
        ("Australia/Adelaide", "2026-04-04T12:00", "07:00", "2026-04-04T21:30"),
        ("Australia/Adelaide", "2026-10-03T12:00", "07:00", "2026-10-03T20:30"),
        ("UTC", "2026-11-23T07:00", "07:00", "2026-11-24T07:00"),
        ("Europe/Oslo", "2026-11-23T16:40", "24:00", "2026-11-23T23:00"),
    ],
)
def test_next_deadline(zone, after, deadline, expected):
    found = next_deadline(datetime.fromisoformat(after).replace(tzinfo=UTC), every_day(deadline, 80), zone)
    assert found.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_each_weekday_has_its_own_target():
    schedule = {**every_day("07:00", 80), "saturday": DayTarget(deadline="10:00", minimum_charge_target=60)}
    found = next_deadline(datetime(2026, 11, 27, 20, tzinfo=UTC), schedule, "Europe/Oslo")
    assert (found.at, found.minimum_charge_target) == (datetime(2026, 11, 28, 9, tzinfo=UTC), 60)


def test_days_without_deadline_are_skipped():
    schedule = {"monday": DayTarget(deadline="06:00", minimum_charge_target=70)}
    found = next_deadline(datetime(2026, 11, 23, 5, 0, tzinfo=UTC), schedule, "Europe/Oslo")
    assert found.at == datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


def test_a_schedule_without_any_deadline_is_refused():
    with pytest.raises(ValueError, match="no deadline"):
        next_deadline(datetime(2026, 11, 23, tzinfo=UTC), {}, "Europe/Oslo")


@given(
    after=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(["Europe/Oslo", "Asia/Kolkata", "Australia/Adelaide", "America/St_Johns", "UTC"]),
)
@settings(max_examples=150, deadline=None)
def test_a_deadline_lies_ahead_within_a_day_and_shows_its_clock_time(after, minute, zone):
    deadline = f"{minute // 60:02}:{minute % 60:02}"
    found = next_deadline(after, every_day(deadline, 80), zone).at
    assert 0 < (found - after).total_seconds() <= 26 * 3600
    local = found.astimezone(ZoneInfo(zone))
    # An hour that spring skips is the one exception.
    assert local.strftime("%H:%M") == deadline or local.utcoffset() != (local.replace(hour=0)).utcoffset()


def test_all_weekdays_are_named_as_enode_does():
    assert list(every_day("07:00", 80)) == list(WEEKDAYS)
    assert WEEKDAYS[datetime(2026, 11, 23, tzinfo=UTC).weekday()] == "monday"
