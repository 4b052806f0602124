"""What is wrong with a vehicle at the moment."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .model import SessionError

# Without one of these nothing can be steered.
CONTROL = frozenset({"chargeState", "startCharging", "stopCharging", "smartCharging"})


@dataclass(kw_only=True, slots=True)
class Troubles:
    """What is wrong; a failure is told once a session has felt it."""

    failure: Literal["START_FAIL", "STOP_FAIL"] | None = None
    told: bool = False
    told_due: datetime | None = None
    clear_due: datetime | None = None
    missing: list[str] = field(default_factory=list)
    restore_due: datetime | None = None
    off_target: bool = False
    refusal: str | None = None
    refusal_mode: Literal["refuse", "fail"] = "refuse"

    @property
    def start_blocked(self) -> bool:
        """Whether no energy can flow."""
        return self.failure == "START_FAIL" or bool(CONTROL.intersection(self.missing))

    @property
    def stop_blocked(self) -> bool:
        """Whether the car goes on charging whatever it is told."""
        return self.failure == "STOP_FAIL" and self.told

    @property
    def error(self) -> SessionError | None:
        """The error that an active session shows."""
        missing = tuple(name for name in self.missing if name in CONTROL)
        if missing:
            return SessionError(type="MISSING_CAPABILITIES", missing_capabilities=missing)
        if self.failure is not None and self.told:
            return SessionError(type=self.failure)
        return None

    @property
    def next_due(self) -> datetime | None:
        """When something clears or is told by itself."""
        return min((due for due in (self.told_due, self.clear_due, self.restore_due) if due), default=None)
