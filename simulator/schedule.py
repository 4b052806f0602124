"""The weekly schedule of a policy, and the deadline that comes next (contract 8.2, 8.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, kw_only=True, slots=True)
class DayTarget:
    """Deadline "HH:MM" (or "24:00") in the location's time, and what the battery shall hold then (whole percent)."""

    deadline: str
    minimum_charge_target: int


type WeeklySchedule = Mapping[str, DayTarget]
"""A DayTarget by weekday name; a day without one has no deadline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """A deadline as an instant (UTC), with its minimum charge target (whole percent)."""

    at: datetime
    minimum_charge_target: int


def every_day(deadline: str, minimum_charge_target: int) -> WeeklySchedule:
    """Return a schedule with the same deadline and target on every day."""
    return dict.fromkeys(WEEKDAYS, DayTarget(deadline=deadline, minimum_charge_target=minimum_charge_target))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    return ZoneInfo(name)


def next_deadline(after: datetime, schedule: WeeklySchedule, timezone_name: str) -> Deadline:
    """Return the first deadline later than `after`.

    A deadline in the hour that a spring night skips falls as long after midnight as it would have in any night;
    in the hour that an autumn night repeats, its first pass counts.

    Raises:
        ValueError: no day has a deadline.
    """
    tz = zone(timezone_name)
    first = after.astimezone(tz).date() - timedelta(days=1)
    found: Deadline | None = None
    for offset in range(9):
        day = first + timedelta(days=offset)
        target = schedule.get(WEEKDAYS[day.weekday()])
        if target is None:
            continue
        hour, minute = (int(part) for part in target.deadline.split(":"))
        if hour == 24:  # noqa: PLR2004 - the end of the day, as Enode writes it
            day, hour = day + timedelta(days=1), 0
        at = datetime.combine(day, time(hour, minute), tzinfo=tz).astimezone(UTC)
        if at > after and (found is None or at < found.at):
            found = Deadline(at=at, minimum_charge_target=target.minimum_charge_target)
    if found is None:
        raise ValueError("The schedule has no deadline on any day")
    return found
