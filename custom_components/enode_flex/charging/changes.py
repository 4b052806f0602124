"""What happened between two looks at a vehicle.

A picture is the little of a vehicle that later looks are compared with. It holds nothing but what JSON can hold, so
that it outlives a restart. What one look does not know is carried over from the look before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from ..api.models import Session
from .derive import Charging
from .energy import delivered
from .selection import is_active, is_over
from .series import measures
from .words import ChargingStatus, ErrorWord, SessionStateWord, error_word, outcome_word

type Scalar = str | float | bool | None
#: A planned block: ``start`` and ``end`` (ISO 8601, UTC), ``kwh`` and ``type``.
type PlannedBlock = dict[str, Scalar]

#: Enode moves blocks by seconds when it measures; that is no new plan.
_MOVED = timedelta(minutes=1)
#: A plan whose energy differs by less (kWh) is the same plan.
_KWH = 0.1
_REACHED = 100
#: Of sessions that ended while nobody looked, those are told that ended within this time.
_TOLD_AFTER_THE_FACT = timedelta(days=1)


class Happening(StrEnum):
    """What can happen in a session: the types of ``event.session``."""

    PLUGGED_IN = "plugged_in"
    CHARGING_STARTED = "charging_started"
    CHARGING_FINISHED = "charging_finished"
    TARGET_REACHED = "target_reached"
    WENT_OFF_TARGET = "went_off_target"
    BACK_ON_TARGET = "back_on_target"
    PLAN_CHANGED = "plan_changed"
    TARGET_CHANGED = "target_changed"
    IMMEDIATE_START = "immediate_start"
    IMMEDIATE_START_CONFIRMED = "immediate_start_confirmed"
    IMMEDIATE_START_REFUSED = "immediate_start_refused"
    UNPLUGGED = "unplugged"


class ErrorHappening(StrEnum):
    """What can go wrong with charging: the types of ``event.charging_error``."""

    START_FAILED = "start_failed"
    STOP_FAILED = "stop_failed"
    MISSING_CAPABILITIES = "missing_capabilities"
    NOT_CHARGING_ALTHOUGH_PLANNED = "not_charging_although_planned"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened: ``data`` are scalars for an event, ``windows`` the plans before and after."""

    kind: Happening | ErrorHappening
    session: str | None
    data: Mapping[str, Scalar] = field(default_factory=dict)
    windows: tuple[Sequence[PlannedBlock], Sequence[PlannedBlock]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What later looks are compared with.

    ``session``: the live session that counts; ``visit``: the id of the last session that was seen plugged in.
    ``settled_until``: plug-out of the newest settled session known, None until the history was read. ``errors``: the
    errors of this moment. ``reached``: the session's target was met. ``errors_unclear``: a car that should charge was
    not seen to do so, be it that no block runs now or that nobody knows.
    """

    session: str | None = None
    visit: str | None = None
    immediate: bool = False
    charging: bool | None = None
    reached: bool | None = None
    off_target: bool | None = None
    target: float | None = None
    ready_by: str | None = None
    source: str | None = None
    plan: tuple[PlannedBlock, ...] = ()
    settled_until: str | None = None
    errors: tuple[str, ...] = ()
    errors_unclear: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For the store."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """From the store."""
        return cls(**{**stored, "plan": tuple(stored["plan"]), "errors": tuple(stored["errors"])})


def picture(
    charging: Charging, live: Session | None, history: Sequence[Session], *, history_read: bool, before: Picture | None
) -> Picture:
    """The picture of this moment; what is unknown now is what it was ``before``, within the same session."""
    earlier = before if before is not None else Picture()
    current = live if live is not None and not is_over(live) else None
    same = earlier if current is not None and current.id == earlier.session else Picture()
    active = is_active(current)
    reached = charging.target_progress >= _REACHED if charging.target_progress is not None else None
    immediate = charging.session_state is SessionStateWord.ACTIVE_IMMEDIATE_START
    return Picture(
        session=current.id if current is not None else None,
        visit=current.id if current is not None and active else earlier.visit,
        immediate=immediate,
        charging=charging.charging if charging.charging is not None else earlier.charging,
        reached=(reached if reached is not None else same.reached) if active else None,
        off_target=charging.off_target if active and charging.off_target is not None else same.off_target,
        target=charging.minimum_charge_target if current is not None else None,
        ready_by=_text(charging.ready_by) if current is not None else None,
        source=charging.target_source if current is not None else None,
        plan=tuple(
            {"start": _text(it.start_at), "end": _text(it.end_at), "kwh": it.kwh, "type": it.type}
            for it in charging.windows
        )
        if active
        else (),
        settled_until=max([it for it in (_left(session) for session in history) if it is not None], default="")
        if history_read
        else earlier.settled_until,
        errors=_errors(charging),
        # Neither a block that is over nor the start of the next one brings energy: only energy does.
        errors_unclear=charging.command is not None or (active and not reached and not charging.charge_power),
    )


def changes(before: Picture, after: Picture, history: Iterable[Session], now: datetime) -> list[Change]:
    """What happened between two looks, in the order of a visit. Errors are told apart (``error_changes``)."""
    stopped = [Change(kind=Happening.CHARGING_FINISHED, session=before.session)] if _stopped(before, after) else []
    # What ended comes first: charging, then the visit, then what is new.
    return [*stopped, *_ended(before, after, history, now), *_during(before, after, now)]


def _stopped(before: Picture, after: Picture) -> bool:
    return before.charging is True and after.charging is False


def _during(before: Picture, after: Picture, now: datetime) -> Iterator[Change]:
    session = after.session
    if after.visit is not None and after.visit == session and after.visit != before.visit:
        yield Change(kind=Happening.PLUGGED_IN, session=session, data=_aim(after))
    same = session is not None and session == before.session
    if same and _aim(before) != _aim(after):
        old = {f"old_{name}": value for name, value in _aim(before).items()}
        new = {f"new_{name}": value for name, value in _aim(after).items()}
        yield Change(kind=Happening.TARGET_CHANGED, session=session, data=old | new)
    if after.immediate and not (same and before.immediate):
        yield Change(kind=Happening.IMMEDIATE_START, session=session, data=_aim(after))
    if same and before.plan:
        yield from _replanned(before, after, now)
    if after.off_target and not (same and before.off_target):
        yield Change(kind=Happening.WENT_OFF_TARGET, session=session, data=_aim(after))
    if same and before.off_target and after.off_target is False:
        yield Change(kind=Happening.BACK_ON_TARGET, session=session, data=_aim(after))
    if after.charging and before.charging is False:
        yield Change(kind=Happening.CHARGING_STARTED, session=session)
    if same and after.reached and before.reached is False:
        yield Change(kind=Happening.TARGET_REACHED, session=session, data=_aim(after))


def _replanned(before: Picture, after: Picture, now: datetime) -> Iterator[Change]:
    """Compare what is still to come: a block that is over is no change of plan."""
    old, new = _ahead(before.plan, now), _ahead(after.plan, now)
    if after.reached or not _differ(old, new):
        return
    yield Change(
        kind=Happening.PLAN_CHANGED,
        session=after.session,
        data={f"old_{name}": value for name, value in _summary(old).items()}
        | {f"new_{name}": value for name, value in _summary(new).items()},
        windows=(old, new),
    )


def _ended(before: Picture, after: Picture, history: Iterable[Session], now: datetime) -> Iterator[Change]:
    """The visits that ended since; one that also began since is told with its beginning."""
    if before.settled_until is None:
        return
    for left, session in _settled_since(before.settled_until, history, now):
        if session.id not in (before.visit, after.visit):
            yield Change(
                kind=Happening.PLUGGED_IN, session=session.id, data={"plugged_in_at": _text(session.plugged_in_at)}
            )
        yield Change(kind=Happening.UNPLUGGED, session=session.id, data={"plugged_out_at": left, **summary(session)})


def _settled_since(until: str, history: Iterable[Session], now: datetime) -> list[tuple[str, Session]]:
    """(plug-out, session) of those that ended after ``until``, oldest first, while it is still news."""
    new = [
        (left, session)
        for session in history
        if (left := _left(session)) is not None
        and left > until
        and session.plugged_out_at is not None
        and now - session.plugged_out_at <= _TOLD_AFTER_THE_FACT
    ]
    return sorted(new, key=lambda it: (it[0], it[1].id))


def summary(session: Session) -> dict[str, Scalar]:
    """A settled session in numbers: kWh, battery from and to (%), outcome, cost and savings with their currency."""
    aggregated, value = session.statistics.aggregated, session.valuation
    energy = delivered(session, measures(session))
    return {
        "energy": round(energy, 3) if energy is not None else None,
        "battery_from": aggregated.battery_from if aggregated is not None else None,
        "battery_to": aggregated.battery_to if aggregated is not None else None,
        "outcome": outcome_word(session.outcome)[0] if session.outcome is not None else None,
        "cost": value.actual if value is not None else None,
        "savings": value.savings if value is not None else None,
        "currency": value.currency if value is not None else None,
    }


# -- errors ------------------------------------------------------------------------------------------------------------

#: An error is told again in its session only if it stood clear for so long.
CLEAR_FOR = timedelta(minutes=10)
#: So many told errors of a vehicle are remembered.
ERRORS_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldError:
    """An error that was told. ``told_at``, ``clear_since``: ISO 8601, UTC; clear_since is None while it stands."""

    session: str | None
    error: str
    told_at: str
    clear_since: str | None = None
    resolved: bool = False


def present_errors(
    now_seen: Picture, history: Iterable[Session], before: Picture | None, now: datetime
) -> list[tuple[str | None, str]]:
    """(session, error) of all that stands, and of sessions that ended since ``before`` with an error in their data."""
    found = [(now_seen.session, error) for error in now_seen.errors]
    if before is not None and before.settled_until is not None:
        for _, session in _settled_since(before.settled_until, history, now):
            word = error_word(session.error)[0]
            if word is not None and word is not ErrorWord.NONE:
                found.append((session.id, word.value))
    return found


def bearings(seen: Picture, history: Iterable[Session], now: datetime) -> tuple[ToldError, ...]:
    """At the very first look all that is there counts as told."""
    stamp = now.isoformat()
    settled = [
        (it.id, word.value) for it in history if (word := error_word(it.error)[0]) and word is not ErrorWord.NONE
    ]
    standing = [ToldError(session=seen.session, error=error, told_at=stamp) for error in seen.errors]
    over = [ToldError(session=it, error=word, told_at=stamp, clear_since=stamp, resolved=True) for it, word in settled]
    return tuple([*over, *standing][-ERRORS_KEPT:])


def error_changes(
    told: Sequence[ToldError],
    seen: Picture,
    history: Sequence[Session],
    before: Picture | None,
    now: datetime,
) -> tuple[list[Change], tuple[ToldError, ...]]:
    """What is to be told of errors, and what counts as told from now on: once for each session and error."""
    stamp = now.isoformat()
    standing = [(seen.session, error) for error in seen.errors]
    book = {(it.session, it.error): it for it in told}
    # What is over first: whoever clears a message at that must not clear the one about a new error.
    out = list(_resolve(book, standing, seen, stamp))
    for session, error in present_errors(seen, history, before, now):
        known = book.get((session, error))
        ended = (session, error) not in standing
        if known is None or (not ended and known.clear_since is not None and _is_clear(known, now)):
            book.pop((session, error), None)
            book[session, error] = ToldError(session=session, error=error, told_at=stamp)
            out.append(Change(kind=ErrorHappening(error), session=session, data={"error": error, "since": stamp}))
        elif not ended and known.clear_since is not None:
            book[session, error] = replace(known, clear_since=None)
    out += _resolve(book, standing, seen, stamp)
    return out, tuple(book.values())[-ERRORS_KEPT:]


def _resolve(
    book: dict[tuple[str | None, str], ToldError],
    standing: Sequence[tuple[str | None, str]],
    seen: Picture,
    stamp: str,
) -> Iterator[Change]:
    """Note in the book what no longer stands, and tell it."""
    for place, known in book.items():
        if place in standing or known.clear_since is not None:
            continue
        present = known.session == seen.session
        if known.error == ErrorHappening.NOT_CHARGING_ALTHOUGH_PLANNED and present and seen.errors_unclear:
            continue
        book[place] = replace(known, clear_since=stamp, resolved=True)
        if not known.resolved:
            reason = "cleared" if present else "session_ended"
            data = {"error": known.error, "since": known.told_at, "reason": reason}
            yield Change(kind=ErrorHappening.RESOLVED, session=known.session, data=data)


def _is_clear(known: ToldError, now: datetime) -> bool:
    return known.clear_since is not None and now - datetime.fromisoformat(known.clear_since) >= CLEAR_FOR


def _errors(charging: Charging) -> tuple[str, ...]:
    if charging.error is not None and charging.error is not ErrorWord.NONE:
        return (charging.error.value,)
    if charging.charging_status is ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED:
        return (ErrorHappening.NOT_CHARGING_ALTHOUGH_PLANNED.value,)
    return ()


# -- small things ------------------------------------------------------------------------------------------------------


def _aim(of: Picture) -> dict[str, Scalar]:
    return {
        "minimum_charge_target": of.target,
        "ready_by": of.ready_by,
        "target_source": str(of.source) if of.source is not None else None,
    }


def _ahead(plan: Sequence[PlannedBlock], now: datetime) -> list[PlannedBlock]:
    return [block for block in plan if _time(block["end"]) > now]


def _differ(old: Sequence[PlannedBlock], new: Sequence[PlannedBlock]) -> bool:
    return len(old) != len(new) or any(
        abs(_time(one["start"]) - _time(other["start"])) >= _MOVED
        or abs(_time(one["end"]) - _time(other["end"])) >= _MOVED
        or abs(_number(one["kwh"]) - _number(other["kwh"])) >= _KWH
        for one, other in zip(old, new, strict=True)
    )


def _summary(plan: Sequence[PlannedBlock]) -> dict[str, Scalar]:
    return {
        "start": plan[0]["start"] if plan else None,
        "end": plan[-1]["end"] if plan else None,
        "kwh": round(sum(_number(block["kwh"]) for block in plan), 3),
        "count": len(plan),
    }


def _time(value: Scalar) -> datetime:
    return datetime.fromisoformat(str(value))


def _number(value: Scalar) -> float:
    return float(value) if value is not None else 0.0


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _left(session: Session) -> str | None:
    return _text(session.plugged_out_at)
