"""The websocket commands: what the card gets, when it gets it, and who may."""

import asyncio
from typing import Any

from homeassistant.auth.models import Group
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.enode_flex.charging import Command
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.payload import VERSION


@pytest.fixture
def key(coordinator: EnodeFlexCoordinator) -> str:
    return next(key for key, it in coordinator.data.vehicles.items() if it.policy is not None)


@pytest.fixture
def device(hass: HomeAssistant, key: str) -> dr.DeviceEntry:
    [found] = dr.async_get(hass).async_get_devices(identifiers={(DOMAIN, key)})
    return found


def entity_id(hass: HomeAssistant, key: str, name: str, platform: str = "sensor") -> str:
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{key}_{name}")
    assert found is not None
    return found


async def receive(client: MockHAClientWebSocket) -> dict[str, Any]:
    """The next message; one that does not come fails the test at once."""
    async with asyncio.timeout(5):
        return await client.receive_json()


async def ask(client: MockHAClientWebSocket, **message: Any) -> dict[str, Any]:
    await client.send_json_auto_id(message)
    return await receive(client)


async def subscribed(client: MockHAClientWebSocket, **message: Any) -> dict[str, Any]:
    """The first snapshot of a new subscription."""
    assert (await ask(client, type="enode_flex/subscribe_session", **message))["success"]
    return (await receive(client))["event"]


async def test_capabilities_name_the_version_and_the_commands(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, hass_ws_client: WebSocketGenerator
):
    answer = await ask(await hass_ws_client(hass), type="enode_flex/capabilities")

    assert answer["result"]["version"] == VERSION
    assert answer["result"]["integration"] == "0.1.0"
    assert set(answer["result"]["commands"]) == {
        "enode_flex/capabilities",
        "enode_flex/subscribe_session",
        "enode_flex/history",
    }


