"""Everything a vehicle's sessions mean at one instant, in one frozen object."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..api.models import Outcome, OutcomeState, Policy, Session, SessionState, Target, TargetType, Valuation, Vehicle
from .blocks import Window, coming, last_end, running, windows
from .energy import delivered, planned
from .power import QUARTER_TELLS_FOR, block_power, charge_power, is_charging, last_quarter
from .selection import is_active
from .series import Measure, measures
from .status import BLOCK_MARGIN, SILENCE_AFTER, Situation, charging_status
from .target import current_outcome, level_now, missing_percent, progress, reached_at
from .vehicle import FRESH_FOR, is_plugged_in, seen_at
from .words import (
    BlockWord,
    ChargingStatus,
    Command,
    ErrorWord,
    OutcomeWord,
    SessionStateWord,
    TargetSourceWord,
    error_word,
    outcome_word,
    session_state_word,
    target_source_word,
)

#: A session that was read longer ago than this does not open the smart charge window, nor tells that a car is silent.
SESSION_FRESH_FOR = timedelta(minutes=30)

#: Blocks in which a home battery may rest: planned ones, never an immediate start.
_WINDOW_BLOCKS = frozenset({BlockWord.BATTERY_RESERVE, BlockWord.REGULAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """What a session means. Fields bear the keys of the entities that show them; units: kWh, kW, %, UTC.

    ``live``: the session that counts; ``shown``: the one whose figures are told, the live one while it is ACTIVE, else
    the last settled one, so that between two visits the last one's figures stay. None is unknown throughout.

    From live: target and outcome fields (of the last settled one while there is none), error, plan (``planned_energy``,
    ``next_charge_start``: only while ACTIVE). From shown: ``session_energy``, ``plugged_in_at``, ``plugged_out_at``,
    ``battery_level_at_plug_in``, ``session_cost``, ``session_savings``, ``currency``, ``charge_end``, ``windows``.
    From the vehicle: ``battery_level``, ``plugged_in``, ``charging``, ``last_seen``.
    ``*_raw``: Enode's word where it is not known here. ``next_boundary``: the next instant at which any of this
    changes by itself.
    """

    session_state: SessionStateWord | None
    session_state_raw: str | None
    charging_status: ChargingStatus
    shown: Session | None
    windows: tuple[Window, ...]
    current_window: Window | None
    next_window: Window | None

    battery_level: float | None
    plugged_in: bool | None
    charging: bool | None
    charge_power: float | None
    block_power: float | None
    last_seen: datetime | None

    session_energy: float | None
    planned_energy: float | None
    remaining_energy: float | None
    next_charge_start: datetime | None
    charge_end: datetime | None
    plugged_in_at: datetime | None
    plugged_out_at: datetime | None
    battery_level_at_plug_in: float | None

    battery_reserve: float | None
    minimum_charge_target: float | None
    ready_by: datetime | None
    target_source: TargetSourceWord | None
    target_source_raw: str | None
    reserve_progress: float | None
    target_progress: float | None

    outcome: OutcomeWord | None
    outcome_raw: str | None
    off_target: bool | None
    battery_level_at_ready_by: float | None
    target_reached_at: datetime | None
    missing_percent: float | None
    missing_kwh: float | None

    error: ErrorWord | None
    error_raw: str | None
    charging_error: bool
    missing_capabilities: tuple[str, ...]

    session_cost: float | None
    session_savings: float | None
    currency: str | None

    smart_charge_window: bool
    command: Command | None
    next_boundary: datetime | None


def derive(
    *,
    vehicle: Vehicle,
    policies: Sequence[Policy],
    live: Session | None,
    last_settled: Session | None,
    now: datetime,
    data_at: datetime | None,
    command: Command | None = None,
    ever_seen: bool = False,
) -> Charging:
    """Tell what a vehicle's sessions mean at ``now``.

    ``live``: the session that counts (selection.select_session); ``data_at``: when the sessions were last read, None
    if never;
    ``ever_seen``: whether any session of this vehicle was ever seen. ``policies`` give the target where no session
    does.
    """
    active = is_active(live)
    shown = live if active else last_settled
    shown_windows = windows(shown.blocks) if shown is not None else ()
    shown_measures = measures(shown) if shown is not None else ()
    live_windows = shown_windows if active else ()
    live_measures = shown_measures if active else ()
    current = running(live_windows, now)
    state, state_raw = _state(live, last_settled, ever_seen=ever_seen)
    error, error_raw = error_word(live.error if live is not None else None)
    plugged_in = is_plugged_in(vehicle)
    if plugged_in is None and live is not None:
        plugged_in = active
    charging = is_charging(vehicle, live, current, live_measures, error, now)
    data_fresh = data_at is not None and now - data_at < SESSION_FRESH_FOR

    aimed = live if live is not None else last_settled
    target = aimed.target if aimed is not None and aimed.target is not None else Target()
    source, source_raw = target_source_word(target)
    reserve = target.battery_reserve if target.battery_reserve is not None else _common_reserve(policies, live)
    outcome = current_outcome(aimed)
    word, word_raw = outcome_word(outcome) if outcome is not None else (None, None)
    level = level_now(live if active else None, vehicle)
    missing = missing_percent(outcome, target.minimum_charge_target) if word is OutcomeWord.OFF_TARGET else None
    aggregated = shown.statistics.aggregated if shown is not None else None
    planned_energy = planned(live_windows, live_measures, now) if active else None
    capacity = vehicle.charge_state.battery_capacity
    valuation = _complete(shown.valuation if shown is not None else None)
    status = charging_status(
        Situation(
            vehicle=vehicle,
            live=live,
            last_settled=last_settled,
            windows=live_windows,
            measures=live_measures,
            charging=charging,
            plugged_in=plugged_in,
            error=error,
            command=command,
            data_fresh=data_fresh,
            now=now,
        )
    )
    next_window = coming(live_windows, now)
    return Charging(
        session_state=state,
        session_state_raw=state_raw,
        charging_status=status,
        shown=shown,
        windows=shown_windows,
        current_window=current,
        next_window=next_window,
        battery_level=vehicle.charge_state.battery_level,
        plugged_in=plugged_in,
        charging=charging,
        charge_power=charge_power(charging, vehicle, live_measures, now),
        block_power=block_power(current, live_measures, now),
        last_seen=vehicle.last_seen,
        session_energy=_kwh(delivered(shown, shown_measures)) if shown is not None else None,
        planned_energy=_kwh(planned_energy),
        remaining_energy=_kwh(_remaining(level, target, capacity)) if active else None,
        next_charge_start=next_window.start_at if next_window is not None else None,
        charge_end=last_end(shown_windows),
        plugged_in_at=shown.plugged_in_at if shown is not None else None,
        plugged_out_at=shown.plugged_out_at if shown is not None else None,
        battery_level_at_plug_in=aggregated.battery_from if aggregated is not None else None,
        battery_reserve=reserve,
        minimum_charge_target=target.minimum_charge_target,
        ready_by=target.ready_by,
        target_source=source,
        target_source_raw=source_raw,
        reserve_progress=progress(level, reserve),
        target_progress=progress(level, target.minimum_charge_target),
        outcome=word,
        outcome_raw=word_raw,
        off_target=None if word is None else word is OutcomeWord.OFF_TARGET,
        battery_level_at_ready_by=_level_at_ready_by(outcome),
        target_reached_at=reached_at(aimed, vehicle, live_windows, live_measures, now) if aimed is not None else None,
        missing_percent=missing,
        missing_kwh=_kwh(missing / 100 * capacity) if missing is not None and capacity is not None else None,
        error=error,
        error_raw=error_raw,
        charging_error=error is not ErrorWord.NONE,
        missing_capabilities=live.error.missing_capabilities if live is not None and live.error is not None else (),
        session_cost=valuation.actual if valuation is not None else None,
        session_savings=valuation.savings if valuation is not None else None,
        currency=valuation.currency if valuation is not None else None,
        smart_charge_window=_in_smart_window(live, current, target, plugged_in, error, data_fresh=data_fresh),
        command=command,
        next_boundary=_next_boundary(vehicle, target, shown_windows, current, live_measures, data_at, now),
    )


def _kwh(energy: float | None) -> float | None:
    """To the watt-hour: what lies behind it is the noise of sums, and would make two equal pictures differ."""
    return None if energy is None else round(energy, 3)


def _state(
    live: Session | None, last_settled: Session | None, *, ever_seen: bool
) -> tuple[SessionStateWord | None, str | None]:
    """Settled until the next session is upcoming or active; no session only if none was ever seen."""
    if live is not None:
        return session_state_word(live)
    if last_settled is not None or ever_seen:
        return (SessionStateWord.SETTLED, None)
    return (SessionStateWord.NO_SESSION, None)


def _common_reserve(policies: Sequence[Policy], live: Session | None) -> float | None:
    """The reserve of the session's policy: the target of an immediate start does not carry one (contract, 8.4)."""
    if live is None or live.policy_id is None:
        return None
    return next((policy.battery_reserve for policy in policies if policy.id == live.policy_id), None)


