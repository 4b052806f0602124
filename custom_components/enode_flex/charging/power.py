"""Whether current flows, and how much (kW)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..api.models import Session, Vehicle
from .blocks import Window, running
from .selection import is_active
from .series import HOUR, Measure, energy_within
from .vehicle import is_fresh, seen_at, told_charging
from .words import ErrorWord

#: What was seen in a running block tells this long whether it charges, unless something newer is known: a sleeping car
#: is looked at every 20 minutes only, and a quarter's energy comes minutes after its end (contract, 10).
TELLS_FOR = timedelta(minutes=30)
#: A car may take this long to begin: that it does not charge, seen earlier in a block, means nothing.
GRACE = timedelta(minutes=5)

#: Errors that mean that no current flows.
NOT_STARTED = frozenset({ErrorWord.START_FAILED, ErrorWord.MISSING_CAPABILITIES})


def last_quarter(of: Sequence[Measure], now: datetime) -> Measure | None:
    """The last complete quarter, if it ended less than ``TELLS_FOR`` ago."""
    complete = [measure for measure in of if measure.end_at <= now]
    return complete[-1] if complete and now - complete[-1].end_at < TELLS_FOR else None


def seen_in_block(vehicle: Vehicle, window: Window, of: Sequence[Measure], now: datetime) -> bool | None:
    """Whether energy flows in a running block, as far as anybody looked; None: nobody has looked yet.

    The vehicle's word counts while it is fresh; after that, the newer of its word and the last quarter that lies within
    the block. A vehicle that does not charge must have been seen so after the time of grace.
    """
    seen, told = seen_at(vehicle), told_charging(vehicle)
    if told is False and seen is not None and seen - window.start_at < GRACE:
        told = None
    if told is not None and is_fresh(vehicle, now):
        return told
    found: list[tuple[datetime, bool]] = []
    if told is not None and seen is not None and window.start_at <= seen <= now and now - seen < TELLS_FOR:
        found.append((seen, told))
    quarter = last_quarter(of, now)
    if quarter is not None and quarter.start_at >= window.start_at:
        found.append((quarter.end_at, quarter.kwh > 0))
    return max(found)[1] if found else None


def is_charging(
    vehicle: Vehicle,
    live: Session | None,
    windows: Sequence[Window],
    of: Sequence[Measure],
    *,
    plugged_in: bool | None,
    error: ErrorWord | None,
    now: datetime,
) -> bool | None:
    """Whether the car charges now: the vehicle when its data are fresh, else the block, else the power.

    ``windows`` and ``of``: blocks and series of the live session. A running block says yes, unless it was seen that
    nothing flows in it. Without one, the last complete quarter tells, if it lies outside of blocks: energy there is
    charging that goes on. None: nothing tells, as for a car without a session whose data are old.
    """
    if plugged_in is False:
        return False
    told = told_charging(vehicle)
    if told is not None and is_fresh(vehicle, now):
        return told
    if is_active(live):
        if error in NOT_STARTED:
            return False
        if (window := running(windows, now)) is not None:
            return seen_in_block(vehicle, window, of, now) is not False
        quarter = last_quarter(of, now)
        if error is ErrorWord.STOP_FAILED:
            return quarter is None or quarter.kwh > 0
        if quarter is not None and not any(_touch(window, quarter) for window in windows):
            return quarter.kwh > 0
        if windows:
            return False
    # A stale "no" is as good as any; a stale "yes" is not.
    return False if told is False else None


def charge_power(
    vehicle: Vehicle, window: Window | None, of: Sequence[Measure], *, charging: bool | None, now: datetime
) -> float | None:
    """Power into the car (kW, never negative).

    0 when it is known not to charge, else the vehicle's rate while fresh, else the average of the last complete
    quarter, which must not have ended before the running block (``window``) began. None: nothing tells.
    """
    if charging is False:
        return 0.0
    rate = vehicle.charge_state.charge_rate
    if rate is not None and is_fresh(vehicle, now):
        return max(0.0, rate)
    quarter = last_quarter(of, now)
    if quarter is None or (window is not None and quarter.end_at <= window.start_at):
        return None
    return quarter.kw


def block_power(window: Window | None, of: Sequence[Measure], now: datetime) -> float | None:
    """Average power of the running block up to the last complete quarter (kW); None before there is one."""
    if window is None:
        return None
    until = max((measure.end_at for measure in of if measure.end_at <= now), default=window.start_at)
    hours = (until - window.start_at) / HOUR
    return energy_within(of, window.start_at, until) / hours if hours > 0 else None


def _touch(window: Window, measure: Measure) -> bool:
    return measure.start_at < window.end_at and window.start_at < measure.end_at
