"""The snapshot of one vehicle as plain JSON: what the card, get_session and diagnostics tell (docs/snapshot.md).

One function makes it for all of them, so that they cannot disagree. Units: kWh, kW, percent; times ISO 8601 in UTC.
A field is only ever added to a version; what changes its meaning or goes makes a new ``VERSION``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from .api.models import Session, SessionState
from .charging import (
    ChargingStatus,
    ErrorWord,
    Measure,
    OutcomeWord,
    Phase,
    Window,
    delivered,
    is_active,
    measures,
    outcome_word,
    session_state_word,
    windows,
)
from .charging.target import current_outcome, level_now
from .snapshot import VehicleSnapshot
from .sources import Refusal

#: Version of the format.
VERSION: Final = 1

type Json = dict[str, Any]


class EntryState(StrEnum):
    """What became of the entry that the vehicle belongs to."""

    LOADED = "loaded"
    NOT_LOADED = "not_loaded"
    REMOVED = "removed"


class Verdict(StrEnum):
    """The answer to: will the car be ready?"""

    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    READY = "ready"
    ERROR = "error"
    UNKNOWN = "unknown"


#: Why an action is not offered, beside the reasons that a source gives (sources.RefusalReason).
NOT_PERMITTED: Final = "not_permitted"
NOT_LOADED: Final = "not_loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What Home Assistant knows of a vehicle and of the person who looks at it.

    ``entities``: entity ids by the entity's key. ``start``, ``resume``: why the command cannot work, None when it may.
    ``may_control``: the person may press the vehicle's buttons.
    """

    key: str
    name: str | None = None
    device_id: str | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    start: Refusal | None = None
    resume: Refusal | None = None
    may_control: bool = True


def vehicle_payload(snapshot: VehicleSnapshot, *, now: datetime, surroundings: Surroundings) -> Json:
    """Everything of one vehicle, JSON-ready.

    ``now``: the instant that the snapshot was derived for or later (aware, UTC).
    """
    charging = snapshot.charging
    # Start and reserve belong to a visit: between two visits only what was aimed at stays.
    active = is_active(snapshot.live)
    return _frame(surroundings, now, EntryState.LOADED) | {
        "stale": not snapshot.sessions_available,
        "as_of": _time(snapshot.sessions_at or snapshot.vehicle_at),
        "source": snapshot.source.value,
        "session_state": _word(charging.session_state),
        "charging_status": _word(charging.charging_status),
        "plugged_in": charging.plugged_in,
        "charging": charging.charging,
        "power_kw": _number(charging.charge_power, 2),
        "battery": {
            "at_plug_in": charging.battery_level_at_plug_in if active else None,
            "now": level_now(snapshot.live if active else None, snapshot.vehicle),
            "target": charging.minimum_charge_target,
            "reserve": charging.battery_reserve,
            "capacity_kwh": snapshot.vehicle.charge_state.battery_capacity,
        },
        "ready_by": _time(charging.ready_by),
        "target_source": _word(charging.target_source),
        "expected": {
            "level": charging.battery_level_at_ready_by,
            "at": _time(charging.target_reached_at),
        },
        "verdict": {
            "state": _verdict(snapshot).value,
            "missing_percent": _number(charging.missing_percent, 1),
            "missing_kwh": _number(charging.missing_kwh, 2),
        },
        "error": _error(snapshot),
        "command": _word(charging.command),
        "next_charge_start": _time(charging.next_charge_start),
        "charge_end": _time(charging.charge_end),
        "planned_kwh": _number(charging.planned_energy, 3),
        "session": session_payload(charging.shown, now=now) if charging.shown is not None else None,
        "last_session": summary_payload(snapshot.last_settled) if snapshot.last_settled is not None else None,
        "actions": {
            "immediate_start": _action(surroundings.start, surroundings.may_control),
            "resume_schedule": _action(surroundings.resume, surroundings.may_control),
        },
    }


def absent_payload(surroundings: Surroundings, *, now: datetime, entry: EntryState) -> Json:
    """What is told while the vehicle's entry is not loaded, or after it was removed: the frame without a content."""
    return _frame(surroundings, now, entry) | {
        "actions": {name: {"allowed": False, "reason": NOT_LOADED} for name in ("immediate_start", "resume_schedule")},
    }