def _remaining(level: float | None, target: Target, capacity: float | None) -> float | None:
    """What is left to charge until the minimum charge target (kWh into the battery)."""
    if level is None or capacity is None or target.minimum_charge_target is None:
        return None
    return max(0.0, target.minimum_charge_target - level) / 100 * capacity


def _level_at_ready_by(outcome: Outcome | None) -> float | None:
    """Enode projects a level only when it is off target (contract, 8.5)."""
    if outcome is None or outcome.state != OutcomeState.OFF_TARGET:
        return None
    return outcome.battery_level_at_ready_by


def _complete(valuation: Valuation | None) -> Valuation | None:
    """A valuation counts only when all its numbers exist (contract, 12)."""
    if valuation is None or valuation.currency is None:
        return None
    if None in (valuation.actual, valuation.baseline, valuation.savings):
        return None
    return valuation


def _in_smart_window(
    live: Session | None,
    current: Window | None,
    target: Target,
    plugged_in: bool | None,
    error: ErrorWord | None,
    *,
    data_fresh: bool,
) -> bool:
    """Whether a planned reserve or regular block runs, so that a home battery may rest on it."""
    if live is None or current is None or current.type not in _WINDOW_BLOCKS or not data_fresh:
        return False
    if live.state == SessionState.ACTIVE_IMMEDIATE_START or target.type == TargetType.IMMEDIATE_START:
        return False
    return plugged_in is not False and error not in (ErrorWord.START_FAILED, ErrorWord.MISSING_CAPABILITIES)


def _next_boundary(
    vehicle: Vehicle,
    target: Target,
    of: Sequence[Window],
    current: Window | None,
    live_measures: Sequence[Measure],
    data_at: datetime | None,
    now: datetime,
) -> datetime | None:
    """The next instant at which something derived changes only because time passes."""
    instants: list[datetime] = []
    for window in of:
        instants += [
            window.start_at - BLOCK_MARGIN,
            window.start_at,
            window.end_at,
            window.end_at + BLOCK_MARGIN,
        ]
    if current is not None:
        instants.append(current.start_at + SILENCE_AFTER)
    if target.ready_by is not None:
        instants.append(target.ready_by)
    if (seen := seen_at(vehicle)) is not None:
        # Fresh includes the last instant: a moment later it is over.
        instants.append(seen + FRESH_FOR + timedelta(seconds=1))
    if (quarter := last_quarter(live_measures, now)) is not None:
        instants.append(quarter.end_at + QUARTER_TELLS_FOR + timedelta(seconds=1))
    instants += [measure.end_at for measure in live_measures]
    if data_at is not None:
        instants.append(data_at + SESSION_FRESH_FOR)
    return min((instant for instant in instants if instant > now), default=None)
