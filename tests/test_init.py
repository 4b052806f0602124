"""Setting up, unloading and removing an entry."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator


async def test_setup_makes_a_device_for_each_vehicle(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, config_entry: MockConfigEntry
) -> None:
    assert config_entry.state is ConfigEntryState.LOADED
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), config_entry.entry_id)
    assert {(device.manufacturer, device.model) for device in devices} == {
        ("Volkswagen", "ID.3"),
        ("Hyundai", "IONIQ 5"),
    }
    assert er.async_entries_for_config_entry(er.async_get(hass), config_entry.entry_id)


async def test_unloaded_and_loaded_again_everything_lives(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, config_entry: MockConfigEntry
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), config_entry.entry_id)
    sensor = next(it.entity_id for it in entities if it.unique_id.endswith("_session_state"))
    before = hass.states.get(sensor)
    assert before is not None
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    unloaded = hass.states.get(sensor)
    assert unloaded is not None
    assert unloaded.state == "unavailable"
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    after = hass.states.get(sensor)
    assert after is not None
    assert after.state == before.state


async def test_a_removed_entry_leaves_no_file_of_its_own(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    config_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    await hass.config_entries.async_unload(config_entry.entry_id)
    assert [name for name in hass_storage if config_entry.entry_id in name]
    assert await hass.config_entries.async_remove(config_entry.entry_id)
    await hass.async_block_till_done()
    assert [name for name in hass_storage if config_entry.entry_id in name] == []


async def test_only_a_vehicle_that_enode_no_longer_lists_can_be_deleted_by_hand(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    config_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    registry = dr.async_get(hass)
    present, *_ = dr.async_entries_for_config_entry(registry, config_entry.entry_id)
    answer = await client.remove_device(present.id)
    assert not answer["success"]
    assert registry.async_get(present.id) is not None

    gone = registry.async_get_or_create(
        config_entry_id=config_entry.entry_id, identifiers={(DOMAIN, "no-longer-listed")}, name="Sold"
    )
    answer = await client.remove_device(gone.id)
    assert answer["success"]
    assert registry.async_get(gone.id) is None

    # Nothing can be told of an entry that is not loaded: its owner decides.
    await hass.config_entries.async_unload(config_entry.entry_id)
    answer = await client.remove_device(present.id)
    assert answer["success"]
    assert registry.async_get(present.id) is None
