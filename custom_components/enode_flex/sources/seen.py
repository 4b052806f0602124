"""What classic and plain vehicles share: visits as they are seen, and charging statistics (contract, 8.8)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import override
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..api import EnodeClient
from ..api.errors import InvalidRequestError, NotFoundError
from ..api.models import (
    AggregatedStatistics,
    Block,
    BlockType,
    ChargeAction,
    ChargingBucket,
    ChargingStretch,
    ErrorType,
    Outcome,
    OutcomeState,
    Policy,
    Session,
    SessionError,
    SessionState,
    Statistics,
    Target,
    TargetType,
    TimeseriesEntry,
    Valuation,
    Vehicle,
)
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
from .visits import SEEN_LATE_BY, Visit, VisitLog, allotted, floor, repaired, seen, series, unseen

#: Enode's statistics go back so far at most as they are asked for.
HISTORY_REACH = timedelta(days=730)
#: A history that is asked for without a beginning, but for a few sessions.
HISTORY_GLANCE = timedelta(days=60)
#: A visit that began before the history that is asked for is told whole.
HISTORY_MARGIN = timedelta(days=3)
#: Statistics move every quarter of an hour, and are late by up to as much.
STATISTICS_EVERY = timedelta(minutes=4)
#: They do not move while the car does not charge, but for corrections.
STATISTICS_AT_REST = timedelta(minutes=30)
#: What flowed until the charge ended is told by then.
_TOLD_WITHIN = timedelta(minutes=40)
#: A car shows what it was ordered within this time, or not at all.
_ORDER_SHOWS_WITHIN = timedelta(minutes=10)
#: What charging needs a car to be capable of.
NEEDED_CAPABILITIES = ("chargeState", "startCharging", "stopCharging", "smartCharging")
_STORED = "vehicles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """Charging statistics of a vehicle from ``since`` on, as they were read at ``read_at``."""

    since: datetime
    read_at: datetime
    buckets: tuple[ChargingBucket, ...] = ()
    stretches: tuple[ChargingStretch, ...] = ()


class VisitLogs:
    """The stored logs of all vehicles, by the key that a re-link leaves as it is; both sources share them."""

    def __init__(self, storage: SourceStorage | None) -> None:
        self._storage = storage
        self._logs: dict[str, VisitLog] | None = None
        self._keys: Mapping[str, str] = {}
        self._saving = asyncio.Lock()

    async def async_load(self) -> None:
        """Read what was stored, once."""
        if self._logs is not None:
            return
        stored = await self._storage.async_load() if self._storage is not None else {}
        vehicles = stored.get(_STORED, {})
        logs: dict[str, VisitLog] = {}
        if isinstance(vehicles, Mapping):
            logs = {str(key): VisitLog.from_dict(value) for key, value in vehicles.items()}
        self._logs = self._logs if self._logs is not None else logs

    def name(self, keys: Mapping[str, str]) -> None:
        """Take over under which key each vehicle goes on, by Enode's id; one without a key goes by its id."""
        self._keys = keys

    def get(self, vehicle_id: str) -> VisitLog:
        """The log of a vehicle, by Enode's id."""
        return (self._logs or {}).get(self._keys.get(vehicle_id, vehicle_id)) or VisitLog()

    async def async_put(self, vehicle_id: str, log: VisitLog) -> None:
        """Keep a log; it is stored if it changed."""
        key = self._keys.get(vehicle_id, vehicle_id)
        if self._logs is None:
            self._logs = {}
        if self._logs.get(key) == log:
            return
        self._logs[key] = log
        if self._storage is not None:
            async with self._saving:
                await self._storage.async_save({_STORED: {key: it.to_dict() for key, it in self._logs.items()}})


