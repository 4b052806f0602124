"""Classic smart charging and plain vehicles against the simulator: the client's calls are the real ones."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

from aiohttp import ClientSession, TCPConnector, ThreadedResolver
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.enode_flex.api import EnodeClient
from custom_components.enode_flex.api.errors import InvalidRequestError, ServerError
from custom_components.enode_flex.api.models import (
    BlockType,
    Capability,
    ErrorType,
    OutcomeState,
    Policy,
    Session,
    SessionError,
    SessionState,
    SmartChargingPlan,
    SmartChargingStatus,
    TargetType,
    Vehicle,
)
from custom_components.enode_flex.sources import (
    Account,
    CommandRefusedError,
    PolicyChange,
    RefusalReason,
    SourceName,
)
from simulator.faults import Fault
from simulator.server import Simulator


@dataclass
class Memory:
    """A storage that outlives an account."""

    data: dict[str, Any] = field(default_factory=dict)

    async def async_load(self) -> dict[str, Any]:
        return self.data

    async def async_save(self, data: dict[str, Any]) -> None:
        self.data = data


@dataclass
class Play:
    """An account of the user "home" whose client has no Flex; car 1 at 50 %."""

    sim: Simulator
    freezer: FrozenDateTimeFactory
    http: ClientSession
    account: Account
    memory: Memory
    car: str

    def new_account(self) -> None:
        """Restart: nothing but the storage is left."""
        client = EnodeClient(
            self.http,
            base_url=self.sim.base_url,
            token_url=self.sim.token_url,
            client_id=self.sim.client_id,
            client_secret=self.sim.client_secret,
        )
        self.account = Account(client, user_id="home", storage=self.memory)

    def go(self, **duration: float) -> None:
        by = timedelta(**duration)
        self.freezer.tick(by)
        self.sim.clock.advance(by)

    async def vehicle(self) -> Vehicle:
        vehicles = await self.account.async_vehicles(self.sim.clock.now())
        return next(it for it in vehicles if it.id == self.car)

    async def live(self) -> Session | None:
        sessions = await self.account.async_sessions(await self.vehicle())
        return sessions.live[0] if sessions.live else None

    async def look(self, *, every: timedelta = timedelta(minutes=5), **duration: float) -> list[Session]:
        """Poll for so long; every live session that was seen."""
        left = timedelta(**duration)
        sessions = []
        while left > timedelta(0):
            self.go(seconds=min(every, left).total_seconds())
            left -= every
            if (live := await self.live()) is not None:
                sessions.append(live)
        return sessions


@pytest.fixture
async def play(simulator: Simulator, freezer: FrozenDateTimeFactory) -> AsyncGenerator[Play]:
    simulator.client.flex = "404"
    car = simulator.world.vehicle_by_key("car-1").id
    simulator.world.set_charge_limit(car, 80)
    simulator.world.set_battery(car, 50)
    async with ClientSession(connector=TCPConnector(resolver=ThreadedResolver())) as http:
        it = Play(sim=simulator, freezer=freezer, http=http, account=None, memory=Memory(), car=car)
        it.new_account()
        # What was changed by magic is seen seconds later.
        it.go(seconds=5)
        yield it


@pytest.fixture
def smart(play: Play) -> Play:
    """Car 1 on classic smart charging: deadline 07:00, reserve 30 %."""
    play.sim.world.set_smart_charging(play.car, True, deadline="07:00", minimum_charge_limit=30)
    return play


async def test_choice(play: Play) -> None:
    assert play.account.source_name(await play.vehicle()) is SourceName.NONE
    play.sim.world.set_smart_charging(play.car, True)
    assert play.account.source_name(await play.vehicle()) is SourceName.CLASSIC
    assert play.account.smart_charging(await play.vehicle()) is True
    # With Flex a vehicle that has no policy there stays with classic; one that has goes to Flex.
    play.sim.client.flex = "on"
    play.account.ask_flex_again()
    vehicles = await play.account.async_vehicles(play.sim.clock.now())
    names = {play.account.source_name(it) for it in vehicles}
    assert names == {SourceName.CLASSIC, SourceName.FLEX}


async def test_switched_off_it_can_be_switched_on_again(smart: Play) -> None:
    vehicle = await smart.vehicle()
    await smart.account.async_switch_smart_charging(vehicle, on=False)
    assert smart.account.smart_charging(vehicle) is False
    assert smart.account.smart_charging(await smart.vehicle()) is False
    smart.new_account()
    assert smart.account.source_name(await smart.vehicle()) is SourceName.CLASSIC
    await smart.account.async_switch_smart_charging(await smart.vehicle(), on=True)
    assert smart.account.smart_charging(await smart.vehicle()) is True


async def test_switched_off_it_stays_with_classic_when_the_client_has_flex(play: Play) -> None:
    play.sim.client.flex = "on"
    for policy in [it for it in play.sim.world.policies.values() if it.vehicle_id == play.car]:
        play.sim.world.delete_policy(policy.id)
    assert play.account.source_name(await play.vehicle()) is SourceName.FLEX
    play.sim.world.set_smart_charging(play.car, True)
    play.go(seconds=5)
    await play.account.async_switch_smart_charging(await play.vehicle(), on=False)
    play.new_account()
    assert play.account.source_name(await play.vehicle()) is SourceName.CLASSIC
    assert play.account.smart_charging(await play.vehicle()) is False
    await play.account.async_switch_smart_charging(await play.vehicle(), on=True)
    assert play.sim.world.classic(play.car).wish.is_enabled


async def test_a_relink_keeps_the_visit_that_is_under_way(smart: Play) -> None:
    async def live(vehicle_id: str) -> Session:
        vehicles = await smart.account.async_vehicles(smart.sim.clock.now(), keys_of=lambda _: {vehicle_id: "key"})
        (session,) = (await smart.account.async_sessions(next(it for it in vehicles if it.id == vehicle_id))).live
        return session

    await live(smart.car)
    smart.sim.world.plug_in(smart.car)
    smart.go(minutes=5)
    before = await live(smart.car)
    new_id = smart.sim.world.relink(smart.car)
    smart.go(minutes=5)
    after = await live(new_id)
    assert (after.id, after.plugged_in_at) == (before.id, before.plugged_in_at)
    assert after.statistics.aggregated.battery_from == 50
    assert {smart.car, new_id}.isdisjoint(smart.memory.data["vehicles"])


async def test_upcoming(smart: Play) -> None:
    live = await smart.live()
    assert live.state is SessionState.UPCOMING
    assert live.target.minimum_charge_target == 80
    assert live.target.battery_reserve == 30
    # 07:00 in Oslo.
    assert live.target.ready_by.hour == 6
    assert (live.plugged_in_at, live.blocks, live.outcome, live.statistics.timeseries) == (None, (), None, ())


async def test_a_night(smart: Play) -> None:
    upcoming = await smart.live()
    smart.sim.world.plug_in(smart.car)
    plugged_in = smart.sim.clock.now()
    seen = await smart.look(minutes=5)
    assert seen[-1].id == upcoming.id
    assert seen[-1].state is SessionState.ACTIVE_REGULAR
    assert plugged_in <= seen[-1].plugged_in_at <= plugged_in + timedelta(minutes=5)
    assert seen[-1].outcome.state is OutcomeState.ON_TARGET
    assert seen[-1].outcome.target_id == seen[-1].target.id
    (planned,) = seen[-1].blocks
    assert planned.start_at > smart.sim.clock.now()
    assert planned.kwh_sum == pytest.approx(18)
    await smart.look(hours=15, every=timedelta(minutes=15))
    done = await smart.live()
    assert done.outcome.state is OutcomeState.ON_TARGET
    assert done.statistics.aggregated.battery_from == 50
    assert done.statistics.aggregated.battery_to == 80
    assert done.statistics.aggregated.kwh_sum == pytest.approx(18, abs=0.01)
    smart.sim.world.plug_out(smart.car)
    smart.go(minutes=30)
    again = await smart.live()
    assert again.state is SessionState.UPCOMING
    assert again.id != upcoming.id
    settled = (await smart.account.async_history(await smart.vehicle(), limit=5))[0]
    assert settled.id == upcoming.id
    assert settled.state is SessionState.SETTLED
    assert settled.statistics.aggregated.kwh_sum == pytest.approx(18, abs=0.01)
    assert settled.outcome.state is OutcomeState.ON_TARGET
    assert settled.valuation.currency == "NOK"
    assert settled.valuation.savings == pytest.approx(settled.valuation.baseline - settled.valuation.actual)
    assert {block.type for block in settled.blocks} == {BlockType.REGULAR}


async def test_a_restart_in_the_middle_loses_nothing(smart: Play) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    before = (await smart.look(minutes=5))[-1]
    smart.new_account()
    smart.go(hours=2)
    after = await smart.live()
    assert (after.id, after.plugged_in_at) == (before.id, before.plugged_in_at)
    assert after.statistics.aggregated.battery_from == 50


async def test_plugged_in_when_first_seen_the_plug_in_is_unknown(smart: Play) -> None:
    smart.sim.world.plug_in(smart.car)
    smart.go(minutes=10)
    live = await smart.live()
    assert live.state is SessionState.ACTIVE_REGULAR
    assert live.plugged_in_at is None
    assert live.statistics.aggregated.battery_from is None


async def test_after_downtime_the_statistics_tell_the_visit(smart: Play) -> None:
    await smart.live()
    smart.go(minutes=5)
    smart.sim.world.plug_in(smart.car)
    smart.go(hours=15)
    smart.sim.world.plug_out(smart.car)
    smart.go(hours=1)
    smart.new_account()
    assert (await smart.live()).state is SessionState.UPCOMING
    found = (await smart.account.async_history(await smart.vehicle(), limit=5))[0]
    assert found.statistics.aggregated.kwh_sum == pytest.approx(18, abs=0.01)
    assert found.policy_id is not None
    assert found.valuation.currency == "NOK"
    assert found.valuation.savings > 0
    again = (await smart.account.async_history(await smart.vehicle(), limit=5))[0]
    assert again.id == found.id


async def test_history_adds_up_to_the_truth(play: Play) -> None:
    history = await play.account.async_history(await play.vehicle())
    assert len(history) > 30
    assert all(session.policy_id is None for session in history)
    truth = sum(kwh for _, kwh in play.sim.world.truth(play.car))
    assert sum(session.statistics.aggregated.kwh_sum for session in history) == pytest.approx(truth)
    ended = [session.plugged_out_at for session in history]
    assert ended == sorted(ended, reverse=True)


async def test_immediate_start_and_back(smart: Play) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    live = (await smart.look(minutes=5))[-1]
    vehicle = await smart.vehicle()
    assert smart.account.cannot_start(vehicle, live) is None
    assert smart.account.cannot_resume(vehicle, live).reason is RefusalReason.NOT_CHARGING_IMMEDIATELY
    await smart.account.async_start_now(vehicle, live)
    live = (await smart.look(minutes=1))[-1]
    assert live.state is SessionState.ACTIVE_IMMEDIATE_START
    assert live.target.type is TargetType.IMMEDIATE_START
    assert live.blocks[-1].type is BlockType.IMMEDIATE_START
    assert live.outcome.minimum_charge_target_reached_at is not None
    await smart.account.async_resume(await smart.vehicle(), live)
    # It may have ended by itself: that is no failure.
    await smart.account.async_resume(await smart.vehicle(), live)
    assert (await smart.look(minutes=1))[-1].state is SessionState.ACTIVE_REGULAR


async def test_the_reserve_is_filled_first(smart: Play) -> None:
    smart.sim.world.set_battery(smart.car, 20)
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    seen = await smart.look(minutes=40)
    assert SessionState.ACTIVE_BATTERY_RESERVE in {session.state for session in seen}
    later = (await smart.look(hours=3))[-1]
    assert later.state is SessionState.ACTIVE_REGULAR


@pytest.mark.parametrize("error", ["START_FAIL", "STOP_FAIL"])
async def test_errors(smart: Play, error: str) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    await smart.look(minutes=5)
    smart.sim.world.raise_error(smart.car, error)
    assert (await smart.look(minutes=1))[-1].error.type == error
    smart.sim.world.clear_error(smart.car)
    assert (await smart.look(minutes=5))[-1].error is None


async def test_missing_capabilities(smart: Play) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    await smart.look(minutes=5)
    smart.sim.world.drop_capabilities(smart.car, ["startCharging"])
    live = (await smart.look(minutes=1))[-1]
    assert live.error.type is ErrorType.MISSING_CAPABILITIES
    assert live.error.missing_capabilities == ("startCharging",)
    assert smart.account.cannot_start(await smart.vehicle(), live).reason is RefusalReason.MISSING_CAPABILITIES


async def test_policy_is_written(smart: Play) -> None:
    vehicle = await smart.vehicle()
    (policy,) = await smart.account.async_policies(vehicle)
    monday = policy.schedule["monday"]
    assert (policy.battery_reserve, monday.deadline, monday.minimum_charge_target) == (30, "07:00", 80)
    changed = await smart.account.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=40))
    assert changed.battery_reserve == 40
    assert smart.sim.world.classic(smart.car).wish.minimum_charge_limit == 40
    for change in (
        PolicyChange(battery_reserve=90),
        PolicyChange(days={"monday": type(monday)(deadline="08:00")}),
        PolicyChange(days=dict.fromkeys(policy.schedule, type(monday)(minimum_charge_target=60))),
    ):
        with pytest.raises(CommandRefusedError):
            await smart.account.async_change_policy(vehicle, policy, change)
    await smart.account.async_change_policy(
        vehicle, policy, PolicyChange(days=dict.fromkeys(policy.schedule, type(monday)(deadline="06:15")))
    )
    assert smart.sim.world.classic(smart.car).wish.deadline == "06:15"


@pytest.mark.parametrize(("fault", "arrived"), [(Fault(cut="after", count=9), True), (Fault(status=500), False)])
async def test_a_write_without_an_answer_is_looked_for_and_not_sent_again(
    smart: Play, fault: Fault, arrived: bool
) -> None:
    vehicle = await smart.vehicle()
    (policy,) = await smart.account.async_policies(vehicle)
    smart.sim.requests.clear()
    smart.sim.faults.add(replace(fault, method="PUT"))
    change = smart.account.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=40))
    if arrived:
        assert (await change).battery_reserve == 40
    else:
        with pytest.raises(ServerError):
            await change
        smart.sim.faults.add(Fault(path="/vehicles/{vehicleId}/smart-charging-policy", status=500))
        with pytest.raises(ServerError):
            await smart.account.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=40))
    assert smart.sim.world.classic(smart.car).wish.minimum_charge_limit == (40 if arrived else 30)


async def test_away_from_home_nothing_manages_it(smart: Play) -> None:
    upcoming = await smart.live()
    smart.sim.world.drive(smart.car, 40, location_id="road")
    smart.go(hours=1)
    smart.sim.world.plug_in(smart.car, "road")
    away = await smart.look(minutes=25)
    assert {session.state for session in away} == {SessionState.UPCOMING}
    smart.sim.world.plug_out(smart.car)
    await smart.look(hours=1, every=timedelta(minutes=30))
    settled = (await smart.account.async_history(await smart.vehicle(), limit=5))[0]
    assert settled.id == upcoming.id
    assert settled.policy_id is None
    assert settled.statistics.aggregated.kwh_sum > 1


async def test_a_client_that_lost_classic_has_no_policies(smart: Play) -> None:
    vehicle = await smart.vehicle()
    assert await smart.account.async_policies(vehicle)
    smart.sim.client.classic = False
    assert await smart.account.async_policies(vehicle) == ()


async def test_what_cannot_work_is_said_before(smart: Play) -> None:
    vehicle, live = await smart.vehicle(), await smart.live()
    refusal = smart.account.cannot_start(vehicle, live)
    assert (refusal.reason, refusal.certain) == (RefusalReason.NOT_PLUGGED_IN, False)
    untold = replace(vehicle, charge_state=replace(vehicle.charge_state, is_plugged_in=None))
    assert smart.account.cannot_start(untold, live).reason is RefusalReason.NOT_PLUGGED_IN
    full = replace(vehicle, charge_state=replace(vehicle.charge_state, is_plugged_in=True, is_fully_charged=True))
    assert smart.account.cannot_start(full, live).reason is RefusalReason.TARGET_REACHED
    error = SessionError(type=ErrorType.MISSING_CAPABILITIES, missing_capabilities=("smartCharging",))
    plugged_in = replace(vehicle, charge_state=replace(vehicle.charge_state, is_plugged_in=True))
    refusal = smart.account.cannot_start(plugged_in, replace(live, error=error))
    assert (refusal.reason, refusal.detail) == (RefusalReason.MISSING_CAPABILITIES, "smartCharging")
    assert smart.account.cannot_resume(vehicle, None).reason is RefusalReason.NO_SESSION


async def test_switched_off_there_is_no_schedule_and_start_is_an_order(smart: Play) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    await smart.look(minutes=5)
    await smart.account.async_switch_smart_charging(await smart.vehicle(), on=False)
    assert smart.account.cannot_resume(await smart.vehicle(), None).reason is RefusalReason.NO_SCHEDULE
    await smart.look(minutes=2, every=timedelta(seconds=30))
    smart.sim.world.post_charging(smart.car, "STOP")
    await smart.look(minutes=1)
    await smart.account.async_start_now(await smart.vehicle(), None)
    assert (await smart.look(seconds=30))[-1].state is SessionState.ACTIVE_IMMEDIATE_START
    assert smart.sim.requests.count("POST", f"/vehicles/{smart.car}/smart-override") == 0


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"failure_condition": "FINISHED_LATE", "final_state": "PLAN:ENDED:FINISHED"}, OutcomeState.OFF_TARGET),
        ({"final_state": "PLAN:ENDED:FAILED"}, None),
    ],
)
async def test_how_a_plan_ended(
    smart: Play, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], outcome: OutcomeState | None
) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    live = (await smart.look(minutes=5))[-1]
    ended = smart.sim.clock.now()
    plan = SmartChargingPlan(id="p", currency="NOK", ended_at=ended, **told)
    status = SmartChargingStatus(vehicle_id=smart.car, state=told["final_state"], plan=plan)
    monkeypatch.setattr(EnodeClient, "smart_charging_status", AsyncMock(return_value=status))
    live = await smart.live()
    if outcome is None:
        assert live.outcome is None
    else:
        assert live.outcome.state is outcome
        assert live.outcome.minimum_charge_target_reached_at == ended


async def test_statistics_that_enode_does_not_have_yet(smart: Play) -> None:
    smart.sim.faults.add(Fault(path="/users/{userId}/statistics/*", status=404))
    assert await smart.account.async_history(await smart.vehicle()) == ()


async def test_a_vehicle_without_a_user_is_told_without_statistics(play: Play) -> None:
    vehicle = replace(await play.vehicle(), user_id=None)
    assert await play.account.async_history(vehicle) == ()


async def test_a_deadline_away_from_home_is_read_in_the_homes_time(smart: Play) -> None:
    for location in smart.sim.world.locations.values():
        location.timezone_name = "Mars/Olympus" if location.name == "Home" else location.timezone_name
    # A zone that is none is left out.
    assert (await smart.live()).target.ready_by.hour == 6


async def test_an_order_that_enode_refuses_raises(play: Play) -> None:
    vehicle = await plain_car(play)
    play.sim.faults.add(Fault(method="POST", path="/vehicles/{vehicleId}/charging", status=422, detail="Not now"))
    with pytest.raises(InvalidRequestError, match="Not now"):
        await play.account.async_start_now(vehicle, None)
    with pytest.raises(CommandRefusedError, match="no_policy"):
        await play.account.async_change_policy(vehicle, Policy(id="p"), PolicyChange(battery_reserve=40))
    lost = replace(vehicle, capabilities={"startCharging": Capability(is_capable=False)})
    assert play.account.cannot_start(lost, None).detail == "startCharging"


async def plain_car(play: Play) -> Vehicle:
    """Car 1 without any smart feature, plugged in and told to stop."""
    play.sim.world.set_smart_charging(play.car, True)
    play.sim.world.set_smart_charging(play.car, False)
    await play.live()
    play.sim.world.plug_in(play.car)
    await play.look(minutes=5)
    play.sim.world.post_charging(play.car, "STOP")
    await play.look(minutes=2, every=timedelta(seconds=30))
    return await play.vehicle()


async def test_a_plain_car_is_started_and_followed(play: Play) -> None:
    vehicle = await plain_car(play)
    assert play.account.source_name(vehicle) is SourceName.NONE
    assert await play.live() is None
    await play.account.async_start_now(vehicle, None)
    pending = await play.live()
    assert (pending.state, pending.target.type) == (SessionState.ACTIVE_REGULAR, TargetType.IMMEDIATE_START)
    (confirmed,) = await play.look(seconds=30)
    assert confirmed.state is SessionState.ACTIVE_IMMEDIATE_START
    assert play.account.cannot_start(vehicle, confirmed).reason is RefusalReason.ALREADY_CHARGING_IMMEDIATELY
    assert play.account.cannot_resume(vehicle, confirmed).reason is RefusalReason.NO_SCHEDULE
    with pytest.raises(CommandRefusedError, match="no_schedule"):
        await play.account.async_resume(vehicle, confirmed)
    later = (await play.look(hours=1, every=timedelta(minutes=10)))[-1]
    assert later.statistics.aggregated.kwh_sum == pytest.approx(6, abs=1.3)
    play.sim.world.plug_out(play.car)
    play.go(minutes=5)
    assert await play.live() is None


async def test_a_plain_car_that_does_not_start(play: Play) -> None:
    vehicle = await plain_car(play)
    play.sim.world.raise_error(play.car, "START_FAIL")
    await play.account.async_start_now(vehicle, None)
    live = (await play.look(minutes=6, every=timedelta(minutes=1)))[-1]
    assert live.error.type is ErrorType.START_FAIL
    assert live.error.detail == "The vehicle did not do as it was told in time."
    assert live.state is SessionState.ACTIVE_REGULAR
    assert await play.look(minutes=11) == [live]


@pytest.mark.parametrize(
    ("failure", "detail", "error"),
    [
        ("REQUESTED_CANCELLATION", "Another action took its place.", "Another action took its place."),
        ("FAILED_PRECONDITION", None, "FAILED_PRECONDITION"),
        (None, None, None),
    ],
)
async def test_a_start_that_is_cancelled_tells_why(
    play: Play, failure: str | None, detail: str | None, error: str | None
) -> None:
    vehicle = await plain_car(play)
    await play.account.async_start_now(vehicle, None)
    play.sim.world._unit(play.car).finish_action("CANCELLED", failure, detail)
    live = await play.live()
    assert (live.error.type, live.error.detail) == (ErrorType.START_FAIL, error)
    assert live.state is SessionState.ACTIVE_REGULAR


async def test_a_start_that_was_not_necessary_is_confirmed(play: Play) -> None:
    vehicle = await plain_car(play)
    await play.account.async_start_now(vehicle, None)
    play.sim.world._unit(play.car).finish_action("CANCELLED", "UNNECESSARY", "It charges.")
    live = await play.live()
    assert (live.state, live.error) == (SessionState.ACTIVE_IMMEDIATE_START, None)


async def test_an_order_that_enode_forgot_is_over(play: Play) -> None:
    vehicle = await plain_car(play)
    await play.account.async_start_now(vehicle, None)
    play.sim.world.charge_actions.clear()
    assert await play.live() is None
    assert await play.look(minutes=1) == []


async def test_already_charging_is_a_success(play: Play) -> None:
    vehicle = await plain_car(play)
    play.sim.world.post_charging(play.car, "START")
    play.go(seconds=30)
    play.sim.world.run()
    await play.account.async_start_now(vehicle, None)
    assert (await play.live()).state is SessionState.ACTIVE_IMMEDIATE_START


async def test_a_client_without_classic_keeps_what_is_seen(smart: Play) -> None:
    await smart.live()
    smart.sim.world.plug_in(smart.car)
    smart.sim.client.classic = False
    live = (await smart.look(minutes=5))[-1]
    assert live.state is SessionState.ACTIVE_REGULAR
    assert live.outcome is None
