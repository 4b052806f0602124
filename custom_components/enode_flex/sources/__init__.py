"""Where sessions come from: the seam between the Enode client and everything above it."""

from .account import Account
from .base import (
    CommandRefusedError,
    PolicyChange,
    Refusal,
    RefusalReason,
    Source,
    SourceName,
    SourceStorage,
    VehicleSessions,
)

__all__ = [
    "Account",
    "CommandRefusedError",
    "PolicyChange",
    "Refusal",
    "RefusalReason",
    "Source",
    "SourceName",
    "SourceStorage",
    "VehicleSessions",
]
