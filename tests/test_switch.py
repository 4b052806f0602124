"""switch.smart_charging, and the rest of the integration where classic smart charging is the source."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.sources import SourceName
from simulator.server import Simulator
from tests.conftest import pass_time

SWITCH = "switch.volkswagen_id_3_smart_charging"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def car(simulator: Simulator) -> str:
    """Car 1 on classic smart charging, at 50 %, of a client without Flex."""
    simulator.client.flex = "403"
    car = simulator.world.vehicle_by_key("car-1").id
    simulator.world.set_battery(car, 50)
    simulator.world.set_smart_charging(car, True, deadline="07:00", minimum_charge_limit=30)
    return car


@pytest.fixture
async def entry(hass: HomeAssistant, car: str, config_entry: MockConfigEntry) -> MockConfigEntry:
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return config_entry


async def turn(hass: HomeAssistant, how: str) -> None:
    await hass.services.async_call("switch", how, {ATTR_ENTITY_ID: SWITCH}, blocking=True)


async def test_only_where_classic_is_the_source(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    assert hass.states.get(SWITCH).state == STATE_ON
    assert [state.entity_id for state in hass.states.async_all("switch")] == [SWITCH]
    sources = {it.key: it.source for it in entry.runtime_data.data.vehicles.values()}
    assert set(sources.values()) == {SourceName.CLASSIC, SourceName.NONE}


async def test_off_and_on_again(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, car: str) -> None:
    await turn(hass, "turn_off")
    assert hass.states.get(SWITCH).state == STATE_OFF
    assert not simulator.world.classic(car).wish.is_enabled
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(SWITCH).state == STATE_OFF
    await turn(hass, "turn_on")
    assert hass.states.get(SWITCH).state == STATE_ON
    assert simulator.world.classic(car).wish.is_enabled


async def test_a_refusal_is_told(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, car: str) -> None:
    await turn(hass, "turn_off")
    simulator.world.drop_capabilities(car, ["smartCharging"])
    with pytest.raises(HomeAssistantError, match="not capable of smart charging"):
        await turn(hass, "turn_on")
    assert hass.states.get(SWITCH).state == STATE_OFF


async def test_the_integration_works_without_flex(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, car: str, freezer: FrozenDateTimeFactory
) -> None:
    def state(entity: str) -> str:
        return hass.states.get(entity).state

    assert state("sensor.volkswagen_id_3_session_state") == "upcoming"
    simulator.world.plug_in(car)
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    assert state("sensor.volkswagen_id_3_session_state") == "active_regular"
    assert state("sensor.volkswagen_id_3_outcome") == "on_target"
    await hass.services.async_call(
        "number",
        "set_value",
        {ATTR_ENTITY_ID: "number.volkswagen_id_3_policy_battery_reserve", "value": 35},
        blocking=True,
    )
    assert simulator.world.classic(car).wish.minimum_charge_limit == 35
    # A button of an immediate start that is seen at once: the override is the session's state.
    before = entry.runtime_data.data.vehicles
    key = next(it.key for it in before.values() if it.vehicle.id == car)
    await entry.runtime_data.account.async_start_now(before[key].vehicle, before[key].live)
    await pass_time(hass, freezer, simulator, 2 * MINUTE, step=MINUTE)
    assert state("sensor.volkswagen_id_3_session_state") == "active_immediate_start"
    assert state("sensor.volkswagen_id_3_charging_status") == "charging_immediately"


async def test_charges_of_a_plain_car_are_counted(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    plain = next(it for it in entry.runtime_data.data.vehicles.values() if it.source is SourceName.NONE)
    assert plain.history
    assert all(session.policy_id is None for session in plain.history)
    truth = sum(kwh for _, kwh in simulator.world.truth(plain.vehicle.id))
    assert plain.energy_total == pytest.approx(truth, abs=0.01)
