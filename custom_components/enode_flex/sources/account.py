"""One Enode account: its vehicles, and for each of them the source that tells its sessions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ..api import EnodeClient
from ..api.models import Intervention, Policy, Session, User, Vehicle
from .base import PolicyChange, Refusal, Source, SourceName, SourceStorage, VehicleSessions
from .classic import ClassicSource
from .flex import FlexSource
from .plain import PlainSource
from .seen import VisitLogs

#: Where Enode's link page sends the owner when he is done: Home Assistant's own redirect to his repairs.
RELINK_REDIRECT = "https://my.home-assistant.io/redirect/repairs/"

type KeysOf = Callable[[Sequence[Vehicle]], Mapping[str, str]]


class Account:
    """The seam between the client and everything above it. Methods raise ``api.errors.EnodeError``."""

    def __init__(self, client: EnodeClient, *, user_id: str | None, storage: SourceStorage | None = None) -> None:
        """Follow one user of the client, or all of them (``user_id`` None).

        ``storage``: where visits are kept that only this account has seen; without it they are lost with the object.
        """
        self._client = client
        self._user_id = user_id
        self._logs = VisitLogs(storage)
        self._classic = ClassicSource(client, self._logs)
        self._flex = FlexSource(client, was_classic=self._classic.was_on)
        self._plain = PlainSource(client, self._logs)
        # In the order in which they are asked whether they serve a vehicle.
        self._sources: Sequence[Source] = (self._flex, self._classic, self._plain)
        self._serves: dict[str, Source] = {}

    @property
    def flex_refused_since(self) -> datetime | None:
        """Since when Enode answers 403 or 404 on Flex to this client; None while it works."""
        return self._flex.refused_since

    def ask_flex_again(self) -> None:
        """Find out with the next reading of the vehicles whether Flex works, not only once a day."""
        self._flex.ask_again()

    async def async_vehicles(self, now: datetime, *, keys_of: KeysOf | None = None) -> tuple[Vehicle, ...]:
        """All vehicles of the user (or of every user), and a fresh choice of each one's source.

        ``keys_of``: under which key each goes on, by Enode's id, which a re-link changes; without it, by that id.
        """
        if self._user_id is None:
            vehicles = await self._client.vehicles()
        else:
            vehicles = await self._client.user_vehicles(self._user_id)
        await self._logs.async_load()
        if keys_of is not None:
            self._logs.name(keys_of(vehicles))
        serves: dict[str, Source] = {}
        left: Sequence[Vehicle] = vehicles
        for source in self._sources:
            taken = await source.async_serves(left, now)
            serves |= dict.fromkeys(taken, source)
            left = [vehicle for vehicle in left if vehicle.id not in taken]
        self._serves = serves
        return vehicles

    def source_name(self, vehicle: Vehicle) -> SourceName:
        """Where this vehicle's sessions come from."""
        return self._source(vehicle).name

    async def async_sessions(self, vehicle: Vehicle) -> VehicleSessions:
        """Policies and live sessions of a vehicle."""
        return await self._source(vehicle).async_sessions(vehicle)

    async def async_policies(self, vehicle: Vehicle) -> tuple[Policy, ...]:
        """The policies of a vehicle, read at this moment."""
        return await self._source(vehicle).async_policies(vehicle)

    async def async_history(
        self, vehicle: Vehicle, *, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Session, ...]:
        """Settled sessions, newest first: plugged out at or after ``since``, at most ``limit``."""
        return await self._source(vehicle).async_history(vehicle, since=since, limit=limit)

    async def async_start_now(self, vehicle: Vehicle, session: Session | None) -> None:
        """Ask for charging at once."""
        await self._source(vehicle).async_start_now(vehicle, session)

    async def async_resume(self, vehicle: Vehicle, session: Session | None) -> None:
        """Ask for the return to the schedule."""
        await self._source(vehicle).async_resume(vehicle, session)

    async def async_change_policy(self, vehicle: Vehicle, policy: Policy, change: PolicyChange) -> Policy:
        """Change a policy of a vehicle."""
        return await self._source(vehicle).async_change_policy(vehicle, policy, change)

    def smart_charging(self, vehicle: Vehicle) -> bool | None:
        """Whether classic smart charging is on; None where it is not the source."""
        return self._classic.is_on(vehicle) if self._source(vehicle) is self._classic else None

    async def async_switch_smart_charging(self, vehicle: Vehicle, *, on: bool) -> None:
        """Switch classic smart charging on or off."""
        await self._classic.async_switch(vehicle, on=on)

    def cannot_start(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        """Why starting now cannot work; None when it may."""
        return self._source(vehicle).cannot_start(vehicle, session)

    def cannot_resume(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        """Why a return to the schedule cannot work; None when it may."""
        return self._source(vehicle).cannot_resume(vehicle, session)

    async def async_users(self) -> tuple[User, ...]:
        """The followed users with their linked vendors (contract, 6)."""
        if self._user_id is not None:
            return (await self._client.user(self._user_id),)
        return tuple([await self._client.user(user.id) for user in await self._client.users()])

    async def async_relink(self, vehicle: Vehicle, language: str) -> str:
        """An address at which the owner links the vehicle anew: single use, 24 h, not to be stored or logged."""
        return await self._client.relink(vehicle.id, language, RELINK_REDIRECT)

    async def async_intervention(self, intervention_id: str, language: str) -> Intervention:
        """What the owner must mend, in the nearest language that Enode offers (contract, 6)."""
        return await self._client.intervention(intervention_id, language)

    def _source(self, vehicle: Vehicle) -> Source:
        return self._serves.get(vehicle.id, self._plain)
