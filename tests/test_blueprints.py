"""The blueprints, set up in Home Assistant from their files and driven by the simulator."""

from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications as persistent_notifications,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, async_mock_service
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.enode_flex.charging.changes import summary
from custom_components.enode_flex.const import DOMAIN, REPOSITORY_URL
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.server import Simulator
from tests.driving import settle
from tests.platforms import MINUTE, Night, charging_as_planned, waiting_for_next_block

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
    await switch_off(hass)


async def switch_off(hass: HomeAssistant) -> None:
    """What still waits ends with its automation."""
    if hass.services.has_service("automation", "turn_off"):
        await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


# -- all of them -------------------------------------------------------------------------------------------------------

BLUEPRINTS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
README = (ROOT / "README.md").read_text()


def url_of(blueprint: str) -> str:
    """The address that a person sees in the browser, and pastes."""
    return f"{REPOSITORY_URL}/blob/main/blueprints/automation/enode_flex/{blueprint}.yaml"


def inputs_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All inputs, those in sections too."""
    found: dict[str, dict[str, Any]] = {}
    for name, it in document["blueprint"]["input"].items():
        found |= it.get("input", {name: it})
    return found


def test_there_are_six() -> None:
    assert BLUEPRINTS == [
        "car_will_not_be_ready",
        "charging_error",
        "charging_summary",
        "not_plugged_in",
        "plan_changed",
        "smart_charge_window",
    ]


@pytest.mark.parametrize("name", BLUEPRINTS)
async def test_a_blueprint_is_imported_by_its_url_and_works(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    aioclient_mock: AiohttpClientMocker,
    tmp_path: Path,
    name: str,
) -> None:
    hass.config.config_dir = str(tmp_path)
    assert await async_setup_component(hass, "automation", {})
    text = (FOLDER / f"{name}.yaml").read_text()
    raw = url_of(name).replace("https://github.com/", "https://raw.githubusercontent.com/").replace("/blob/", "/")
    aioclient_mock.get(raw, text=text)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "blueprint/import", "url": url_of(name)})
    answer = await client.receive_json()
    assert answer["success"], answer
    imported = answer["result"]
    assert imported["validation_errors"] is None
    assert imported["exists"] is False
    assert imported["suggested_filename"] == f"{REPOSITORY_URL.split('/')[-2]}/{name}"
    metadata = imported["blueprint"]["metadata"]
    assert metadata["source_url"] == url_of(name)
    assert metadata["homeassistant"]["min_version"] == json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    path = f"{imported['suggested_filename']}.yaml"
    await client.send_json_auto_id(
        {
            "type": "blueprint/save",
            "domain": "automation",
            "path": path,
            "yaml": imported["raw_data"],
            "source_url": url_of(name),
        }
    )
    assert (await client.receive_json())["success"]
    # What has no default, a person must choose: the car alone.
    wanted = {
        key: it for key, it in inputs_of(imported["blueprint"] | {"blueprint": metadata}).items() if "default" not in it
    }
    chosen: dict[str, Any] = {"vehicle": "a_car", "vehicles": ["a_car"], "window": "binary_sensor.window"}
    automation = {
        "id": name,
        "use_blueprint": {"path": path, "input": {key: chosen[key] for key in wanted}},
        "alias": name,
    }
    config = tmp_path / "automations.yaml"
    config.write_text(json.dumps([automation]))
    (tmp_path / "configuration.yaml").write_text("automation: !include automations.yaml\n")
    await hass.services.async_call("automation", "reload", blocking=True)
    assert hass.states.is_state(f"automation.{name}", "on")
    await switch_off(hass)


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_a_blueprint_offers_what_is_of_this_integration_and_says_where_it_is_from(name: str) -> None:
    document = parse_yaml((FOLDER / f"{name}.yaml").read_text())
    assert isinstance(document, dict)
    assert document["blueprint"]["source_url"] == url_of(name)
    assert document["mode"] in {"queued", "restart", "parallel"}
    inputs = inputs_of(document)
    assert all(it.get("name") for it in inputs.values())
    required = [it["selector"] for it in inputs.values() if "default" not in it]
    (filters,) = (next(iter(it.values()))["filter"] for it in required)
    assert [it["integration"] for it in filters] == [DOMAIN]
    # Texts are inputs: nothing that a person reads stands between the actions.
    texts = {key for key in inputs if key.startswith("text_")}
    assert bool(texts) is (name != "smart_charge_window")


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_the_readme_imports_it(name: str) -> None:
    assert (
        f"https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url={quote(url_of(name), safe='')}"
        in README
    )
    assert f"(blueprints/automation/enode_flex/{name}.yaml)" in README


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
    assert set(household.new()[1:]) == {"clear_notification"}


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
    # Another car's button, and the one of another blueprint, are not meant.
    for other in ("ENODE_FLEX_ERROR_CHARGE_NOW_other", f"ENODE_FLEX_READY_CHARGE_NOW_{household.device}"):
        household.hass.bus.async_fire("mobile_app_notification_action", {"action": other})
    await household.goes_on(2 * MINUTE, step=timedelta(seconds=15))
    assert household.new() == []
    await household.press("Charge now")
    await household.goes_on(2 * MINUTE, step=timedelta(seconds=5))
    (message,) = household.new()
    assert message.startswith("Charge now did not work: ")
    assert "CHARGER_BUSY" in message
    assert household.buttons() == ["Charge now", "Snooze"]
    await household.goes_on(20 * MINUTE, step=2 * MINUTE)
    assert household.new() == [f"It still fails: {NOT_STARTED}"]


@pytest.mark.parametrize("blueprint", ["charging_error", "car_will_not_be_ready"])
async def test_charge_now_of_which_nobody_knows_yet(household: Household, blueprint: str) -> None:
    await household.automate(blueprint, vehicle=household.device, notify_actions=[PHONE])
    if blueprint == "charging_error":
        await fails_to_start(household)
    else:
        await goes_off_target(household)
        await household.goes_on(10 * MINUTE, step=2 * MINUTE)
    household.new()
    pending = {"result": "pending", "reason": None, "message": None}
    asked = async_mock_service(
        household.hass,
        DOMAIN,
        "immediate_start",
        response={"vehicles": {household.device: pending}},
        supports_response=SupportsResponse.OPTIONAL,
    )
    await household.press("Charge now")
    assert household.new() == ["Enode took the order, but the car does not show yet whether it charges."]
    (call,) = asked
    assert call.data == {"device_id": household.device, "wait": 120}


async def test_a_car_that_does_not_stop_is_not_offered_to_start(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE])
    await waiting_for_next_block(household.night)
    household.world.raise_error(household.car, "STOP_FAIL")
    await household.until(lambda: household.night.status == "stop_failed")
    assert household.new() == ["The car did not stop charging. Stop it with the car or the charger."]
    assert household.buttons() == ["Snooze"]


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


async def test_a_car_that_takes_no_energy_is_an_error_until_it_charges(household: Household) -> None:
    await household.automate("charging_error", vehicle=household.device, notify_actions=[PHONE], again_after=0)
    await waiting_for_next_block(household.night)
    # Enode says nothing; the car just does not begin.
    household.world.car(household.car).start_blocked = True
    await household.until(
        lambda: household.night.status == "not_charging_although_planned", step=10 * MINUTE, within=90
    )
    assert household.new() == [
        "The car should charge now, and no energy flows. Check the cable, the charger and the car."
    ]
    await household.until(lambda: household.night.status != "not_charging_although_planned")
    assert household.new() == [], "the block is over or moved, and the car has not charged"
    household.world.car(household.car).start_blocked = False
    await household.until(lambda: bool(household.calls[1:]), step=5 * MINUTE)
    assert household.new() == ["It is over: charging goes on as planned."]


# -- car will not be ready ---------------------------------------------------------------------------------------------


async def goes_off_target(household: Household) -> None:
    await waiting_for_next_block(household.night)
    household.world.go_off_target(household.car, True)
    await household.goes_on(4 * MINUTE)


async def test_a_car_that_will_not_be_ready_is_told_with_what_is_missing(household: Household) -> None:
    await household.automate("car_will_not_be_ready", vehicle=household.device, notify_actions=[PHONE])
    await goes_off_target(household)
    assert household.new() == []
    await household.goes_on(10 * MINUTE, step=2 * MINUTE)
    (message,) = household.new()
    charging = household.night.coordinator.data.vehicles[household.car].charging
    level, missing = charging.battery_level_at_ready_by, charging.missing_kwh
    assert level is not None
    assert missing is not None
    assert message == f"{level:.0f} % instead of 80 % by 07:00: {missing:.1f} kWh are missing."
    assert household.calls[0].data["title"] == "Volkswagen ID.3 will not be ready"
    assert household.buttons() == ["Charge now"]
    household.world.go_off_target(household.car, False)
    await household.goes_on(6 * MINUTE)
    assert household.new() == ["clear_notification"]


async def test_a_car_that_is_back_on_target_in_time_is_not_told(household: Household) -> None:
    await household.automate("car_will_not_be_ready", vehicle=household.device, notify_actions=[PHONE], off_for=20)
    await goes_off_target(household)
    household.world.go_off_target(household.car, False)
    await household.goes_on(30 * MINUTE, step=2 * MINUTE)
    assert household.new() == ["clear_notification"]


async def test_a_car_that_goes_off_target_again_has_its_full_time(household: Household) -> None:
    await household.automate("car_will_not_be_ready", vehicle=household.device, notify_actions=[PHONE], off_for=20)
    await goes_off_target(household)
    for off in (False, True):
        household.world.go_off_target(household.car, off)
        await household.goes_on(6 * MINUTE)
    assert household.new() == ["clear_notification"]
    await household.goes_on(8 * MINUTE, step=2 * MINUTE)
    assert household.new() == [], "the first time's wait is over"
    await household.goes_on(12 * MINUTE, step=2 * MINUTE)
    assert len(household.new()) == 1


@pytest.mark.parametrize("works", [True, False])
async def test_charge_now_for_a_car_that_will_not_be_ready(household: Household, works: bool) -> None:
    await household.automate("car_will_not_be_ready", vehicle=household.device, notify_actions=[PHONE], off_for=0)
    await goes_off_target(household)
    if not works:
        household.world.refuse_immediate_start(household.car, "CHARGER_BUSY")
    await household.press("Charge now")
    await household.goes_on(2 * MINUTE, step=timedelta(seconds=5))
    asked = household.calls[0].data["data"]["tag"]
    told = [(it.data["message"], it.data["data"]["tag"]) for it in household.calls[1:]]
    if works:
        # Back on target takes away what was asked, not the answer.
        assert sorted(told) == [("The car charges now.", f"{asked}_answer"), ("clear_notification", asked)]
    else:
        ((message, tag),) = told
        assert tag == asked
        assert message.startswith("Charge now did not work: ")
        assert "CHARGER_BUSY" in message
        assert household.buttons() == ["Charge now"]


async def test_a_car_that_is_not_plugged_in_is_told_before_its_ready_by_time(household: Household) -> None:
    await household.automate("car_will_not_be_ready", vehicle=household.device, notify_actions=[PHONE], before=120)
    await household.goes_on(timedelta(hours=12, minutes=50), step=timedelta(minutes=10))
    assert household.new() == []
    await household.goes_on(20 * MINUTE, step=5 * MINUTE)
    assert household.new() == ["It is not plugged in: 41 % instead of 80 % by 07:00."]
    assert household.buttons() == []


async def test_quiet_hours_put_it_off_until_they_are_over(household: Household) -> None:
    await household.automate(
        "car_will_not_be_ready",
        vehicle=household.device,
        notify_actions=[PHONE],
        quiet_start="16:00:00",
        quiet_end="17:00:00",
    )
    await goes_off_target(household)
    await household.goes_on(30 * MINUTE, step=5 * MINUTE)
    assert household.new() == []
    await household.goes_on(30 * MINUTE, step=5 * MINUTE)
    assert len(household.new()) == 1


# -- not plugged in ----------------------------------------------------------------------------------------------------


def both(household: Household) -> list[str]:
    return [device_id(household.hass, key) for key in household.night.coordinator.data.vehicles]


@pytest.mark.parametrize(("below", "told"), [(40, 0), (42, 1), (100, 2)])
async def test_cars_that_are_not_plugged_in_are_told_in_the_evening(
    household: Household, below: int, told: int
) -> None:
    await household.automate(
        "not_plugged_in", vehicles=both(household), notify_actions=[PHONE], below=below, at="16:30:00"
    )
    await household.goes_on(29 * MINUTE, step=10 * MINUTE)
    assert household.new() == []
    await household.goes_on(2 * MINUTE)
    assert len(household.new()) == told
    if told == 1:
        assert household.calls[0].data["title"] == "Plug in Volkswagen ID.3?"
        assert household.calls[0].data["message"] == "The battery is at 41 %, and the car is not plugged in."
        household.world.plug_in(household.car)
        await household.goes_on(10 * MINUTE)
        assert household.new() == ["clear_notification"]
        assert household.calls[1].data["data"]["tag"] == household.calls[0].data["data"]["tag"]


@pytest.mark.parametrize("why", ["plugged_in", "nobody_home"])
async def test_nothing_is_told_of_a_car_that_is_plugged_in_or_if_you_do_not_want_it(
    household: Household, why: str
) -> None:
    household.hass.states.async_set("zone.home", "0" if why == "nobody_home" else "1")
    await household.automate(
        "not_plugged_in",
        vehicles=[household.device],
        notify_actions=[PHONE],
        at="16:30:00",
        only_if=[{"condition": "numeric_state", "entity_id": "zone.home", "above": 0}],
    )
    if why == "plugged_in":
        await waiting_for_next_block(household.night)
        household.new()
    await household.goes_on(40 * MINUTE, step=5 * MINUTE)
    assert household.new() == []


# -- charging summary --------------------------------------------------------------------------------------------------


async def test_a_visit_is_summed_up_when_it_is_over(household: Household) -> None:
    own = async_mock_service(household.hass, "test", "run")
    await household.automate(
        "charging_summary",
        vehicles=both(household),
        notify_actions=[PHONE],
        at_least=1,
        also=[{"action": "test.run", "data": {"energy": "{{ energy }}", "currency": "{{ currency }}"}}],
    )
    household.world.set_battery(household.car, 20)
    household.world.plug_in(household.car)
    await household.goes_on(90 * MINUTE, step=5 * MINUTE)
    household.world.plug_out(household.car)
    await household.goes_on(20 * MINUTE, step=2 * MINUTE)
    last = household.night.coordinator.data.vehicles[household.car].last_settled
    assert last is not None
    assert last.valuation is not None
    assert last.valuation.actual is not None
    assert last.valuation.savings is not None
    aggregated = last.statistics.aggregated
    assert aggregated is not None
    (message,) = household.new()
    assert message == (
        f"Battery 20 → {aggregated.battery_to:.0f} %. It was on target. "
        f"Cost: {last.valuation.actual:.2f} NOK. Saved: {last.valuation.savings:.2f} NOK."
    )
    (call,) = own
    assert call.data["currency"] == "NOK"
    assert household.calls[0].data["title"] == f"Volkswagen ID.3: {call.data['energy']:.1f} kWh charged"


async def test_a_visit_without_energy_is_not_worth_a_word(household: Household) -> None:
    await household.automate("charging_summary", vehicles=both(household), notify_actions=[PHONE])
    await waiting_for_next_block(household.night)
    household.world.plug_out(household.car)
    await household.goes_on(20 * MINUTE, step=2 * MINUTE)
    assert household.night.status in {"finished", "waiting_for_plug_in"}
    assert household.new() == []


# -- plan changed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, True),
        ({"more_than": 600}, False),
        ({"quiet_start": "16:00:00", "quiet_end": "18:00:00"}, False),
        ({"quiet_start": "18:00:00", "quiet_end": "16:00:00"}, True),
        ({"quiet_start": "18:00:00", "quiet_end": "17:00:00"}, False),
    ],
)
async def test_a_plan_that_moved_is_told_unless_it_is_little_or_late(
    household: Household, inputs: dict[str, Any], told: bool
) -> None:
    await household.automate("plan_changed", vehicles=[household.device], notify_actions=[PHONE], **inputs)
    await waiting_for_next_block(household.night)
    household.new()
    household.world.set_battery(household.car, 60)
    await household.goes_on(6 * MINUTE)
    charging = household.night.coordinator.data.vehicles[household.car].charging
    windows = [
        f"{dt_util.as_local(it.start_at):%H:%M}\N{EN DASH}{dt_util.as_local(it.end_at):%H:%M}"
        for it in charging.windows
        if it.end_at > household.world.now
    ]
    kwh = sum(it.kwh or 0 for it in charging.windows)
    expected = [f"Now {', '.join(windows)} ({kwh:.1f} kWh)."]
    assert household.new() == (expected if told else [])


async def test_charge_now_is_no_news(household: Household) -> None:
    await household.automate("plan_changed", vehicles=[household.device], notify_actions=[PHONE], more_than=0)
    await waiting_for_next_block(household.night)
    household.new()
    live = household.night.coordinator.data.vehicles[household.car].live
    assert live is not None
    household.world.set_target(live.id, {"type": "IMMEDIATE_START"})
    await household.until(lambda: household.night.status == "charging_immediately")
    assert household.new() == []


# -- smart charge window -----------------------------------------------------------------------------------------------


def entity(household: Household, key: str) -> str:
    entity_id = er.async_get(household.hass).async_get_entity_id("binary_sensor", DOMAIN, f"{household.car}_{key}")
    assert entity_id is not None
    return entity_id


async def follow_the_window(household: Household, **inputs: Any) -> list[ServiceCall]:
    calls = async_mock_service(household.hass, "test", "hold")
    await household.automate(
        "smart_charge_window",
        window=entity(household, "smart_charge_window"),
        start_actions=[{"action": "test.hold", "data": {"on": True}}],
        end_actions=[{"action": "test.hold", "data": {"on": False}}],
        **inputs,
    )
    return calls


def holds(calls: list[ServiceCall]) -> list[bool]:
    return [it.data["on"] for it in calls]


async def test_your_actions_follow_the_window(household: Household) -> None:
    calls = await follow_the_window(household)
    await waiting_for_next_block(household.night)
    assert holds(calls) == []
    await household.until(lambda: bool(calls), step=10 * MINUTE, within=90)
    assert household.hass.states.is_state(entity(household, "smart_charge_window"), "on")
    household.world.plug_out(household.car)
    await household.goes_on(10 * MINUTE)
    assert holds(calls) == [True, False]


async def test_an_immediate_start_is_no_window(household: Household) -> None:
    calls = await follow_the_window(household)
    await waiting_for_next_block(household.night)
    live = household.night.coordinator.data.vehicles[household.car].live
    assert live is not None
    household.world.set_target(live.id, {"type": "IMMEDIATE_START"})
    await household.until(lambda: household.night.status == "charging_immediately")
    assert holds(calls) == []


async def test_a_car_that_does_not_take_its_charge_holds_nothing(household: Household) -> None:
    calls = await follow_the_window(household, charging=entity(household, "charging"))
    await waiting_for_next_block(household.night)
    household.world.car(household.car).start_blocked = True
    window = entity(household, "smart_charge_window")
    await household.until(lambda: household.hass.states.is_state(window, "on"), step=10 * MINUTE, within=90)
    await household.goes_on(15 * MINUTE)
    assert not any(holds(calls)[-1:])
    calls.clear()
    household.world.car(household.car).start_blocked = False
    await household.until(lambda: True in holds(calls), step=5 * MINUTE)
    household.world.plug_out(household.car)
    await household.goes_on(10 * MINUTE)
    assert holds(calls)[-1] is False


async def test_what_is_not_known_for_ten_minutes_holds_nothing(household: Household) -> None:
    window = "binary_sensor.window"
    household.hass.states.async_set(window, "unavailable")
    calls = async_mock_service(household.hass, "test", "hold")
    await household.automate(
        "smart_charge_window",
        window=window,
        start_actions=[{"action": "test.hold", "data": {"on": True}}],
        end_actions=[{"action": "test.hold", "data": {"on": False}}],
    )
    household.hass.states.async_set(window, "off")
    await settle()
    assert holds(calls) == [False], "a window that ended while Home Assistant was down is let go of"
    household.hass.states.async_set(window, "on")
    await settle()
    household.hass.states.async_set(window, "unavailable")
    await household.goes_on(9 * MINUTE, step=9 * MINUTE)
    assert holds(calls) == [False, True]
    await household.goes_on(2 * MINUTE)
    assert holds(calls) == [False, True, False]


# -- the README's automations ------------------------------------------------------------------------------------------

WISHES = re.findall(
    r"^\*\*([^*]+)\*\*[^`]*```yaml\n(.*?)```",
    README.partition("## Automations")[2].partition("\n## ")[0],
    re.MULTILINE | re.DOTALL,
)
#: Actions of others that the examples use.
FOREIGN = ("switch.turn_on", "switch.turn_off")


async def copied(household: Household, wish: str) -> list[str]:
    """Set one of the README's automations up as it stands, for this car; what it does to switches."""
    done: list[str] = []
    for action in FOREIGN:
        async_mock_service(household.hass, *action.split("."))
    household.hass.bus.async_listen(
        "call_service",
        lambda event: (
            done.append(f"{event.data['domain']}.{event.data['service']}") if event.data["domain"] == "switch" else None
        ),
    )
    text = dict(WISHES)[wish].replace("<your car>", household.device)
    config = parse_yaml(text)
    assert isinstance(config, dict)
    assert set(config) == {"triggers", "actions"}
    assert await async_setup_component(
        household.hass, "automation", {"automation": [{"id": "wish", "alias": "wish", **config}]}
    )
    await settle()
    assert household.hass.states.is_state("automation.wish", "on")
    for action in re.findall(r"action: (\S+)", text):
        assert household.hass.services.has_service(*action.split(".")), action
    for entity_id in re.findall(r"(\w+\.volkswagen_id_3_\w+)", text):
        assert household.hass.states.get(entity_id), entity_id
    return done


