"""The buttons: the same commands as the actions, with a short wait."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.faults import Fault
from simulator.server import Simulator
from tests.driving import drive
from tests.platforms import Night, charging_immediately, waiting_for_next_block

START = "button.volkswagen_id_3_immediate_start"
RESUME = "button.volkswagen_id_3_resume_schedule"


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


async def press(hass: HomeAssistant, night: Night, button: str) -> None:
    await drive(
        night,
        hass.services.async_call(BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: button}, blocking=True),
        within=15,
        is_tracked=True,
    )


async def test_a_press_that_works(hass: HomeAssistant, night: Night) -> None:
    await waiting_for_next_block(night)
    await press(hass, night, START)
    assert hass.states.get("sensor.volkswagen_id_3_session_state").state == "active_immediate_start"
    await night.until("charging_immediately", timedelta(minutes=2))
    await press(hass, night, RESUME)
    assert night.status == "waiting_for_next_block"


async def test_a_press_that_cannot_work_says_why_and_the_button_stays(hass: HomeAssistant, night: Night) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await press(hass, night, START)
    assert error.value.translation_key == "not_plugged_in"
    with pytest.raises(ServiceValidationError) as error:
        await press(hass, night, RESUME)
    assert error.value.translation_key == "not_charging_immediately"
    # Home Assistant skips unavailable entities in automations without a word.
    assert hass.states.get(START).state != "unavailable"


async def test_a_press_that_is_refused(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    await charging_immediately(night)
    simulator.faults.add(Fault(method="PUT", path="/flex/sessions/{sessionId}/target", status=409, detail="Not now"))
    with pytest.raises(HomeAssistantError, match="Not now"):
        await press(hass, night, RESUME)


async def test_a_press_that_nobody_answers_yet_does_not_fail(
    hass: HomeAssistant, night: Night, simulator: Simulator
) -> None:
    await waiting_for_next_block(night)
    simulator.faults.add(
        Fault(path="/flex/vehicle-policies/{policyId}/session", replace={"ACTIVE:IMMEDIATE_START": "ACTIVE:REGULAR"})
    )
    await press(hass, night, START)
    assert night.status == "starting_immediate_charge"


async def test_unavailable_with_its_vehicle(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(status=500))
    await night.passes(timedelta(minutes=40), step=timedelta(minutes=5))
    assert hass.states.get(START).state == "unavailable"
