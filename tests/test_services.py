"""The actions through Home Assistant's service registry, against the simulator."""

import asyncio
from datetime import timedelta
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.enode_flex.api.models import WEEKDAYS
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import HISTORY_HELD, EnodeFlexCoordinator
from custom_components.enode_flex.surroundings import async_vehicle_payload
from simulator.faults import Fault
from simulator.server import Simulator
from tests.driving import drive
from tests.platforms import MINUTE, Night, charging_immediately, waiting_for_next_block

POLICIES_PATH = "/flex/vehicle-policies"
POLICY_PATH = "/flex/vehicle-policies/{policyId}"
HISTORY_PATH = "/flex/vehicle-policies/sessions"
TARGET_PATH = "/flex/sessions/{sessionId}/target"


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


class Caller:
    """Calls actions for the two cars of the standard scenario."""

    def __init__(self, hass: HomeAssistant, night: Night) -> None:
        self.hass = hass
        self.night = night
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), night.coordinator.config_entry.entry_id)
        self.car = next(it.id for it in devices if it.model == "ID.3")
        self.other = next(it.id for it in devices if it.model == "IONIQ 5")

    @property
    def snapshot(self):
        return next(it for it in self.night.coordinator.data.vehicles.values() if it.vehicle.id == self.night.car)

    async def __call__(
        self, name: str, *, response: bool = True, user: MockUser | None = None, device_id: Any = None, **fields: Any
    ) -> Any:
        return await drive(
            self.night,
            self.hass.services.async_call(
                DOMAIN,
                name,
                {ATTR_DEVICE_ID: self.car if device_id is None else device_id, **fields},
                blocking=True,
                return_response=response,
                context=Context(user_id=user.id) if user is not None else None,
            ),
        )


@pytest.fixture
def call(hass: HomeAssistant, night: Night) -> Caller:
    return Caller(hass, night)


def written(simulator: Simulator) -> list[Any]:
    return [it for it in simulator.requests if it.method in {"PUT", "PATCH", "POST"} and it.path.startswith("/flex")]


# -- commands ----------------------------------------------------------------------------------------------------------


async def test_confirmed_with_a_response(call: Caller) -> None:
    await waiting_for_next_block(call.night)
    answer = (await call("immediate_start"))["vehicles"][call.car]
    assert answer["target_reached_at"] > "2026-11-23T18:00"
    assert answer | {"target_reached_at": None} == {
        "result": "confirmed",
        "reason": None,
        "message": None,
        "translation_key": None,
        "session_state": "active_immediate_start",
        "target_reached_at": None,
    }
    back = (await call("resume_schedule"))["vehicles"][call.car]
    assert (back["result"], back["session_state"]) == ("confirmed", "active_regular")


async def test_confirmed_without_a_response(call: Caller, simulator: Simulator) -> None:
    await waiting_for_next_block(call.night)
    assert await call("immediate_start", response=False) is None
    assert len(written(simulator)) == 1


async def test_refused_with_a_response_and_without(call: Caller) -> None:
    await waiting_for_next_block(call.night)
    call.night.world.refuse_immediate_start(call.night.car, "Grid operator says no")
    answer = (await call("immediate_start"))["vehicles"][call.car]
    assert answer["result"] == "refused"
    assert "Grid operator says no" in answer["reason"]
    assert "Grid operator says no" in answer["message"]
    call.night.world.refuse_immediate_start(call.night.car, "Grid operator says no")
    with pytest.raises(HomeAssistantError) as error:
        await call("immediate_start", response=False)
    assert not isinstance(error.value, ServiceValidationError)
    assert error.value.translation_key == "refused_by_enode"


async def test_invalid_with_a_response_and_without(call: Caller) -> None:
    answer = (await call("immediate_start"))["vehicles"][call.car]
    assert (answer["result"], answer["reason"], answer["session_state"]) == ("invalid", "not_plugged_in", "upcoming")
    assert answer["message"].startswith("The vehicle is not plugged in.")
    with pytest.raises(ServiceValidationError) as error:
        await call("immediate_start", response=False)
    assert error.value.translation_key == "not_plugged_in"


