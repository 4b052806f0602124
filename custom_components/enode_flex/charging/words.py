"""The words in which a session is told to a person: states of entities, one set for code, translations, docs and card.

A word of Enode's that is not known here has no word: the mapping functions give (None, Enode's raw text).
"""

from collections.abc import Mapping
from enum import StrEnum

from ..api.models import (
    TARGET_SOURCE_POLICY,
    BlockType,
    ErrorType,
    Outcome,
    OutcomeState,
    Session,
    SessionError,
    SessionState,
    Target,
    TargetType,
)


class SessionStateWord(StrEnum):
    """States of ``session_state``: settled until the next session is upcoming or active."""

    NO_SESSION = "no_session"
    UPCOMING = "upcoming"
    ACTIVE_BATTERY_RESERVE = "active_battery_reserve"
    ACTIVE_REGULAR = "active_regular"
    ACTIVE_IMMEDIATE_START = "active_immediate_start"
    SETTLED = "settled"


class ErrorWord(StrEnum):
    """States of ``error``."""

    NONE = "none"
    START_FAILED = "start_failed"
    STOP_FAILED = "stop_failed"
    MISSING_CAPABILITIES = "missing_capabilities"


class OutcomeWord(StrEnum):
    """States of ``outcome``: will my car be ready."""

    ON_TARGET = "on_target"
    OFF_TARGET = "off_target"
    IMMEDIATE_START = "immediate_start"


class TargetSourceWord(StrEnum):
    """States of ``target_source``: the owner's policy, or somebody's wish for this one session."""

    POLICY = "policy"
    OVERRIDE = "override"


class BlockWord(StrEnum):
    """Why a block charges."""

    BATTERY_RESERVE = "battery_reserve"
    REGULAR = "regular"
    IMMEDIATE_START = "immediate_start"


class Command(StrEnum):
    """A command that somebody gave and that is being watched."""

    STARTING = "starting"
    RETURNING = "returning"


class ChargingStatus(StrEnum):
    """States of ``charging_status``, in the order in which they are tried: the first that applies wins (status.py)."""

    MISSING_CAPABILITIES = "missing_capabilities"
    START_FAILED = "start_failed"
    STOP_FAILED = "stop_failed"
    STARTING_IMMEDIATE_CHARGE = "starting_immediate_charge"
    RETURNING_TO_SCHEDULE = "returning_to_schedule"
    CHARGING_IMMEDIATELY = "charging_immediately"
    NOT_CHARGING_ALTHOUGH_PLANNED = "not_charging_although_planned"
    FILLING_BATTERY_RESERVE = "filling_battery_reserve"
    CHARGING_AS_PLANNED = "charging_as_planned"
    CHARGING_UNMANAGED = "charging_unmanaged"
    TARGET_REACHED = "target_reached"
    WAITING_FOR_NEXT_BLOCK = "waiting_for_next_block"
    NO_BLOCK_PLANNED = "no_block_planned"
    PLUGGED_IN_UNMANAGED = "plugged_in_unmanaged"
    FINISHED = "finished"
    WAITING_FOR_PLUG_IN = "waiting_for_plug_in"
    NO_SESSION = "no_session"


_STATES: Mapping[str, SessionStateWord] = {
    SessionState.UPCOMING: SessionStateWord.UPCOMING,
    SessionState.ACTIVE_BATTERY_RESERVE: SessionStateWord.ACTIVE_BATTERY_RESERVE,
    SessionState.ACTIVE_REGULAR: SessionStateWord.ACTIVE_REGULAR,
    SessionState.ACTIVE_IMMEDIATE_START: SessionStateWord.ACTIVE_IMMEDIATE_START,
    SessionState.SETTLED: SessionStateWord.SETTLED,
}
_ERRORS: Mapping[str, ErrorWord] = {
    ErrorType.START_FAIL: ErrorWord.START_FAILED,
    ErrorType.STOP_FAIL: ErrorWord.STOP_FAILED,
    ErrorType.MISSING_CAPABILITIES: ErrorWord.MISSING_CAPABILITIES,
}
_OUTCOMES: Mapping[str, OutcomeWord] = {
    OutcomeState.ON_TARGET: OutcomeWord.ON_TARGET,
    OutcomeState.OFF_TARGET: OutcomeWord.OFF_TARGET,
}
_BLOCKS: Mapping[str, BlockWord] = {
    BlockType.BATTERY_RESERVE: BlockWord.BATTERY_RESERVE,
    BlockType.REGULAR: BlockWord.REGULAR,
    BlockType.IMMEDIATE_START: BlockWord.IMMEDIATE_START,
}

type Told[WordT: StrEnum] = tuple[WordT | None, str | None]


def _told[WordT: StrEnum](words: Mapping[str, WordT], raw: str | None) -> Told[WordT]:
    word = words.get(raw) if raw is not None else None
    return (word, None) if word is not None else (None, raw)


def session_state_word(session: Session) -> Told[SessionStateWord]:
    """The word for a session's state; (None, raw) for a state that is not known here."""
    return _told(_STATES, session.state)


def error_word(error: SessionError | None) -> Told[ErrorWord]:
    """The word for a session's error; an error without a type is unknown, no error at all is none."""
    if error is None:
        return (ErrorWord.NONE, None)
    return _told(_ERRORS, error.type)


def outcome_word(outcome: Outcome) -> Told[OutcomeWord]:
    """The word for an outcome; an immediate start carries no state of its own (contract, 8.5)."""
    if outcome.type == TargetType.IMMEDIATE_START:
        return (OutcomeWord.IMMEDIATE_START, None)
    return _told(_OUTCOMES, outcome.state)


def target_source_word(target: Target) -> Told[TargetSourceWord]:
    """Policy or override: every source that is not POLICY is an override (contract, 12), so is an immediate start.

    The raw text is given beside ``override``, for the literals of other sources are not known.
    """
    if target.type == TargetType.IMMEDIATE_START:
        return (TargetSourceWord.OVERRIDE, target.source)
    if target.source is None:
        return (None, None)
    if target.source.upper() == TARGET_SOURCE_POLICY:
        return (TargetSourceWord.POLICY, None)
    return (TargetSourceWord.OVERRIDE, target.source)


def block_word(kind: BlockType | str | None) -> BlockWord | None:
    """The word for a block's type; None for a type that is not known here."""
    return _told(_BLOCKS, kind)[0]
