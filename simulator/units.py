"""Units in which the physics is exact.

Energy is a whole number of microjoules, power of watts, a duration of microseconds: watts times microseconds
are microjoules, so that integrating in any number of steps gives the same number.
"""

from datetime import UTC, datetime, timedelta

MICROJOULES_PER_KWH = 3_600_000_000_000
QUARTER = timedelta(minutes=15)
QUARTER_MICROSECONDS = 900_000_000
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(duration: timedelta) -> int:
    """Return a duration in whole microseconds."""
    return (duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds


def quarter_of(moment: datetime) -> datetime:
    """Return the start of the quarter hour (UTC) in which `moment` lies."""
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def floor_second(moment: datetime) -> datetime:
    """Return `moment` without its fraction of a second."""
    return moment.replace(microsecond=0)


def ceil_second(moment: datetime) -> datetime:
    """Return the first full second at or after `moment`."""
    if not moment.microsecond:
        return moment
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def ceil_div(dividend: int, divisor: int) -> int:
    """Return the quotient, rounded up."""
    return -(-dividend // divisor)