async def test_pending_at_once_without_a_wait(call: Caller) -> None:
    await waiting_for_next_block(call.night)
    answer = (await call("immediate_start", wait=0))["vehicles"][call.car]
    assert (answer["result"], answer["reason"]) == ("pending", None)


@pytest.mark.parametrize("wait", [-1, 301, "soon"])
async def test_a_wait_that_cannot_be(call: Caller, wait: Any) -> None:
    with pytest.raises(vol.Invalid):
        await call("immediate_start", wait=wait)


async def test_each_of_several_devices_runs_to_its_end(call: Caller, hass: HomeAssistant, simulator: Simulator) -> None:
    await waiting_for_next_block(call.night)
    foreign_entry = MockConfigEntry(domain="other")
    foreign_entry.add_to_hass(hass)
    foreign = dr.async_get(hass).async_get_or_create(
        config_entry_id=foreign_entry.entry_id, identifiers={("other", "1")}, name="A lamp"
    )
    devices = ["no-such-device", foreign.id, call.other, call.car, call.car]
    answers = (await call("immediate_start", device_id=devices))["vehicles"]
    assert {device: (it["result"], it["reason"]) for device, it in answers.items()} == {
        "no-such-device": ("invalid", "service_device_not_found"),
        foreign.id: ("invalid", "service_device_wrong_domain"),
        call.other: ("invalid", "not_plugged_in"),
        call.car: ("confirmed", None),
    }
    assert len(written(simulator)) == 1


async def test_without_a_response_the_failures_are_listed_after_all_are_done(
    call: Caller, simulator: Simulator
) -> None:
    await waiting_for_next_block(call.night)
    with pytest.raises(ServiceValidationError) as error:
        await call("immediate_start", response=False, device_id=["no-such-device", call.other, call.car])
    assert error.value.translation_key == "some_failed"
    failures = error.value.translation_placeholders["failures"]
    assert "no-such-device" in failures
    assert "Hyundai IONIQ 5: The vehicle is not plugged in." in failures
    assert "ID.3" not in failures
    assert call.snapshot.live.state == "ACTIVE:IMMEDIATE_START"
    call.night.world.set_target(call.snapshot.live.id, {"type": "REGULAR"})
    await call.night.passes(2 * MINUTE)
    simulator.faults.add(Fault(method="PUT", path=TARGET_PATH, status=403))
    with pytest.raises(HomeAssistantError) as error:
        await call("immediate_start", response=False, device_id=[call.other, call.car])
    assert not isinstance(error.value, ServiceValidationError)


async def test_a_device_whose_entry_is_not_loaded(call: Caller, hass: HomeAssistant) -> None:
    assert await hass.config_entries.async_unload(call.night.coordinator.config_entry.entry_id)
    answer = (await call("immediate_start"))["vehicles"][call.car]
    assert (answer["result"], answer["reason"]) == ("invalid", "service_config_entry_not_loaded")
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await call("get_session")


async def test_a_device_whose_vehicle_is_gone(call: Caller) -> None:
    del call.night.coordinator.data.vehicles[call.snapshot.key]
    answer = (await call("immediate_start"))["vehicles"][call.car]
    assert (answer["result"], answer["reason"]) == ("invalid", "vehicle_gone")


# -- permissions -------------------------------------------------------------------------------------------------------

ACTIONS = {
    "immediate_start": {},
    "resume_schedule": {},
    "set_policy": {"battery_reserve": 25},
    "get_session": {},
    "get_sessions": {},
    "get_policy": {},
}