def summary_payload(session: Session) -> Json:
    """One session in a few numbers: energy, battery, outcome, cost (in ``currency``)."""
    aggregated = session.statistics.aggregated
    target = session.target
    valuation = session.valuation
    return {
        "id": session.id,
        "state": _word(session_state_word(session)[0]) or session.state,
        "managed": session.policy_id is not None,
        "plugged_in_at": _time(session.plugged_in_at),
        "plugged_out_at": _time(session.plugged_out_at),
        "kwh": _number(delivered(session, measures(session)), 3),
        "battery_from": aggregated.battery_from if aggregated is not None else None,
        "battery_to": aggregated.battery_to if aggregated is not None else None,
        "target": target.minimum_charge_target if target is not None else None,
        "ready_by": _time(target.ready_by) if target is not None else None,
        "outcome": _outcome(session),
        "currency": valuation.currency if valuation is not None else None,
        "cost": valuation.actual if valuation is not None else None,
        "savings": valuation.savings if valuation is not None else None,
    }


def session_payload(session: Session, *, now: datetime, series: bool = True) -> Json:
    """A session with its blocks and, if asked for, its quarters of an hour."""
    settled = session.state == SessionState.SETTLED
    told = summary_payload(session) | {"blocks": [_block(it, now, settled=settled) for it in windows(session.blocks)]}
    if series:
        told["series"] = [_quarter(measure) for measure in measures(session)]
    return told


def _frame(surroundings: Surroundings, now: datetime, entry: EntryState) -> Json:
    return {
        "version": VERSION,
        "now": _time(now),
        "entry": entry.value,
        "vehicle": {
            "key": surroundings.key,
            "name": surroundings.name,
            "device_id": surroundings.device_id,
            "entities": dict(surroundings.entities),
        },
    }


def _verdict(snapshot: VehicleSnapshot) -> Verdict:
    charging = snapshot.charging
    if charging.charging_error:
        return Verdict.ERROR
    if snapshot.live is None:
        return Verdict.UNKNOWN
    if charging.charging_status is ChargingStatus.TARGET_REACHED:
        return Verdict.READY
    match charging.outcome:
        case OutcomeWord.OFF_TARGET:
            return Verdict.OFF_TRACK
        case OutcomeWord.ON_TARGET:
            return Verdict.ON_TRACK
        case OutcomeWord.IMMEDIATE_START if charging.target_reached_at is not None:
            return Verdict.ON_TRACK
        case _:
            return Verdict.UNKNOWN


def _error(snapshot: VehicleSnapshot) -> Json | None:
    charging = snapshot.charging
    if charging.error in (None, ErrorWord.NONE) and charging.error_raw is None:
        return None
    return {
        "word": charging.error.value if charging.error is not None else None,
        "raw": charging.error_raw,
        "missing_capabilities": list(charging.missing_capabilities),
    }


def _action(refusal: Refusal | None, may_control: bool) -> Json:
    if not may_control:
        return {"allowed": False, "reason": NOT_PERMITTED}
    return {"allowed": refusal is None, "reason": refusal.reason.value if refusal is not None else None}


def _block(window: Window, now: datetime, *, settled: bool) -> Json:
    return {
        "type": window.type.value if window.type is not None else "other",
        "start": _time(window.start_at),
        "end": _time(window.end_at),
        "kwh": _number(window.kwh, 3),
        "phase": (Phase.PAST if settled else window.phase(now)).value,
    }


def _quarter(measure: Measure) -> Json:
    return {"start": _time(measure.start_at), "end": _time(measure.end_at), "kwh": _number(measure.kwh, 3)}


def _outcome(session: Session) -> str | None:
    outcome = current_outcome(session)
    return _word(outcome_word(outcome)[0]) if outcome is not None else None


def _word(word: StrEnum | None) -> str | None:
    return word.value if word is not None else None


def _time(time: datetime | None) -> str | None:
    return time.isoformat() if time is not None else None


def _number(value: float | None, digits: int) -> float | None:
    return round(value, digits) if value is not None else None
