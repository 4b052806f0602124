"""The deadline of classic smart charging as an instant (contract, 8.8)."""

from datetime import UTC, datetime, time, timedelta, tzinfo

_DAYS_AHEAD = 3


def next_deadline(after: datetime, deadline: str | None, zone: tzinfo) -> datetime | None:
    """The first instant (UTC) later than ``after`` at which it is ``deadline`` (HH:mm or 24:00) in the place's time.

    None without a deadline, and for one that cannot be read.
    """
    if deadline is None:
        return None
    try:
        hour, minute = (int(part) for part in deadline.split(":"))
        # The end of a day is the beginning of the next one.
        clock = time(hour % 24, minute)
    except ValueError:
        return None
    first = after.astimezone(zone).date() - timedelta(days=1)
    days = (first + timedelta(days=offset) for offset in range(_DAYS_AHEAD + 1))
    instants = (datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) for day in days)
    return next(at for at in instants if at > after)