@pytest.mark.parametrize(("name", "fields"), ACTIONS.items())
async def test_whoever_may_not_use_the_car_may_not_use_its_actions(
    call: Caller, hass: HomeAssistant, simulator: Simulator, name: str, fields: dict[str, Any]
) -> None:
    await waiting_for_next_block(call.night)
    stranger = MockUser(id="stranger").add_to_hass(hass)
    stranger.mock_policy({"entities": {"domains": {"light": True}}})
    with pytest.raises(Unauthorized):
        await call(name, user=stranger, **fields)
    assert written(simulator) == []


@pytest.mark.parametrize(("name", "fields"), ACTIONS.items())
async def test_whoever_may_read_only(
    call: Caller, hass: HomeAssistant, simulator: Simulator, name: str, fields: dict[str, Any]
) -> None:
    await waiting_for_next_block(call.night)
    guest = MockUser(id="guest").add_to_hass(hass)
    guest.mock_policy({"entities": {"all": {"read": True}}})
    if name.startswith("get_"):
        assert await call(name, user=guest, **fields)
    else:
        with pytest.raises(Unauthorized):
            await call(name, user=guest, **fields)
    assert written(simulator) == []


async def test_whoever_may_control_the_button(call: Caller, hass: HomeAssistant) -> None:
    await charging_immediately(call.night)
    child = MockUser(id="child").add_to_hass(hass)
    child.mock_policy({"entities": {"domains": {"button": True}}})
    assert (await call("resume_schedule", user=child))["vehicles"][call.car]["result"] == "confirmed"


async def test_a_user_who_does_not_exist(call: Caller) -> None:
    with pytest.raises(UnknownUser):
        await call("get_session", user=MockUser(id="nobody"))


# -- sessions ----------------------------------------------------------------------------------------------------------


async def test_get_session_tells_what_the_card_shows(call: Caller, hass: HomeAssistant, simulator: Simulator) -> None:
    await waiting_for_next_block(call.night)
    simulator.requests.clear()
    answer = await call("get_session")
    assert len(simulator.requests) == 0
    assert answer == async_vehicle_payload(hass, call.night.coordinator, call.snapshot.key)
    assert answer["session"]["blocks"]
    assert json.loads(json.dumps(answer)) == answer


async def test_get_sessions_newest_first_from_what_is_held(call: Caller, simulator: Simulator) -> None:
    simulator.requests.clear()
    answer = await call("get_sessions", limit=5)
    assert len(simulator.requests) == 0
    sessions = answer["sessions"]
    assert [it["id"] for it in sessions] == [it.id for it in call.snapshot.history[:5]]
    assert set(sessions[0]) >= {
        "kwh", "battery_from", "battery_to", "blocks", "target", "ready_by", "outcome", "cost", "currency", "managed",
    }  # fmt: skip
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.long_history
async def test_get_sessions_asks_enode_beyond_what_is_held(call: Caller, simulator: Simulator) -> None:
    assert len(call.snapshot.history) == HISTORY_HELD
    answer = await call("get_sessions", limit=45)
    truth = sorted(
        (it for it in simulator.world.sessions.values() if it.vehicle_id == call.night.car and it.plugged_out_at),
        key=lambda it: it.plugged_out_at,
        reverse=True,
    )
    assert [it["id"] for it in answer["sessions"]] == [it.id for it in truth[:45]]


@pytest.mark.long_history
async def test_get_sessions_of_a_span(call: Caller, simulator: Simulator) -> None:
    start, end = "2026-10-05T00:00:00+00:00", "2026-10-12T00:00:00+00:00"
    answer = await call("get_sessions", start=start, end=end)
    truth = {
        it.id
        for it in simulator.world.sessions.values()
        if it.vehicle_id == call.night.car and it.plugged_out_at and start <= it.plugged_out_at.isoformat() < end
    }
    assert truth
    assert {it["id"] for it in answer["sessions"]} == truth
    assert (await call("get_sessions", start=start, end=end, limit=1))["sessions"] == answer["sessions"][:1]


