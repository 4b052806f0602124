"""Arithmetic with times that never raises: Enode may send the first or the last year there is."""

from datetime import UTC, datetime, timedelta

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def shifted(at: datetime, by: timedelta) -> datetime:
    """A time moved by a span (UTC), stopped at the first and the last instant that can be told."""
    try:
        return at + by
    except OverflowError:
        return LAST if by > timedelta(0) else FIRST
