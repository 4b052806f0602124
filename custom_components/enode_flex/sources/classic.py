"""Classic smart charging told in the words of Flex (contract, 8.8). What Enode does not tell here stays unknown."""

from collections.abc import Sequence
from dataclasses import replace
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
from ..api.models import (
    WEEKDAYS,
    Block,
    BlockType,
    ChargingStretch,
    DaySchedule,
    ErrorType,
    Outcome,
    OutcomeState,
    Policy,
    Session,
    SessionError,
    SessionState,
    SmartChargingPolicy,
    SmartChargingStatus,
    TargetType,
    Vehicle,
)
from .base import CommandRefusedError, PolicyChange, Refusal, RefusalReason, SourceName, VehicleSessions
from .deadline import next_deadline
from .seen import (
    NEEDED_CAPABILITIES,
    SeenSource,
    VisitLogs,
    past_blocks,
    policy_id,
    statistics_of,
    target_of,
)
from .visits import Visit, allotted, floor, overridden, repaired, series

#: A plan's deadline counts for so long after it has passed, as that of a Flex session does.
_ROLLS_OVER_AFTER = timedelta(hours=1)
#: A stretch that was told up to here or later goes on while the car is seen charging.
_GOES_ON_WITHIN = timedelta(minutes=40)
_FULL = 100.0
_ENDED_IN_TIME = ("FULLY_CHARGED", "PLAN:ENDED:FINISHED")