@pytest.mark.parametrize(
    "text", re.findall(r"```yaml\n(triggers:.*?)```", (ROOT / "docs/automations.md").read_text(), re.DOTALL)
)
async def test_the_triggers_of_the_documentation_are_known(hass: HomeAssistant, text: str) -> None:
    config = parse_yaml(text)
    assert isinstance(config, dict)
    config.setdefault("actions", [])
    assert await async_setup_component(hass, "automation", {"automation": [{"id": "wish", "alias": "wish", **config}]})
    assert hass.states.is_state("automation.wish", "on")
    await switch_off(hass)


def test_the_readme_has_the_five_wishes() -> None:
    assert len(WISHES) == 5
    blocks = README.partition("## Automations")[2].partition("\n## ")[0].count("```yaml")
    assert blocks == len(WISHES), "every block is tested"


async def test_wish_to_be_told_of_a_failure(household: Household) -> None:
    await copied(household, "Tell me when charging fails")
    await fails_to_start(household)
    assert household.new() == ["The car does not charge as planned: start failed"]


@pytest.mark.parametrize("works", [True, False])
async def test_wish_to_charge_at_once(household: Household, works: bool) -> None:
    await copied(household, "Charge at once when the car would not be ready")
    await goes_off_target(household)
    if not works:
        household.world.refuse_immediate_start(household.car, "CHARGER_BUSY")
    await household.goes_on(10 * MINUTE, step=2 * MINUTE)
    await household.goes_on(2 * MINUTE, step=timedelta(seconds=5))
    messages = household.new()
    if works:
        assert household.night.status == "charging_immediately"
        assert messages == []
    else:
        assert len(messages) == 1
        assert "CHARGER_BUSY" in messages[0]


