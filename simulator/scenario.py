"""Ready-made worlds: the tests', the demo's, and one for a year."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from functools import lru_cache
import pickle

from .clock import Clock, ManualClock
from .life import Habits
from .model import Location, Vehicle
from .prices import Prices
from .schedule import WeeklySchedule, every_day, zone
from .settings import WorldSettings
from .units import floor_second, quarter_of
from .world import ROAD, World

SEED = 1
TIMEZONE = "Europe/Oslo"
HOME_USER = "home"
NEIGHBOUR_USER = "neighbour"
CAR_1, CAR_2, NEIGHBOUR_CAR, CLASSIC_CAR = "car-1", "car-2", "car-3", "car-4"

# The demo's day: plugged in so long ago, ready in so long, whatever the clock says.
_PLUGGED_IN_BEFORE = timedelta(hours=3)
_READY_AFTER = timedelta(hours=11)
_EVENING = time(19, 30)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rhythm:
    """When people leave and come home, and by when their cars shall be ready (local times)."""

    ready_by: str = "07:00"
    depart: time = time(7, 20)
    arrive: time = time(16, 40)
    price_shift: timedelta = timedelta()
    # Whether the household has a third car, on classic smart charging.
    has_classic: bool = False


def standard(clock: Clock, *, seed: int = SEED, settings: WorldSettings | None = None, days: int = 60) -> World:
    """Return the tests' world: car 1 unplugged at home (UPCOMING), car 2 away, `days` of history behind them.

    Users `home` (car 1 with policies at home and at the cabin, car 2 with one at home) and `neighbour` (a car
    like car 1). Settled history of `days` behind each car.
    """
    now = clock.now()
    world = _copy_of_past(seed, floor_second(now - timedelta(hours=6)), days, _Rhythm())
    return _hand_over(world, clock, settings)


def demo(clock: Clock, *, seed: int = SEED, settings: WorldSettings | None = None, days: int = 60) -> World:
    """Return the demo's world: car 1 three hours into a session, with past and future blocks, whatever the hour.

    So is the household's third car, which has no Flex policy but classic smart charging (contract 8.8). The household's
    day is turned so that "now" is its evening: deadlines, habits and the shape of prices follow.
    """
    now = clock.now()
    local = now.astimezone(zone(TIMEZONE))
    ready = _half_hour(local + _READY_AFTER)
    evening = datetime.combine(local.date(), _EVENING)
    rhythm = _Rhythm(
        ready_by=ready.strftime("%H:%M"),
        depart=(ready + timedelta(minutes=40)).time(),
        arrive=(local - _PLUGGED_IN_BEFORE).time().replace(microsecond=0),
        price_shift=local.replace(tzinfo=None) - evening,
        has_classic=True,
    )
    plugged_in = quarter_of(now - _PLUGGED_IN_BEFORE) + timedelta(minutes=4)
    world = _copy_of_past(seed, plugged_in - timedelta(hours=4), days, rhythm)
    past = ManualClock(world.now)
    world.clock = past
    past.set(plugged_in)
    for key, level in ((CAR_1, 24), (CLASSIC_CAR, 38)):
        car = world.vehicle_by_key(key)
        world.set_battery(car.id, level)
        world.plug_in(car.id)
    return _hand_over(world, clock, settings)


def year(clock: Clock, *, seed: int = SEED, settings: WorldSettings | None = None) -> World:
    """Return one car that begins to live at the clock's present: 400 days from now bring about 400 sessions.

    Some thirty of them are unmanaged fast charges. Advance the clock and the car lives by its habits.
    """
    world = World(seed=seed, clock=clock, settings=settings)
    world.add_user(HOME_USER)
    home, _ = _places(world, HOME_USER)
    car = _car_1(world, HOME_USER, home)
    world.create_policy(car.id, home.id, battery_reserve=30, schedule=_week("07:00"))
    world.habits[car.key] = replace(_habits(world, home, _Rhythm()), plug_in_chance=0.97, fast_charge_days=13)
    world.set_life(car.id, True)
    world.run()
    return world


def _half_hour(moment: datetime) -> datetime:
    return moment.replace(minute=30 if moment.minute >= 30 else 0, second=0, microsecond=0)  # noqa: PLR2004 - half hour


def _hand_over(world: World, clock: Clock, settings: WorldSettings | None) -> World:
    """Let the world go on by another clock and with other switches."""
    if settings is not None:
        for field in fields(settings):
            setattr(world.settings, field.name, getattr(settings, field.name))
    world.clock = clock
    world.run()
    return world


def _copy_of_past(seed: int, until: datetime, days: int, rhythm: _Rhythm) -> World:
    """Return a world of its own: the same past is lived through only once, however many tests ask for it."""
    world = pickle.loads(_past(seed, until, days, rhythm))  # noqa: S301 - written a moment ago by this module
    if not isinstance(world, World):
        raise TypeError("The cache holds something that is not a world")
    return world


@lru_cache(maxsize=16)
def _past(seed: int, until: datetime, days: int, rhythm: _Rhythm) -> bytes:
    clock = ManualClock(until - timedelta(days=days + 1))
    world = World(seed=seed, clock=clock)
    world.prices = Prices(seed, shift=rhythm.price_shift)
    world.add_user(HOME_USER)
    world.add_user(NEIGHBOUR_USER)
    home, cabin = _places(world, HOME_USER)
    next_door = world.add_location(
        NEIGHBOUR_USER, "Home", latitude=59.9142, longitude=10.7519, timezone_name=TIMEZONE, zone="NO1"
    )
    car_1 = _car_1(world, HOME_USER, home)
    car_2 = world.add_vehicle(
        HOME_USER,
        vendor="HYUNDAI",
        brand="Hyundai",
        model="IONIQ 5",
        year=2023,
        capacity_kwh=74,
        charge_watts=11_000,
        battery_level=70,
        location_id=home.id,
        odometer_km=31_450,
        consumption_wh_km=190,
        key=CAR_2,
    )
    car_3 = world.add_vehicle(
        NEIGHBOUR_USER,
        vendor="VOLKSWAGEN",
        brand="Volkswagen",
        model="ID.3",
        year=2021,
        capacity_kwh=60,
        charge_watts=7_200,
        battery_level=66,
        location_id=next_door.id,
        odometer_km=62_007,
        key=NEIGHBOUR_CAR,
    )
    week = _week(rhythm.ready_by)
    world.create_policy(car_1.id, home.id, battery_reserve=30, schedule=week)
    world.create_policy(car_1.id, cabin.id, battery_reserve=40, schedule=week)
    world.create_policy(car_2.id, home.id, battery_reserve=20, schedule=week)
    world.create_policy(car_3.id, next_door.id, battery_reserve=30, schedule=week)
    habits = _habits(world, home, rhythm)
    world.habits[car_1.key] = replace(habits, cabin=world.place(cabin.id), cabin_weeks=4, fast_charge_days=17)
    world.habits[car_2.key] = replace(habits, commute_km=64, fast_charge_days=11, plug_in_chance=0.85)
    world.habits[car_3.key] = replace(
        habits, home=world.place(next_door.id), commute_km=28, fast_charge_days=23, plug_in_chance=0.9
    )
    cars = [car_1, car_2, car_3]
    if rhythm.has_classic:
        # Last, so that the others are the same with and without it.
        cars.append(_classic_car(world, home, rhythm, replace(habits, commute_km=35, fast_charge_days=19)))
    for car in cars:
        world.set_life(car.id, True)
    clock.set(until)
    for car, level in zip(cars, (41, 58, 63, 52), strict=False):
        world.set_life(car.id, False)
        _park(world, car, level)
    world.drive(car_2.id, 62, location_id=ROAD)
    clock.advance(timedelta(hours=2))
    world.plug_in(car_2.id, ROAD)
    clock.advance(timedelta(minutes=24))
    world.plug_out(car_2.id)
    clock.advance(timedelta(minutes=5))
    world.run()
    return pickle.dumps(world)


def _park(world: World, car: Vehicle, level: int) -> None:
    """Let the car stand unplugged at home."""
    world.stand_at(car.id, world.home_of(car.user_id).id)
    world.set_battery(car.id, level)


def _places(world: World, user_id: str) -> tuple[Location, Location]:
    home = world.add_location(
        user_id, "Home", latitude=59.9133, longitude=10.7389, timezone_name=TIMEZONE, zone="NO1", charger_watts=7_400
    )
    cabin = world.add_location(
        user_id, "Cabin", latitude=61.1153, longitude=10.4662, timezone_name=TIMEZONE, zone="NO1", charger_watts=3_600
    )
    return home, cabin


def _car_1(world: World, user_id: str, home: Location) -> Vehicle:
    return world.add_vehicle(
        user_id,
        vendor="VOLKSWAGEN",
        brand="Volkswagen",
        model="ID.3",
        year=2021,
        capacity_kwh=60,
        charge_watts=7_200,
        battery_level=55,
        location_id=home.id,
        odometer_km=48_211,
        key=CAR_1,
    )


def _classic_car(world: World, home: Location, rhythm: _Rhythm, habits: Habits) -> Vehicle:
    """A car of the household without a Flex policy, on classic smart charging."""
    car = world.add_vehicle(
        HOME_USER,
        vendor="VOLVO",
        brand="Volvo",
        model="EX30",
        year=2024,
        capacity_kwh=64,
        charge_watts=11_000,
        battery_level=60,
        location_id=home.id,
        odometer_km=12_904,
        key=CLASSIC_CAR,
    )
    world.set_charge_limit(car.id, 80)
    world.set_smart_charging(car.id, True, deadline=rhythm.ready_by, minimum_charge_limit=30)
    world.habits[car.key] = habits
    return car


def _habits(world: World, home: Location, rhythm: _Rhythm) -> Habits:
    return Habits(
        timezone_name=TIMEZONE,
        home=world.place(home.id),
        depart=rhythm.depart,
        arrive=rhythm.arrive,
        road=(world.road_of(home.user_id),),
    )


def _week(ready_by: str) -> WeeklySchedule:
    return every_day(ready_by, 80)
