"""Triggers and conditions, as automations use them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.enode_flex.condition import CONDITIONS
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.trigger import TRIGGERS
from simulator.server import Simulator
from tests.platforms import MINUTE, Night, waiting_for_next_block


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def device(hass: HomeAssistant, night: Night) -> dr.DeviceEntry:
    return next(it for it in dr.async_get(hass).devices if (DOMAIN, night.car) in it.identifiers)


async def automate(hass: HomeAssistant, target: dict[str, Any], *keys: str, condition: str | None = None) -> list[Any]:
    """An automation with these triggers, that tells what it was run for."""
    calls = async_mock_service(hass, "test", "run")
    config = {
        "id": "mine",
        "alias": "Mine",
        "mode": "queued",
        "triggers": [{"trigger": f"{DOMAIN}.{key}", "target": target, "id": key} for key in keys],
        "conditions": [{"condition": f"{DOMAIN}.{condition}", "target": target}] if condition else [],
        "actions": [
            {"action": "test.run", "data_template": {"id": "{{ trigger.id }}", "device": "{{ trigger.device_id }}"}}
        ],
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    assert hass.states.get("automation.mine").state == "on"
    return calls


async def test_charging_failed_outlives_a_reload_and_ends_with_its_counterpart(
    hass: HomeAssistant, night: Night, config_entry: MockConfigEntry
) -> None:
    it = device(hass, night)
    calls = await automate(
        hass, {"device_id": it.id}, "charging_failed", "charging_error_resolved", "session_started", "session_ended"
    )
    await waiting_for_next_block(night)
    assert [call.data["id"] for call in calls] == ["session_started"]
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    night.coordinator = config_entry.runtime_data
    night.world.raise_error(night.car, "START_FAIL")
    await night.until("start_failed")
    night.world.clear_error(night.car)
    await night.passes(3 * MINUTE)
    night.world.plug_out(night.car)
    await night.passes(6 * MINUTE)
    assert [call.data["id"] for call in calls] == [
        "session_started",
        "charging_failed",
        "charging_error_resolved",
        "session_ended",
    ]
    assert {call.data["device"] for call in calls} == {it.id}


async def test_an_area_is_resolved_when_something_happens_even_with_all_entities_disabled(
    hass: HomeAssistant, night: Night, config_entry: MockConfigEntry
) -> None:
    garage = ar.async_get(hass).async_create("Garage")
    calls = await automate(hass, {"area_id": garage.id}, "session_started")
    # The car comes to the garage only now.
    dr.async_get(hass).async_update_device(device(hass, night).id, area_id=garage.id)
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, config_entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    night.coordinator = config_entry.runtime_data
    await waiting_for_next_block(night)
    assert len(calls) == 1


async def test_another_car_does_not_trigger(hass: HomeAssistant, night: Night) -> None:
    other = next(it for it in dr.async_get(hass).devices if it.identifiers and it.id != device(hass, night).id)
    calls = await automate(hass, {"device_id": other.id}, "session_started")
    await waiting_for_next_block(night)
    assert calls == []


async def test_ready_by_approached_warns_once_about_a_car_that_will_not_be_ready(
    hass: HomeAssistant, night: Night
) -> None:
    night.world.set_battery(night.car, 20)
    calls = await automate(hass, {"device_id": device(hass, night).id}, "ready_by_approached")
    ready_by = night.coordinator.data.vehicles[night.car].charging.ready_by
    assert ready_by is not None
    await night.passes(ready_by - night.world.now - 70 * MINUTE, step=30 * MINUTE)
    assert calls == []
    await night.passes(40 * MINUTE, step=5 * MINUTE)
    assert len(calls) == 1


@pytest.mark.parametrize(("condition", "runs"), [("has_error", 1), ("is_charging", 0), ("is_ready_in_time", 0)])
async def test_conditions_see_the_error(hass: HomeAssistant, night: Night, condition: str, runs: int) -> None:
    calls = await automate(hass, {"device_id": device(hass, night).id}, "charging_failed", condition=condition)
    await waiting_for_next_block(night)
    night.world.go_off_target(night.car, True)
    night.world.raise_error(night.car, "START_FAIL")
    await night.until("start_failed")
    assert len(calls) == runs


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
        for name, device_id in (("car", device(hass, night).id), ("lamp", lamp.id)):
            await client.send_json_auto_id(
                {"type": f"get_{kind}_for_target", "target": {"device_id": [device_id]}, "expand_group": False}
            )
            answer = await client.receive_json()
            assert answer["success"], answer
            offered[name] = {it for it in answer["result"] if it.startswith(f"{DOMAIN}.")}
        assert offered == {"car": {f"{DOMAIN}.{key}" for key in ours}, "lamp": set()}
