"""Triggers, as automations use them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.enode_flex.condition import CONDITIONS
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.happenings import LISTENERS_NEED
from custom_components.enode_flex.trigger import TRIGGERS
from simulator.server import Simulator
from tests.automating import WAYS, automate, automation, device_of, ids, targets_for
from tests.driving import SECOND
from tests.platforms import MINUTE, Night, vehicle_id, waiting_for_next_block


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def of_car(hass: HomeAssistant, night: Night, model: str = "ID.3") -> dict[str, Any]:
    """The target of an automation for one car."""
    return {"device_id": device_of(hass, vehicle_id(night.coordinator, model)).id}


async def reload(hass: HomeAssistant, night: Night, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    night.coordinator = entry.runtime_data


async def test_from_plug_in_to_plug_out_with_an_error_and_a_reload_in_between(
    hass: HomeAssistant, night: Night, config_entry: MockConfigEntry
) -> None:
    target = of_car(hass, night)
    triggers = ("charging_failed", "charging_error_resolved", "session_started", "session_ended")
    calls = await automate(hass, automation("mine", target, *triggers, tells=["type", "reason", "battery_to"]))
    await waiting_for_next_block(night)
    assert ids(calls) == ["session_started"]
    await reload(hass, night, config_entry)
    night.world.raise_error(night.car, "START_FAIL")
    await night.until("start_failed")
    await reload(hass, night, config_entry)
    night.world.clear_error(night.car)
    await night.passes(3 * MINUTE)
    night.world.plug_out(night.car)
    await night.passes(6 * MINUTE)
    assert ids(calls) == ["session_started", "charging_failed", "charging_error_resolved", "session_ended"]
    assert {call.data["device"] for call in calls} == {target["device_id"]}
    assert [call.data["type"] for call in calls] == ["plugged_in", "start_failed", "resolved", "unplugged"]
    assert calls[2].data["reason"] == "cleared"
    assert calls[3].data["battery_to"] == 41


@pytest.mark.parametrize(
    ("error", "arrange"),
    [
        ("stop_failed", lambda night: night.world.raise_error(night.car, "STOP_FAIL")),
        ("missing_capabilities", lambda night: night.world.drop_capabilities(night.car, ["startCharging"])),
    ],
)
async def test_every_error_is_a_failure(hass: HomeAssistant, night: Night, error: str, arrange: Any) -> None:
    calls = await automate(
        hass, automation("mine", of_car(hass, night), "charging_failed", tells=["error", "missing_capabilities"])
    )
    await waiting_for_next_block(night)
    arrange(night)
    await night.until(error)
    assert [call.data["error"] for call in calls] == [error]
    assert calls[0].data["missing_capabilities"] == ("startCharging" if error == "missing_capabilities" else None)


async def test_every_way_to_name_a_car_and_two_cars_at_once(hass: HomeAssistant, night: Night) -> None:
    other = vehicle_id(night.coordinator, "IONIQ 5")
    targets = await targets_for(hass, night.car)
    both = {"device_id": [device_of(hass, night.car).id, device_of(hass, other).id]}
    calls = await automate(
        hass,
        *(automation(way, target, "session_started") for way, target in targets.items()),
        automation("both", both, "session_started"),
        automation("other", of_car(hass, night, "IONIQ 5"), "session_started"),
    )
    await waiting_for_next_block(night)
    assert sorted(call.data["name"] for call in calls) == sorted([*WAYS, "both"])
    assert {call.data["device"] for call in calls} == {device_of(hass, night.car).id}
    calls.clear()
    night.world.plug_in(other)
    await night.passes(6 * MINUTE)
    assert sorted(call.data["name"] for call in calls) == ["both", "other"]
    assert {call.data["device"] for call in calls} == {device_of(hass, other).id}


async def test_an_area_is_resolved_when_something_happens_even_with_all_entities_disabled(
    hass: HomeAssistant, night: Night, config_entry: MockConfigEntry
) -> None:
    garage = ar.async_get(hass).async_create("Garage")
    calls = await automate(hass, automation("mine", {"area_id": garage.id}, "session_started"))
    # The car comes to the garage only now.
    dr.async_get(hass).async_update_device(device_of(hass, night.car).id, area_id=garage.id)
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, config_entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await reload(hass, night, config_entry)
    await waiting_for_next_block(night)
    assert ids(calls) == ["session_started"]


@pytest.mark.skipif("exclude" not in TargetSelection.__slots__, reason="new in Home Assistant 2026.11")
async def test_what_is_excluded_does_not_trigger(hass: HomeAssistant, night: Night) -> None:
    garage = ar.async_get(hass).async_create("Garage")
    for model in ("ID.3", "IONIQ 5"):
        it = device_of(hass, vehicle_id(night.coordinator, model))
        dr.async_get(hass).async_update_device(it.id, area_id=garage.id)
    calls = await automate(
        hass,
        automation("without", {"area_id": garage.id, "exclude": of_car(hass, night)}, "session_started"),
        automation("with", {"area_id": garage.id, "exclude": of_car(hass, night, "IONIQ 5")}, "session_started"),
    )
    await waiting_for_next_block(night)
    assert [call.data["name"] for call in calls] == ["with"]


async def test_an_automation_that_is_off_is_not_run(hass: HomeAssistant, night: Night) -> None:
    calls = await automate(hass, automation("mine", of_car(hass, night), "session_started"))
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.mine"}, blocking=True)
    await waiting_for_next_block(night)
    assert calls == []


async def test_a_new_plan_tells_the_blocks_before_and_after(hass: HomeAssistant, night: Night) -> None:
    tells = ("old_windows", "new_windows", "old_start", "new_end", "old_kwh", "new_kwh", "new_count")
    calls = await automate(hass, automation("mine", of_car(hass, night), "plan_changed", tells=tells))
    await waiting_for_next_block(night)
    assert calls == []
    night.world.set_battery(night.car, 60)
    await night.passes(6 * MINUTE)
    assert ids(calls) == ["plan_changed"]
    it = calls[0].data
    assert it["old_windows"][0]["start"] == it["old_start"]
    assert it["new_windows"][-1]["end"] == it["new_end"]
    assert len(it["new_windows"]) == it["new_count"]
    for when in ("old", "new"):
        assert sum(block["kwh"] for block in it[f"{when}_windows"]) == pytest.approx(it[f"{when}_kwh"], abs=0.01)
        assert {tuple(block) for block in it[f"{when}_windows"]} == {("start", "end", "kwh", "type")}
    # A fuller battery needs less.
    assert it["new_kwh"] < it["old_kwh"]
    planned = [block.start_at.isoformat() for block in night.coordinator.data.vehicles[night.car].charging.windows]
    assert [block["start"] for block in it["new_windows"]] == planned


async def test_going_off_target_is_told_once(hass: HomeAssistant, night: Night) -> None:
    tells = ("minimum_charge_target", "ready_by", "target_source")
    calls = await automate(hass, automation("mine", of_car(hass, night), "went_off_target", tells=tells))
    await waiting_for_next_block(night)
    assert calls == []
    night.world.go_off_target(night.car, True)
    await night.passes(8 * MINUTE, step=2 * MINUTE)
    assert ids(calls) == ["went_off_target"]
    told = calls[0].data
    assert (told["minimum_charge_target"], told["ready_by"], told["target_source"]) == (
        80,
        "2026-11-24T06:00:00+00:00",
        "policy",
    )
    night.world.go_off_target(night.car, False)
    await night.passes(8 * MINUTE, step=2 * MINUTE)
    assert len(calls) == 1
    night.world.go_off_target(night.car, True)
    await night.passes(8 * MINUTE, step=2 * MINUTE)
    assert len(calls) == 2


# -- ready-by ----------------------------------------------------------------------------------------------------------


async def before_ready_by(night: Night, minutes: int, *, step: int = 45) -> None:
    """Let time pass until so long before the car is to be ready."""
    ready_by = night.coordinator.data.vehicles[night.car].charging.ready_by
    assert ready_by is not None
    await night.passes(ready_by - dt_util.utcnow() - minutes * MINUTE, step=step * MINUTE)


async def test_ready_by_is_announced_once_to_each_automation(hass: HomeAssistant, night: Night) -> None:
    target = of_car(hass, night)
    tells = ("minutes", "plugged_in", "battery_level", "missing_kwh", "ready_by")
    calls = await automate(
        hass,
        automation("one", target, "ready_by_approached", tells=tells),
        # The same lead time: neither takes it from the other.
        automation("two", target, "ready_by_approached"),
        automation("early", target, "ready_by_approached", options={"minutes": 120}),
        automation("other", of_car(hass, night, "IONIQ 5"), "ready_by_approached", options={"minutes": 5}),
    )
    await before_ready_by(night, 121)
    assert calls == []
    await night.passes(2 * MINUTE)
    assert [call.data["name"] for call in calls] == ["early"]
    await before_ready_by(night, 61)
    assert len(calls) == 1
    # Each has a timer of its own, and these are never quite at the same time.
    await night.passes(2 * MINUTE, step=20 * SECOND)
    assert sorted(call.data["name"] for call in calls) == ["early", "one", "two"]
    told = next(call.data for call in calls if call.data["name"] == "one")
    assert (told["minutes"], told["plugged_in"], told["battery_level"]) == (60, False, 41)
    assert told["missing_kwh"] == pytest.approx(23.4, abs=0.5)
    await night.passes(90 * MINUTE, step=10 * MINUTE)
    assert sorted(call.data["name"] for call in calls if call.data["name"] != "other") == ["early", "one", "two"]


async def test_a_car_that_will_be_ready_is_not_announced(hass: HomeAssistant, night: Night) -> None:
    calls = await automate(hass, automation("mine", of_car(hass, night), "ready_by_approached"))
    await waiting_for_next_block(night)
    await before_ready_by(night, 20)
    assert night.coordinator.data.vehicles[night.car].charging.outcome == "on_target"
    assert calls == []
    # Late, but not too late: it is told as soon as it will not be ready.
    night.world.set_battery(night.car, 30)
    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(10 * MINUTE, step=2 * MINUTE)
    assert ids(calls) == ["ready_by_approached"]


async def test_an_automation_made_too_late_does_not_fire_at_once(hass: HomeAssistant, night: Night) -> None:
    await before_ready_by(night, 30)
    calls = await automate(hass, automation("mine", of_car(hass, night), "ready_by_approached"))
    await night.passes(20 * MINUTE, step=5 * MINUTE)
    assert calls == []


async def test_ready_by_of_an_automation_that_is_turned_off_in_between(hass: HomeAssistant, night: Night) -> None:
    calls = await automate(hass, automation("mine", of_car(hass, night), "ready_by_approached"))
    await before_ready_by(night, 70)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.mine"}, blocking=True)
    await before_ready_by(night, 50)
    assert calls == []


@pytest.mark.parametrize("told_before", [True, False])
async def test_ready_by_across_a_restart(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    coordinator: EnodeFlexCoordinator,
    told_before: bool,
) -> None:
    """What came due while Home Assistant was down is told after it; what was told before is not told again."""
    night = Night(hass, coordinator, simulator, freezer)
    mine = automation("mine", of_car(hass, night), "ready_by_approached", tells=["minutes"])
    calls = await automate(hass, mine)
    await before_ready_by(night, 58 if told_before else 62)
    assert len(calls) == told_before
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.mine"}, blocking=True)
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass_storage[f"{DOMAIN}.{config_entry.entry_id}.told"]["data"][night.car]["announced"]["60"] == (
        "2026-11-24T06:00:00+00:00" if told_before else ""
    )

    await night.passes(10 * MINUTE, step=10 * MINUTE)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    night.coordinator = config_entry.runtime_data
    await hass.services.async_call("automation", "turn_on", {"entity_id": "automation.mine"}, blocking=True)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    await night.passes((LISTENERS_NEED + 1) * SECOND)
    await night.passes(10 * MINUTE, step=5 * MINUTE)
    assert len(calls) == 1


async def test_ready_by_while_the_entry_is_not_loaded(
    hass: HomeAssistant, night: Night, config_entry: MockConfigEntry
) -> None:
    calls = await automate(hass, automation("mine", of_car(hass, night), "ready_by_approached"))
    await before_ready_by(night, 62)
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    await night.passes(5 * MINUTE, step=5 * MINUTE)
    assert calls == []
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ids(calls) == ["ready_by_approached"]


# -- the editor --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"trigger": f"{DOMAIN}.charging_failed"},
        {"trigger": f"{DOMAIN}.charging_failed", "target": {"device_id": "x"}, "options": {"minutes": 5}},
        {"trigger": f"{DOMAIN}.ready_by_approached", "target": {"device_id": "x"}, "options": {"minutes": 0}},
        {"trigger": f"{DOMAIN}.no_such_trigger", "target": {"device_id": "x"}},
    ],
)
async def test_a_wrong_trigger_is_refused(
    hass: HomeAssistant, night: Night, hass_ws_client: WebSocketGenerator, broken: dict[str, Any]
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "validate_config", "triggers": [broken]})
    answer = await client.receive_json()
    assert answer["result"]["triggers"]["valid"] is False
    assert answer["result"]["triggers"]["error"]


async def test_the_editor_offers_ours_for_the_car_and_not_for_a_foreign_light(
    hass: HomeAssistant, night: Night, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "automation", {})
    client = await hass_ws_client(hass)
    entry = MockConfigEntry(domain="other")
    entry.add_to_hass(hass)
    lamp = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={("other", "lamp")})
    er.async_get(hass).async_get_or_create("light", "other", "lamp", device_id=lamp.id, config_entry=entry)
    for kind, ours in (("triggers", TRIGGERS), ("conditions", CONDITIONS)):
        offered = {}
        for name, device_id in (("car", device_of(hass, night.car).id), ("lamp", lamp.id)):
            await client.send_json_auto_id(
                {"type": f"get_{kind}_for_target", "target": {"device_id": [device_id]}, "expand_group": False}
            )
            answer = await client.receive_json()
            assert answer["success"], answer
            offered[name] = {it for it in answer["result"] if it.startswith(f"{DOMAIN}.")}
        assert offered == {"car": {f"{DOMAIN}.{key}" for key in ours}, "lamp": set()}
