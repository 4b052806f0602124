"""Where the simulated world gets its time from."""

from datetime import UTC, datetime, timedelta
from typing import Protocol, override


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...


class SystemClock(Clock):
    """The machine's own clock."""

    @override
    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)


class ManualClock(Clock):
    """A clock that stands still until it is moved, and only ever moves forward."""

    def __init__(self, start: datetime) -> None:
        """Stand at `start` (aware)."""
        self._now = _utc(start)

    @override
    def now(self) -> datetime:
        """Return the moment at which the clock stands, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward and return the new time.

        Raises:
            ValueError: `by` is negative.
        """
        return self.set(self._now + by)

    def set(self, to: datetime) -> datetime:
        """Move forward to `to` (aware) and return the new time in UTC.

        Raises:
            ValueError: `to` lies in the past of this clock, or has no time zone.
        """
        to = _utc(to)
        if to < self._now:
            raise ValueError(f"The clock stands at {self._now.isoformat()} and cannot go back to {to.isoformat()}")
        self._now = to
        return to


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A clock needs a time with a time zone")
    return moment.astimezone(UTC)
