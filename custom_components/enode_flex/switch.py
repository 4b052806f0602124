"""Switches: classic smart charging on or off, only where it is the source of a vehicle's sessions."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .entity import EnodeFlexEntity, async_add_for_each_vehicle
from .exceptions import translated_errors
from .snapshot import VehicleSnapshot

# Each write reads the session again: one after the other.
PARALLEL_UPDATES = 1

SMART_CHARGING = SwitchEntityDescription(key="smart_charging", entity_category=EntityCategory.CONFIG)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switch of every vehicle on classic smart charging, as soon as it is."""
    had: set[str] = set()

    def is_or_was_classic(snapshot: VehicleSnapshot) -> bool:
        # One that moves to Flex keeps the switch, unavailable: it may come back.
        if snapshot.smart_charging is not None:
            had.add(snapshot.key)
        return snapshot.key in had

    async_add_for_each_vehicle(
        entry,
        async_add_entities,
        lambda coordinator, key: [EnodeFlexSmartCharging(coordinator, key)],
        is_or_was_classic,
    )


class EnodeFlexSmartCharging(EnodeFlexEntity, SwitchEntity):
    """Whether Enode plans when the vehicle charges."""

    entity_description: SwitchEntityDescription

    def __init__(self, coordinator: EnodeFlexCoordinator, key: str) -> None:
        super().__init__(coordinator, key, SMART_CHARGING)

    @property
    @override
    def available(self) -> bool:
        """Where Flex or nothing is the source there is nothing to switch."""
        return super().available and self.snapshot.smart_charging is not None

    @property
    @override
    def is_on(self) -> bool | None:
        """On while smart charging controls the vehicle."""
        return self.snapshot.smart_charging

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on.

        Raises:
            HomeAssistantError: Enode refused it (such as without a deadline) or could not be reached.
        """
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off: the car then charges as soon as it is plugged in.

        Raises:
            HomeAssistantError: Enode refused it or could not be reached.
        """
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        with translated_errors():
            await self.coordinator.account.async_switch_smart_charging(self.snapshot.vehicle, on=on)
            await self.coordinator.async_read_now(self.vehicle_key)
        self.coordinator.async_reread_soon([self.vehicle_key])
