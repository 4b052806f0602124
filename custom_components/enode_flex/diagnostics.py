"""Diagnostics, redacted by construction: they hold what is named here, from the last snapshot, without a request.

Ids of users, locations and vehicles, the VIN, coordinates, credentials and addresses are not among it.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .const import CONF_ENVIRONMENT, CONF_USER_ID, DOMAIN
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .payload import Json
from .surroundings import async_vehicle_payload

#: Fields of Enode's objects that name a person, a place, a car or an account.
_PERSONAL = frozenset(
    {"id", "user_id", "vehicle_id", "policy_id", "location_id", "vin", "display_name", "location", "target_id"}
)


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> dict[str, Any]:
    """What is known of the entry and of each of its vehicles."""
    coordinator = entry.runtime_data
    return {
        "entry": {
            "environment": entry.data[CONF_ENVIRONMENT],
            "follows": "one user" if entry.data[CONF_USER_ID] else "all users",
            "options": dict(entry.options),
        },
        "coordinator": {
            "last_update_success": coordinator.last_update_success,
            "last_error": type(coordinator.last_exception).__name__ if coordinator.last_exception else None,
            "next_update_in": coordinator.update_interval.total_seconds() if coordinator.update_interval else None,
            "flex_refused_since": _plain(coordinator.account.flex_refused_since),
        },
        "vehicles": [_vehicle(hass, coordinator, key) for key in coordinator.data.vehicles],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """What is known of one vehicle."""
    coordinator = entry.runtime_data
    return {
        "vehicles": [
            _vehicle(hass, coordinator, key)
            for domain, key in device.identifiers
            if domain == DOMAIN and key in coordinator.data.vehicles
        ]
    }


def _vehicle(hass: HomeAssistant, coordinator: EnodeFlexCoordinator, key: str) -> dict[str, Any]:
    snapshot = coordinator.data.vehicles[key]
    return {
        "source": snapshot.source.value,
        "vehicle_available": snapshot.vehicle_available,
        "sessions_available": snapshot.sessions_available,
        "vehicle_at": _plain(snapshot.vehicle_at),
        "sessions_at": _plain(snapshot.sessions_at),
        "vehicle": _plain(snapshot.vehicle),
        "policies": [_plain(policy) for policy in snapshot.policies],
        "live_sessions": [_plain(session) for session in snapshot.live_sessions],
        "last_settled": _plain(snapshot.last_settled),
        "settled_held": len(snapshot.history),
        "charging": _plain(snapshot.charging),
        "card": _card(async_vehicle_payload(hass, coordinator, key)),
    }


def _card(payload: Json) -> Json:
    """What the dashboard card is told, without the names and ids in it."""
    told = {name: value for name, value in payload.items() if name != "vehicle"}
    for name in ("session", "last_session"):
        if told[name] is not None:
            told[name] = {field: value for field, value in told[name].items() if field not in _PERSONAL}
    return told


def _plain(value: object) -> Any:
    """JSON-ready, without the personal fields."""
    if is_dataclass(value) and not isinstance(value, type):
        return {it.name: _plain(getattr(value, it.name)) for it in fields(value) if it.name not in _PERSONAL}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
