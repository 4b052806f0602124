"""One vehicle with everything that happens to it. Vehicles do not touch each other, so each lives by itself."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from .car import Car
from .classic import Classic
from .cloud import Cloud, changed_fields
from .errors import BadRequestError
from .flex import FlexEngine, Tariff
from .life import Life
from .model import (
    ActionState,
    ChargeAction,
    EventName,
    Location,
    Observation,
    Policy,
    Session,
    SessionState,
    Vehicle,
    WorldEvent,
)
from .settings import WorldSettings
from .smart import Status
from .troubles import Troubles
from .units import quarter_of
from .visit import Visit

_MANY = 1_000


class Home(Protocol):
    """What a unit needs of the world."""

    settings: WorldSettings

    def add_session(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def emit(self, event: WorldEvent) -> None:
        """Tell the subscribers, once the world has caught up with the clock."""
        ...

    def has_subscribers(self) -> bool:
        """Whether anybody listens."""
        ...

    def new_id(self, kind: str) -> str:
        """Return a fresh id that only depends on the seed and on how many of this kind there were."""
        ...

    def restore_capabilities_of(self, vehicle: Vehicle) -> None:
        """Give a vehicle all its capabilities back."""
        ...


class Unit:
    """A vehicle, its car, the cloud's view of it, its policies' engines, its troubles and its life."""

    def __init__(self, home: Home, vehicle: Vehicle, car: Car) -> None:
        """Begin at the car's time."""
        self.vehicle = vehicle
        self.car = car
        self.troubles = Troubles()
        self.cloud = Cloud(car, home.settings, vehicle.capabilities)
        self.engines: dict[str, FlexEngine] = {}
        self.life: Life | None = None
        self.action: ChargeAction | None = None
        self._home = home
        vehicle.seen = self.cloud.seen
        self.classic = Classic(self, partial(home.new_id, f"smart:{vehicle.key}"))

    # --- what an engine needs (flex.Surroundings) ------------------------------------------------------------

    @property
    def settings(self) -> WorldSettings:
        """The switches of the world."""
        return self._home.settings

    @property
    def vehicle_id(self) -> str:
        """Id of the vehicle at present."""
        return self.vehicle.id

    @property
    def seen_visit(self) -> Visit | None:
        """The visit that the cloud knows of."""
        return self.cloud.seen_visit

    def add_session(self, session: Session) -> None:
        """Let the world know a new session."""
        self._home.add_session(session)

    def apply_troubles(self) -> None:
        """Bring the car's obstacles up to date."""
        self.car.start_blocked = self.troubles.start_blocked
        self.car.stop_blocked = self.troubles.stop_blocked

    # --- policies --------------------------------------------------------------------------------------------

    def add_policy(self, policy: Policy, location: Location, *, tariff: Tariff, new_id: Callable[[], str]) -> None:
        """Begin to manage the car at a location, from now on if it is plugged in there."""
        self.manage(FlexEngine(policy, location, self, tariff=tariff, new_id=new_id, now=self.car.now))

    def manage(self, engine: FlexEngine) -> None:
        """Let an engine steer the car from now on, if it is plugged in there."""
        self.engines[engine.policy.id] = engine
        if self.car.visit is not None and self.car.visit.location_id == engine.location.id:
            self.car.split_visit(managed=True)

    def remove_policy(self, policy_id: str) -> Session | None:
        """Stop managing; returns the upcoming session that vanishes with the policy."""
        engine = self.engines.pop(policy_id)
        session = engine.session
        visit = self.car.visit
        if visit is not None and visit.managed and visit.location_id == engine.policy.location_id:
            self.car.split_visit(managed=False)
            if self.car.visit is not None and session is not None and session.state.is_active:
                self.cloud.seen_visit = self.car.visit
        if session is not None and session.state.is_active:
            engine.settle(self.car.now)
            return None
        return session

    def engine_of_visit(self) -> FlexEngine | None:
        """Return the engine whose session is the present visit."""
        visit = self.car.visit
        if visit is None:
            return None
        for engine in self.engines.values():
            if engine.session is not None and engine.session.visit is visit:
                return engine
        return None

    def plug_in(self, watts: int | None = None) -> None:
        """Plug in where the car stands; managed where a policy is."""
        place = self.car.place.location_id
        self.car.plug_in(
            managed=any(engine.policy.location_id == place for engine in self.engines.values()), watts=watts
        )

    def replan(self) -> None:
        """Plan an active session anew, because the car is not what it was."""
        engine = self.engine_of_visit()
        if engine is not None and engine.session is not None and engine.session.state.is_active:
            engine.replan(self.car.now)

    def troubles_changed(self) -> None:
        """Let car and sessions feel what has changed."""
        self.apply_troubles()
        for engine in self.engines.values():
            engine.troubles_changed(self.car.now)

    def capabilities_changed(self) -> None:
        """Show what the vehicle can do, and let sessions feel it."""
        self.cloud.look_at(self.car.now)
        self.troubles_changed()

    def look_soon(self) -> None:
        """Let the cloud see what nobody but the owner could know."""
        self.cloud.look_at(self.car.now + (self.settings.cloud_delay or self.settings.command_visible_after))

    def fail_to_start(self, told_due: datetime) -> None:
        """Let charging fail from now on, and tell so later."""
        self.troubles.failure = "START_FAIL"
        self.troubles.told = False
        self.troubles.told_due = told_due
        after = self.settings.error_clear_after
        self.troubles.clear_due = told_due + after if after else None
        self.apply_troubles()

    def check_action(self, starts: bool) -> None:
        """Raise BadRequestError where an order cannot or need not be carried out (contract 5)."""
        car = self.car
        name = "startCharging" if starts else "stopCharging"
        if name in self.troubles.missing:
            raise BadRequestError(f"The vehicle lacks the capability {name}")
        if car.visit is None:
            raise BadRequestError("The vehicle is not plugged in")
        if starts and car.battery.is_full:
            raise BadRequestError("The vehicle is already fully charged")
        if starts and car.is_charging:
            raise BadRequestError("The vehicle is already charging")
        if not starts and not car.is_charging:
            raise BadRequestError("The vehicle has already stopped charging")

    # --- time ------------------------------------------------------------------------------------------------

    def run_until(self, until: datetime) -> None:
        """Live until `until`, stopping wherever something happens."""
        while True:
            self.process()
            due = self._next_due()
            if due is None or due > until:
                break
            if due <= self.car.now:
                raise RuntimeError(f"Something stays due at {due.isoformat()}")
            self._advance(due)
        self._advance(until)

    def refresh_numbers(self) -> None:
        """Let what the cloud shows follow the car, where the settings want that."""
        if self.settings.cloud_delay is None or not self.cloud.connected:
            return
        self.cloud.refresh_numbers(self.car.now)
        self.vehicle.seen = self.cloud.seen
        for engine in self.engines.values():
            engine.observe(self.car.now)

    def process(self) -> None:
        """Do all that is due now."""
        now = self.car.now
        for _ in range(_MANY):
            acted = self._live(now)
            acted = self._clear_troubles(now) or acted
            acted = self._resolve_action(now) or acted
            acted = self._look(now) or acted
            for engine in self.engines.values():
                acted = engine.step(now) or acted
            acted = self.cloud.notice(now, ordered=self._steer(now)) or acted
            if not acted:
                self.classic.look(now)
                return
        raise RuntimeError(f"The world does not come to rest at {now.isoformat()}")

    def _next_due(self) -> datetime | None:
        dues = [
            self.car.next_change,
            self.cloud.next_due(told=self._home.has_subscribers),
            self.troubles.next_due,
            self.action.due if self.action is not None else None,
            self.life.next_due if self.life is not None else None,
            *(engine.next_due for engine in self.engines.values()),
        ]
        return min((due for due in dues if due is not None), default=None)

    def _advance(self, to: datetime) -> None:
        before = self.car.now
        engine = self.engine_of_visit()
        energy = self.car.advance(to)
        if energy and engine is not None:
            engine.count(before, energy)

    def _steer(self, now: datetime) -> bool:
        """Tell a managed car to charge in its blocks; returns whether that changed what it was told."""
        visit = self.car.visit
        if visit is None or not visit.managed:
            return False
        engine = self.engine_of_visit()
        wanted = engine is not None and engine.running_block(now) is not None
        changed = wanted != self.car.wanted
        self.car.wanted = wanted
        return changed

    def _live(self, now: datetime) -> bool:
        if self.life is None:
            return False
        deed = self.life.take(now)
        if deed is None:
            return False
        car = self.car
        if deed.what == "drive" and deed.to is not None and car.drive is None:
            car.drive_off(to=deed.to, metres=deed.metres, duration=deed.duration)
        elif deed.what == "plug_in" and car.drive is None and car.visit is None:
            self.plug_in(deed.watts)
        elif deed.what == "plug_out":
            car.plug_out()
        return True

    def _clear_troubles(self, now: datetime) -> bool:
        troubles = self.troubles
        acted = False
        if troubles.told_due is not None and troubles.told_due <= now:
            troubles.told_due = None
            troubles.told = troubles.failure is not None
            acted = True
        if troubles.clear_due is not None and troubles.clear_due <= now:
            troubles.clear_due = troubles.failure = None
            troubles.told = False
            acted = True
        if troubles.restore_due is not None and troubles.restore_due <= now:
            self._home.restore_capabilities_of(self.vehicle)
            acted = True
        if acted:
            self.troubles_changed()
        return acted

    def _resolve_action(self, now: datetime) -> bool:
        action = self.action
        if action is None or action.due is None or action.due > now:
            return False
        starts = action.kind == "START"
        if self.car.visit is None:
            self.finish_action("FAILED", "FAILED_PRECONDITION", "The vehicle is not plugged in.")
        elif self.engine_of_visit() is not None:
            self.finish_action("FAILED", "CONFLICT", "A charging session with a policy controls the vehicle.")
        elif self.troubles.start_blocked if starts else self.troubles.failure == "STOP_FAIL":
            last = action.created_at + self.settings.action_timeout
            if now >= last:
                self.finish_action("FAILED", "NO_RESPONSE", "The vehicle did not do as it was told in time.")
            else:
                action.due = last
        else:
            self.car.wanted = starts
            self.cloud.look_at(now)
            self.finish_action("CONFIRMED")
        return True

    def finish_action(self, state: ActionState, failure: str | None = None, detail: str | None = None) -> None:
        """Resolve the pending action."""
        action = self.action
        if action is None:
            return
        now = self.car.now
        action.state = state
        action.failure_type = failure
        action.failure_detail = detail
        action.updated_at = action.completed_at = now
        action.due = None
        self.action = None
        self._home.emit(
            WorldEvent(
                event="user:vendor-action:updated",
                created_at=now,
                user_id=action.user_id,
                vehicle_id=action.vehicle_id,
                updated_fields=("state", "updatedAt", "completedAt"),
                action=action,
            )
        )

    def _look(self, now: datetime) -> bool:
        due = self.cloud.next_due(told=self._home.has_subscribers)
        if due is None or due > now:
            return False
        before = self.cloud.seen
        self.cloud.look(now)
        self.vehicle.seen = self.cloud.seen
        for visit in self.car.ended:
            if not visit.managed and visit.meter.total:
                self._home.add_session(self._unmanaged(visit, now))
        self.car.ended.clear()
        for engine in self.engines.values():
            engine.observe(now)
        if self._home.has_subscribers():
            self.tell("user:vehicle:updated", changed_fields(before, self.cloud.seen))
        return True

    def tell(self, event: EventName, updated_fields: tuple[str, ...] = ()) -> None:
        """Tell the subscribers of the vehicle."""
        self._home.emit(
            WorldEvent(
                event=event,
                created_at=self.car.now,
                user_id=self.vehicle.user_id,
                vehicle=self.vehicle,
                vehicle_id=self.vehicle.id,
                seen=self.cloud.seen,
                updated_fields=updated_fields,
            )
        )

    def tell_smart_status(self, status: Status) -> None:
        """Tell the subscribers that classic smart charging changed its state."""
        self._home.emit(
            WorldEvent(
                event="user:vehicle:smart-charging-status-updated",
                created_at=self.car.now,
                user_id=self.vehicle.user_id,
                vehicle=self.vehicle,
                vehicle_id=self.vehicle.id,
                smart_status=status,
            )
        )

    def _unmanaged(self, visit: Visit, now: datetime) -> Session:
        ended = visit.ended_at or now
        battery = self.car.battery.energy if visit.battery_to is None else visit.battery_to
        return Session(
            id=self._home.new_id(f"unmanaged:{self.vehicle.key}"),
            vehicle_id=self.vehicle.id,
            policy_id=None,
            location_id=visit.location_id,
            state=SessionState.SETTLED,
            created_at=now,
            settled_at=now,
            capacity=self.car.battery.capacity,
            plugged_in_at=visit.started_at,
            plugged_out_at=ended,
            visit=visit,
            observation=Observation(
                at=ended,
                energy=visit.meter.total,
                quarter_energy=visit.meter.quarters.get(quarter_of(ended), 0),
                battery=battery,
            ),
        )
