"""A vehicle of which Enode tells no sessions: it is a device with what is known of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import override

from ..api.models import Policy, Session, Vehicle
from .base import CommandRefusedError, PolicyChange, Refusal, RefusalReason, Source, SourceName, VehicleSessions


class PlainSource(Source):
    """Serves every vehicle that no other source serves, with nothing but refusals."""

    name = SourceName.NONE

    @override
    async def async_serves(self, vehicles: Sequence[Vehicle], now: datetime) -> frozenset[str]:
        return frozenset(vehicle.id for vehicle in vehicles)

    @override
    async def async_sessions(self, vehicle: Vehicle) -> VehicleSessions:
        return VehicleSessions(source=self.name)

    @override
    async def async_history(
        self, vehicle: Vehicle, *, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Session, ...]:
        return ()

    @override
    async def async_start_now(self, vehicle: Vehicle, session: Session | None) -> None:
        raise CommandRefusedError(Refusal(reason=RefusalReason.NO_SESSION))

    @override
    async def async_resume(self, vehicle: Vehicle, session: Session | None) -> None:
        raise CommandRefusedError(Refusal(reason=RefusalReason.NO_SESSION))

    @override
    async def async_change_policy(self, vehicle: Vehicle, policy: Policy, change: PolicyChange) -> Policy:
        raise CommandRefusedError(Refusal(reason=RefusalReason.NO_POLICY))

    @override
    def cannot_start(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        return Refusal(reason=RefusalReason.NO_SESSION)

    @override
    def cannot_resume(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        return Refusal(reason=RefusalReason.NO_SESSION)
