"""event.charging_error and event.session: what happens in the simulator is told once, and shown in scalars."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.charging import ErrorHappening, Happening
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.happenings import SIGNAL_HAPPENED, Happened
from simulator.server import Simulator
from tests.platforms import MINUTE, Night, start_failed, vehicle_id, waiting_for_next_block


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


@pytest.fixture
def happened(hass: HomeAssistant) -> list[Happened]:
    """Everything that is told, of every car."""
    found: list[Happened] = []

    @callback
    def hear(it: Happened) -> None:
        found.append(it)

    async_dispatcher_connect(hass, SIGNAL_HAPPENED, hear)
    return found


def kinds(happened: list[Happened]) -> list[str]:
    return [it.kind.value for it in happened]


def entity(hass: HomeAssistant, night: Night, key: str) -> str:
    found = er.async_get(hass).async_get_entity_id("event", DOMAIN, f"{night.car}_{key}")
    assert found is not None
    return found


async def test_what_is_there_at_the_first_look_is_not_told(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await night.passes(5 * MINUTE)
    assert happened == []
    state = hass.states.get(entity(hass, night, "charging_error"))
    assert state is not None
    assert state.state == "unknown"


async def test_a_visit_is_told_from_plug_in_to_plug_out(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await waiting_for_next_block(night)
    assert Happening.PLUGGED_IN in kinds(happened)
    await night.until("charging_as_planned")
    night.world.plug_out(night.car)
    await night.passes(10 * MINUTE)
    told = kinds(happened)
    assert told.count("plugged_in") == told.count("unplugged") == 1
    assert told.index("plugged_in") < told.index("charging_started") < told.index("unplugged")
    unplugged = next(it for it in happened if it.kind is Happening.UNPLUGGED)
    assert unplugged.data["battery_from"] is not None
    state = hass.states.get(entity(hass, night, "session"))
    assert state is not None
    assert all(isinstance(it, str | float | int | bool | list | None) for it in state.attributes.values())


async def test_an_error_is_told_once_and_its_end_too(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await start_failed(night)
    await night.passes(5 * MINUTE)
    assert kinds(happened).count("start_failed") == 1
    state = hass.states.get(entity(hass, night, "charging_error"))
    assert state is not None
    assert state.attributes["event_type"] == "start_failed"
    night.world.clear_error(night.car)
    await night.passes(5 * MINUTE)
    assert kinds(happened).count("resolved") == 1
    # Back within ten minutes: it flaps, nobody is told again.
    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(3 * MINUTE)
    assert kinds(happened).count("start_failed") == 1


async def test_a_reload_tells_nothing_twice_and_loses_nothing(
    hass: HomeAssistant, night: Night, happened: list[Happened], config_entry: MockConfigEntry
) -> None:
    await start_failed(night)
    assert kinds(happened).count("start_failed") == 1
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert kinds(happened).count("start_failed") == 1

    assert await hass.config_entries.async_unload(config_entry.entry_id)
    night.world.clear_error(night.car)
    await night.passes(timedelta(minutes=2))
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await night.passes(2 * MINUTE)
    resolved = [it for it in happened if it.kind is ErrorHappening.RESOLVED]
    assert len(resolved) == 1
    assert resolved[0].during_downtime


async def test_two_cars_are_told_apart(night: Night, happened: list[Happened]) -> None:
    await start_failed(night)
    assert {it.key for it in happened if isinstance(it.kind, ErrorHappening)} == {night.car}
    assert vehicle_id(night.coordinator) == night.car
    assert len(night.coordinator.data.vehicles) > 1
