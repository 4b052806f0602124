"""Sessions of Enode Flex: the full anatomy, passed on as it is (contract, 8.1 to 8.7)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import override

from ..api import EnodeClient
from ..api.errors import (
    ConnectionFailedError,
    EnodeError,
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    ServerError,
)
from ..api.models import WEEKDAYS, DaySchedule, ErrorType, Policy, Session, SessionState, TargetType, Vehicle
from .base import CommandRefusedError, PolicyChange, Refusal, RefusalReason, Source, SourceName, VehicleSessions

#: A client that was refused Flex is asked again after this time.
RECHECK_AFTER = timedelta(days=1)


class FlexSource(Source):
    """Enode Flex behind the interface of every source."""

    name = SourceName.FLEX

    def __init__(self, client: EnodeClient, *, was_classic: Callable[[Vehicle], bool] = lambda _vehicle: False) -> None:
        """``was_classic``: whether classic smart charging is, or was, switched on for a vehicle."""
        self._client = client
        self._was_classic = was_classic
        self._policies: dict[str, tuple[Policy, ...]] = {}
        self._refused_since: datetime | None = None
        self._asked_at: datetime | None = None
        self._changing = asyncio.Lock()

    @property
    def refused_since(self) -> datetime | None:
        """Since when Enode answers 403 or 404 to this client on Flex; None while Flex works or was never asked."""
        return self._refused_since

    def ask_again(self) -> None:
        """Ask for Flex at the next opportunity, however short ago it was refused."""
        self._asked_at = None

    @override
    async def async_serves(self, vehicles: Sequence[Vehicle], now: datetime) -> frozenset[str]:
        """All vehicles when the client has Flex (unmanaged charges are told too), none otherwise (contract, 12)."""
        if self._refused_since is not None and self._asked_at is not None and now - self._asked_at < RECHECK_AFTER:
            return frozenset()
        self._asked_at = now
        try:
            policies = await self._client.policies()
        except ForbiddenError, NotFoundError:
            self._refused_since = self._refused_since or now
            self._policies = {}
            return frozenset()
        self._refused_since = None
        self._policies = _by_vehicle(policies)
        # A car without a policy is seen by Flex as well, unless classic smart charging has more to tell of it, or is
        # switched off: who switched it off must find the switch again.
        return frozenset(
            vehicle.id for vehicle in vehicles if vehicle.id in self._policies or not self._was_classic(vehicle)
        )

    @override
    async def async_sessions(self, vehicle: Vehicle) -> VehicleSessions:
        policies = self._policies.get(vehicle.id, ())
        found = await asyncio.gather(*(self._client.live_session(policy.id) for policy in policies))
        live = tuple(session for session in found if session is not None and session.state != SessionState.SETTLED)
        return VehicleSessions(source=self.name, policies=policies, live=live)

    @override
    async def async_policies(self, vehicle: Vehicle) -> tuple[Policy, ...]:
        self._policies = _by_vehicle(await self._client.policies())
        return self._policies.get(vehicle.id, ())

    @override
    async def async_history(
        self, vehicle: Vehicle, *, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Session, ...]:
        """Settled sessions, newest first. The order and filters of Enode's list are inferred (contract, 8.1)."""

        def is_older(session: Session) -> bool:
            return since is not None and session.plugged_out_at is not None and session.plugged_out_at < since

        policies = self._policies.get(vehicle.id, ())
        # The list holds the live session of each policy as well.
        read = None if limit is None else limit + len(policies)
        lists = [self._client.sessions(vehicle_id=vehicle.id, limit=read, until=is_older)]
        if len(policies) > 1:
            # The list is in the order in which sessions were made. The next session of a place that is seldom visited
            # is made weeks before it is settled: in the vehicle's list it would stand behind the point where reading
            # stops.
            lists += [self._client.sessions(policy_id=policy.id, limit=read, until=is_older) for policy in policies]
        found = {session.id: session for part in await asyncio.gather(*lists) for session in part}
        settled = (it for it in found.values() if it.state == SessionState.SETTLED and not is_older(it))
        return tuple(sorted(settled, key=_left_at, reverse=True)[:limit])

    @override
    async def async_start_now(self, vehicle: Vehicle, session: Session | None) -> None:
        """Set the session's target to an immediate start (contract, 8.7)."""
        if session is None:
            raise CommandRefusedError(Refusal(reason=RefusalReason.NO_SESSION))
        await self._client.set_target(session.id, TargetType.IMMEDIATE_START)

    @override
    async def async_resume(self, vehicle: Vehicle, session: Session | None) -> None:
        """Set the session's target back to the schedule's (contract, 8.7)."""
        if session is None:
            raise CommandRefusedError(Refusal(reason=RefusalReason.NO_SESSION))
        await self._client.set_target(session.id, TargetType.REGULAR)

    @override
    async def async_change_policy(self, vehicle: Vehicle, policy: Policy, change: PolicyChange) -> Policy:
        """PATCH the policy (contract, 8.2).

        Enode may keep the days that a sent schedule does not name, or drop them: which is not known. So the whole
        schedule is sent, each day complete, with the change put into what Enode has at this moment.
        """
        # One after the other: a change must not undo one that came between its reading and its writing.
        async with self._changing:
            current = await self._client.policy(policy.id)
            if (refusal := _cannot_be(current, change)) is not None:
                raise CommandRefusedError(refusal)
            changed = await self._async_patch(
                policy.id, change.battery_reserve, _merged(current, change) if change.days else None
            )
        self._policies[vehicle.id] = tuple(
            changed if known.id == changed.id else known for known in self._policies.get(vehicle.id, ())
        )
        return changed

    async def _async_patch(
        self, policy_id: str, battery_reserve: float | None, schedule: Mapping[str, DaySchedule] | None
    ) -> Policy:
        try:
            return await self._client.patch_policy(policy_id, battery_reserve=battery_reserve, schedule=schedule)
        except (ConnectionFailedError, ServerError, MalformedAnswerError) as doubt:
            # Nobody knows whether it arrived. It is not sent again: what Enode has now tells.
            try:
                found = await self._client.policy(policy_id)
            except EnodeError:
                raise doubt from None
            if not _is_so(found, battery_reserve, schedule):
                raise
            return found

    @override
    def cannot_start(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        if session is None:
            reason = RefusalReason.NO_SESSION if self._policies.get(vehicle.id) else RefusalReason.NO_POLICY
            return Refusal(reason=reason)
        if session.policy_id is None:
            return Refusal(reason=RefusalReason.UNMANAGED)
        if session.error is not None and session.error.type == ErrorType.MISSING_CAPABILITIES:
            return Refusal(
                reason=RefusalReason.MISSING_CAPABILITIES, detail=", ".join(session.error.missing_capabilities) or None
            )
        if session.state == SessionState.ACTIVE_IMMEDIATE_START:
            return Refusal(reason=RefusalReason.ALREADY_CHARGING_IMMEDIATELY)
        if session.state == SessionState.UPCOMING and not vehicle.charge_state.is_plugged_in:
            # Session and vehicle agree, or the vehicle does not tell.
            return Refusal(reason=RefusalReason.NOT_PLUGGED_IN, certain=vehicle.charge_state.is_plugged_in is not None)
        return _target_reached(vehicle, session)

    @override
    def cannot_resume(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        if session is None:
            reason = RefusalReason.NO_SESSION if self._policies.get(vehicle.id) else RefusalReason.NO_POLICY
            return Refusal(reason=reason)
        if session.policy_id is None:
            return Refusal(reason=RefusalReason.UNMANAGED)
        overridden = session.target is not None and session.target.type == TargetType.IMMEDIATE_START
        if session.state != SessionState.ACTIVE_IMMEDIATE_START and not overridden:
            return Refusal(reason=RefusalReason.NOT_CHARGING_IMMEDIATELY)
        return None


def _left_at(session: Session) -> tuple[float, str]:
    """Sort key: plug-out time, sessions without one last; the id settles ties so that the order never flips."""
    return (session.plugged_out_at.timestamp() if session.plugged_out_at else 0.0, session.id)


def _target_reached(vehicle: Vehicle, session: Session) -> Refusal | None:
    """Nothing is left to charge. Certain only when the session's own statistics say so: vehicle data are cached."""
    wanted = session.target.minimum_charge_target if session.target is not None else None
    if wanted is None:
        return None
    aggregated = session.statistics.aggregated
    if aggregated is not None and aggregated.battery_to is not None and aggregated.battery_to >= wanted:
        return Refusal(reason=RefusalReason.TARGET_REACHED)
    level = vehicle.charge_state.battery_level
    if level is not None and level >= wanted:
        return Refusal(reason=RefusalReason.TARGET_REACHED, certain=False)
    return None


def _by_vehicle(policies: Iterable[Policy]) -> dict[str, tuple[Policy, ...]]:
    by_vehicle: dict[str, list[Policy]] = {}
    for policy in policies:
        if policy.vehicle_id is not None:
            by_vehicle.setdefault(policy.vehicle_id, []).append(policy)
    return {key: tuple(sorted(found, key=lambda policy: policy.id)) for key, found in by_vehicle.items()}


def _merged(policy: Policy, change: PolicyChange) -> dict[str, DaySchedule]:
    """The whole schedule with the change put in: days and fields that the change does not name stay."""
    merged = dict(policy.schedule)
    for weekday, day in change.days.items():
        before = merged.get(weekday, DaySchedule())
        merged[weekday] = DaySchedule(
            deadline=day.deadline if day.deadline is not None else before.deadline,
            minimum_charge_target=(
                day.minimum_charge_target if day.minimum_charge_target is not None else before.minimum_charge_target
            ),
        )
    return {weekday: merged[weekday] for weekday in WEEKDAYS if weekday in merged}


def _cannot_be(policy: Policy, change: PolicyChange) -> Refusal | None:
    """Why a policy cannot be changed so; None when it may.

    A level above the car's own charge limit at the place would never be reached. Values that are not touched are not
    judged: they are Enode's.
    """
    limit = policy.last_observed_location_charge_limit
    wanted = [change.battery_reserve, *(day.minimum_charge_target for day in change.days.values())]
    if limit is not None and any(level is not None and level > limit for level in wanted):
        return Refusal(reason=RefusalReason.ABOVE_CHARGE_LIMIT, detail=f"{limit:.0f}")
    merged = _merged(policy, change)
    incomplete = [day for day in change.days if None in (merged[day].deadline, merged[day].minimum_charge_target)]
    if incomplete:
        return Refusal(reason=RefusalReason.INCOMPLETE_DAY, detail=", ".join(incomplete))
    return None


def _is_so(policy: Policy, battery_reserve: float | None, schedule: Mapping[str, DaySchedule] | None) -> bool:
    """Whether a policy is as it was to become."""
    return (battery_reserve is None or policy.battery_reserve == battery_reserve) and (
        schedule is None or policy.schedule == schedule
    )
