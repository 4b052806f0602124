"""Charge now and back to schedule against the simulator: what came of each, and what was sent for it."""

import asyncio
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest

from custom_components.enode_flex.charging import Command
from custom_components.enode_flex.commands import (
    Outcome,
    Result,
    async_immediate_start,
    async_resume_schedule,
    signal_command_told,
)
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.snapshot import VehicleSnapshot
from simulator.faults import Fault
from simulator.server import Simulator
from tests.driving import SECOND, done, drive, settle
from tests.platforms import Night, charging_immediately, waiting_for_next_block

TARGET_PATH = "/flex/sessions/{sessionId}/target"
SESSION_PATH = "/flex/vehicle-policies/{policyId}/session"


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def car(night: Night) -> VehicleSnapshot:
    return next(it for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)


def orders(simulator: Simulator) -> int:
    return sum(it.method == "PUT" and it.path.endswith("/target") for it in simulator.requests)


def session_reads(simulator: Simulator) -> int:
    return sum(it.path.endswith("/session") for it in simulator.requests)


def start(night: Night, wait: float = 60) -> asyncio.Task[Outcome]:
    return asyncio.get_running_loop().create_task(async_immediate_start(night.coordinator, car(night).key, wait=wait))


async def started(night: Night, wait: float = 60) -> Outcome:
    return await drive(night, async_immediate_start(night.coordinator, car(night).key, wait=wait))


async def resumed(night: Night, wait: float = 60) -> Outcome:
    return await drive(night, async_resume_schedule(night.coordinator, car(night).key, wait=wait))


