"""What every entity of a vehicle shares: its device, its identity, and when it is available."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api.models import Vehicle
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .snapshot import VehicleSnapshot


class EnodeFlexEntity(CoordinatorEntity[EnodeFlexCoordinator]):
    """An entity of one vehicle: a name, and a function of the vehicle's snapshot."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: EnodeFlexCoordinator, key: str, description: EntityDescription, *, from_vehicle: bool = False
    ) -> None:
        """Make the entity ``description.key`` of the vehicle ``key``.

        ``from_vehicle``: it lives on the vehicle's own data, else on the sessions'; it is unavailable when those grew
        stale.
        """
        super().__init__(coordinator)
        self.entity_description = description
        self.vehicle_key = key
        self._from_vehicle = from_vehicle
        self._attr_unique_id = f"{key}_{description.key}"
        self._attr_translation_key = description.key
        self._attr_device_info = device_info(key, self.snapshot.vehicle)

    @property
    def snapshot(self) -> VehicleSnapshot:
        """The vehicle's snapshot of this moment."""
        return self.coordinator.data.vehicles[self.vehicle_key]

    @property
    @override
    def available(self) -> bool:
        """One missed poll changes nothing; data that is older than the entry's limit does (polling.py)."""
        snapshot = self.coordinator.data.vehicles.get(self.vehicle_key)
        if snapshot is None:
            return False
        return snapshot.vehicle_available if self._from_vehicle else snapshot.sessions_available

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        # A vehicle that is gone takes its device and entities with it a moment later.
        if self.vehicle_key in self.coordinator.data.vehicles:
            super()._handle_coordinator_update()


def device_info(key: str, vehicle: Vehicle) -> DeviceInfo:
    """The device of a vehicle. The VIN is personal and stays out of it."""
    information = vehicle.information
    words = [word for word in (information.brand, information.model) if word]
    return DeviceInfo(
        identifiers={(DOMAIN, key)},
        name=information.display_name or " ".join(words) or vehicle.vendor or "Vehicle",
        manufacturer=information.brand or vehicle.vendor,
        model=information.model,
    )


@callback
def async_add_for_each_vehicle(
    entry: EnodeFlexConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[EnodeFlexCoordinator, str], Iterable[Entity]],
    exists_fn: Callable[[VehicleSnapshot], bool] | None = None,
) -> None:
    """Add the entities of every vehicle, of those that appear later too, and again of those that come back.

    ``exists_fn``: a vehicle gets them as soon as this holds for it, without it at once.
    """
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        present = {
            key for key, snapshot in coordinator.data.vehicles.items() if exists_fn is None or exists_fn(snapshot)
        }
        new = present - known
        known.clear()
        known.update(present)
        if new:
            async_add_entities([entity for key in sorted(new) for entity in make(coordinator, key)])

    entry.async_on_unload(coordinator.async_add_listener(add_new))
    add_new()