async def test_wish_to_keep_the_home_battery_out_of_it(household: Household) -> None:
    done = await copied(household, "Keep the home battery out of it")
    await charging_as_planned(household.night)
    assert done[-1] == "switch.turn_on"
    household.world.plug_out(household.car)
    await household.goes_on(6 * MINUTE)
    assert done[-1] == "switch.turn_off"


async def test_wish_to_start_the_dishwasher(household: Household) -> None:
    done = await copied(household, "Start the dishwasher with the cheap hours")
    await waiting_for_next_block(household.night)
    assert done == []
    await household.until(lambda: bool(done), step=10 * MINUTE, within=90)
    window = household.hass.states.get("binary_sensor.volkswagen_id_3_smart_charge_window")
    assert window is not None
    assert window.state == "on"
    assert done == ["switch.turn_on"]


async def test_wish_to_sum_up(household: Household) -> None:
    await copied(household, "Sum the charging up")
    household.world.set_battery(household.car, 20)
    household.world.plug_in(household.car)
    await household.goes_on(60 * MINUTE, step=5 * MINUTE)
    household.world.plug_out(household.car)
    await household.goes_on(20 * MINUTE, step=2 * MINUTE)
    last = household.night.coordinator.data.vehicles[household.car].last_settled
    assert last is not None
    told = summary(last)
    assert household.new() == [f"{told['energy']} kWh, battery {told['battery_from']} to {told['battery_to']} %"]
