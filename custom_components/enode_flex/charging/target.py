"""What a session aims at, how far it is, and whether it will get there."""

from collections.abc import Sequence
from datetime import datetime

from ..api.models import Outcome, Session, Vehicle
from .blocks import Phase, Window
from .series import Measure, energy_within
from .vehicle import seen_since_plug_in
from .words import OutcomeWord, outcome_word

#: Levels are whole percents: energy or a level this much short of a target still reaches it.
ROUNDING = 1.0


def current_outcome(session: Session | None) -> Outcome | None:
    """The outcome that judges the current target; one of an earlier target is stale, hence unknown (contract, 8.5).

    Ids are compared as text, where both are told; so are types, for an outcome is of its target's type.
    """
    if session is None or session.outcome is None:
        return None
    outcome, target = session.outcome, session.target
    if target is not None and (_differ(outcome.target_id, target.id) or _differ(outcome.type, target.type)):
        return None
    return outcome


def level_now(session: Session | None, vehicle: Vehicle) -> float | None:
    """The battery's level (%): the vehicle's, unless it was last seen before the session began; else the session's.

    Pass a session only while it is under way.
    """
    level = vehicle.charge_state.battery_level
    if session is None or (level is not None and seen_since_plug_in(vehicle, session)):
        return level
    measured = _measured_level(session)
    return measured if measured is not None else level


def progress(level: float | None, wanted: float | None) -> float | None:
    """How far a level is on its way to a wanted one: 0 to 1; None when either is not known."""
    if level is None or wanted is None:
        return None
    return 1.0 if wanted <= 0 else min(1.0, max(0.0, level / wanted))


def is_reached(session: Session, vehicle: Vehicle) -> bool:
    """Whether nothing is left to charge: the minimum charge target, or the car's own limit, is reached.

    What the vehicle showed before the plug-in does not count.
    """
    levels = [_measured_level(session)]
    if seen_since_plug_in(vehicle, session):
        if vehicle.charge_state.is_fully_charged:
            return True
        levels.append(vehicle.charge_state.battery_level)
    wanted = session.target.minimum_charge_target if session.target is not None else None
    return wanted is not None and any(level is not None and level >= wanted for level in levels)


def reached_at(
    session: Session, windows: Sequence[Window], of: Sequence[Measure], *, capacity: float | None, now: datetime
) -> datetime | None:
    """When the target is (or was) reached.

    Off target and in an immediate start it is Enode's projection, None where Enode has none (contract, 8.5). On target
    Enode tells no time: then it is the end of the block in which the energy of the blocks, counted from the plug-in,
    makes up for what was missing; the plug-in where nothing was. None unless the level at plug-in, the target and the
    battery's ``capacity`` (kWh) are known and the blocks suffice. A stale outcome gives None.
    """
    outcome = current_outcome(session)
    if outcome is None:
        return None
    if outcome.minimum_charge_target_reached_at is not None or outcome_word(outcome)[0] is not OutcomeWord.ON_TARGET:
        return outcome.minimum_charge_target_reached_at
    aggregated = session.statistics.aggregated
    wanted = session.target.minimum_charge_target if session.target is not None else None
    start = aggregated.battery_from if aggregated is not None else None
    if capacity is None or wanted is None or start is None:
        return None
    if start >= wanted:
        return session.plugged_in_at
    missing = (wanted - start - ROUNDING) / 100 * capacity
    level = _measured_level(session)
    gathered = 0.0
    for window in windows:
        gathered += window.kwh if window.kwh is not None else energy_within(of, window.start_at, window.end_at)
        # Some energy is lost on its way into the battery: what is over and did not suffice was not it.
        fell_short = window.phase(now) is Phase.PAST and level is not None and level < wanted - ROUNDING
        if gathered >= missing and not fell_short:
            return window.end_at
    return None


def missing_percent(outcome: Outcome | None, wanted: float | None) -> float | None:
    """How many percent the car will lack at ready-by (never negative).

    None unless the outcome is off target, Enode projects a level, and the target is known.
    """
    level = level_at_ready_by(outcome)
    return None if level is None or wanted is None else max(0.0, wanted - level)


def level_at_ready_by(outcome: Outcome | None) -> float | None:
    """The level projected for ready-by (%): Enode tells it only when it is off target (contract, 8.5)."""
    if outcome is None or outcome_word(outcome)[0] is not OutcomeWord.OFF_TARGET:
        return None
    return outcome.battery_level_at_ready_by


def _measured_level(session: Session) -> float | None:
    aggregated = session.statistics.aggregated
    return aggregated.battery_to if aggregated is not None else None


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
