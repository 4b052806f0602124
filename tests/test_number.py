"""The reserve of the policy that counts, as a number."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.number import ATTR_VALUE, DOMAIN as NUMBER_DOMAIN, SERVICE_SET_VALUE
from homeassistant.const import ATTR_ENTITY_ID, EntityCategory
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.faults import Fault
from simulator.server import Simulator
from tests.driving import drive
from tests.platforms import Night

RESERVE = "number.volkswagen_id_3_policy_battery_reserve"
POLICY_PATH = "/flex/vehicle-policies/{policyId}"


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def state(hass: HomeAssistant) -> State:
    found = hass.states.get(RESERVE)
    assert found is not None
    return found


async def write(hass: HomeAssistant, night: Night, value: float) -> None:
    await drive(
        night,
        hass.services.async_call(
            NUMBER_DOMAIN, SERVICE_SET_VALUE, {ATTR_ENTITY_ID: RESERVE, ATTR_VALUE: value}, blocking=True
        ),
    )


async def test_it_shows_and_writes_the_reserve(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    assert state(hass).state == "30.0"
    assert {key: state(hass).attributes[key] for key in ("min", "max", "step", "unit_of_measurement")} == {
        "min": 0,
        "max": 100,
        "step": 1,
        "unit_of_measurement": "%",
    }
    entry = er.async_get(hass).async_get(RESERVE)
    assert entry is not None
    assert entry.entity_category is EntityCategory.CONFIG
    await write(hass, night, 45)
    assert state(hass).state == "45.0"
    policies = {policy.battery_reserve for policy in simulator.world.policies.values()}
    assert policies == {45, 40, 20, 30}


async def test_above_the_charge_limit(hass: HomeAssistant, night: Night) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await write(hass, night, 95)
    assert error.value.translation_key == "above_charge_limit"
    assert state(hass).state == "30.0"


async def test_a_failure_is_told_and_the_value_stays(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(method="PATCH", path=POLICY_PATH, status=403))
    with pytest.raises(HomeAssistantError) as error:
        await write(hass, night, 45)
    assert error.value.translation_key == "forbidden"
    assert state(hass).state == "30.0"


async def test_it_comes_and_goes_with_the_policy(hass: HomeAssistant, night: Night) -> None:
    snapshot = next(it for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)
    for policy in snapshot.policies:
        night.world.delete_policy(policy.id)
    await night.passes(timedelta(minutes=6))
    assert state(hass).state == "unavailable"
    night.world.create_policy(night.car, snapshot.vehicle.location.id)
    await night.passes(timedelta(minutes=6))
    assert state(hass).state not in {"unavailable", "unknown"}


async def test_a_car_without_a_policy_has_none(hass: HomeAssistant, simulator: Simulator, config_entry) -> None:
    simulator.faults.add(Fault(path="/flex/*", status=403))
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("button.volkswagen_id_3_immediate_start") is not None
    assert hass.states.async_entity_ids(NUMBER_DOMAIN) == []
