"""What a session means: pure functions over (session, vehicle, now)."""

from .blocks import Phase, Window, coming, last_end, running, windows
from .derive import Charging, derive
from .energy import delivered, planned
from .selection import is_active, select_policy, select_session
from .series import Measure, energy_within, hourly_energy, measures, spread
from .status import STATUS_TABLE, Situation, charging_status
from .words import (
    BlockWord,
    ChargingStatus,
    Command,
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

__all__ = [
    "STATUS_TABLE",
    "BlockWord",
    "Charging",
    "ChargingStatus",
    "Command",
    "ErrorWord",
    "Measure",
    "OutcomeWord",
    "Phase",
    "SessionStateWord",
    "Situation",
    "TargetSourceWord",
    "Window",
    "block_word",
    "charging_status",
    "coming",
    "delivered",
    "derive",
    "energy_within",
    "error_word",
    "hourly_energy",
    "is_active",
    "last_end",
    "measures",
    "outcome_word",
    "planned",
    "running",
    "select_policy",
    "select_session",
    "session_state_word",
    "spread",
    "target_source_word",
    "windows",
]
