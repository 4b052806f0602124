"""What a session means: pure functions over (session, vehicle, now)."""

from .blocks import Phase, Window, coming, last_end, running, windows
from .boundary import DATA_FRESH_FOR, next_boundary
from .changes import Change, ErrorHappening, Happening, Picture, ToldError
from .derive import Charging, derive
from .energy import by_type, delivered, planned
from .power import block_power, charge_power, is_charging, last_quarter
from .ready import will_be_ready
from .selection import ACTIVE_STATES, is_active, is_over, select_policy, select_session
from .series import Measure, energy_within, hourly_energy, measures, spread
from .status import STATUS_TABLE, Situation, charging_status
from .target import current_outcome, is_reached, level_now, reached_at
from .vehicle import FRESH_FOR, is_fresh, is_plugged_in, seen_at
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
    "ACTIVE_STATES",
    "DATA_FRESH_FOR",
    "FRESH_FOR",
    "STATUS_TABLE",
    "BlockWord",
    "Change",
    "Charging",
    "ChargingStatus",
    "Command",
    "ErrorHappening",
    "ErrorWord",
    "Happening",
    "Measure",
    "OutcomeWord",
    "Phase",
    "Picture",
    "SessionStateWord",
    "Situation",
    "TargetSourceWord",
    "ToldError",
    "Window",
    "block_power",
    "block_word",
    "by_type",
    "charge_power",
    "charging_status",
    "coming",
    "current_outcome",
    "delivered",
    "derive",
    "energy_within",
    "error_word",
    "hourly_energy",
    "is_active",
    "is_charging",
    "is_fresh",
    "is_over",
    "is_plugged_in",
    "is_reached",
    "last_end",
    "last_quarter",
    "level_now",
    "measures",
    "next_boundary",
    "outcome_word",
    "planned",
    "reached_at",
    "running",
    "seen_at",
    "select_policy",
    "select_session",
    "session_state_word",
    "spread",
    "target_source_word",
    "will_be_ready",
    "windows",
]
