"""Enode's words and ours: every known one has its word, every other is passed on as it is."""

import pytest

from custom_components.enode_flex.api.models import (
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
from custom_components.enode_flex.charging import (
    BlockWord,
    ErrorWord,
    OutcomeWord,
    SessionStateWord,
    TargetSourceWord,
    block_word,
    error_word,
    outcome_word,
    session_state_word,
    target_source_word,
)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (SessionState.UPCOMING, (SessionStateWord.UPCOMING, None)),
        (SessionState.ACTIVE_BATTERY_RESERVE, (SessionStateWord.ACTIVE_BATTERY_RESERVE, None)),
        (SessionState.ACTIVE_REGULAR, (SessionStateWord.ACTIVE_REGULAR, None)),
        (SessionState.ACTIVE_IMMEDIATE_START, (SessionStateWord.ACTIVE_IMMEDIATE_START, None)),
        (SessionState.SETTLED, (SessionStateWord.SETTLED, None)),
        ("PAUSED", (None, "PAUSED")),
        (None, (None, None)),
    ],
)
def test_session_state(state: SessionState | str | None, told: tuple[SessionStateWord | None, str | None]):
    assert session_state_word(Session(id="s", state=state)) == told


def test_every_state_of_enode_has_a_word():
    words = {session_state_word(Session(id="s", state=state))[0] for state in SessionState}
    assert words == set(SessionStateWord) - {SessionStateWord.NO_SESSION}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, (ErrorWord.NONE, None)),
        (SessionError(), (None, None)),
        (SessionError(type=ErrorType.START_FAIL), (ErrorWord.START_FAILED, None)),
        (SessionError(type=ErrorType.STOP_FAIL), (ErrorWord.STOP_FAILED, None)),
        (SessionError(type=ErrorType.MISSING_CAPABILITIES), (ErrorWord.MISSING_CAPABILITIES, None)),
        (SessionError(type="CABLE_TOO_SHORT"), (None, "CABLE_TOO_SHORT")),
    ],
)
def test_error(error: SessionError | None, told: tuple[ErrorWord | None, str | None]):
    assert error_word(error) == told


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome(type=TargetType.REGULAR, state=OutcomeState.ON_TARGET), (OutcomeWord.ON_TARGET, None)),
        (Outcome(type=TargetType.REGULAR, state=OutcomeState.OFF_TARGET), (OutcomeWord.OFF_TARGET, None)),
        (Outcome(type=TargetType.REGULAR, state="MAYBE"), (None, "MAYBE")),
        (Outcome(state=OutcomeState.ON_TARGET), (OutcomeWord.ON_TARGET, None)),
        (Outcome(type=TargetType.IMMEDIATE_START), (OutcomeWord.IMMEDIATE_START, None)),
        (Outcome(), (None, None)),
    ],
)
def test_outcome(outcome: Outcome, told: tuple[OutcomeWord | None, str | None]):
    assert outcome_word(outcome) == told


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (Target(type=TargetType.REGULAR, source="POLICY"), (TargetSourceWord.POLICY, None)),
        (Target(source="policy"), (TargetSourceWord.POLICY, None)),
        (Target(type=TargetType.REGULAR, source="USER"), (TargetSourceWord.OVERRIDE, "USER")),
        (Target(type=TargetType.IMMEDIATE_START), (TargetSourceWord.OVERRIDE, None)),
        (Target(type=TargetType.REGULAR), (None, None)),
    ],
)
def test_target_source(target: Target, told: tuple[TargetSourceWord | None, str | None]):
    assert target_source_word(target) == told


def test_block():
    assert {block_word(kind) for kind in BlockType} == set(BlockWord)
    assert block_word("SOLAR") is None
    assert block_word(None) is None
