"""The situations in which every entity is looked at, and how the simulator gets there."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.server import Simulator
from tests.conftest import pass_time

MINUTE = timedelta(minutes=1)


def vehicle_id(coordinator: EnodeFlexCoordinator, model: str = "ID.3") -> str:
    """Enode's id of a car of the standard scenario."""
    return next(it.vehicle.id for it in coordinator.data.vehicles.values() if it.vehicle.information.model == model)


class Night:
    """Lets a night happen: every lever of the simulator that a situation needs, and the time that it takes."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: EnodeFlexCoordinator,
        simulator: Simulator,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        self._hass = hass
        self._simulator = simulator
        self._freezer = freezer
        self.coordinator = coordinator
        self.world = simulator.world
        self.car = vehicle_id(coordinator)

    async def passes(self, by: timedelta, *, step: timedelta = MINUTE) -> None:
        """Let time go on for both sides."""
        await pass_time(self._hass, self._freezer, self._simulator, by, step=step)

    async def until(self, status: str, within: timedelta = timedelta(hours=14)) -> None:
        """Let time go on until charging_status says so: minute by minute at first, later in larger steps."""
        gone = timedelta(0)
        while self.status != status:
            assert gone < within, f"charging_status is {self.status}, never {status}"
            step = MINUTE if gone < 10 * MINUTE else 5 * MINUTE
            await self.passes(step, step=step)
            gone += step

    @property
    def status(self) -> str:
        """The car's charging_status."""
        return next(
            it.charging.charging_status.value
            for it in self.coordinator.data.vehicles.values()
            if it.vehicle.id == self.car
        )


async def waiting_for_plug_in(night: Night) -> None:
    """Nothing happens."""


async def filling_battery_reserve(night: Night) -> None:
    night.world.set_battery(night.car, 20)
    night.world.plug_in(night.car)
    await night.until("filling_battery_reserve")
    await night.passes(4 * MINUTE)


async def waiting_for_next_block(night: Night) -> None:
    night.world.plug_in(night.car)
    await night.until("waiting_for_next_block")
    await night.passes(2 * MINUTE)


async def charging_as_planned(night: Night) -> None:
    await waiting_for_next_block(night)
    await night.until("charging_as_planned")
    await night.passes(6 * MINUTE)


async def charging_immediately(night: Night) -> None:
    await waiting_for_next_block(night)
    live = next(it.live for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)
    assert live is not None
    night.world.set_target(live.id, {"type": "IMMEDIATE_START"})
    await night.until("charging_immediately")
    await night.passes(20 * MINUTE)


async def off_target(night: Night) -> None:
    await waiting_for_next_block(night)
    night.world.go_off_target(night.car, True)
    await night.passes(5 * MINUTE)


async def start_failed(night: Night) -> None:
    await waiting_for_next_block(night)
    night.world.raise_error(night.car, "START_FAIL")
    await night.until("start_failed")


async def missing_capabilities(night: Night) -> None:
    await waiting_for_next_block(night)
    night.world.drop_capabilities(night.car, ["startCharging", "stopCharging"])
    await night.until("missing_capabilities")


async def settled(night: Night) -> None:
    await charging_as_planned(night)
    night.world.plug_out(night.car)
    await night.passes(5 * MINUTE)


SITUATIONS: dict[str, Callable[[Night], Awaitable[None]]] = {
    "waiting_for_plug_in": waiting_for_plug_in,
    "filling_battery_reserve": filling_battery_reserve,
    "waiting_for_next_block": waiting_for_next_block,
    "charging_as_planned": charging_as_planned,
    "charging_immediately": charging_immediately,
    "off_target": off_target,
    "start_failed": start_failed,
    "missing_capabilities": missing_capabilities,
    "settled": settled,
}