async def test_confirmed_once_the_car_had_the_time_to_fail(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    task = start(night)
    await settle()
    await night.passes(20 * SECOND, step=SECOND)
    await settle()
    # The session says so for long; a car that cannot start takes some 20 s to say so.
    assert car(night).live.state == "ACTIVE:IMMEDIATE_START"
    assert night.status == "starting_immediate_charge"
    assert not task.done()
    outcome = await drive(night, done(task), within=12)
    assert (outcome.result, outcome.reason, outcome.translation) == (Result.CONFIRMED, None, None)
    assert night.status == "charging_immediately"
    assert orders(simulator) == 1


async def test_confirmed_at_once_when_the_car_itself_says_that_it_charges(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    task = start(night)
    await settle()
    await night.passes(6 * SECOND, step=SECOND)
    assert not task.done()
    night.coordinator._vehicles_due = None
    night.coordinator.async_reread_soon([car(night).key])
    outcome = await drive(night, done(task), within=6)
    assert outcome.result is Result.CONFIRMED
    assert outcome.snapshot.vehicle.charge_state.is_charging


async def test_refused_by_enode_in_its_own_words(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    night.world.refuse_immediate_start(night.car, "The charger is reserved for grid services")
    outcome = await started(night)
    assert outcome.result is Result.REFUSED
    assert "The charger is reserved for grid services" in outcome.reason
    assert outcome.translation["translation_key"] == "refused_by_enode"
    assert orders(simulator) == 1
    assert night.status == "waiting_for_next_block"
    with pytest.raises(HomeAssistantError, match="reserved for grid services"):
        outcome.raise_for_result()


async def test_taken_and_then_failing_to_start_is_refused(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    night.world.refuse_immediate_start(night.car, "no", mode="fail")
    outcome = await started(night)
    assert (outcome.result, outcome.reason) == (Result.REFUSED, "START_FAIL")
    assert outcome.translation["translation_key"] == "refused_start_failed"
    assert orders(simulator) == 1


async def test_an_error_that_is_not_known_here_is_told_as_enode_calls_it(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    night.world.refuse_immediate_start(night.car, "no", mode="fail")
    simulator.faults.add(Fault(path=SESSION_PATH, replace={"START_FAIL": "GRID_FAIL"}))
    outcome = await started(night)
    assert (outcome.result, outcome.reason) == (Result.REFUSED, "GRID_FAIL")
    assert outcome.translation["translation_key"] == "refused_unknown"


async def test_an_error_from_before_that_still_stands_at_the_end_counts(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    night.world.raise_error(night.car, "START_FAIL")
    await night.until("start_failed")
    task = start(night, wait=40)
    await settle()
    await night.passes(35 * SECOND, step=SECOND)
    assert not task.done()
    outcome = await drive(night, done(task), within=8)
    assert (outcome.result, outcome.reason) == (Result.REFUSED, "START_FAIL")


async def test_pending_when_nobody_knows_yet(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    slow = simulator.faults.add(Fault(path=SESSION_PATH, replace={"ACTIVE:IMMEDIATE_START": "ACTIVE:REGULAR"}))
    outcome = await started(night, wait=45)
    assert (outcome.result, outcome.reason, outcome.translation) == (Result.PENDING, None, None)
    outcome.raise_for_result()
    # Nobody waits any more, but it is under way.
    assert night.status == "starting_immediate_charge"
    simulator.faults.remove(slow)
    await night.until("charging_immediately", timedelta(minutes=3))
    assert orders(simulator) == 1


async def test_a_command_is_not_under_way_for_ever(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    simulator.faults.add(Fault(path=SESSION_PATH, replace={"ACTIVE:IMMEDIATE_START": "ACTIVE:REGULAR"}))
    assert (await started(night, wait=5)).result is Result.PENDING
    await night.passes(timedelta(minutes=8), step=10 * SECOND)
    await settle()
    assert night.status != "starting_immediate_charge"


async def test_no_wait_is_pending_at_once_and_the_command_goes_on(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    task = start(night, wait=0)
    await settle()
    assert task.done()
    assert task.result().result is Result.PENDING
    assert orders(simulator) == 1
    assert night.status == "starting_immediate_charge"
    await night.until("charging_immediately", timedelta(minutes=2))


async def not_plugged_in(night: Night) -> None:
    """As it is."""


async def target_reached(night: Night) -> None:
    night.world.set_battery(night.car, 85)
    night.world.plug_in(night.car)
    await night.passes(timedelta(minutes=7))


async def missing_capabilities(night: Night) -> None:
    await waiting_for_next_block(night)
    night.world.drop_capabilities(night.car, ["startCharging"])
    await night.until("missing_capabilities")


async def no_session(night: Night) -> None:
    cabin = next(policy for policy in car(night).policies if policy.location_id != car(night).vehicle.location.id)
    night.world.delete_policy(cabin.id)
    await night.passes(timedelta(minutes=6))
    await waiting_for_next_block(night)
    night.world.settings.upcoming_gap = timedelta(hours=1)
    night.world.plug_out(night.car)
    await night.passes(timedelta(minutes=5))


async def no_policy(night: Night) -> None:
    for policy in car(night).policies:
        night.world.delete_policy(policy.id)
    await night.passes(timedelta(minutes=7))


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (not_plugged_in, "not_plugged_in"),
        (charging_immediately, "already_charging_immediately"),
        (target_reached, "target_reached"),
        (missing_capabilities, "missing_capabilities"),
        (no_session, "no_session"),
        (no_policy, "no_policy"),
    ],
)
async def test_what_cannot_work_is_not_sent(night: Night, simulator: Simulator, situation, reason: str) -> None:
    await situation(night)
    before = orders(simulator)
    outcome = await started(night)
    assert (outcome.result, outcome.reason) == (Result.INVALID, reason)
    assert outcome.translation["translation_key"] == reason
    assert orders(simulator) == before
    with pytest.raises(ServiceValidationError):
        outcome.raise_for_result()


async def test_nobody_is_refused_for_what_was_true_minutes_ago(night: Night, simulator: Simulator) -> None:
    night.world.plug_in(night.car)
    simulator.advance(10 * SECOND)
    assert car(night).live.state == "UPCOMING"
    assert (await started(night)).result is Result.CONFIRMED


async def test_in_doubt_enode_decides(night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path="/users/home/vehicles", null=("data.*.chargeState.isPluggedIn",)))
    await night.passes(timedelta(minutes=6))
    outcome = await started(night)
    assert orders(simulator) == 1
    assert outcome.result is Result.REFUSED
    assert "UPCOMING" in outcome.reason


@pytest.mark.parametrize(
    ("status", "result", "key", "sent"),
    [
        (400, Result.REFUSED, "refused_by_enode", 1),
        # A refused token is renewed once; a request that was not let in did nothing.
        (401, Result.ERROR, "authentication_failed", 2),
        (403, Result.ERROR, "forbidden", 1),
        (404, Result.ERROR, "not_found", 1),
        (409, Result.REFUSED, "refused_by_enode", 1),
        (422, Result.REFUSED, "refused_by_enode", 1),
        (429, Result.ERROR, "rate_limited", 1),
        (500, Result.ERROR, "order_not_taken", 1),
        (503, Result.ERROR, "order_not_taken", 1),
    ],
)
async def test_every_status_of_the_order(
    night: Night, simulator: Simulator, status: int, result: Result, key: str, sent: int
) -> None:
    await waiting_for_next_block(night)
    simulator.faults.add(Fault(method="PUT", path=TARGET_PATH, status=status, detail="Because of that"))
    outcome = await started(night)
    assert (outcome.result, outcome.translation["translation_key"]) == (result, key)
    assert "Because of that" in outcome.reason
    assert "Because of that" in outcome.translation["translation_placeholders"]["reason"]
    assert orders(simulator) == sent
    assert night.status == "waiting_for_next_block"


async def test_lost_credentials_are_asked_for(night: Night, hass: HomeAssistant, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    simulator.faults.add(Fault(status=401))
    outcome = await started(night)
    assert (outcome.result, outcome.translation["translation_key"]) == (Result.ERROR, "authentication_failed")
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]


@pytest.mark.parametrize("fault", [Fault(cut="before"), Fault(latency=300)], ids=["connection cut", "time-out"])
async def test_no_answer_and_no_sign_of_the_order(night: Night, simulator: Simulator, fault: Fault) -> None:
    await waiting_for_next_block(night)
    fault.method, fault.path = "PUT", TARGET_PATH
    simulator.faults.add(fault)
    outcome = await started(night)
    assert (outcome.result, outcome.translation["translation_key"]) == (Result.ERROR, "order_not_taken")
    assert car(night).live.target.type == "REGULAR"


@pytest.mark.parametrize(
    "fault",
    [Fault(cut="after"), Fault(status=500, after_handling=True), Fault(status=504, body="html", after_handling=True)],
    ids=["connection cut", "500", "504"],
)
async def test_an_order_whose_answer_was_lost_is_found_out_and_not_repeated(
    night: Night, simulator: Simulator, fault: Fault
) -> None:
    await waiting_for_next_block(night)
    fault.method, fault.path = "PUT", TARGET_PATH
    simulator.faults.add(fault)
    before = int(car(night).live.target.id)
    outcome = await started(night)
    assert outcome.result is Result.CONFIRMED
    assert int(car(night).live.target.id) == before + 1
    # aiohttp sends a PUT once more where a kept connection turns out to be closed; nothing here does.
    assert orders(simulator) == (2 if fault.cut else 1)


async def test_no_answer_to_anything_is_told_as_not_known(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    simulator.faults.add(Fault(cut="after", method="PUT", path=TARGET_PATH))
    simulator.faults.add(Fault(cut="before", path=SESSION_PATH))
    outcome = await started(night)
    assert (outcome.result, outcome.translation["translation_key"]) == (Result.ERROR, "order_unknown")


async def test_a_check_that_fails_sends_nothing(night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(status=500, path=SESSION_PATH))
    outcome = await started(night)
    assert (outcome.result, outcome.translation["translation_key"]) == (Result.ERROR, "server_error")
    assert orders(simulator) == 0


async def test_the_same_order_again_joins_the_one_under_way(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    first, at_once = start(night), start(night, wait=0)
    await settle()
    assert at_once.result().result is Result.PENDING
    await night.passes(5 * SECOND, step=SECOND)
    second = start(night, wait=60)
    outcomes = await drive(night, done(asyncio.gather(first, second)))
    assert [it.result for it in outcomes] == [Result.CONFIRMED] * 2
    assert orders(simulator) == 1


async def test_whoever_gives_up_does_not_end_it_for_others(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    first, second = start(night), start(night)
    await settle()
    first.cancel()
    outcome = await drive(night, done(second))
    assert outcome.result is Result.CONFIRMED
    assert first.cancelled()


async def test_the_opposite_order_supersedes(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    first = start(night)
    await settle()
    await night.passes(5 * SECOND, step=SECOND)
    second = await resumed(night)
    assert second.result is Result.CONFIRMED
    assert first.done()
    assert (first.result().result, first.result().reason) == (Result.PENDING, "superseded")
    assert orders(simulator) == 2
    assert night.status == "waiting_for_next_block"


async def test_unplugged_while_it_is_watched(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    task = start(night)
    await settle()
    night.world.plug_out(night.car)
    outcome = await drive(night, done(task))
    assert (outcome.result, outcome.reason) == (Result.REFUSED, "session_ended")


async def test_an_unloaded_entry_lets_go_of_whoever_waits(night: Night, hass: HomeAssistant) -> None:
    await waiting_for_next_block(night)
    task = start(night, wait=300)
    await settle()
    assert not task.done()
    assert await hass.config_entries.async_unload(night.coordinator.config_entry.entry_id)
    await settle()
    assert task.done()
    assert task.result().result is Result.PENDING


async def test_rereads_without_a_storm(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    simulator.requests.clear()
    for _ in range(5):
        start(night, wait=0)
        await settle()
        await night.passes(SECOND, step=SECOND)
    await night.passes(55 * SECOND, step=SECOND)
    await settle()
    # The car's two policies after 2, 10 and 30 s and after the 25 s that a start settles in; once by the usual plan
    # for each of the other car's one and these two.
    reads = session_reads(simulator)
    assert 2 * 4 <= reads <= 2 * 6 + 1
    assert orders(simulator) == 1


async def test_what_came_of_it_is_told_once(night: Night, hass: HomeAssistant) -> None:
    await waiting_for_next_block(night)
    told: list[tuple[str, Command, Result]] = []

    @callback
    def listen(key: str, command: Command, outcome: Outcome) -> None:
        told.append((key, command, outcome.result))

    entry_id = night.coordinator.config_entry.entry_id
    stop = async_dispatcher_connect(hass, signal_command_told(entry_id), listen)
    start(night, wait=10)
    await started(night)
    await settle()
    stop()
    assert told == [(car(night).key, Command.STARTING, Result.CONFIRMED)]


async def test_back_to_schedule(night: Night, simulator: Simulator) -> None:
    await charging_immediately(night)
    before = orders(simulator)
    outcome = await resumed(night)
    assert outcome.result is Result.CONFIRMED
    assert car(night).live.target.type == "REGULAR"
    assert orders(simulator) == before + 1


async def test_back_to_a_schedule_that_is_followed_already(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    outcome = await resumed(night)
    assert (outcome.result, outcome.reason) == (Result.INVALID, "not_charging_immediately")
    assert orders(simulator) == 0


@pytest.mark.parametrize(
    ("status", "result", "key"),
    [
        (403, Result.ERROR, "forbidden"),
        (409, Result.REFUSED, "refused_by_enode"),
        (429, Result.ERROR, "rate_limited"),
        (500, Result.ERROR, "order_not_taken"),
    ],
)
async def test_statuses_of_the_way_back(
    night: Night, simulator: Simulator, status: int, result: Result, key: str
) -> None:
    await charging_immediately(night)
    simulator.faults.add(Fault(method="PUT", path=TARGET_PATH, status=status))
    outcome = await resumed(night)
    assert (outcome.result, outcome.translation["translation_key"]) == (result, key)
    assert night.status == "charging_immediately"


async def test_a_vehicle_that_is_unlinked_while_it_is_watched(night: Night, simulator: Simulator) -> None:
    await waiting_for_next_block(night)
    task = start(night)
    await settle()
    night.world.remove_vehicle(night.car)
    outcome = await drive(night, done(task))
    assert (outcome.result, outcome.reason) == (Result.REFUSED, "session_ended")


async def test_a_vehicle_that_is_gone(night: Night) -> None:
    for command in (async_immediate_start, async_resume_schedule):
        outcome = await drive(night, command(night.coordinator, "gone", wait=60))
        assert (outcome.result, outcome.reason) == (Result.ERROR, "vehicle_gone")
        assert outcome.snapshot is None
