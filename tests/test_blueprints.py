"""The blueprints, set up in Home Assistant from their files and driven by the simulator."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import _async_get_or_create_notifications as persistent_notifications
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service

from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.server import Simulator
from tests.driving import settle
from tests.platforms import MINUTE, Night, waiting_for_next_block

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "blueprints/automation/enode_flex"
PHONE = "notify.mobile_app_phone"


class Household:
    """A car, a phone, and automations made of the blueprints.

    Time passes here without waiting for runs of automations: they wait for time themselves.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: EnodeFlexCoordinator,
        simulator: Simulator,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        self.hass = hass
        self.night = Night(hass, coordinator, simulator, freezer)
        self.world = simulator.world
        self.calls: list[ServiceCall] = async_mock_service(hass, *PHONE.split("."))
        self._simulator = simulator
        self._freezer = freezer
        self._read = 0

    @property
    def car(self) -> str:
        """Enode's id of the car."""
        return self.night.car

    @property
    def device(self) -> str:
        """The device id of the car."""
        return device_id(self.hass, self.car)

    async def automate(self, blueprint: str, **inputs: Any) -> None:
        """Make an automation of a blueprint."""
        config = {
            "id": blueprint,
            "alias": blueprint,
            "use_blueprint": {"path": f"enode_flex/{blueprint}.yaml", "input": inputs},
        }
        assert await async_setup_component(self.hass, "automation", {"automation": [config]})
        await settle()
        state = self.hass.states.get(f"automation.{blueprint}")
        assert state is not None
        assert state.state == "on"

    async def goes_on(self, by: timedelta, *, step: timedelta = MINUTE) -> None:
        """Let time pass."""
        while by > timedelta(0):
            now = min(step, by)
            by -= now
            self._freezer.tick(now)
            self._simulator.clock.advance(now)
            async_fire_time_changed(self.hass)
            await settle()

    async def until(self, happened: Callable[[], bool], *, step: timedelta = MINUTE, within: int = 40) -> None:
        """Let time pass until something is so."""
        for _ in range(within):
            if happened():
                return
            await self.goes_on(step, step=step)
        assert happened()

    async def press(self, button: str) -> None:
        """Press a button of the last message that has it."""
        told = next(it for it in reversed(self.calls) if any(b["title"] == button for b in it.data["data"]["actions"]))
        action = next(b["action"] for b in told.data["data"]["actions"] if b["title"] == button)
        self.hass.bus.async_fire("mobile_app_notification_action", {"action": action})
        await settle()

    def new(self) -> list[str]:
        """The messages that came since this was last asked."""
        messages = [it.data["message"] for it in self.calls[self._read :]]
        self._read = len(self.calls)
        return messages

    def buttons(self) -> list[str]:
        """The buttons of the last message."""
        return [it["title"] for it in self.calls[-1].data["data"]["actions"]]


def device_id(hass: HomeAssistant, car: str) -> str:
    return next(it.id for it in dr.async_get(hass).devices if (DOMAIN, car) in it.identifiers)


@pytest.fixture
async def household(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    tmp_path: Path,
) -> AsyncGenerator[Household]:
    """A household whose Home Assistant has the blueprints of this repository."""
    await hass.config.async_set_time_zone("Europe/Oslo")
    hass.config.config_dir = str(tmp_path)
    folder = tmp_path / "blueprints/automation"
    folder.mkdir(parents=True)
    (folder / "enode_flex").symlink_to(FOLDER)
    assert await async_setup_component(hass, "persistent_notification", {})
    it = Household(hass, coordinator, simulator, freezer)
    yield it
    # What still waits ends with its automation.
    if hass.services.has_service("automation", "turn_off"):
        await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


# -- charging error ----------------------------------------------------------------------------------------------------

NOT_STARTED = "The car did not start to charge. Check the cable, the charger and the car."


async def fails_to_start(household: Household) -> None:
    await waiting_for_next_block(household.night)
    household.world.raise_error(household.car, "START_FAIL")
    await household.until(lambda: household.night.status == "start_failed")


async def test_a_charging_error_is_told_twice_and_its_end_replaces_it(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE])
    await fails_to_start(household)
    assert household.new() == [NOT_STARTED]
    assert household.calls[0].data["title"] == "Volkswagen ID.3: charging error"
    assert household.buttons() == ["Charge now", "Snooze"]
    await household.goes_on(14 * MINUTE, step=2 * MINUTE)
    assert household.new() == []
    await household.goes_on(2 * MINUTE)
    assert household.new() == [f"It still fails: {NOT_STARTED}"]
    await household.goes_on(20 * MINUTE, step=5 * MINUTE)
    household.world.clear_error(household.car)
    await household.goes_on(3 * MINUTE)
    assert household.new() == ["It is over: charging goes on as planned."]
    assert household.buttons() == []
    tags = {it.data["data"]["tag"] for it in household.calls}
    assert tags == {f"enode_flex_error_{household.device}"}


async def test_snooze_puts_the_second_message_off(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE], snooze_for=90)
    await fails_to_start(household)
    household.new()
    await household.press("Snooze")
    await household.goes_on(85 * MINUTE, step=5 * MINUTE)
    assert household.new() == []
    await household.press("Snooze")
    await household.goes_on(85 * MINUTE, step=5 * MINUTE)
    assert household.new() == [], "the later Snooze counts"
    await household.goes_on(10 * MINUTE, step=5 * MINUTE)
    assert household.new() == [f"It still fails: {NOT_STARTED}"]
    assert household.buttons() == ["Charge now", "Snooze"]


