"""Setting up, unloading and removing an entry."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

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
