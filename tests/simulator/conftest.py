from collections.abc import AsyncGenerator

import pytest

from simulator.server import Simulator
from tests.simulator.caller import Caller


@pytest.fixture
async def sim(socket_enabled) -> AsyncGenerator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def api(sim) -> AsyncGenerator[Caller]:
    async with Caller(sim) as caller:
        yield caller


@pytest.fixture
def car(sim) -> str:
    """Car 1: Volkswagen, at home, unplugged, with policies at home and at the cabin."""
    return next(vehicle.id for vehicle in sim.world.vehicles.values() if vehicle.key == "car-1")


@pytest.fixture
def policy(sim, car) -> str:
    """The policy of car 1 at home."""
    home = next(place for place in sim.world.locations.values() if place.user_id == "home" and place.name == "Home")
    return next(
        policy.id
        for policy in sim.world.policies.values()
        if policy.vehicle_id == car and policy.location_id == home.id
    )