async def test_an_error_that_went_by_itself_gets_no_second_message(household: Household) -> None:
    await household.automate(
        "charging_error", vehicle=household.device, notify_actions=[PHONE], again_after=30, text_resolved=""
    )
    await fails_to_start(household)
    await household.press("Snooze")
    household.world.clear_error(household.car)
    await household.goes_on(70 * MINUTE, step=5 * MINUTE)
    assert household.new() == [NOT_STARTED, "clear_notification"]
    assert household.calls[1].data["data"] == {"tag": household.calls[0].data["data"]["tag"]}


async def test_unplugging_takes_the_message_away(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE], again_after=0)
    await fails_to_start(household)
    household.world.plug_out(household.car)
    await household.goes_on(20 * MINUTE, step=2 * MINUTE)
    assert household.new() == [NOT_STARTED, "clear_notification"]


async def test_charge_now_that_works_is_told(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE])
    await fails_to_start(household)
    household.new()
    household.world.clear_error(household.car)
    await household.press("Charge now")
    await household.goes_on(2 * MINUTE, step=timedelta(seconds=5))
    assert household.new() == ["It is over: charging goes on as planned.", "The car charges now."]
    assert household.buttons() == []
    await household.goes_on(30 * MINUTE, step=5 * MINUTE)
    assert household.new() == []


async def test_charge_now_that_is_refused_tells_why_and_the_error_is_told_again(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE])
    await fails_to_start(household)
    household.new()
    household.world.refuse_immediate_start(household.car, "CHARGER_BUSY")
    await household.press("Charge now")
    await household.goes_on(2 * MINUTE, step=timedelta(seconds=5))
    (message,) = household.new()
    assert message.startswith("Charge now did not work: ")
    assert "CHARGER_BUSY" in message
    assert household.buttons() == ["Charge now", "Snooze"]
    await household.goes_on(20 * MINUTE, step=2 * MINUTE)
    assert household.new() == [f"It still fails: {NOT_STARTED}"]


async def test_an_error_that_turns_into_another_is_not_called_over(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE])
    await fails_to_start(household)
    await household.goes_on(10 * MINUTE, step=2 * MINUTE)
    household.new()
    household.world.clear_error(household.car)
    household.world.drop_capabilities(household.car, ["startCharging"])
    await household.until(lambda: household.night.status == "missing_capabilities")
    (message,) = household.new()
    assert "startCharging" in message
    assert household.buttons() == ["Snooze"], "Charge now could not work"
    await household.goes_on(10 * MINUTE, step=2 * MINUTE)
    assert household.new() == [], "the first error's time for a second message does not count"
    await household.goes_on(6 * MINUTE, step=2 * MINUTE)
    assert household.new() == [f"It still fails: {message}"]


async def test_quiet_hours_put_an_error_off_until_they_are_over(household: Household) -> None:
    await household.automate(
        "charging_error",
        vehicle=household.device,
        notify_actions=[PHONE],
        quiet_start="16:00:00",
        quiet_end="18:00:00",
    )
    await fails_to_start(household)
    await household.goes_on(80 * MINUTE, step=5 * MINUTE)
    assert household.new() == []
    await household.goes_on(40 * MINUTE, step=5 * MINUTE)
    assert household.new() == [f"It still fails: {NOT_STARTED}"]


async def test_an_error_that_still_stands_after_a_restart_is_told_again(household: Household) -> None:
    await fails_to_start(household)
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE])
    household.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await household.goes_on(14 * MINUTE, step=2 * MINUTE)
    assert household.new() == []
    await household.goes_on(2 * MINUTE)
    assert household.new() == [f"It still fails: {NOT_STARTED}"]


async def test_other_ways_to_tell_are_used_and_one_that_fails_does_not_silence_them(
    hass: HomeAssistant, household: Household
) -> None:
    assert await async_setup_component(hass, "notify", {})

    async def broken(_call: ServiceCall) -> None:
        msg = "out of order"
        raise HomeAssistantError(msg)

    hass.services.async_register("notify", "broken", broken)
    own = async_mock_service(hass, "test", "run")
    await household.automate(
        "charging_error",
        vehicle=household.device,
        notify_actions=["notify.broken", "notify.persistent_notification", PHONE],
        notification_data={"channel": "alarm", "group": "cars"},
        also=[{"action": "test.run", "data": {"what": "{{ what }}", "error": "{{ error }}"}}],
        text_start_failed="Das Auto {{ car }} lädt nicht.",
        text_resolved="",
    )
    await fails_to_start(household)
    assert household.new() == ["Das Auto Volkswagen ID.3 lädt nicht."]
    data = household.calls[0].data["data"]
    assert (data["channel"], data["group"]) == ("alarm", "cars")
    shown = persistent_notifications(hass)
    assert [it["message"] for it in shown.values()] == ["Das Auto Volkswagen ID.3 lädt nicht."]
    await household.goes_on(16 * MINUTE, step=2 * MINUTE)
    assert [it["message"] for it in shown.values()] == ["It still fails: Das Auto Volkswagen ID.3 lädt nicht."]
    household.world.clear_error(household.car)
    await household.goes_on(3 * MINUTE)
    assert not shown
    assert [dict(it.data) for it in own] == [
        {"what": "failed", "error": "start_failed"},
        {"what": "still_failing", "error": "start_failed"},
    ]