class ClassicSource(SeenSource):
    """Classic smart charging behind the interface of every source."""

    name = SourceName.CLASSIC

    def __init__(self, client: EnodeClient, logs: VisitLogs) -> None:
        super().__init__(client, logs)
        # What was written since the vehicles were read: newer than what they tell.
        self._written: dict[str, SmartChargingPolicy] = {}
        self._asked_for_currency: set[str] = set()

    @override
    async def async_serves(self, vehicles: Sequence[Vehicle], now: datetime) -> frozenset[str]:
        """Vehicles on which it is on, or was: so that the owner can switch it on again. Needs no request."""
        served = set()
        for vehicle in vehicles:
            log = self._logs.get(vehicle.id)
            if _is_on(vehicle) and not log.classic:
                log = replace(log, classic=True)
                await self._logs.async_put(vehicle.id, log)
            if log.classic:
                served.add(vehicle.id)
        self._written = {}
        return frozenset(served)

    def was_on(self, vehicle: Vehicle) -> bool:
        """Whether smart charging is on, or was once, so that the owner can switch it on again."""
        return _is_on(vehicle) or self._logs.get(vehicle.id).classic

    def is_on(self, vehicle: Vehicle) -> bool:
        """Whether smart charging is on, as far as it is known."""
        return _is_on(self._fresh(vehicle))

    @override
    async def async_sessions(self, vehicle: Vehicle) -> VehicleSessions:
        vehicle = self._fresh(vehicle)
        policy = _policy(vehicle)
        if not _is_on(vehicle):
            unmanaged = await super().async_sessions(vehicle)
            return replace(unmanaged, source=self.name, policies=(policy,))
        log = await self._async_look(vehicle, managed=True)
        visit = log.open
        status: SmartChargingStatus | None = None
        if visit is not None:
            status = await self._async_status(vehicle)
            if _is_elsewhere(status):
                # Such as on a fast charger on the road: nothing manages this visit, and the next one is still to come.
                log = replace(log, open=replace(visit, managed=False))
                await self._logs.async_put(vehicle.id, log)
                visit = None
        session = await self._async_live(vehicle, visit, status)
        if visit is None:
            session = replace(session, id=log.next_id or session.id)
        return VehicleSessions(source=self.name, policies=(policy,), live=(session,))

    @override
    async def async_policies(self, vehicle: Vehicle) -> tuple[Policy, ...]:
        try:
            self._keep(vehicle, await self._client.smart_charging_policy(vehicle.id))
        except ForbiddenError, NotFoundError:
            return ()
        return (_policy(self._fresh(vehicle)),)

    @override
    async def async_history(
        self, vehicle: Vehicle, *, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Session, ...]:
        """As they were seen; the currency of those that nobody saw is that of the last plan."""
        log = self._logs.get(vehicle.id)
        if log.currency is None and vehicle.id not in self._asked_for_currency:
            self._asked_for_currency.add(vehicle.id)
            try:
                plan = await self._client.smart_charging_plan(vehicle.id)
            except ForbiddenError, NotFoundError:
                # There was none yet.
                pass
            else:
                await self._logs.async_put(vehicle.id, replace(log, currency=plan.currency))
        return await super().async_history(vehicle, since=since, limit=limit)

    # -- orders --------------------------------------------------------------------------------------------------------

    @override
    async def async_start_now(self, vehicle: Vehicle, session: Session | None) -> None:
        """Override the plan; a car that is switched off is ordered to start instead."""
        if self.is_on(vehicle):
            await self._client.start_smart_override(vehicle.id)
        else:
            await super().async_start_now(vehicle, session)

    @override
    async def async_resume(self, vehicle: Vehicle, session: Session | None) -> None:
        try:
            await self._client.end_smart_override(vehicle.id)
        except NotFoundError:
            # It ended by itself meanwhile: that is what was asked for.
            return

    @override
    def cannot_start(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        refusal = super().cannot_start(vehicle, session)
        if refusal is None and session is not None and self.is_on(vehicle):
            if session.error is not None and session.error.type == ErrorType.MISSING_CAPABILITIES:
                return Refusal(
                    reason=RefusalReason.MISSING_CAPABILITIES,
                    detail=", ".join(session.error.missing_capabilities) or None,
                )
            if session.state == SessionState.UPCOMING and not vehicle.charge_state.is_plugged_in:
                return Refusal(reason=RefusalReason.NOT_PLUGGED_IN, certain=False)
        return refusal

    @override
    def cannot_resume(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        if not self.is_on(vehicle):
            return Refusal(reason=RefusalReason.NO_SCHEDULE)
        if session is None:
            return Refusal(reason=RefusalReason.NO_SESSION)
        if session.state != SessionState.ACTIVE_IMMEDIATE_START:
            return Refusal(reason=RefusalReason.NOT_CHARGING_IMMEDIATELY)
        return None

    @override
    async def async_change_policy(self, vehicle: Vehicle, policy: Policy, change: PolicyChange) -> Policy:
        """Write reserve and deadline. The target is the car's own charge limit, and every day has the same deadline."""
        limit = vehicle.charge_state.charge_limit
        if change.battery_reserve is not None and limit is not None and change.battery_reserve > limit:
            raise CommandRefusedError(Refusal(reason=RefusalReason.ABOVE_CHARGE_LIMIT, detail=f"{limit:.0f}"))
        deadlines = {day.deadline for day in change.days.values() if day.deadline is not None}
        targets = {day.minimum_charge_target for day in change.days.values() if day.minimum_charge_target is not None}
        if (deadlines and (set(change.days) != set(WEEKDAYS) or len(deadlines) > 1)) or targets - {limit or _FULL}:
            raise CommandRefusedError(Refusal(reason=RefusalReason.CLASSIC_POLICY))
        await self._async_put(
            vehicle, deadline=next(iter(deadlines), None), minimum_charge_limit=change.battery_reserve
        )
        return _policy(self._fresh(vehicle))

    async def async_switch(self, vehicle: Vehicle, *, on: bool) -> None:
        """Switch smart charging on or off."""
        await self._async_put(vehicle, is_enabled=on)

    async def _async_put(
        self,
        vehicle: Vehicle,
        *,
        is_enabled: bool | None = None,
        deadline: str | None = None,
        minimum_charge_limit: float | None = None,
    ) -> None:
        try:
            written = await self._client.put_smart_charging_policy(
                vehicle.id, is_enabled=is_enabled, deadline=deadline, minimum_charge_limit=minimum_charge_limit
            )
        except (ConnectionFailedError, ServerError, MalformedAnswerError) as doubt:
            # Nobody knows whether it arrived. It is not sent again: what Enode has now tells.
            try:
                written = await self._client.smart_charging_policy(vehicle.id)
            except EnodeError:
                raise doubt from None
            wanted = (is_enabled, deadline, minimum_charge_limit)
            has = (written.is_enabled, written.deadline, written.minimum_charge_limit)
            if any(wish is not None and wish != found for wish, found in zip(wanted, has, strict=True)):
                raise
        self._keep(vehicle, written)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _keep(self, vehicle: Vehicle, policy: SmartChargingPolicy) -> None:
        self._written = {**self._written, vehicle.id: policy}

    def _fresh(self, vehicle: Vehicle) -> Vehicle:
        written = self._written.get(vehicle.id)
        return vehicle if written is None else replace(vehicle, smart_charging_policy=written)

    async def _async_status(self, vehicle: Vehicle) -> SmartChargingStatus | None:
        try:
            return await self._client.smart_charging_status(vehicle.id)
        except ForbiddenError, NotFoundError:
            return None

    async def _async_live(self, vehicle: Vehicle, visit: Visit | None, status: SmartChargingStatus | None) -> Session:
        """The session of the visit that is under way, or of the one to come."""
        policy = vehicle.smart_charging_policy or SmartChargingPolicy()
        zone = await self._async_zone(vehicle, visit.location_id if visit is not None else None)
        now = self._now
        begun = visit.since if visit is not None else None
        after = max(begun, now - _ROLLS_OVER_AFTER) if begun is not None else now
        visit_or_next = replace(
            visit or Visit(id="visit-to-come"),
            ready_by=next_deadline(after, policy.deadline, zone),
            minimum_charge_target=vehicle.charge_state.charge_limit or _FULL,
            battery_reserve=policy.minimum_charge_limit,
        )
        if visit is None:
            return Session(
                id="visit-to-come",
                policy_id=policy_id(vehicle),
                vehicle_id=vehicle.id,
                state=SessionState.UPCOMING,
                target=target_of(visit_or_next, immediate=False),
            )
        visit = visit_or_next
        read = await self._async_consumption(vehicle, floor(visit.since or now) - timedelta(hours=12))
        log = self._logs.get(vehicle.id)
        own = allotted([visit, *log.settled], read.stretches)
        stretches = own[visit.id]
        visit = repaired(visit, stretches)
        immediate = False
        if status is not None:
            override = status.smart_override
            immediate = override is not None and override.ended_at is None
            visit = overridden(visit, override.created_at if override is not None and immediate else None, now)
            if status.plan is not None and status.plan.currency is not None:
                visit = replace(visit, currency=status.plan.currency)
            judged = _on_target(status, visit)
            visit = replace(visit, on_target=visit.on_target if judged is None else judged)
        await self._logs.async_put(vehicle.id, replace(log, open=visit, currency=visit.currency or log.currency))
        before = repaired(log.settled[0], own[log.settled[0].id]).plugged_out_at if log.settled else None
        entries = series(read.buckets, visit.plugged_in_at or visit.since or now, now, after=before)
        target = target_of(visit, immediate=immediate)
        return Session(
            id=visit.id,
            policy_id=policy_id(vehicle),
            vehicle_id=vehicle.id,
            location_id=visit.location_id,
            state=_state(vehicle, visit, immediate=immediate),
            plugged_in_at=visit.plugged_in_at,
            blocks=_blocks(vehicle, visit, stretches, status, now, immediate=immediate),
            statistics=statistics_of(visit, entries),
            target=target,
            outcome=_outcome(status, visit, vehicle, target.id if target is not None else None, immediate=immediate),
            error=_error(vehicle, status),
        )


def _is_on(vehicle: Vehicle) -> bool:
    return vehicle.smart_charging_policy is not None and vehicle.smart_charging_policy.is_enabled is True


def _is_elsewhere(status: SmartChargingStatus | None) -> bool:
    """Whether Enode says that the car stands where smart charging does not charge it."""
    where = status.consideration if status is not None else None
    return where is not None and where.is_plugged_in is True and where.at_charging_location is False


def _policy(vehicle: Vehicle) -> Policy:
    """The classic policy in the words of a Flex policy: the same deadline on every day, at any place."""
    policy = vehicle.smart_charging_policy or SmartChargingPolicy()
    limit = vehicle.charge_state.charge_limit
    day = DaySchedule(deadline=policy.deadline, minimum_charge_target=limit or _FULL)
    return Policy(
        id=policy_id(vehicle),
        vehicle_id=vehicle.id,
        is_enabled=policy.is_enabled is True,
        battery_reserve=policy.minimum_charge_limit,
        schedule=dict.fromkeys(WEEKDAYS, day) if policy.deadline is not None else {},
        last_observed_location_charge_limit=limit,
    )


def _state(vehicle: Vehicle, visit: Visit, *, immediate: bool) -> SessionState:
    if immediate:
        return SessionState.ACTIVE_IMMEDIATE_START
    charge = vehicle.charge_state
    below = (
        charge.battery_level is not None
        and visit.battery_reserve is not None
        and charge.battery_level < visit.battery_reserve
    )
    return SessionState.ACTIVE_BATTERY_RESERVE if below and charge.is_charging else SessionState.ACTIVE_REGULAR


def _blocks(
    vehicle: Vehicle,
    visit: Visit,
    stretches: tuple[ChargingStretch, ...],
    status: SmartChargingStatus | None,
    now: datetime,
    *,
    immediate: bool,
) -> tuple[Block, ...]:
    """Past blocks from the statistics, the running one as far as it is told, the coming one from the plan."""
    blocks = past_blocks(visit, stretches, vehicle)
    charge = vehicle.charge_state
    plan = status.plan if status is not None and status.plan is not None and status.plan.ended_at is None else None
    missing = None
    if None not in (charge.battery_level, charge.battery_capacity) and visit.minimum_charge_target is not None:
        missing = max(0.0, visit.minimum_charge_target - (charge.battery_level or 0.0)) / 100
        missing *= charge.battery_capacity or 0.0
    if charge.is_charging:
        last = blocks[-1] if blocks else None
        if last is not None and last.end_at is not None and now - last.end_at < _GOES_ON_WITHIN:
            blocks.pop()
        else:
            last = None
        start = last.start_at if last is not None else _confirmed(status, now) or charge.last_updated or now
        kind = BlockType.IMMEDIATE_START if immediate else (last.type if last is not None else BlockType.REGULAR)
        end = _running_end(vehicle, status, now, immediate=immediate)
        if start is not None and end is not None and end > now:
            blocks.append(Block(type=kind, start_at=start, end_at=end, kwh_sum=None))
        elif last is not None:
            blocks.append(last)
    if (
        plan is not None
        and not immediate
        and plan.start_at is not None
        and plan.estimated_finish_at is not None
        and plan.start_at < plan.estimated_finish_at
        and (plan.start_at > now or not charge.is_charging)
        and plan.estimated_finish_at > now
    ):
        blocks.append(
            Block(
                type=BlockType.REGULAR,
                start_at=max(plan.start_at, blocks[-1].end_at) if blocks and blocks[-1].end_at else plan.start_at,
                end_at=plan.estimated_finish_at,
                # With charging going on, nobody tells how much of what is missing the next window brings.
                kwh_sum=None if charge.is_charging or missing is None else round(missing, 3),
            )
        )
    return tuple(blocks)


def _confirmed(status: SmartChargingStatus | None, now: datetime) -> datetime | None:
    plan = status.plan if status is not None else None
    if plan is None or plan.start_confirmed_at is None or plan.start_confirmed_at > now:
        return None
    return plan.start_confirmed_at


def _running_end(
    vehicle: Vehicle, status: SmartChargingStatus | None, now: datetime, *, immediate: bool
) -> datetime | None:
    """When the charge that runs ends: by the plan, else by the car's own estimate; None when nobody tells."""
    plan = status.plan if status is not None and status.plan is not None and status.plan.ended_at is None else None
    if plan is not None and not immediate:
        if plan.stop_at is not None and plan.stop_at > now:
            return plan.stop_at
        if plan.start_at is not None and plan.start_at <= now:
            return plan.estimated_finish_at
    return _own_estimate(vehicle)


def _own_estimate(vehicle: Vehicle) -> datetime | None:
    """When the car itself expects to be full."""
    charge = vehicle.charge_state
    if charge.charge_time_remaining is not None and charge.last_updated is not None:
        return charge.last_updated + timedelta(minutes=charge.charge_time_remaining)
    return None


def _on_target(status: SmartChargingStatus, visit: Visit) -> bool | None:
    """Whether the deadline is (or was) met, None where nobody can tell."""
    plan = status.plan
    if plan is not None and plan.failure_condition == "FINISHED_LATE":
        return False
    if status.state in _ENDED_IN_TIME:
        return True
    if status.state is not None and status.state.endswith("_FAILED"):
        return None
    if plan is None or plan.ended_at is not None or plan.estimated_finish_at is None or visit.ready_by is None:
        return None
    return plan.estimated_finish_at <= visit.ready_by


def _outcome(
    status: SmartChargingStatus | None, visit: Visit, vehicle: Vehicle, target_id: str | None, *, immediate: bool
) -> Outcome | None:
    if status is None:
        return None
    if immediate:
        reached = _own_estimate(vehicle)
        return Outcome(target_id=target_id, type=TargetType.IMMEDIATE_START, minimum_charge_target_reached_at=reached)
    on_target = _on_target(status, visit)
    if on_target is None:
        return None
    plan = status.plan
    finish = None
    if plan is not None:
        finish = plan.ended_at if plan.final_state == "PLAN:ENDED:FINISHED" else plan.estimated_finish_at
    return Outcome(
        target_id=target_id,
        type=TargetType.REGULAR,
        state=OutcomeState.ON_TARGET if on_target else OutcomeState.OFF_TARGET,
        minimum_charge_target_reached_at=finish,
    )


def _error(vehicle: Vehicle, status: SmartChargingStatus | None) -> SessionError | None:
    missing = tuple(
        name
        for name in NEEDED_CAPABILITIES
        if (capability := vehicle.capabilities.get(name)) is not None and capability.is_capable is False
    )
    if missing:
        return SessionError(type=ErrorType.MISSING_CAPABILITIES, missing_capabilities=missing)
    state = status.state if status is not None else None
    if state is not None and state.endswith("START_FAILED"):
        return SessionError(type=ErrorType.START_FAIL)
    if state is not None and state.endswith("STOP_FAILED"):
        return SessionError(type=ErrorType.STOP_FAIL)
    return None


__all__ = ["ClassicSource"]
