"""Binary sensors: a table of names, each with a function of the vehicle's snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .entity import EnodeFlexEntity, async_add_for_each_vehicle
from .snapshot import VehicleSnapshot

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EnodeFlexBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor: its value (None is unknown)."""

    value_fn: Callable[[VehicleSnapshot], bool | None]
    attributes_fn: Callable[[VehicleSnapshot], Mapping[str, Any]] | None = None
    from_vehicle: bool = False


BINARY_SENSORS: tuple[EnodeFlexBinarySensorDescription, ...] = (
    EnodeFlexBinarySensorDescription(
        key="charging_error",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda snapshot: snapshot.charging.charging_error,
        attributes_fn=lambda snapshot: {"error": snapshot.charging.error or snapshot.charging.error_raw},
    ),
    EnodeFlexBinarySensorDescription(
        key="plugged_in",
        device_class=BinarySensorDeviceClass.PLUG,
        from_vehicle=True,
        value_fn=lambda snapshot: snapshot.charging.plugged_in,
    ),
    EnodeFlexBinarySensorDescription(
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        from_vehicle=True,
        value_fn=lambda snapshot: snapshot.charging.charging,
    ),
    EnodeFlexBinarySensorDescription(
        key="off_target",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda snapshot: snapshot.charging.off_target,
    ),
    EnodeFlexBinarySensorDescription(
        key="smart_charge_window",
        value_fn=lambda snapshot: snapshot.charging.smart_charge_window,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of every vehicle."""
    async_add_for_each_vehicle(
        entry,
        async_add_entities,
        lambda coordinator, key: [
            EnodeFlexBinarySensor(coordinator, key, description) for description in BINARY_SENSORS
        ],
    )


class EnodeFlexBinarySensor(EnodeFlexEntity, BinarySensorEntity):
    """A binary sensor of a vehicle."""

    entity_description: EnodeFlexBinarySensorDescription

    def __init__(
        self, coordinator: EnodeFlexCoordinator, key: str, description: EnodeFlexBinarySensorDescription
    ) -> None:
        super().__init__(coordinator, key, description, from_vehicle=description.from_vehicle)

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.value_fn(self.snapshot)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        if self.entity_description.attributes_fn is None:
            return None
        return self.entity_description.attributes_fn(self.snapshot)