async def test_get_sessions_of_no_span(call: Caller) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await call("get_sessions", start="2026-10-12 00:00:00", end="2026-10-05 00:00:00")
    assert error.value.translation_key == "end_before_start"


# -- policies ----------------------------------------------------------------------------------------------------------


async def test_get_policy_tells_all_as_they_are_now(call: Caller, simulator: Simulator) -> None:
    here = call.snapshot.policy
    simulator.world.patch_policy(here.id, battery_reserve=35)
    policies = (await call("get_policy"))["policies"]
    assert len(policies) == 2
    current = next(it for it in policies if it["current"])
    assert current == {
        "policy_id": here.id,
        "location_id": here.location_id,
        "current": True,
        "battery_reserve": 35,
        "charge_limit": here.last_observed_location_charge_limit,
        "schedule": {day: {"deadline": "07:00", "minimum_charge_target": 80} for day in WEEKDAYS},
        "restrictions": [],
    }


async def test_set_policy_changes_only_what_is_given(call: Caller, simulator: Simulator) -> None:
    here = simulator.world.policy(call.snapshot.policy.id)
    answer = await call("set_policy", days=["saturday", "sunday"], deadline="10:30")
    assert here.schedule["saturday"].deadline == here.schedule["sunday"].deadline == "10:30"
    assert {here.schedule[day].deadline for day in ("monday", "friday")} == {"07:00"}
    assert {day.minimum_charge_target for day in here.schedule.values()} == {80}
    assert here.battery_reserve == 30
    assert answer["policy"]["schedule"]["saturday"] == {"deadline": "10:30", "minimum_charge_target": 80}
    await call("set_policy", response=False, minimum_charge_target=60, battery_reserve=20)
    assert {day.minimum_charge_target for day in here.schedule.values()} == {60}
    assert here.schedule["saturday"].deadline == "10:30"
    assert here.battery_reserve == 20


async def test_the_plan_that_follows_shows_within_a_minute(call: Caller) -> None:
    await waiting_for_next_block(call.night)
    before = call.snapshot.charging
    await call("set_policy", response=False, deadline="05:00", minimum_charge_target=60)
    await call.night.passes(MINUTE, step=timedelta(seconds=1))
    after = call.snapshot.charging
    assert after.minimum_charge_target == 60
    assert after.ready_by == before.ready_by - timedelta(hours=2)
    assert after.planned_energy < before.planned_energy


async def test_set_policy_of_another_place(call: Caller, simulator: Simulator) -> None:
    cabin = next(it for it in call.snapshot.policies if it.id != call.snapshot.policy.id)
    answer = await call("set_policy", policy_id=cabin.id, battery_reserve=55)
    assert (answer["policy"]["policy_id"], answer["policy"]["current"]) == (cabin.id, False)
    assert simulator.world.policy(cabin.id).battery_reserve == 55
    assert simulator.world.policy(call.snapshot.policy.id).battery_reserve == 30


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"minimum_charge_target": 95}, "above_charge_limit"),
        ({"battery_reserve": 91}, "above_charge_limit"),
        ({"policy_id": "not-there", "battery_reserve": 30}, "unknown_policy"),
        ({}, "nothing_to_change"),
        ({"days": ["monday"]}, "nothing_to_change"),
    ],
)
async def test_set_policy_says_what_cannot_be_before_it_is_sent(
    call: Caller, simulator: Simulator, fields: dict[str, Any], key: str
) -> None:
    assert call.snapshot.policy.last_observed_location_charge_limit == 90
    with pytest.raises(ServiceValidationError) as error:
        await call("set_policy", **fields)
    assert error.value.translation_key == key
    assert written(simulator) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"battery_reserve": 101},
        {"minimum_charge_target": -1},
        {"deadline": "25:00"},
        {"days": ["someday"], "deadline": "07:00"},
        {"days": [], "deadline": "07:00"},
    ],
)
async def test_set_policy_takes_no_nonsense(call: Caller, fields: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await call("set_policy", **fields)


async def test_set_policy_without_a_policy(call: Caller) -> None:
    for policy in call.snapshot.policies:
        call.night.world.delete_policy(policy.id)
    await call.night.passes(timedelta(minutes=7))
    with pytest.raises(ServiceValidationError) as error:
        await call("set_policy", battery_reserve=30)
    assert error.value.translation_key == "no_policy"
    assert (await call("get_policy"))["policies"] == []


# -- failures at each call ---------------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[Fault, str]] = {
    "401": (Fault(status=401), "authentication_failed"),
    "403": (Fault(status=403), "forbidden"),
    "404": (Fault(status=404), "not_found"),
    "409": (Fault(status=409), "conflict"),
    "422": (Fault(status=422), "invalid_request"),
    "429": (Fault(status=429, retry_after=60), "rate_limited"),
    "500": (Fault(status=500), "server_error"),
    "503": (Fault(status=503), "server_error"),
    "connection cut": (Fault(cut="before"), "cannot_connect"),
    "time-out": (Fault(latency=200), "cannot_connect"),
    "no JSON": (Fault(body="html", status=200), "malformed_answer"),
}
CALLS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "get_policy": ("get_policy", "GET", POLICIES_PATH, {}),
    "get_sessions": ("get_sessions", "GET", HISTORY_PATH, {"limit": 45}),
    "set_policy reads": ("set_policy", "GET", POLICY_PATH, {"battery_reserve": 25}),
    "set_policy writes": ("set_policy", "PATCH", POLICY_PATH, {"battery_reserve": 25}),
}