class SeenSource(Source):
    """A source whose sessions are assembled from what is seen."""

    name = SourceName.NONE

    def __init__(self, client: EnodeClient, logs: VisitLogs) -> None:
        self._client = client
        self._logs = logs
        self._consumption: dict[str, Consumption] = {}
        self._actions: dict[str, ChargeAction] = {}
        self._charged_at: dict[str, datetime] = {}
        self._zones: dict[str, ZoneInfo] = {}

    @property
    def _now(self) -> datetime:
        return datetime.now(UTC)

    # -- reading -------------------------------------------------------------------------------------------------------

    @override
    async def async_sessions(self, vehicle: Vehicle) -> VehicleSessions:
        """A vehicle that nothing controls has no live session, but while it does what it was ordered."""
        await self._async_look(vehicle, managed=False)
        ordered = await self._async_ordered(vehicle)
        return VehicleSessions(source=self.name, live=() if ordered is None else (ordered,))

    @override
    async def async_history(
        self, vehicle: Vehicle, *, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Session, ...]:
        """Visits that ended, newest first: those that were seen, and those that only the statistics tell of."""
        log = self._logs.get(vehicle.id)
        reach = HISTORY_GLANCE if limit is not None and limit <= 100 else HISTORY_REACH  # noqa: PLR2004 - a glance
        start = floor((since - HISTORY_MARGIN) if since is not None else self._now - reach)
        read = await self._async_consumption(vehicle, start)
        known = [*log.settled, *([log.open] if log.open is not None else [])]
        own = allotted(known, read.stretches)
        found = [(repaired(it, own[it.id]), own[it.id]) for it in log.settled]
        found += unseen(read.stretches, known, ended_before=self._now - SEEN_LATE_BY)
        found.sort(key=lambda pair: pair[0].plugged_out_at or start)
        sessions = []
        before: datetime | None = None
        for visit, stretches in found:
            if visit.plugged_out_at is None or visit.plugged_out_at < start:
                continue
            if since is None or visit.plugged_out_at >= since:
                if visit.currency is None and visit.managed:
                    visit = replace(visit, currency=log.currency)  # noqa: PLW2901 - the same one, with its money
                session = self.settled(vehicle, visit, stretches, read.buckets, after=before)
                # A visit without a charge is one all the same, if it was seen; Flex tells those of its policies only.
                if stretches or visit.managed:
                    sessions.append(session)
            before = visit.plugged_out_at
        return tuple(reversed(sessions))[:limit]

    def settled(
        self,
        vehicle: Vehicle,
        visit: Visit,
        stretches: tuple[ChargingStretch, ...],
        buckets: tuple[ChargingBucket, ...],
        *,
        after: datetime | None,
    ) -> Session:
        """The session of a visit that is over."""
        start = visit.plugged_in_at or visit.since or visit.plugged_out_at or self._now
        entries = series(buckets, start, visit.plugged_out_at or self._now, after=after)
        target = target_of(visit, immediate=False)
        outcome = None
        if target is not None and visit.on_target is not None:
            outcome = Outcome(
                target_id=target.id,
                type=TargetType.REGULAR,
                state=OutcomeState.ON_TARGET if visit.on_target else OutcomeState.OFF_TARGET,
            )
        return Session(
            id=visit.id,
            policy_id=policy_id(vehicle) if visit.managed else None,
            vehicle_id=vehicle.id,
            location_id=visit.location_id,
            state=SessionState.SETTLED,
            plugged_in_at=visit.plugged_in_at,
            plugged_out_at=visit.plugged_out_at,
            blocks=tuple(past_blocks(visit, stretches, vehicle)) if visit.managed else (),
            statistics=statistics_of(visit, entries),
            target=target if visit.managed else None,
            outcome=outcome if visit.managed else None,
            valuation=_valuation(visit, stretches),
        )

    # -- orders --------------------------------------------------------------------------------------------------------

    @override
    async def async_start_now(self, vehicle: Vehicle, session: Session | None) -> None:
        """Order START of a car that no smart feature controls; what becomes of it is the action's (contract, 5)."""
        try:
            self._actions[vehicle.id] = await self._client.charge(vehicle.id, "START")
        except InvalidRequestError as error:
            if not _is_so_already(error.detail):
                raise
            self._actions[vehicle.id] = ChargeAction(
                id="", kind="START", state="CONFIRMED", created_at=self._now, completed_at=self._now
            )

    @override
    async def async_resume(self, vehicle: Vehicle, session: Session | None) -> None:
        raise CommandRefusedError(Refusal(reason=RefusalReason.NO_SCHEDULE))

    @override
    async def async_change_policy(self, vehicle: Vehicle, policy: Policy, change: PolicyChange) -> Policy:
        raise CommandRefusedError(Refusal(reason=RefusalReason.NO_POLICY))

    @override
    def cannot_start(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        charge = vehicle.charge_state
        start = vehicle.capabilities.get("startCharging")
        if start is not None and start.is_capable is False:
            return Refusal(reason=RefusalReason.MISSING_CAPABILITIES, detail="startCharging")
        if session is not None and session.state == SessionState.ACTIVE_IMMEDIATE_START:
            return Refusal(reason=RefusalReason.ALREADY_CHARGING_IMMEDIATELY)
        if charge.is_plugged_in is False:
            return Refusal(reason=RefusalReason.NOT_PLUGGED_IN, certain=False)
        if charge.is_fully_charged:
            return Refusal(reason=RefusalReason.TARGET_REACHED, certain=False)
        return None

    @override
    def cannot_resume(self, vehicle: Vehicle, session: Session | None) -> Refusal | None:
        return Refusal(reason=RefusalReason.NO_SCHEDULE)

    # -- for the sources that build on this ----------------------------------------------------------------------------

    async def _async_look(self, vehicle: Vehicle, *, managed: bool) -> VisitLog:
        log = seen(self._logs.get(vehicle.id), vehicle, self._now, managed=managed)
        await self._logs.async_put(vehicle.id, log)
        return log

    async def _async_ordered(self, vehicle: Vehicle) -> Session | None:
        """The charge that was ordered: pending, running, or failed; None once it is over or was never ordered."""
        action = self._actions.get(vehicle.id)
        if action is None:
            return None
        if action.state == "PENDING":
            try:
                action = self._actions[vehicle.id] = await self._client.charge_action(action.id)
            except NotFoundError:
                del self._actions[vehicle.id]
                return None
        charge = vehicle.charge_state
        ended = action.completed_at or action.updated_at or self._now
        shows = charge.last_updated is not None and charge.last_updated > ended
        confirmed, failed = _is_confirmed(action), _is_failed(action)
        over = charge.is_plugged_in is False or (confirmed and shows and charge.is_charging is False)
        if over or (failed and self._now - ended > _ORDER_SHOWS_WITHIN):
            del self._actions[vehicle.id]
            return None
        visit = self._logs.get(vehicle.id).open
        statistics = None
        if confirmed and visit is not None and visit.since is not None:
            read = await self._async_consumption(vehicle, floor(visit.since) - SEEN_LATE_BY)
            statistics = statistics_of(visit, series(read.buckets, visit.plugged_in_at or visit.since, self._now))
        return Session(
            id=visit.id if visit is not None else f"order-{action.id}",
            vehicle_id=vehicle.id,
            location_id=vehicle.location.id,
            state=SessionState.ACTIVE_IMMEDIATE_START if confirmed else SessionState.ACTIVE_REGULAR,
            plugged_in_at=visit.plugged_in_at if visit is not None else None,
            statistics=statistics or Statistics(),
            target=Target(id=f"order-{action.id}", type=TargetType.IMMEDIATE_START),
            error=SessionError(type=ErrorType.START_FAIL, detail=_why(action)) if failed else None,
        )

    async def _async_consumption(self, vehicle: Vehicle, since: datetime) -> Consumption:
        held = self._consumption.get(vehicle.id)
        if vehicle.charge_state.is_charging is not False or vehicle.id not in self._charged_at:
            self._charged_at[vehicle.id] = self._now
        rests = self._now - self._charged_at[vehicle.id] > _TOLD_WITHIN
        lasts = STATISTICS_AT_REST if rests else STATISTICS_EVERY
        if held is not None and held.since <= since and self._now - held.read_at < lasts:
            return held
        if vehicle.user_id is None:
            return Consumption(since=since, read_at=self._now)
        try:
            buckets, stretches = await asyncio.gather(
                self._client.charging_statistics(vehicle.user_id, start=since, vehicle_id=vehicle.id),
                self._client.charging_stretches(vehicle.user_id, start=since, vehicle_id=vehicle.id),
            )
        except NotFoundError:
            # Enode has no statistics of this car yet.
            buckets, stretches = (), ()
        read = Consumption(since=since, read_at=self._now, buckets=buckets, stretches=stretches)
        self._consumption[vehicle.id] = read
        return read

    async def _async_zone(self, vehicle: Vehicle, location_id: str | None) -> ZoneInfo:
        """The time zone of a place, UTC where there is none (contract, 8.8)."""
        if not self._zones and vehicle.user_id is not None:
            for location in await self._client.user_locations(vehicle.user_id):
                try:
                    self._zones[location.id] = await asyncio.to_thread(ZoneInfo, location.timezone_name or "UTC")
                except ZoneInfoNotFoundError, ValueError:
                    continue
        if location_id in self._zones:
            return self._zones[location_id]
        # Away from home the deadline is that of the place where the car charges.
        return next(iter(self._zones.values()), ZoneInfo("UTC"))


def policy_id(vehicle: Vehicle) -> str:
    """The id of a vehicle's classic policy: it has no other."""
    return f"classic-{vehicle.id}"


def target_of(visit: Visit, *, immediate: bool) -> Target | None:
    """What a visit aims at."""
    if immediate:
        return Target(
            id=f"immediate-{visit.id}",
            type=TargetType.IMMEDIATE_START,
            minimum_charge_target=visit.minimum_charge_target,
        )
    if visit.minimum_charge_target is None and visit.ready_by is None:
        return None
    ready_by = int(visit.ready_by.timestamp()) if visit.ready_by is not None else 0
    return Target(
        id=f"{ready_by}-{visit.battery_reserve}-{visit.minimum_charge_target}",
        type=TargetType.REGULAR,
        source="POLICY",
        battery_reserve=visit.battery_reserve,
        minimum_charge_target=visit.minimum_charge_target,
        ready_by=visit.ready_by,
    )


def statistics_of(visit: Visit, entries: tuple[TimeseriesEntry, ...]) -> Statistics:
    """Energy from the statistics, levels from the vehicle."""
    return Statistics(
        aggregated=AggregatedStatistics(
            kwh_sum=round(sum(entry.kwh or 0.0 for entry in entries), 6),
            battery_from=visit.battery_from,
            battery_to=visit.battery_to,
        ),
        timeseries=entries,
    )


def past_blocks(visit: Visit, stretches: tuple[ChargingStretch, ...], vehicle: Vehicle) -> list[Block]:
    """The stretches as blocks. The first one fills the reserve if the car came with less and it is no longer."""
    blocks = []
    capacity = vehicle.charge_state.battery_capacity
    for index, stretch in enumerate(stretches):
        kind = BlockType.REGULAR
        if any(_overlaps(span.start_at, span.end_at, stretch) for span in visit.overrides):
            kind = BlockType.IMMEDIATE_START
        elif index == 0 and None not in (visit.battery_from, visit.battery_reserve, capacity):
            missing = ((visit.battery_reserve or 0.0) - (visit.battery_from or 0.0)) / 100 * (capacity or 0.0)
            # What is seen in percent is a percent off, and so is the energy.
            if missing > 0 and (stretch.kwh_sum or 0.0) <= missing + 0.02 * (capacity or 0.0):
                kind = BlockType.BATTERY_RESERVE
        blocks.append(Block(type=kind, kwh_sum=stretch.kwh_sum, start_at=stretch.from_at, end_at=stretch.to_at))
    return blocks


def _overlaps(start: datetime | None, end: datetime | None, stretch: ChargingStretch) -> bool:
    if start is None or stretch.from_at is None or stretch.to_at is None:
        return False
    return start < stretch.to_at and (end is None or stretch.from_at < end)


def _valuation(visit: Visit, stretches: tuple[ChargingStretch, ...]) -> Valuation | None:
    """Cost and savings of a visit: known where every stretch has them and the currency was told by a plan."""
    costs = [it.cost_sum for it in stretches]
    savings = [it.estimated_savings for it in stretches]
    if visit.currency is None or not stretches or None in costs or None in savings:
        return None
    actual = round(sum(cost or 0.0 for cost in costs), 2)
    saved = round(sum(saving or 0.0 for saving in savings), 2)
    return Valuation(currency=visit.currency, actual=actual, baseline=round(actual + saved, 2), savings=saved)


def _is_confirmed(action: ChargeAction) -> bool:
    """Whether the car does what was ordered: also where there was nothing to do (contract, 5)."""
    return action.state == "CONFIRMED" or _is_unnecessary(action)


def _is_failed(action: ChargeAction) -> bool:
    return action.state in ("FAILED", "CANCELLED") and not _is_unnecessary(action)


def _is_unnecessary(action: ChargeAction) -> bool:
    return action.failure_reason is not None and action.failure_reason.type == "UNNECESSARY"


def _why(action: ChargeAction) -> str | None:
    """Why an order came to nothing, in Enode's words."""
    reason = action.failure_reason
    return (reason.detail or reason.type) if reason is not None else None


def _is_so_already(detail: str | None) -> bool:
    """Whether Enode refused because the car does already what was ordered (contract, 5)."""
    words = (detail or "").lower()
    return "already" in words and ("charging" in words or "started" in words) and "fully" not in words
