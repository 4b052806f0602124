"""When something that is derived changes only because time passes."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ..api.models import Session, Vehicle
from .blocks import windows
from .power import TELLS_FOR
from .series import measures
from .status import EARLY_BY, LATE_BY, SILENCE_AFTER
from .times import shifted
from .vehicle import FRESH_FOR, seen_at

#: Sessions read longer ago than this open no smart charge window, and do not tell that a car is silent.
DATA_FRESH_FOR = timedelta(minutes=30)


def next_boundary(
    sessions: Iterable[Session], now: datetime, *, vehicle: Vehicle, data_at: datetime | None = None
) -> datetime | None:
    """The next instant after ``now`` at which anything derived may change without news from Enode; None if none.

    ``sessions``: those that are told of, the live one and the one whose figures are shown.

    Blocks begin, have run long enough for silence to count, and end (each with its margin); ready-by comes; a quarter
    is complete; vehicle, quarters and sessions (``data_at``: when they were read) grow old. From one boundary to the
    next nothing derived changes.
    """
    instants = [*_of_vehicle(vehicle)]
    for session in sessions:
        instants += _of_session(session)
    if data_at is not None:
        instants.append(shifted(data_at, DATA_FRESH_FOR))
    return min((instant for instant in instants if instant > now), default=None)


def _of_vehicle(vehicle: Vehicle) -> Iterator[datetime]:
    seen = seen_at(vehicle)
    if seen is not None:
        # The first and the second for data that are ahead of our clock.
        yield from (shifted(seen, -FRESH_FOR), seen, shifted(seen, FRESH_FOR), shifted(seen, TELLS_FOR))


def _of_session(session: Session) -> Iterator[datetime]:
    for window in windows(session.blocks):
        yield from (shifted(window.start_at, -EARLY_BY), window.start_at, shifted(window.start_at, SILENCE_AFTER))
        yield from (window.end_at, shifted(window.end_at, LATE_BY))
    for measure in measures(session):
        yield from (measure.end_at, shifted(measure.end_at, TELLS_FOR))
    if session.target is not None and session.target.ready_by is not None:
        yield session.target.ready_by
