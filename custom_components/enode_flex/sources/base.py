"""What every source of sessions can do, in one vocabulary.

A source turns an Enode account's answers into the dataclasses of ``api.models``. Nothing above this folder knows which
source a session came from; it calls an ``Account`` (account.py), which asks the right source for each vehicle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from ..api.models import DaySchedule, Policy, Session, Vehicle


class SourceName(StrEnum):
    """Where a vehicle's sessions come from: the states of the entity ``session_source``."""

    FLEX = "flex"
    CLASSIC = "classic"
    NONE = "none"


class RefusalReason(StrEnum):
    """Why a command cannot work, known without asking the vehicle. Each has a sentence under ``exceptions``."""

    NO_SESSION = "no_session"
    UNMANAGED = "unmanaged"
    NO_SCHEDULE = "no_schedule"
    NOT_PLUGGED_IN = "not_plugged_in"
    ALREADY_CHARGING_IMMEDIATELY = "already_charging_immediately"
    TARGET_REACHED = "target_reached"
    MISSING_CAPABILITIES = "missing_capabilities"
    NOT_CHARGING_IMMEDIATELY = "not_charging_immediately"
    NO_POLICY = "no_policy"
    ABOVE_CHARGE_LIMIT = "above_charge_limit"
    INCOMPLETE_DAY = "incomplete_day"
    UNKNOWN_POLICY = "unknown_policy"
    CLASSIC_POLICY = "classic_policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A command that cannot work. ``certain`` False: only cached vehicle data says so, so a fresh look may differ."""

    reason: RefusalReason
    certain: bool = True
    detail: str | None = None


class CommandRefusedError(Exception):
    """Raised by a source for a command that it knows cannot work."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleSessions:
    """What a source knows of one vehicle now.

    ``policies``: all that the vehicle has, one a location. ``live``: every session that is not settled.
    """

    source: SourceName = SourceName.NONE
    policies: tuple[Policy, ...] = ()
    live: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """What to change of a policy; what is None or not named stays. Percent; ``deadline`` HH:mm (contract, 8.2)."""

    battery_reserve: float | None = None
    days: Mapping[str, DaySchedule] = field(default_factory=dict)


class SourceStorage(Protocol):
    """Where a source keeps what Enode does not. What is stored is JSON-ready and holds no VIN and no coordinates."""

    async def async_load(self) -> dict[str, Any]:
        """What was stored last; empty at first."""
        ...

    async def async_save(self, data: dict[str, Any]) -> None:
        """Store; it is written before this returns."""
        ...


class Source(Protocol):
    """One way to come by sessions. Methods raise ``api.errors.EnodeError`` when Enode refuses or is out of reach."""

    name: SourceName

    async def async_serves(self, vehicles: Sequence[Vehicle], now: datetime) -> frozenset[str]:
        """Ids of those vehicles whose sessions this source can tell now (UTC)."""
        ...

    async def async_sessions(self, vehicle: Vehicle) -> VehicleSessions:
        """Policies and live sessions of a vehicle that this source serves."""
        ...

    async def async_policies(self, vehicle: Vehicle) -> tuple[Policy, ...]:
        """The policies of a vehicle as Enode has them now."""
        return (await self.async_sessions(vehicle)).policies

    async def async_history(
        self, vehicle: Vehicle, *, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Session, ...]:
        """Settled sessions, newest first: those plugged out at or after ``since``, at most ``limit``."""
        ...

    async def async_start_now(self, vehicle: Vehicle, session: Session | None) -> None:
        """Ask for charging at once. It returns when Enode took the order, not when current flows."""
        ...

    async def async_resume(self, vehicle: Vehicle, session: Session | None) -> None:
        """Ask for the return to the schedule's target."""
        ...

    async def async_change_policy(self, vehicle: Vehicle, policy: Policy, change: PolicyChange) -> Policy:
        """Write a change of a policy and return the policy as Enode has it now.

        Raises:
            CommandRefusedError: it cannot be so, which is known without asking.
        """
        ...

    def cannot_start(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        """Why starting now cannot work, as far as it is known without a request; None when it may work."""
        ...

    def cannot_resume(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        """Why a return to the schedule cannot work; None when it may work."""
        ...
