"""Everything a vehicle's sessions mean at one instant, in one frozen object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..api.models import Policy, Session, SessionState, Target, TargetType, Valuation, Vehicle
from .blocks import Window, coming, last_end, running, running_all, windows
from .boundary import DATA_FRESH_FOR, next_boundary
from .energy import by_type, delivered, planned
from .power import NOT_STARTED, block_power, charge_power, is_charging, last_quarter
from .selection import is_active, is_over, select_policy
from .series import Measure, measures
from .status import Situation, charging_status
from .target import current_outcome, level_at_ready_by, level_now, missing_percent, progress, reached_at
from .vehicle import is_plugged_in
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

#: Blocks in which a home battery may rest: planned ones, never an immediate start.
_WINDOW_BLOCKS = frozenset({BlockWord.BATTERY_RESERVE, BlockWord.REGULAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """What a session means. Fields bear the keys of the entities that show them; units: kWh, kW, %, UTC.

    None is unknown throughout. ``*_raw`` is Enode's word where it is not known here (beside ``override``: its source).
    Three sessions play a part: the *live* one (the one that counts, not settled), the *aimed* one, whose target is
    told: live, else the last settled one; and the ``shown`` one, whose figures are told: live while it is ACTIVE, else
    the last settled one. So, between two visits, the target is the coming one, and the last visit's figures stay.

    Of live:
        ``session_state``: None in a state that is not known here. ``error``: none without a live session, None for an
        error that is not known here; ``charging_error`` is on for that one too. ``missing_capabilities``.
    Of live while it is ACTIVE, None before and after:
        ``current_window``, ``next_window``, ``next_charge_start``: None also where no block runs, or comes.
        ``planned_energy``: what the plan still holds (energy.planned). ``remaining_energy``: into the battery up to
        the target; None unless level, target and capacity are known. ``block_power``: average of the running block;
        ``quarter_power``: of the last complete quarter, unless it is too old.
    Of aimed:
        ``battery_reserve`` (an immediate start carries none: then the policy's), ``minimum_charge_target``,
        ``ready_by`` (None in an immediate start), ``target_source``, ``reserve_progress``, ``target_progress`` (0 to
        1). ``outcome``: None before Enode's first estimate, for one of an earlier target, and while UPCOMING;
        ``off_target`` likewise. ``battery_level_at_ready_by``, ``missing_percent``: only off target, where Enode
        projects a level; ``missing_kwh``: only with the battery's capacity, too. ``target_reached_at``:
        target.reached_at.
    Of shown, None while there is none:
        ``windows``, ``session_energy``, ``delivered_by_type`` (energy.by_type), ``charge_end`` (None without blocks),
        ``plugged_in_at``, ``plugged_out_at`` (None during a visit), ``battery_level_at_plug_in``; ``session_cost``,
        ``session_savings``, ``currency``: only when all numbers of the valuation are there.
    Of the vehicle, and of the session where that is newer:
        ``battery_level`` and ``last_seen`` (the vehicle's alone), ``plugged_in`` (vehicle.is_plugged_in), ``charging``
        (power.is_charging), ``charge_power`` (power.charge_power).

    ``smart_charge_window``: a planned reserve or regular block runs, see ``_in_smart_window``. ``command``: the one
    under way. ``next_boundary``: the next instant at which any of this changes by itself.
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
    quarter_power: float | None
    last_seen: datetime | None

    session_energy: float | None
    delivered_by_type: Mapping[BlockWord, float]
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
    """Tell what a vehicle's sessions mean at ``now`` (UTC). Never raises.

    ``live``: the session that counts (selection.select_session); one that is over counts as the last settled one.
    ``data_at``: when the sessions were last read, None if never. ``command``: one that is being worked on.
    ``ever_seen``: whether any session of this vehicle was ever seen.
    """
    if live is not None and is_over(live):
        live, last_settled = None, live
    ever_seen = ever_seen or last_settled is not None
    active = is_active(live)
    shown = live if active else last_settled
    aimed = live if live is not None else last_settled
    shown_windows = windows(shown.blocks) if shown is not None else ()
    shown_measures = measures(shown) if shown is not None else ()
    live_windows = shown_windows if active else ()
    live_measures = shown_measures if active else ()
    current, following = running(live_windows, now), coming(live_windows, now)
    quarter = last_quarter(live_measures, now)

    state, state_raw = _state(live, ever_seen=ever_seen)
    error, error_raw = error_word(live.error if live is not None else None)
    plugged_in = is_plugged_in(vehicle, live, last_settled)
    charging = is_charging(vehicle, live, live_windows, live_measures, plugged_in=plugged_in, error=error, now=now)
    data_fresh = data_at is not None and now - data_at < DATA_FRESH_FOR
    situation = Situation(
        vehicle=vehicle,
        policies=policies,
        live=live,
        windows=live_windows,
        measures=live_measures,
        charging=charging,
        plugged_in=plugged_in,
        error=error,
        command=command,
        ever_seen=ever_seen,
        data_fresh=data_fresh,
        now=now,
    )

    target = aimed.target if aimed is not None and aimed.target is not None else Target()
    source, source_raw = target_source_word(target)
    reserve = target.battery_reserve
    if reserve is None and (policy := select_policy(policies, live, vehicle)) is not None:
        reserve = policy.battery_reserve
    outcome = current_outcome(aimed)
    word, word_raw = outcome_word(outcome) if outcome is not None else (None, None)
    missing = missing_percent(outcome, target.minimum_charge_target)
    level = level_now(live if active else None, vehicle)
    capacity = vehicle.charge_state.battery_capacity
    if capacity is not None and capacity <= 0:
        capacity = None
    aggregated = shown.statistics.aggregated if shown is not None else None
    valuation = _complete(shown.valuation) if shown is not None else None

    return Charging(
        session_state=state,
        session_state_raw=state_raw,
        charging_status=charging_status(situation),
        shown=shown,
        windows=shown_windows,
        current_window=current,
        next_window=following,
        battery_level=vehicle.charge_state.battery_level,
        plugged_in=plugged_in,
        charging=charging,
        charge_power=charge_power(vehicle, current, live_measures, charging=charging, now=now),
        block_power=block_power(current, live_measures, now),
        quarter_power=quarter.kw if quarter is not None else None,
        last_seen=vehicle.last_seen,
        session_energy=_kwh(delivered(shown, shown_measures)) if shown is not None else None,
        delivered_by_type={word: round(kwh, 3) for word, kwh in by_type(shown_windows, shown_measures, now).items()},
        planned_energy=_kwh(planned(live_windows, live_measures, now)) if active else None,
        remaining_energy=_kwh(_remaining(level, target, capacity)) if active else None,
        next_charge_start=following.start_at if following is not None else None,
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
        battery_level_at_ready_by=level_at_ready_by(outcome),
        target_reached_at=_reached_at(aimed, shown_windows, shown_measures, capacity, now),
        missing_percent=missing,
        missing_kwh=_kwh(missing / 100 * capacity) if missing is not None and capacity is not None else None,
        error=error,
        error_raw=error_raw,
        charging_error=error is not ErrorWord.NONE,
        missing_capabilities=live.error.missing_capabilities if live is not None and live.error is not None else (),
        session_cost=valuation.actual if valuation is not None else None,
        session_savings=valuation.savings if valuation is not None else None,
        currency=valuation.currency if valuation is not None else None,
        smart_charge_window=_in_smart_window(live, live_windows, plugged_in, error, data_fresh=data_fresh, now=now),
        command=command,
        next_boundary=next_boundary(
            [session for session in (live, shown) if session is not None], now, vehicle=vehicle, data_at=data_at
        ),
    )


def _kwh(energy: float | None) -> float | None:
    """To the watt-hour: what lies behind it is the noise of sums, and would make two equal pictures differ."""
    return None if energy is None else round(energy, 3)


def _state(live: Session | None, *, ever_seen: bool) -> tuple[SessionStateWord | None, str | None]:
    """Settled until the next session is upcoming or active; no session only if none was ever seen."""
    if live is not None:
        return session_state_word(live)
    return (SessionStateWord.SETTLED if ever_seen else SessionStateWord.NO_SESSION, None)


def _remaining(level: float | None, target: Target, capacity: float | None) -> float | None:
    if level is None or capacity is None or target.minimum_charge_target is None:
        return None
    return max(0.0, target.minimum_charge_target - level) / 100 * capacity


def _reached_at(
    aimed: Session | None, of: Sequence[Window], series: Sequence[Measure], capacity: float | None, now: datetime
) -> datetime | None:
    """While the aimed session is UPCOMING, blocks and series are another's; it has no outcome then (contract, 8.5)."""
    if aimed is None or not (is_active(aimed) or is_over(aimed)):
        return None
    return reached_at(aimed, of, series, capacity=capacity, now=now)


def _complete(valuation: Valuation | None) -> Valuation | None:
    """A valuation counts only when all its numbers exist (contract, 12)."""
    if valuation is None or valuation.currency is None:
        return None
    return None if None in (valuation.actual, valuation.baseline, valuation.savings) else valuation


def _in_smart_window(
    live: Session | None,
    of: Sequence[Window],
    plugged_in: bool | None,
    error: ErrorWord | None,
    *,
    data_fresh: bool,
    now: datetime,
) -> bool:
    """Whether a planned reserve or regular block of the live session runs, so that a home battery may rest on it.

    Never while an immediate start is on, by state, target or block; nor while the car is known to be unplugged, the
    session was not read lately, or the car could not be started.
    """
    types = {window.type for window in running_all(of, now)}
    if live is None or not types & _WINDOW_BLOCKS or BlockWord.IMMEDIATE_START in types or not data_fresh:
        return False
    target = live.target.type if live.target is not None else None
    if live.state == SessionState.ACTIVE_IMMEDIATE_START or target == TargetType.IMMEDIATE_START:
        return False
    return plugged_in is not False and error not in NOT_STARTED
