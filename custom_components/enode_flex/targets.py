"""Which vehicles a target means, asked anew each time: areas and labels change while an automation runs."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import DOMAIN
from .coordinator import EnodeFlexCoordinator
from .snapshot import VehicleSnapshot


@callback
def async_vehicles_of(hass: HomeAssistant, target: Mapping[str, Any]) -> dict[str, str]:
    """Device id by vehicle key, of all vehicles that a target means: with every entity disabled, too."""
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(target)), primary_entities_only=False)
    entities = er.async_get(hass)
    devices = set(selected.referenced_devices)
    for entity_id in selected.referenced | selected.indirectly_referenced:
        entity = entities.async_get(entity_id)
        if entity is not None and entity.platform == DOMAIN and entity.device_id is not None:
            devices.add(entity.device_id)
    registry = dr.async_get(hass)
    return {
        key: device.id
        for device_id in devices
        if (device := registry.async_get(device_id)) is not None
        for domain, key in device.identifiers
        if domain == DOMAIN
    }


@callback
def async_look_at(hass: HomeAssistant, key: str) -> tuple[EnodeFlexCoordinator, VehicleSnapshot] | None:
    """The snapshot of a vehicle, of whichever loaded entry has it; None while its sessions are not known."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            coordinator: EnodeFlexCoordinator = entry.runtime_data
            snapshot = coordinator.data.vehicles.get(key)
            if snapshot is not None and snapshot.sessions_available:
                return coordinator, snapshot
    return None