async def test_a_subscription_by_device_and_one_by_entity_tell_the_same(
    hass: HomeAssistant, key: str, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    by_device = await subscribed(await hass_ws_client(hass), device_id=device.id)
    by_entity = await subscribed(await hass_ws_client(hass), entity_id=entity_id(hass, key, "ready_by"))

    assert by_device == by_entity
    assert by_device["version"] == VERSION
    assert by_device["entry"] == "loaded"
    assert by_device["vehicle"]["key"] == key
    assert by_device["vehicle"]["device_id"] == device.id
    assert by_device["vehicle"]["entities"]["session_state"] == entity_id(hass, key, "session_state")


async def test_a_new_name_of_the_car_is_told_at_once(
    hass: HomeAssistant, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    client = await hass_ws_client(hass)
    first = await subscribed(client, device_id=device.id)

    dr.async_get(hass).async_update_device(device.id, name_by_user="Old friend")

    assert first["vehicle"]["name"] == device.name
    assert (await receive(client))["event"]["vehicle"]["name"] == "Old friend"


async def test_a_change_is_pushed_and_a_poll_without_news_is_not(
    hass: HomeAssistant,
    key: str,
    device: dr.DeviceEntry,
    coordinator: EnodeFlexCoordinator,
    hass_ws_client: WebSocketGenerator,
):
    client = await hass_ws_client(hass)
    first = await subscribed(client, device_id=device.id)
    coordinator.async_update_listeners()
    coordinator._set_command(key, Command.STARTING)

    pushed = await receive(client)

    assert first["command"] is None
    assert pushed["event"]["command"] == "starting"


async def test_a_subscription_outlives_unload_and_reload(
    hass: HomeAssistant, config_entry: MockConfigEntry, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    client = await hass_ws_client(hass)
    first = await subscribed(client, device_id=device.id)

    assert await hass.config_entries.async_unload(config_entry.entry_id)
    unloaded = (await receive(client))["event"]
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    back = (await receive(client))["event"]

    assert unloaded["entry"] == "not_loaded"
    assert unloaded["vehicle"]["name"] == first["vehicle"]["name"]
    assert "session" not in unloaded
    assert unloaded["actions"]["immediate_start"] == {"allowed": False, "reason": "not_loaded"}
    assert back["entry"] == "loaded"
    assert back["session_state"] == first["session_state"]


async def test_the_coordinator_of_a_reloaded_entry_is_the_one_that_is_heard(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    key: str,
    device: dr.DeviceEntry,
    hass_ws_client: WebSocketGenerator,
):
    client = await hass_ws_client(hass)
    await subscribed(client, device_id=device.id)
    await hass.config_entries.async_reload(config_entry.entry_id)
    states = [(await receive(client))["event"]["entry"]]
    while states[-1] != "loaded":
        states.append((await receive(client))["event"]["entry"])

    config_entry.runtime_data._set_command(key, Command.RETURNING)

    assert (await receive(client))["event"]["command"] == "returning"


async def test_the_removal_of_the_entry_is_told(
    hass: HomeAssistant, config_entry: MockConfigEntry, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    client = await hass_ws_client(hass)
    await subscribed(client, device_id=device.id)

    await hass.config_entries.async_remove(config_entry.entry_id)

    told = [(await receive(client))["event"]["entry"]]
    while told[-1] != "removed":
        told.append((await receive(client))["event"]["entry"])
    assert set(told) <= {"not_loaded", "removed"}


async def test_a_vehicle_of_an_entry_that_is_not_loaded_can_be_subscribed_to(
    hass: HomeAssistant, config_entry: MockConfigEntry, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    assert await hass.config_entries.async_unload(config_entry.entry_id)

    assert (await subscribed(await hass_ws_client(hass), device_id=device.id))["entry"] == "not_loaded"


async def test_an_ended_subscription_leaves_nothing_behind(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    client = await hass_ws_client(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    listeners = len(coordinator._listeners)
    await client.send_json({"id": 5, "type": "enode_flex/subscribe_session", "device_id": device.id})
    assert (await receive(client))["success"]
    await receive(client)
    while_subscribed = len(coordinator._listeners)

    await client.send_json({"id": 6, "type": "unsubscribe_events", "subscription": 5})

    assert (await receive(client))["success"]
    assert while_subscribed == listeners + 1
    assert len(coordinator._listeners) == listeners


@pytest.mark.parametrize(
    "named", [{"device_id": "nothing"}, {"entity_id": "sensor.nothing"}, {"entity_id": "light.lamp"}, {}]
)
@pytest.mark.parametrize("command", ["enode_flex/subscribe_session", "enode_flex/history"])
async def test_what_is_no_vehicle_is_not_found(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    hass_ws_client: WebSocketGenerator,
    command: str,
    named: dict[str, str],
):
    er.async_get(hass).async_get_or_create("light", "hue", "1", suggested_object_id="lamp")

    answer = await ask(await hass_ws_client(hass), type=command, **named)

    assert answer["error"]["code"] == "not_found"


def _restricted(user: MockUser, policy: dict[str, Any]) -> None:
    user.groups = [Group(id="limited", name="limited", policy=policy)]
    user.invalidate_cache()


@pytest.mark.parametrize("command", ["enode_flex/subscribe_session", "enode_flex/history"])
async def test_who_may_not_read_the_vehicle_is_refused(
    hass: HomeAssistant,
    device: dr.DeviceEntry,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
    command: str,
):
    _restricted(hass_admin_user, {"entities": {"entity_ids": {}}})

    answer = await ask(await hass_ws_client(hass), type=command, device_id=device.id)

    assert answer["error"]["code"] == "unauthorized"


async def test_who_may_read_but_not_control_is_offered_nothing(
    hass: HomeAssistant,
    key: str,
    device: dr.DeviceEntry,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
):
    _restricted(hass_admin_user, {"entities": {"entity_ids": {entity_id(hass, key, "session_state"): {"read": True}}}})

    told = await subscribed(await hass_ws_client(hass), device_id=device.id)

    assert told["entry"] == "loaded"
    assert told["actions"] == {
        "immediate_start": {"allowed": False, "reason": "not_permitted"},
        "resume_schedule": {"allowed": False, "reason": "not_permitted"},
    }


async def test_the_reason_is_told_why_an_action_cannot_work(
    hass: HomeAssistant, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    told = await subscribed(await hass_ws_client(hass), device_id=device.id)

    assert told["actions"]["resume_schedule"]["allowed"] is False
    assert told["actions"]["resume_schedule"]["reason"]


async def test_history_is_newest_first_and_as_long_as_asked(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    key: str,
    device: dr.DeviceEntry,
    hass_ws_client: WebSocketGenerator,
):
    held = coordinator.data.vehicles[key].history
    client = await hass_ws_client(hass)

    sessions = (await ask(client, type="enode_flex/history", device_id=device.id))["result"]["sessions"]
    one = (await ask(client, type="enode_flex/history", device_id=device.id, limit=1))["result"]["sessions"]

    assert [it["id"] for it in sessions] == [it.id for it in held[:14]]
    assert one == sessions[:1]
    assert len(one) == 1
    assert {"blocks", "kwh", "cost", "savings"} <= set(one[0])
    assert "series" not in one[0]


async def test_no_history_is_told_while_the_entry_is_not_loaded(
    hass: HomeAssistant, config_entry: MockConfigEntry, device: dr.DeviceEntry, hass_ws_client: WebSocketGenerator
):
    assert await hass.config_entries.async_unload(config_entry.entry_id)

    answer = await ask(await hass_ws_client(hass), type="enode_flex/history", device_id=device.id)

    assert answer["result"]["sessions"] == []
