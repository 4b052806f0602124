"""Numbers: the battery reserve of the policy that counts."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .entity import EnodeFlexEntity, async_add_for_each_vehicle
from .policies import async_change_policy
from .snapshot import VehicleSnapshot
from .sources import PolicyChange

# Each write reads the policy, changes it and reads the session again: one after the other.
PARALLEL_UPDATES = 1

RESERVE = NumberEntityDescription(
    key="policy_battery_reserve",
    entity_category=EntityCategory.CONFIG,
    native_min_value=0,
    native_max_value=100,
    native_step=1,
    native_unit_of_measurement=PERCENTAGE,
    mode=NumberMode.SLIDER,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the number of every vehicle that has a policy, as soon as it has one."""
    had: set[str] = set()

    def has_or_had_policy(snapshot: VehicleSnapshot) -> bool:
        # One that loses its policy keeps the number, unavailable: it may have another one tomorrow.
        if snapshot.policy is not None:
            had.add(snapshot.key)
        return snapshot.key in had

    async_add_for_each_vehicle(
        entry,
        async_add_entities,
        lambda coordinator, key: [EnodeFlexPolicyReserve(coordinator, key)],
        has_or_had_policy,
    )


class EnodeFlexPolicyReserve(EnodeFlexEntity, NumberEntity):
    """The level (%) that is filled first, whatever the price, where the car stands."""

    entity_description: NumberEntityDescription

    def __init__(self, coordinator: EnodeFlexCoordinator, key: str) -> None:
        super().__init__(coordinator, key, RESERVE)

    @property
    @override
    def available(self) -> bool:
        """Without a policy there is nothing to set."""
        return super().available and self.snapshot.policy is not None

    @property
    @override
    def native_value(self) -> float | None:
        """The reserve of the policy that counts (%)."""
        policy = self.snapshot.policy
        return policy.battery_reserve if policy is not None else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write it to Enode.

        Raises:
            ServiceValidationError: it lies above the car's charge limit at this place.
            HomeAssistantError: Enode refused it or could not be reached.
        """
        await async_change_policy(self.coordinator, self.vehicle_key, PolicyChange(battery_reserve=value))
