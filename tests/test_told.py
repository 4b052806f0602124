"""What was told outlives a restart: nothing is repeated, and what arose meanwhile is told once listeners are there."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.charging import ErrorHappening
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.happenings import LISTENERS_NEED, SIGNAL_HAPPENED, Happened
from simulator.server import Simulator
from tests.platforms import MINUTE, Night, waiting_for_next_block


async def test_an_error_during_downtime_is_told_once_after_the_start(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    night = Night(hass, coordinator, simulator, freezer)
    await waiting_for_next_block(night)
    heard: list[Happened] = []
    async_dispatcher_connect(hass, SIGNAL_HAPPENED, heard.append)
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    stored = hass_storage[f"{DOMAIN}.{config_entry.entry_id}.told"]["data"]
    assert stored[night.car]["picture"]["visit"] == stored[night.car]["picture"]["session"]

    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(MINUTE)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    # Automations do not listen yet.
    assert heard == []

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert heard == []
    await night.passes(timedelta(seconds=LISTENERS_NEED + 1))
    await night.passes(3 * MINUTE)
    assert [(it.kind.value, it.during_downtime) for it in heard if it.kind in ErrorHappening] == [
        ("start_failed", True)
    ]

    assert await hass.config_entries.async_remove(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert f"{DOMAIN}.{config_entry.entry_id}.told" not in hass_storage


async def test_an_entry_that_is_unloaded_while_automations_start_tells_nothing(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    coordinator: EnodeFlexCoordinator,
) -> None:
    night = Night(hass, coordinator, simulator, freezer)
    await waiting_for_next_block(night)
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(MINUTE)
    heard: list[Happened] = []
    async_dispatcher_connect(hass, SIGNAL_HAPPENED, heard.append)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    await night.passes(timedelta(seconds=2 * LISTENERS_NEED))
    assert heard == []
    # It is not lost: the next start tells it.
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    told = [(it.kind.value, it.during_downtime) for it in heard if it.kind in ErrorHappening]
    assert told == [("start_failed", True)]
