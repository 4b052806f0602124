"""Whether current flows, and how much (kW)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..api.models import Session, Vehicle
from .blocks import Window
from .selection import is_active
from .series import Measure, energy_within
from .vehicle import is_fresh, is_plugged_in
from .words import ErrorWord

#: A quarter that ended longer ago than this says nothing about now.
QUARTER_TELLS_FOR = timedelta(minutes=20)


def last_quarter(of: Sequence[Measure], now: datetime) -> Measure | None:
    """The last complete quarter, if it ended recently."""
    complete = [measure for measure in of if measure.end_at <= now]
    if not complete or now - complete[-1].end_at > QUARTER_TELLS_FOR:
        return None
    return complete[-1]


def is_charging(
    vehicle: Vehicle,
    live: Session | None,
    window: Window | None,
    of: Sequence[Measure],
    error: ErrorWord | None,
    now: datetime,
) -> bool | None:
    """Whether the car charges now: the vehicle when its data are fresh, else the running block, else the last quarter.

    ``window``: the running block of the live session. None: nothing tells.
    """
    told = vehicle.charge_state.is_charging
    if told is not None and is_fresh(vehicle, now):
        return told
    if is_plugged_in(vehicle) is False:
        return False
    if is_active(live):
        if error in (ErrorWord.START_FAILED, ErrorWord.MISSING_CAPABILITIES):
            return False
        if window is not None:
            return True
        quarter = last_quarter(of, now)
        return quarter is not None and quarter.kwh > 0 and error is ErrorWord.STOP_FAILED
    # A stale "no" is as good as any; a stale "yes" is not.
    return False if told is False else None


def charge_power(charging: bool | None, vehicle: Vehicle, of: Sequence[Measure], now: datetime) -> float | None:
    """Power into the car (kW): 0 when it does not charge, else the vehicle's rate, else the last quarter's average."""
    if charging is False:
        return 0.0
    rate = vehicle.charge_state.charge_rate
    if rate is not None and is_fresh(vehicle, now):
        return max(0.0, rate)
    quarter = last_quarter(of, now)
    return quarter.kw if quarter is not None else None


def block_power(window: Window | None, of: Sequence[Measure], now: datetime) -> float | None:
    """Average power of the running block up to the last complete quarter (kW); None without one."""
    if window is None:
        return None
    until = max((measure.end_at for measure in of if measure.end_at <= now), default=window.start_at)
    hours = (until - window.start_at) / timedelta(hours=1)
    return energy_within(of, window.start_at, until) / hours if hours > 0 else None
