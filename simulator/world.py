"""The world: users, vehicles, policies and sessions, and everything that can be done to them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Literal
from uuid import UUID, uuid5

from .battery import Battery, level_of
from .bodies import invalid, merge_schedule, read_percent, read_target
from .car import Car, Place
from .classic import Classic
from .clock import Clock
from .errors import BadRequestError, ConflictError, NotFoundError, UnprocessableError
from .flex import Tariff
from .interventions import capability_lost
from .life import Habits, Life
from .model import (
    Aggregated,
    BlockView,
    Capability,
    ChargeAction,
    Information,
    Intervention,
    Location,
    Measurement,
    Policy,
    Session,
    User,
    Valuation,
    Vehicle,
    WorldEvent,
    kwh,
)
from .prices import Prices
from .schedule import WeeklySchedule, every_day
from .settings import WorldSettings
from .smart import Override, Wish
from .troubles import Troubles
from .unit import Unit
from .units import MICROJOULES_PER_KWH, QUARTER, quarter_of
from .valuation import value

ROAD = "road"
"""What stands for a charger that is at no location of the user."""

CAPABILITIES = (
    "information",
    "chargeState",
    "location",
    "odometer",
    "setMaxCurrent",
    "startCharging",
    "stopCharging",
    "smartCharging",
)
_NAMESPACE = UUID("6f1f0f0c-0d8e-5b7a-9a3e-1d1c6b7a4e52")
_FAST_CHARGER_WATTS = 60_000
_ROAD_KMH = 55

type Subscriber = Callable[[WorldEvent], None]


class World:
    """A small world that lives by its clock.

    Everything public is a plain object keyed by id. `run()` brings the world up to the clock; the methods that
    change something do so by themselves. They raise the errors of simulator/errors.py.
    """

    def __init__(self, *, seed: int, clock: Clock, settings: WorldSettings | None = None) -> None:
        """Make an empty world that begins at the clock's present time."""
        self.seed = seed
        self.clock = clock
        self.settings = settings or WorldSettings()
        self.users: dict[str, User] = {}
        self.vehicles: dict[str, Vehicle] = {}
        self.locations: dict[str, Location] = {}
        self.policies: dict[str, Policy] = {}
        self.sessions: dict[str, Session] = {}
        self.interventions: dict[str, Intervention] = {}
        self.charge_actions: dict[str, ChargeAction] = {}
        self.prices = Prices(seed)
        self.habits: dict[str, Habits] = {}
        self._units: dict[str, Unit] = {}
        self._now = clock.now()
        self._subscribers: list[Subscriber] = []
        self._events: list[WorldEvent] = []
        self._counters: Counter[str] = Counter()

    # --- time and events -------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The moment up to which the world has lived (UTC)."""
        return self._now

    def run(self) -> None:
        """Live up to the clock's present time; the result does not depend on how often this is called."""
        now = self.clock.now()
        for unit in self._units.values():
            unit.run_until(now)
            unit.refresh_numbers()
        self._now = max(self._now, now)
        events = sorted(self._events, key=lambda event: event.created_at)
        self._events = []
        for event in events:
            for subscriber in list(self._subscribers):
                subscriber(event)

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call back with every event in order of time; the returned function ends it."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    # --- reading ---------------------------------------------------------------------------------------------

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """Return a vehicle, or raise NotFoundError."""
        return _find(self.vehicles, vehicle_id, "Vehicle")

    def vehicle_by_key(self, key: str) -> Vehicle:
        """Return a vehicle by the key that outlives a re-link (simulator/scenario.py names them)."""
        return _find({vehicle.key: vehicle for vehicle in self.vehicles.values()}, key, "Vehicle")

    def car(self, vehicle_id: str) -> Car:
        """Return the car as it really is, to be read only; or raise NotFoundError."""
        return self._unit(vehicle_id).car

    def troubles(self, vehicle_id: str) -> Troubles:
        """Return what is wrong with a vehicle, to be read only; or raise NotFoundError."""
        return self._unit(vehicle_id).troubles

    def session(self, session_id: str) -> Session:
        """Return a session, or raise NotFoundError."""
        return _find(self.sessions, session_id, "Session")

    def policy(self, policy_id: str) -> Policy:
        """Return a policy, or raise NotFoundError."""
        return _find(self.policies, policy_id, "Policy")

    def live_session(self, policy_id: str) -> Session | None:
        """Return the session of a policy that is not settled, None in the gap between two."""
        policy = self.policy(policy_id)
        return self._unit(policy.vehicle_id).engines[policy_id].session

    def sessions_of(
        self, *, vehicle_id: str | None = None, location_id: str | None = None, policy_id: str | None = None
    ) -> list[Session]:
        """Return the sessions that match all given ids, newest (by creation) first."""
        found = [
            session
            for session in self.sessions.values()
            if vehicle_id in {None, session.vehicle_id}
            and location_id in {None, session.location_id}
            and policy_id in {None, session.policy_id}
        ]
        return sorted(found, key=lambda session: session.created_at, reverse=True)

    def blocks(self, session: Session) -> list[BlockView]:
        """Return the blocks as the API tells them: past delivered, future planned, running by the settings."""
        views = []
        for block in session.blocks:
            over = not session.is_live or block.end_at <= self._now
            running = not over and block.start_at <= self._now
            energy: float = block.planned
            if over or (running and self.settings.running_block_kwh == "delivered"):
                energy = block.delivered * session.factor
            views.append(BlockView(type=block.type, kwh_sum=kwh(energy), start_at=block.start_at, end_at=block.end_at))
        return views

    def statistics(self, session: Session) -> Aggregated | None:
        """Return energy and battery as the cloud knows them, None while UPCOMING."""
        seen = session.observation
        if seen is None or session.visit is None:
            return None
        return Aggregated(
            kwh_sum=kwh(seen.energy * session.factor),
            battery_from=level_of(session.visit.battery_from, session.capacity),
            battery_to=level_of(seen.battery, session.capacity),
        )

    def timeseries(self, session: Session) -> list[Measurement]:
        """Return the quarter hours from plug-in (floored) to plug-out or now, zeros in gaps; [] while UPCOMING."""
        seen = session.observation
        if seen is None or session.visit is None:
            return []
        last = quarter_of(seen.at)
        quarters = session.visit.meter.quarters
        series = []
        quarter = quarter_of(session.visit.started_at)
        while quarter < seen.at:
            if quarter == last and session.is_live and not self.settings.timeseries_running_quarter:
                break
            energy = seen.quarter_energy if quarter == last else quarters.get(quarter, 0)
            series.append(Measurement(start_at=quarter, end_at=quarter + QUARTER, kwh=kwh(energy * session.factor)))
            quarter += QUARTER
        return series

    def valuation(self, session: Session) -> Valuation | None:
        """Return what the energy cost by the settings (settled only, always, never); None for unmanaged ones."""
        if self.settings.valuation == "never" or session.policy_id is None:
            return None
        if not session.is_live:
            return session.valuation
        return self._value(session) if self.settings.valuation == "always" else None

    def truth(self, vehicle_id: str) -> list[tuple[datetime, float]]:
        """Return (quarter start, kWh) of all energy that ever went into the battery, whatever sessions say."""
        total: Counter[datetime] = Counter()
        for meter in self._unit(vehicle_id).car.meters.values():
            total.update(meter.quarters)
        return [(quarter, energy / MICROJOULES_PER_KWH) for quarter, energy in sorted(total.items())]

    def truth_cost(self, vehicle_id: str) -> list[tuple[datetime, float]]:
        """Return (quarter start, cost) of the energy taken at places with a price."""
        total: dict[datetime, float] = {}
        for zone, meter in self._unit(vehicle_id).car.meters.items():
            if zone is None:
                continue
            for quarter, energy in meter.items():
                cost = energy / MICROJOULES_PER_KWH * self.prices.price(zone, quarter)
                total[quarter] = total.get(quarter, 0.0) + cost
        return sorted(total.items())

    def price(self, zone: str, at: datetime) -> float:
        """Return the price per kWh in the zone's currency in the quarter of `at`."""
        return self.prices.price(zone, at)

    def currency(self, zone: str) -> str:
        """Return the ISO 4217 code of a zone's prices."""
        return self.prices.currency(zone)

    # --- people and things -----------------------------------------------------------------------------------

    def add_user(self, user_id: str, *, created_at: datetime | None = None) -> User:
        """Add a user, or return the one that has this id."""
        self.run()
        user = self.users.get(user_id)
        if user is None:
            user = self.users[user_id] = User(id=user_id, created_at=created_at or self._now)
        return user

    def remove_user(self, user_id: str) -> None:
        """Remove a user with everything that is theirs."""
        _find(self.users, user_id, "User")
        for vehicle in [vehicle for vehicle in self.vehicles.values() if vehicle.user_id == user_id]:
            self.remove_vehicle(vehicle.id)
        self.locations = {key: location for key, location in self.locations.items() if location.user_id != user_id}
        del self.users[user_id]

    def add_location(
        self,
        user_id: str,
        name: str,
        *,
        latitude: float,
        longitude: float,
        timezone_name: str = "UTC",
        zone: str = "NO1",
        area: str | None = None,
        charger_watts: int = 11_000,
    ) -> Location:
        """Add a place of a user."""
        self.run()
        _find(self.users, user_id, "User")
        location = Location(
            id=self.new_id("location"),
            user_id=user_id,
            name=name,
            latitude=latitude,
            longitude=longitude,
            timezone_name=timezone_name,
            created_at=self._now,
            zone=zone,
            area=area or zone,
            charger_watts=charger_watts,
        )
        self.locations[location.id] = location
        return location

    def add_vehicle(
        self,
        user_id: str,
        *,
        vendor: str,
        brand: str,
        model: str,
        year: int,
        capacity_kwh: float,
        charge_watts: int,
        battery_level: float = 50,
        charge_limit: int = 90,
        vin: str | None = None,
        display_name: str | None = None,
        location_id: str | None = None,
        odometer_km: int = 20_000,
        consumption_wh_km: int = 170,
        key: str | None = None,
    ) -> Vehicle:
        """Add a vehicle, unplugged at the location (None: on the road)."""
        self.run()
        user = _find(self.users, user_id, "User")
        user.vendors.setdefault(vendor, True)
        number = len(self._units) + 1
        car = Car(
            now=self._now,
            battery=Battery.of(kwh=capacity_kwh, level=battery_level, limit=charge_limit),
            onboard_watts=charge_watts,
            consumption_wh_km=consumption_wh_km,
            place=self.place(location_id) if location_id else self.road_of(user_id),
            odometer=odometer_km * 1000,
        )
        vehicle = Vehicle(
            id=self.new_id("vehicle"),
            key=key or f"car-{number}",
            user_id=user_id,
            vendor=vendor,
            information=Information(
                vin=vin or _vin(self.seed, number), brand=brand, model=model, year=year, display_name=display_name
            ),
            created_at=self._now,
            capabilities={name: Capability() for name in CAPABILITIES},
        )
        unit = Unit(self, vehicle, car)
        self._units[vehicle.key] = unit
        self.vehicles[vehicle.id] = vehicle
        unit.tell("user:vehicle:discovered")
        self.run()
        return vehicle

    def remove_vehicle(self, vehicle_id: str) -> None:
        """Remove a vehicle, its policies and its sessions."""
        self.run()
        vehicle = self.vehicle(vehicle_id)
        unit = self._unit(vehicle_id)
        unit.tell("user:vehicle:deleted")
        del self._units[vehicle.key]
        del self.vehicles[vehicle_id]
        self.policies = {key: policy for key, policy in self.policies.items() if policy.vehicle_id != vehicle_id}
        self.sessions = {key: session for key, session in self.sessions.items() if session.vehicle_id != vehicle_id}
        self.interventions = {key: item for key, item in self.interventions.items() if item.vehicle_id != vehicle_id}
        self.run()

    def relink(self, vehicle_id: str) -> str:
        """Link the vehicle anew and return its new id; VIN, user, policies and sessions follow."""
        self.run()
        vehicle = self.vehicle(vehicle_id)
        unit = self._unit(vehicle_id)
        unit.tell("user:vehicle:deleted")
        del self.vehicles[vehicle_id]
        vehicle.id = self.new_id("vehicle")
        self.vehicles[vehicle.id] = vehicle
        for policy in self.policies.values():
            if policy.vehicle_id == vehicle_id:
                policy.vehicle_id = vehicle.id
        for session in self.sessions.values():
            if session.vehicle_id == vehicle_id:
                session.vehicle_id = vehicle.id
        for item in list(self.interventions.values()):
            if item.vehicle_id == vehicle_id:
                self.interventions[item.id] = replace(item, vehicle_id=vehicle.id)
        unit.tell("user:vehicle:discovered")
        self.run()
        return vehicle.id

    def create_policy(
        self,
        vehicle_id: str,
        location_id: str,
        *,
        battery_reserve: int = 30,
        schedule: WeeklySchedule | None = None,
    ) -> Policy:
        """Give a vehicle a policy at a location (default: 07:00, 80 % every day)."""
        self.run()
        vehicle = self.vehicle(vehicle_id)
        location = _find(self.locations, location_id, "Location")
        if location.user_id != vehicle.user_id:
            raise BadRequestError("Vehicle and location belong to different users")
        if any(
            policy.vehicle_id == vehicle_id and policy.location_id == location_id for policy in self.policies.values()
        ):
            raise ConflictError("The vehicle already has a policy at this location")
        policy = Policy(
            id=self.new_id("policy"),
            vehicle_id=vehicle_id,
            location_id=location_id,
            battery_reserve=read_percent(battery_reserve, ["batteryReserve"]),
            schedule=dict(schedule or every_day("07:00", 80)),
            created_at=self._now,
        )
        self.policies[policy.id] = policy
        self._unit(vehicle_id).add_policy(
            policy,
            location,
            tariff=Tariff(currency=self.currency(location.zone), price=partial(self.prices.price, location.zone)),
            new_id=partial(self.new_id, f"session:{policy.id}"),
        )
        self.run()
        return policy

    def patch_policy(
        self,
        policy_id: str,
        *,
        battery_reserve: int | None = None,
        schedule: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Policy:
        """Change a policy by Enode's body; days and fields that are not named stay. The live target changes with it."""
        self.run()
        policy = self.policy(policy_id)
        reserve = policy.battery_reserve
        if battery_reserve is not None:
            reserve = read_percent(battery_reserve, ["batteryReserve"])
        if schedule is not None:
            policy.schedule = merge_schedule(policy.schedule, schedule)
        policy.battery_reserve = reserve
        self._unit(policy.vehicle_id).engines[policy_id].policy_changed(self._now)
        self.run()
        return policy

    def delete_policy(self, policy_id: str) -> None:
        """Delete a policy; an active session settles, an upcoming one vanishes."""
        self.run()
        policy = self.policy(policy_id)
        vanished = self._unit(policy.vehicle_id).remove_policy(policy_id)
        if vanished is not None:
            del self.sessions[vanished.id]
        del self.policies[policy_id]
        self.run()

    # --- classic smart charging (contract 8.8) ---------------------------------------------------------------

    def classic(self, vehicle_id: str) -> Classic:
        """Return classic smart charging of a vehicle, to be read only; or raise NotFoundError."""
        return self._unit(vehicle_id).classic

    def put_smart_policy(self, vehicle_id: str, body: Mapping[str, object]) -> Wish:
        """Take Enode's body of PUT smart-charging-policy."""
        self.run()
        unit = self._unit(vehicle_id)
        wish = unit.classic.read(dict(body))
        place = unit.car.place.location_id
        location = self.locations[place] if place is not None else self.home_of(unit.vehicle.user_id)
        if wish.is_enabled and any(policy.vehicle_id == vehicle_id for policy in self.policies.values()):
            raise BadRequestError("Another smart feature controls this vehicle already")
        tariff = Tariff(currency=self.currency(location.zone), price=partial(self.prices.price, location.zone))
        unit.classic.put(wish, location, tariff, self._now)
        self.run()
        return unit.classic.wish

    def set_smart_charging(
        self, vehicle_id: str, on: bool, *, deadline: str = "07:00", minimum_charge_limit: int = 0
    ) -> Wish:
        """Switch classic smart charging of a vehicle on in place of its Flex policies, or off."""
        self.run()
        if on:
            for policy in [policy for policy in self.policies.values() if policy.vehicle_id == vehicle_id]:
                self.delete_policy(policy.id)
        body: dict[str, object] = {"isEnabled": on}
        if on:
            body |= {"deadline": deadline, "minimumChargeLimit": minimum_charge_limit}
        return self.put_smart_policy(vehicle_id, body)

    def start_smart_override(self, vehicle_id: str) -> Override:
        """Charge now, beside classic smart charging."""
        self.run()
        unit = self._unit(vehicle_id)
        fails = self._refuse(unit)
        override = unit.classic.start(self._now)
        if fails:
            unit.fail_to_start(self._now + self.settings.command_visible_after)
        self.run()
        return override

    def end_smart_override(self, vehicle_id: str) -> Override:
        """Back to the plan of classic smart charging."""
        self.run()
        override = self._unit(vehicle_id).classic.end(self._now)
        self.run()
        return override

    def force_smart_state(self, vehicle_id: str, state: str | None) -> None:
        """Let classic smart charging tell a state that the car does not bring about; None ends that."""
        self.run()
        self._unit(vehicle_id).classic.forced = state
        self._unit(vehicle_id).classic.look(self._now)
        self.run()

    # --- what the owner and the car do -----------------------------------------------------------------------

    def plug_in(self, vehicle_id: str, location_id: str | None = None, *, watts: int | None = None) -> None:
        """Plug in at a location of the user (default: the first), "road" for a charger elsewhere (unmanaged)."""
        self.run()
        unit = self._unit(vehicle_id)
        if unit.car.visit is not None:
            raise ConflictError("The vehicle is already plugged in")
        if location_id == ROAD:
            unit.car.stand_at(self.road_of(unit.vehicle.user_id))
        else:
            unit.car.stand_at(self.place(location_id or self.home_of(unit.vehicle.user_id).id))
        unit.plug_in(watts)
        self.run()

    def plug_out(self, vehicle_id: str) -> None:
        """Plug out."""
        self.run()
        unit = self._unit(vehicle_id)
        if unit.car.visit is None:
            raise ConflictError("The vehicle is not plugged in")
        unit.car.plug_out()
        self.run()

    def set_battery(self, vehicle_id: str, level: float) -> None:
        """Set the battery (percent) as if by magic; the plan follows."""
        self.run()
        if not 0 <= level <= 100:  # noqa: PLR2004 - percent
            raise BadRequestError("The battery level must lie between 0 and 100")
        unit = self._unit(vehicle_id)
        unit.car.battery.energy = unit.car.battery.at(level)
        unit.replan()
        unit.look_soon()
        self.run()

    def set_charge_limit(self, vehicle_id: str, limit: int) -> None:
        """Set the car's own charge limit (percent)."""
        self.run()
        unit = self._unit(vehicle_id)
        unit.car.battery.limit = read_percent(limit, ["limit"])
        unit.replan()
        self.run()

    def stand_at(self, vehicle_id: str, location_id: str) -> None:
        """Let the car stand unplugged at a location (or on the road) as if by magic."""
        self.run()
        unit = self._unit(vehicle_id)
        unit.car.plug_out()
        unit.car.stand_at(self.road_of(unit.vehicle.user_id) if location_id == ROAD else self.place(location_id))
        self.run()

    def drive(
        self, vehicle_id: str, km: float, *, duration: timedelta | None = None, location_id: str | None = None
    ) -> None:
        """Drive off now (plugging out first) and arrive at a location, or on the road, `duration` later."""
        self.run()
        unit = self._unit(vehicle_id)
        if unit.car.drive is not None:
            raise ConflictError("The vehicle is already driving")
        if km <= 0:
            raise BadRequestError("A drive needs a distance")
        to = self.road_of(unit.vehicle.user_id) if location_id in {None, ROAD} else self.place(str(location_id))
        unit.car.drive_off(to=to, metres=round(km * 1000), duration=duration or timedelta(hours=km / _ROAD_KMH))
        self.run()

    def set_life(self, vehicle_id: str, on: bool) -> None:
        """Let the car live by its habits as the clock advances, or stand still until told."""
        self.run()
        unit = self._unit(vehicle_id)
        if not on:
            unit.life = None
            return
        habits = self.habits.get(unit.vehicle.key)
        if habits is None:
            raise ConflictError("Nobody has told how this vehicle lives")
        unit.life = Life(f"{self.seed}:life:{unit.vehicle.key}", habits, since=self._now)

    # --- what goes wrong -------------------------------------------------------------------------------------

    def raise_error(
        self,
        vehicle_id: str,
        error: Literal["START_FAIL", "STOP_FAIL"],
        *,
        clear_after: timedelta | None = None,
    ) -> None:
        """Let charging fail to start, or to stop; told at once in an active session, else in the next one."""
        self.run()
        unit = self._unit(vehicle_id)
        after = clear_after or self.settings.error_clear_after
        unit.troubles.failure = error
        unit.troubles.told = any(
            engine.session is not None and engine.session.state.is_active for engine in unit.engines.values()
        )
        unit.troubles.told_due = None
        unit.troubles.clear_due = self._now + after if after else None
        unit.troubles_changed()
        self.run()

    def clear_error(self, vehicle_id: str) -> None:
        """End START_FAIL or STOP_FAIL."""
        self.run()
        unit = self._unit(vehicle_id)
        unit.troubles.failure = unit.troubles.clear_due = unit.troubles.told_due = None
        unit.troubles.told = False
        unit.troubles_changed()
        self.run()

    def drop_capabilities(
        self, vehicle_id: str, names: Iterable[str], *, clear_after: timedelta | None = None
    ) -> list[Intervention]:
        """Take capabilities away; returns the interventions that say why."""
        self.run()
        vehicle = self.vehicle(vehicle_id)
        unit = self._unit(vehicle_id)
        items = []
        for name in names:
            if name not in vehicle.capabilities:
                raise BadRequestError(f"There is no capability {name}")
            if name in unit.troubles.missing:
                continue
            item = capability_lost(
                self.new_id("intervention"), vehicle=vehicle, capability=name, introduced_at=self._now
            )
            self.interventions[item.id] = item
            items.append(item)
            vehicle.capabilities[name].is_capable = False
            vehicle.capabilities[name].intervention_ids.append(item.id)
            unit.troubles.missing.append(name)
        after = clear_after or self.settings.error_clear_after
        unit.troubles.restore_due = self._now + after if after else None
        unit.capabilities_changed()
        self.run()
        return items

    def restore_capabilities(self, vehicle_id: str) -> None:
        """Give all capabilities back."""
        self.run()
        unit = self._unit(vehicle_id)
        self.restore_capabilities_of(unit.vehicle)
        unit.capabilities_changed()
        self.run()

    def go_off_target(self, vehicle_id: str, on: bool = True) -> None:
        """Throttle the supply so that the target cannot be reached in time, or end that."""
        self.run()
        unit = self._unit(vehicle_id)
        unit.troubles.off_target = on
        unit.replan()
        if on and unit.engine_of_visit() is not None and unit.car.throttle is None:
            unit.troubles.off_target = False
            raise ConflictError("There is no deadline ahead that the vehicle could miss: it already holds its target")
        self.run()

    def set_reachable(self, vehicle_id: str, reachable: bool) -> None:
        """Cut the vehicle off from the cloud (what is seen freezes), or connect it again."""
        self.run()
        unit = self._unit(vehicle_id)
        unit.vehicle.is_reachable = reachable
        self._connect(unit)
        self.run()

    def refuse_immediate_start(
        self, vehicle_id: str, reason: str | None, *, mode: Literal["refuse", "fail"] = "refuse"
    ) -> None:
        """Refuse the next IMMEDIATE_START with this detail, or take it and fail to start; None takes that back."""
        self.run()
        troubles = self._unit(vehicle_id).troubles
        troubles.refusal = reason
        troubles.refusal_mode = mode

    def invalidate_vendor(self, user_id: str, vendor: str, valid: bool = False) -> None:
        """Lose a user's credentials at a vendor, or have them again."""
        self.run()
        user = _find(self.users, user_id, "User")
        if vendor not in user.vendors:
            raise NotFoundError(f"User {user_id} has not linked {vendor}")
        changed = user.vendors[vendor] != valid
        user.vendors[vendor] = valid
        for unit in self._units.values():
            if changed and unit.vehicle.user_id == user_id and unit.vehicle.vendor == vendor:
                self._connect(unit)
        if changed and not valid:
            self.emit(
                WorldEvent(event="user:credentials:invalidated", created_at=self._now, user_id=user_id, vendor=vendor)
            )
        self.run()

    def correct_settled(self, session_id: str, factor: float) -> Session:
        """Tell a settled session's energy as real energy x factor from now on; 1 tells the truth."""
        self.run()
        session = self.session(session_id)
        if session.is_live:
            raise ConflictError("The session is not settled yet")
        session.factor = factor
        session.valuation = self._value(session)
        return session

    # --- orders ----------------------------------------------------------------------------------------------

    def set_target(self, session_id: str, body: Mapping[str, object]) -> Session:
        """Take Enode's body of PUT target (contract 8.1, 8.7)."""
        self.run()
        session = self.session(session_id)
        wanted = read_target(body, override=self.settings.target_override, now=self._now)
        if not session.state.is_active or session.policy_id is None:
            raise ConflictError(
                f"The session is {session.state.value}; a target can only be set while it is active",
                status=self.settings.target_conflict_status,
            )
        unit = self._unit(session.vehicle_id)
        engine = unit.engines[session.policy_id]
        if wanted.type == "IMMEDIATE_START":
            fails = self._refuse(unit)
            engine.start_now(self._now)
            if fails:
                unit.fail_to_start(self._now + self.settings.command_visible_after)
        elif wanted.is_override:
            engine.override(self._now, ready_by=wanted.ready_by, minimum_charge_target=wanted.minimum_charge_target)
        else:
            engine.resume(self._now)
        self.run()
        return session

    def post_charging(self, vehicle_id: str, kind: str) -> ChargeAction:
        """Order START or STOP (contract 5)."""
        self.run()
        unit = self._unit(vehicle_id)
        if kind not in {"START", "STOP"}:
            raise invalid(["action"], "Invalid value, expected START or STOP")
        if unit.action is not None and unit.action.kind == kind:
            return unit.action
        if any(engine.session is not None and engine.session.state.is_active for engine in unit.engines.values()):
            raise UnprocessableError("A charging session with a policy controls this vehicle")
        unit.check_action(kind == "START")
        unit.finish_action("CANCELLED", "REQUESTED_CANCELLATION", "Another action took its place.")
        action = ChargeAction(
            id=self.new_id("action"),
            user_id=unit.vehicle.user_id,
            vehicle_id=vehicle_id,
            kind="START" if kind == "START" else "STOP",
            created_at=self._now,
            updated_at=self._now,
            due=self._now + self.settings.action_delay,
        )
        self.charge_actions[action.id] = action
        unit.action = action
        self.run()
        return action

    def cancel_action(self, action_id: str) -> ChargeAction:
        """Cancel a pending action; ConflictError if it is resolved."""
        self.run()
        action = _find(self.charge_actions, action_id, "Action")
        for unit in self._units.values():
            if unit.action is action:
                unit.finish_action("CANCELLED", "REQUESTED_CANCELLATION", "The action was cancelled.")
                self.run()
                return action
        raise ConflictError("The action is already resolved")

    def refresh_hint(self, vehicle_id: str) -> None:
        """Let the cloud look at the vehicle soon."""
        self.run()
        self._unit(vehicle_id).cloud.look_at(self._now + self.settings.refresh_hint_after)

    def interventions_of(self, vehicle_ids: Sequence[str]) -> list[Intervention]:
        """Return what owners of these vehicles must fix."""
        wanted = set(vehicle_ids)
        return [item for item in self.interventions.values() if item.vehicle_id in wanted]

    # --- what vehicles need of the world (unit.Home) ---------------------------------------------------------

    def add_session(self, session: Session) -> None:
        """Keep a new session."""
        self.sessions[session.id] = session

    def emit(self, event: WorldEvent) -> None:
        """Keep an event until the world has caught up with the clock."""
        if self._subscribers:
            self._events.append(event)

    def has_subscribers(self) -> bool:
        """Whether anybody listens to events."""
        return bool(self._subscribers)

    def new_id(self, kind: str) -> str:
        """Return a fresh id that only depends on the seed and on how many of this kind there were."""
        self._counters[kind] += 1
        return str(uuid5(_NAMESPACE, f"{self.seed}:{kind}:{self._counters[kind]}"))

    def restore_capabilities_of(self, vehicle: Vehicle) -> None:
        """Give a vehicle all its capabilities back; the interventions are done with."""
        for capability in vehicle.capabilities.values():
            for item in capability.intervention_ids:
                self.interventions.pop(item, None)
            capability.is_capable = True
            capability.intervention_ids.clear()
        troubles = self._units[vehicle.key].troubles
        troubles.missing.clear()
        troubles.restore_due = None

    # --- places ----------------------------------------------------------------------------------------------

    def home_of(self, user_id: str) -> Location:
        """Return the first location of a user, or raise NotFoundError."""
        for location in self.locations.values():
            if location.user_id == user_id:
                return location
        raise NotFoundError("The user has no location")

    def place(self, location_id: str) -> Place:
        """Return where a car stands at a location."""
        location = _find(self.locations, location_id, "Location")
        return Place(
            location_id=location.id,
            latitude=location.latitude,
            longitude=location.longitude,
            zone=location.zone,
            watts=location.charger_watts,
        )

    def road_of(self, user_id: str) -> Place:
        """Return a place with a fast charger that is no location of the user."""
        near = next((location for location in self.locations.values() if location.user_id == user_id), None)
        return Place(
            location_id=None,
            latitude=round((near.latitude if near else 59.9) + 0.21, 4),
            longitude=round((near.longitude if near else 10.7) + 0.34, 4),
            zone=None,
            watts=_FAST_CHARGER_WATTS,
        )

    # --- inside ----------------------------------------------------------------------------------------------

    def _unit(self, vehicle_id: str) -> Unit:
        return self._units[self.vehicle(vehicle_id).key]

    def _connect(self, unit: Unit) -> None:
        valid = self.users[unit.vehicle.user_id].vendors.get(unit.vehicle.vendor, True)
        unit.cloud.set_connected(unit.vehicle.is_reachable and valid, self._now)
        unit.vehicle.seen = unit.cloud.seen

    def _refuse(self, unit: Unit) -> bool:
        """Refuse an immediate start if that was asked for; returns whether it shall fail instead."""
        troubles = unit.troubles
        reason, troubles.refusal = troubles.refusal, None
        if reason is None:
            return False
        if troubles.refusal_mode == "refuse":
            raise UnprocessableError(reason)
        return True

    def _value(self, session: Session) -> Valuation | None:
        if session.visit is None or session.policy_id is None or session.location_id not in self.locations:
            return None
        zone = self.locations[session.location_id].zone
        return value(
            session.visit,
            capacity=session.capacity,
            price=partial(self.prices.price, zone),
            currency=self.currency(zone),
            factor=session.factor,
        )


def _find[T](objects: Mapping[str, T], key: str, what: str) -> T:
    found = objects.get(key)
    if found is None:
        raise NotFoundError(f"Could not find {what.lower()} with ID {key}", title=f"{what} does not exist")
    return found


def _vin(seed: int, number: int) -> str:
    return "WVWZZZE1Z" + "".join(Random(f"{seed}:vin:{number}").choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=8))
