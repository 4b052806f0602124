"""Energy of a session: delivered, planned, remaining (kWh)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..api.models import Session
from .blocks import Phase, Window
from .series import Measure, energy_within
from .words import BlockWord


def delivered(session: Session, of: Sequence[Measure]) -> float | None:
    """What was charged up to now: Enode's sum, else the series', else unknown (contract, 1.4). Never negative."""
    aggregated = session.statistics.aggregated
    if aggregated is not None and aggregated.kwh_sum is not None:
        return max(0.0, aggregated.kwh_sum)
    return sum(measure.kwh for measure in of) if of else None


def planned(windows: Sequence[Window], of: Sequence[Measure], now: datetime) -> float | None:
    """What the plan still holds from now on: 0 without blocks to come, None when none of them tells its energy.

    A future block's kwhSum is planned energy. What a RUNNING block's means is not known (contract, 9, sample C): it is
    read as the block's planned total, of which what the series shows within the block is done already. Should it mean
    "delivered so far", the result is too low by the rest of this one block, and right again at its end.
    """
    open_windows = [window for window in windows if window.phase(now) is not Phase.PAST]
    told = [window for window in open_windows if window.kwh is not None]
    if open_windows and not told:
        return None
    total = 0.0
    for window in told:
        kwh = window.kwh or 0.0
        if window.phase(now) is Phase.RUNNING:
            kwh = max(0.0, kwh - energy_within(of, window.start_at, window.end_at))
        total += kwh
    return total


def by_type(windows: Sequence[Window], of: Sequence[Measure], now: datetime) -> Mapping[BlockWord, float]:
    """What was delivered in blocks of each type (kWh); types without a block that has begun are left out.

    A past block's kwhSum is final and counts as it is; where it is not told, and in a running block, the series does.
    Energy outside of blocks belongs to no type, so that the sum may be less than what was delivered.
    """
    found: dict[BlockWord, float] = {}
    for window in windows:
        phase = window.phase(now)
        if window.type is None or phase is Phase.FUTURE:
            continue
        final = window.kwh if phase is Phase.PAST else None
        kwh = final if final is not None else energy_within(of, window.start_at, window.end_at)
        found[window.type] = found.get(window.type, 0.0) + kwh
    return found
