"""Conditions, asked as the editor's "Test" does, and in an automation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.condition import async_from_config, async_validate_condition_config
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.enode_flex.condition import CONDITIONS
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.faults import Fault
from simulator.server import Simulator
from tests.automating import WAYS, automate, automation, device_of, ids, targets_for
from tests.platforms import MINUTE, SITUATIONS, Night, vehicle_id, waiting_for_next_block

type Holds = Callable[..., Awaitable[bool]]


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


@pytest.fixture
def holds(hass: HomeAssistant, night: Night) -> Holds:
    """Whether a condition holds for a target; the car's device, unless told otherwise."""

    async def ask(key: str, target: dict[str, Any] | None = None, behavior: str | None = None) -> bool:
        config: dict[str, Any] = {
            "condition": f"{DOMAIN}.{key}",
            "target": target if target is not None else {"device_id": device_of(hass, night.car).id},
        }
        if behavior is not None:
            config["options"] = {"behavior": behavior}
        config = await async_validate_condition_config(hass, cv.CONDITION_SCHEMA(config))
        answer = (await async_from_config(hass, config)).async_check()
        assert answer in (True, False)
        return answer

    return ask


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        ("waiting_for_plug_in", set()),
        ("filling_battery_reserve", {"is_ready_in_time", "is_charging", "is_in_smart_charge_window"}),
        ("waiting_for_next_block", {"is_ready_in_time"}),
        ("charging_as_planned", {"is_ready_in_time", "is_charging", "is_in_smart_charge_window"}),
        # Not by plan.
        ("charging_immediately", {"is_charging"}),
        # It charges, too slowly.
        ("off_target", {"is_charging", "is_in_smart_charge_window"}),
        ("start_failed", {"has_error"}),
        ("missing_capabilities", {"has_error"}),
        ("settled", set()),
    ],
)
async def test_in_every_situation(night: Night, holds: Holds, situation: str, expected: set[str]) -> None:
    await SITUATIONS[situation](night)
    assert {key for key in CONDITIONS if await holds(key)} == expected


async def test_a_car_that_takes_no_energy_has_an_error_as_its_trigger_says(
    hass: HomeAssistant, night: Night, holds: Holds
) -> None:
    target = {"device_id": device_of(hass, night.car).id}
    condition = {"condition": f"{DOMAIN}.has_error"}
    calls = await automate(hass, automation("mine", target, "charging_failed", condition=condition, tells=["type"]))
    await waiting_for_next_block(night)
    # Enode says nothing; the car just does not begin.
    night.world.car(night.car).start_blocked = True
    await night.until("not_charging_although_planned")
    assert await holds("has_error")
    assert not await holds("is_charging")
    assert [call.data["type"] for call in calls] == ["not_charging_although_planned"]


async def test_any_and_all_of_two_cars(hass: HomeAssistant, night: Night, holds: Holds) -> None:
    other = vehicle_id(night.coordinator, "IONIQ 5")
    both = {"device_id": [device_of(hass, night.car).id, device_of(hass, other).id]}
    await SITUATIONS["charging_as_planned"](night)
    asked = ("is_charging", "is_in_smart_charge_window", "is_ready_in_time", "has_error")
    assert [await holds(key, both, "any") for key in asked] == [True, True, True, False]
    assert [await holds(key, both, "all") for key in asked] == [False] * 4
    # Any is what counts when nothing is said.
    assert await holds("is_charging", both)
    night.world.plug_in(other)
    await night.passes(6 * MINUTE)
    for car in (night.car, other):
        night.world.raise_error(car, "START_FAIL")
    await night.passes(6 * MINUTE)
    assert [await holds(key, both, "all") for key in asked] == [False, False, False, True]
    night.world.clear_error(night.car)
    await night.passes(6 * MINUTE)
    assert not await holds("has_error", both, "all")
    assert await holds("has_error", both, "any")


async def test_every_way_to_name_a_car(hass: HomeAssistant, night: Night, holds: Holds) -> None:
    targets = await targets_for(hass, night.car)
    other = {"device_id": device_of(hass, vehicle_id(night.coordinator, "IONIQ 5")).id}
    await SITUATIONS["start_failed"](night)
    assert {way for way, target in targets.items() if await holds("has_error", target)} == set(WAYS)
    assert not await holds("has_error", other)
    # The car leaves the garage: what names it by its place means nobody any more.
    dr.async_get(hass).async_update_device(device_of(hass, night.car).id, area_id=None, labels=set())
    left = {way for way, target in targets.items() if await holds("has_error", target)}
    assert left == {"device", "entity", "label of an entity", "group"}


async def test_what_is_not_known_does_not_hold(
    hass: HomeAssistant, night: Night, holds: Holds, simulator: Simulator, config_entry: MockConfigEntry
) -> None:
    nobody = {"area_id": "cellar"}
    for behavior in ("any", "all"):
        assert [key for key in CONDITIONS if await holds(key, nobody, behavior)] == []
    await SITUATIONS["start_failed"](night)
    assert await holds("has_error")
    simulator.faults.add(Fault(status=500))
    await night.passes(timedelta(minutes=40), step=timedelta(minutes=10))
    assert not await holds("has_error")
    simulator.faults.clear()
    await night.passes(timedelta(minutes=10), step=timedelta(minutes=5))
    assert await holds("has_error")
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    assert not await holds("has_error")


async def test_an_automation_runs_only_while_its_condition_holds(hass: HomeAssistant, night: Night) -> None:
    target = {"device_id": device_of(hass, night.car).id}
    condition = {"condition": f"{DOMAIN}.is_ready_in_time", "options": {"behavior": "all"}}
    calls = await automate(hass, automation("mine", target, "charging_failed", condition=condition))
    await waiting_for_next_block(night)
    night.world.raise_error(night.car, "STOP_FAIL")
    await night.until("stop_failed")
    assert ids(calls) == ["charging_failed"]
    night.world.clear_error(night.car)
    night.world.go_off_target(night.car, True)
    await night.passes(12 * MINUTE, step=3 * MINUTE)
    night.world.raise_error(night.car, "STOP_FAIL")
    await night.until("stop_failed")
    assert len(calls) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"condition": f"{DOMAIN}.has_error"},
        {"condition": f"{DOMAIN}.has_error", "target": {"device_id": "x"}, "options": {"behavior": "most"}},
        {"condition": f"{DOMAIN}.no_such_condition", "target": {"device_id": "x"}},
    ],
)
async def test_a_wrong_condition_is_refused(
    hass: HomeAssistant, night: Night, hass_ws_client: WebSocketGenerator, broken: dict[str, Any]
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "validate_config", "conditions": [broken]})
    answer = await client.receive_json()
    assert answer["result"]["conditions"]["valid"] is False
    assert answer["result"]["conditions"]["error"]
