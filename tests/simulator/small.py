from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator.clock import ManualClock
from simulator.model import Policy, Session, Vehicle
from simulator.schedule import every_day
from simulator.settings import WorldSettings
from simulator.world import World

EVENING = datetime(2026, 11, 23, 16, 40, tzinfo=UTC)


@dataclass
class Small:
    world: World
    clock: ManualClock
    car: Vehicle
    policy: Policy

    @property
    def live(self) -> Session | None:
        self.world.run()
        return self.world.live_session(self.policy.id)

    @property
    def session(self) -> Session:
        live = self.live
        assert live is not None
        return live

    def wait(self, **duration) -> Session:
        self.clock.advance(timedelta(**duration))
        return self.session

    def until(self, moment: datetime) -> Session:
        self.clock.set(moment)
        return self.session


def small_world(
    *,
    now: datetime = EVENING,
    level: float = 24,
    limit: int = 90,
    seed: int = 7,
    timezone_name: str = "Europe/Oslo",
    ready_by: str = "07:00",
    target: int = 80,
    reserve: int = 30,
    **settings,
) -> Small:
    """One 60 kWh car that takes 7.2 kW, unplugged at home, with one policy."""
    clock = ManualClock(now - timedelta(minutes=1))
    world = World(seed=seed, clock=clock, settings=WorldSettings(**settings))
    world.add_user("ada")
    home = world.add_location(
        "ada", "Home", latitude=59.9, longitude=10.7, timezone_name=timezone_name, zone="NO1", charger_watts=7_400
    )
    world.add_location("ada", "Work", latitude=59.8, longitude=10.6, timezone_name=timezone_name, zone="NO1")
    car = world.add_vehicle(
        "ada",
        vendor="VOLKSWAGEN",
        brand="Volkswagen",
        model="ID.3",
        year=2021,
        capacity_kwh=60,
        charge_watts=7_200,
        battery_level=level,
        charge_limit=limit,
        location_id=home.id,
    )
    policy = world.create_policy(car.id, home.id, battery_reserve=reserve, schedule=every_day(ready_by, target))
    clock.advance(timedelta(minutes=1))
    world.run()
    return Small(world, clock, car, policy)


def plugged_in(**kwargs) -> Small:
    """The same, plugged in and seen so two seconds later."""
    small = small_world(**kwargs)
    small.world.plug_in(small.car.id)
    small.wait(seconds=2)
    return small
