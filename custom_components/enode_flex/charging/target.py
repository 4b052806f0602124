"""What a session aims at, how far it is, and whether it will get there."""

from collections.abc import Sequence
from datetime import datetime

from ..api.models import Outcome, Session, TargetType, Vehicle
from .blocks import Phase, Window
from .series import Measure, energy_within

#: Planned energy this much short of what is missing still counts as reaching the target: percents are whole numbers.
_TOLERANCE = 0.05


def current_outcome(session: Session | None) -> Outcome | None:
    """The outcome that judges the current target; one of an earlier target is stale, hence unknown (contract, 8.5)."""
    if session is None or session.outcome is None:
        return None
    target_id = session.target.id if session.target is not None else None
    if target_id is not None and session.outcome.target_id is not None and session.outcome.target_id != target_id:
        return None
    return session.outcome


def level_now(session: Session | None, vehicle: Vehicle) -> float | None:
    """The battery's level (%): the vehicle's, else the session's statistics'."""
    if vehicle.charge_state.battery_level is not None:
        return vehicle.charge_state.battery_level
    aggregated = session.statistics.aggregated if session is not None else None
    return aggregated.battery_to if aggregated is not None else None


def progress(level: float | None, wanted: float | None) -> float | None:
    """How far a level is on its way to a wanted one: 0 to 1; None when either is not known."""
    if level is None or wanted is None:
        return None
    return 1.0 if wanted <= 0 else min(1.0, max(0.0, level / wanted))


def is_reached(session: Session, vehicle: Vehicle) -> bool:
    """Whether nothing is left to charge: the minimum charge target, or the car's own limit, is reached."""
    if vehicle.charge_state.is_fully_charged:
        return True
    wanted = session.target.minimum_charge_target if session.target is not None else None
    if wanted is None:
        return False
    aggregated = session.statistics.aggregated
    measured = aggregated.battery_to if aggregated is not None else None
    levels = [level for level in (vehicle.charge_state.battery_level, measured) if level is not None]
    return any(level >= wanted for level in levels)


def reached_at(
    session: Session, vehicle: Vehicle, windows: Sequence[Window], of: Sequence[Measure], now: datetime
) -> datetime | None:
    """When the target is (or was) reached; None when it cannot be told.

    Off target and in an immediate start Enode projects it. On target it does not (contract, 8.5): then it is the end
    of the block in which the planned energy makes up for what is missing, if level, target and battery capacity are
    known.
    """
    outcome = current_outcome(session)
    if outcome is not None and outcome.minimum_charge_target_reached_at is not None:
        return outcome.minimum_charge_target_reached_at
    target = session.target
    if outcome is None or target is None or target.type != TargetType.REGULAR or outcome.state != "ON_TARGET":
        return None
    capacity = vehicle.charge_state.battery_capacity
    level = level_now(session, vehicle)
    if capacity is None or level is None or target.minimum_charge_target is None:
        return None
    missing = (target.minimum_charge_target - level) / 100 * capacity
    if missing <= 0:
        return _reached_before(session, target.minimum_charge_target, capacity, of)
    gathered = 0.0
    for window in windows:
        if window.phase(now) is Phase.PAST or window.kwh is None:
            continue
        gathered += window.kwh
        if window.phase(now) is Phase.RUNNING:
            gathered -= min(window.kwh, energy_within(of, window.start_at, window.end_at))
        if gathered >= missing * (1 - _TOLERANCE):
            return window.end_at
    return None


def _reached_before(session: Session, wanted: float, capacity: float, of: Sequence[Measure]) -> datetime | None:
    """When the series shows that the target was reached."""
    aggregated = session.statistics.aggregated
    if aggregated is None or aggregated.battery_from is None:
        return None
    missing = (wanted - aggregated.battery_from) / 100 * capacity
    gathered = 0.0
    for measure in of:
        gathered += measure.kwh
        if measure.kwh > 0 and gathered >= missing * (1 - _TOLERANCE):
            return measure.end_at
    return None


def missing_percent(outcome: Outcome | None, wanted: float | None) -> float | None:
    """How many percent the car will lack at ready-by; None unless Enode projects a level there."""
    if outcome is None or outcome.battery_level_at_ready_by is None or wanted is None:
        return None
    return max(0.0, wanted - outcome.battery_level_at_ready_by)