# Only what lies longer ago than what is held is asked for.
@pytest.mark.parametrize(
    "where",
    [pytest.param("get_sessions", marks=pytest.mark.long_history), *(it for it in CALLS if it != "get_sessions")],
)
@pytest.mark.parametrize("what", FAULTS)
async def test_every_failure_says_what_happened(call: Caller, simulator: Simulator, where: str, what: str) -> None:
    name, method, path, fields = CALLS[where]
    template, key = FAULTS[what]
    simulator.faults.add(
        Fault(
            method=method,
            path=path,
            status=template.status,
            retry_after=template.retry_after,
            cut=template.cut,
            latency=template.latency,
            body=template.body,
            detail="Because of that",
        )
    )
    with pytest.raises(HomeAssistantError) as error:
        await call(name, **fields)
    assert error.value.translation_key == key
    assert error.value.translation_domain == DOMAIN
    if template.status is not None and template.body == "problem":
        assert "Because of that" in str(error.value)
    # Nothing half-done: what was not confirmed is not there.
    assert simulator.world.policy(call.snapshot.policy.id).battery_reserve == 30
    assert len(written(simulator)) <= (2 if what == "401" else 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut="after"),
        Fault(status=500, after_handling=True),
        Fault(status=200, body="html", after_handling=True),
    ],
    ids=["connection cut", "500", "no JSON"],
)
async def test_a_lost_answer_of_a_change_is_found_out(call: Caller, simulator: Simulator, fault: Fault) -> None:
    fault.method, fault.path = "PATCH", POLICY_PATH
    simulator.faults.add(fault)
    answer = await call("set_policy", battery_reserve=25, days=["monday"], deadline="06:00")
    assert answer["policy"]["battery_reserve"] == 25
    assert answer["policy"]["schedule"]["monday"]["deadline"] == "06:00"
    assert len(written(simulator)) == 1


async def test_two_changes_at_once_do_not_undo_each_other(call: Caller, simulator: Simulator) -> None:
    await asyncio.gather(
        call("set_policy", response=False, days=["monday"], deadline="06:00"),
        call("set_policy", response=False, days=["tuesday"], deadline="06:30"),
    )
    schedule = simulator.world.policy(call.snapshot.policy.id).schedule
    assert (schedule["monday"].deadline, schedule["tuesday"].deadline) == ("06:00", "06:30")
