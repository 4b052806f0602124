"""What Home Assistant knows around a vehicle: its device, its entities, and what a person may do with it."""

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import EnodeFlexCoordinator
from .payload import Json, Surroundings, vehicle_payload

#: The entity whose read permission decides who may see a vehicle.
_READ_KEY = "session_state"
#: The button whose control permission decides who may use a vehicle's actions.
_CONTROL_KEY = "immediate_start"


@callback
def async_vehicle_key(hass: HomeAssistant, *, entity_id: str | None = None, device_id: str | None = None) -> str | None:
    """Key of the vehicle behind an entity or a device; None when it is none of this integration's."""
    if entity_id is not None:
        entity = er.async_get(hass).async_get(entity_id)
        if entity is None or entity.platform != DOMAIN:
            return None
        device_id = entity.device_id
    device = dr.async_get(hass).async_get(device_id) if device_id is not None else None
    if device is None:
        return None
    return next((key for domain, key in device.identifiers if domain == DOMAIN), None)


@callback
def async_may_read(hass: HomeAssistant, user: User, key: str) -> bool:
    """Whether a user may see a vehicle."""
    return _may(hass, user, Platform.SENSOR, f"{key}_{_READ_KEY}", POLICY_READ)


@callback
def async_may_control(hass: HomeAssistant, user: User, key: str) -> bool:
    """Whether a user may use a vehicle's actions."""
    return _may(hass, user, Platform.BUTTON, f"{key}_{_CONTROL_KEY}", POLICY_CONTROL)


def _may(hass: HomeAssistant, user: User, platform: Platform, unique_id: str, permission: str) -> bool:
    if user.is_admin:
        return True
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    return entity_id is not None and user.permissions.check_entity(entity_id, permission)


@callback
def async_device(
    hass: HomeAssistant, key: str, coordinator: EnodeFlexCoordinator | None = None
) -> dr.DeviceEntry | None:
    """The device of a vehicle: its coordinator's, or any that is left of it while its entry is not loaded."""
    registry = dr.async_get(hass)
    if coordinator is not None:
        return registry.async_get_device_by_identifier((DOMAIN, key), coordinator.config_entry.entry_id)
    return next(iter(registry.async_get_devices(identifiers={(DOMAIN, key)})), None)


@callback
def async_surroundings(
    hass: HomeAssistant, key: str, *, coordinator: EnodeFlexCoordinator | None = None, user: User | None = None
) -> Surroundings:
    """Surroundings of a vehicle, for a user; without one nothing is forbidden.

    ``coordinator``: the vehicle's, while its entry is loaded.
    """
    device = async_device(hass, key, coordinator)
    entities = er.async_entries_for_device(er.async_get(hass), device.id) if device is not None else []
    snapshot = coordinator.data.vehicles.get(key) if coordinator is not None else None
    return Surroundings(
        key=key,
        name=(device.name_by_user or device.name) if device is not None else None,
        device_id=device.id if device is not None else None,
        entities={
            entity.unique_id.removeprefix(f"{key}_"): entity.entity_id
            for entity in entities
            if entity.platform == DOMAIN and entity.unique_id.startswith(f"{key}_")
        },
        start=coordinator.account.cannot_start(snapshot.vehicle, snapshot.live) if coordinator and snapshot else None,
        resume=coordinator.account.cannot_resume(snapshot.vehicle, snapshot.live) if coordinator and snapshot else None,
        may_control=user is None or async_may_control(hass, user, key),
    )


@callback
def async_vehicle_payload(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, key: str, *, user: User | None = None
) -> Json:
    """The snapshot of a vehicle as plain JSON, of this moment (docs/snapshot.md).

    Raises:
        KeyError: the vehicle is gone.
    """
    return vehicle_payload(
        coordinator.data.vehicles[key],
        now=dt_util.utcnow(),
        surroundings=async_surroundings(hass, key, coordinator=coordinator, user=user),
    )
