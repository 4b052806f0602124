from datetime import UTC, datetime, timedelta

import pytest

from simulator.errors import BadRequestError, ConflictError
from simulator.model import SessionState, kwh
from simulator.world import ROAD

from .small import EVENING, plugged_in, small_world

MORNING = datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_upcoming_knows_its_target_and_nothing_else():
    small = small_world()
    session = small.session
    assert session.state is SessionState.UPCOMING
    assert session.plugged_in_at is session.plugged_out_at is None
    assert session.outcome is session.error is session.valuation is None
    assert small.world.blocks(session) == small.world.timeseries(session) == []
    assert small.world.statistics(session) is None
    target = session.target
    assert (target.id, target.source, target.battery_reserve, target.minimum_charge_target) == (1, "POLICY", 30, 80)
    assert target.ready_by == MORNING


def test_upcoming_rolls_to_the_next_deadline():
    small = small_world()
    target = small.until(MORNING + timedelta(seconds=1)).target
    assert (target.id, target.ready_by) == (2, MORNING + timedelta(days=1))


def test_a_plug_in_is_felt_when_the_cloud_sees_it():
    small = small_world(cloud_delay=timedelta(seconds=90))
    small.world.plug_in(small.car.id)
    assert small.wait(seconds=89).state is SessionState.UPCOMING
    assert small.car.seen.is_plugged_in is False
    assert small.wait(seconds=1).state is SessionState.BATTERY_RESERVE
    assert small.car.seen.is_plugged_in is True
    assert small.session.plugged_in_at == EVENING


def test_a_whole_night():
    small = plugged_in(level=24)
    world = small.world
    session = small.session
    assert session.state is SessionState.BATTERY_RESERVE
    assert [block.type.value for block in session.blocks][:2] == ["BATTERY_RESERVE", "REGULAR"]
    assert small.car.seen.power_delivery_state == "PLUGGED_IN:INITIALIZING"
    reserve = session.blocks[0]
    small.wait(minutes=1)
    assert small.car.seen.is_charging
    assert small.car.seen.charge_rate_kw == 7.2
    small.until(reserve.end_at + timedelta(minutes=1))
    assert session.state is SessionState.REGULAR
    assert not small.car.seen.is_charging
    assert small.car.seen.charge_rate_kw is small.car.seen.charge_time_remaining_min is None
    assert world.statistics(session).battery_to == 30
    small.until(MORNING - timedelta(minutes=1))
    assert world.statistics(session).battery_to == 80
    assert session.outcome.state == "ON_TARGET"
    small.clock.set(MORNING + timedelta(minutes=30))
    world.plug_out(small.car.id)
    small.clock.advance(timedelta(seconds=2))
    assert small.live is None
    assert session.state is SessionState.SETTLED
    assert session.plugged_out_at == MORNING + timedelta(minutes=30)
    assert world.statistics(session).kwh_sum == pytest.approx(33.6, abs=0.003)
    valuation = world.valuation(session)
    assert valuation.currency == "NOK"
    assert valuation.actual < valuation.baseline
    assert valuation.savings == round(valuation.baseline - valuation.actual, 2)
    assert small.wait(minutes=1).state is SessionState.UPCOMING
    assert small.session is not session


def test_valuation_by_hand():
    small = plugged_in(level=70, ready_by="19:00")
    world = small.world
    small.until(EVENING + timedelta(hours=2))
    world.plug_out(small.car.id)
    small.clock.advance(timedelta(seconds=2))
    world.run()
    (session,) = [session for session in world.sessions.values() if not session.is_live]
    actual = sum(measured.kwh * world.price("NO1", measured.start_at) for measured in world.timeseries(session))
    # Six kilowatt-hours at once: 50 minutes from 16:40.
    baseline = 7.2 / 60 * (20 * world.price("NO1", EVENING) + 30 * world.price("NO1", EVENING + timedelta(minutes=20)))
    valuation = world.valuation(session)
    assert valuation.actual == pytest.approx(actual, abs=0.006)
    assert valuation.baseline == pytest.approx(baseline, abs=0.01)


def test_timeseries_begins_at_the_quarter_of_plug_in_and_has_zeros():
    small = plugged_in(level=24)
    small.until(EVENING + timedelta(hours=2))
    series = small.world.timeseries(small.session)
    assert series[0].start_at == EVENING.replace(minute=30)
    assert [one.end_at for one in series[:-1]] == [other.start_at for other in series[1:]]
    assert series[-1].kwh == 0
    assert sum(one.kwh for one in series) == pytest.approx(small.world.statistics(small.session).kwh_sum, abs=1e-5)


def test_the_running_quarter_can_be_left_out():
    small = plugged_in(level=24, timeseries_running_quarter=False)
    small.until(EVENING + timedelta(minutes=25))
    assert [one.start_at.minute for one in small.world.timeseries(small.session)] == [30, 45]


@pytest.mark.parametrize(("meaning", "expected"), [("planned", 3.6), ("delivered", 1.8)])
def test_the_meaning_of_a_running_block(meaning, expected):
    small = plugged_in(level=24, running_block_kwh=meaning)
    running = small.session.blocks[0]
    small.until(running.start_at + timedelta(minutes=15))
    assert small.world.blocks(small.session)[0].kwh_sum == expected


def test_the_outcome_follows_one_step_behind():
    small = plugged_in()
    assert small.session.outcome is None
    outcome = small.wait(seconds=30).outcome
    assert (outcome.target_id, outcome.type, outcome.state) == (1, "REGULAR", "ON_TARGET")
    assert outcome.battery_level_at_ready_by is outcome.minimum_charge_target_reached_at is None
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    assert (small.session.target.id, small.session.outcome.target_id) == (2, 1)
    assert small.wait(seconds=30).outcome.target_id == 2


def test_off_target_when_time_is_short():
    small = plugged_in(now=MORNING - timedelta(minutes=90, seconds=2), level=40, reserve=30)
    outcome = small.wait(seconds=30).outcome
    assert (outcome.state, outcome.battery_level_at_ready_by) == ("OFF_TARGET", 58)
    assert outcome.minimum_charge_target_reached_at == MORNING + timedelta(hours=1, minutes=50)
    # It goes on until the target is held, and the judgement of the deadline stays.
    session = small.until(MORNING + timedelta(minutes=30))
    assert small.car.seen.is_charging
    assert session.outcome.battery_level_at_ready_by == 58


def test_replanning_moves_only_future_blocks():
    small = plugged_in(level=24)
    reserve = small.session.blocks[0]
    small.until(reserve.end_at + timedelta(hours=1))
    before = list(small.session.blocks)
    small.world.patch_policy(small.policy.id, schedule={"tuesday": {"minimumChargeTarget": 60}})
    session = small.session
    assert session.blocks[0] is before[0]
    assert session.blocks[0].delivered == session.blocks[0].planned
    assert (session.target.id, session.target.minimum_charge_target) == (2, 60)
    assert kwh(sum(block.planned for block in session.blocks[1:])) == pytest.approx(18, abs=0.003)


def test_replanning_keeps_the_start_of_the_running_block():
    small = plugged_in(level=40, now=MORNING - timedelta(hours=3, seconds=2))
    small.wait(minutes=20)
    (running,) = small.session.blocks
    start = running.start_at
    small.world.patch_policy(small.policy.id, schedule={"tuesday": {"minimumChargeTarget": 90}})
    assert small.session.blocks[0].start_at == start
    assert kwh(sum(block.planned for block in small.session.blocks)) == pytest.approx(30, abs=0.003)


def test_a_policy_change_waits_for_the_end_of_an_immediate_start():
    small = plugged_in()
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    small.world.patch_policy(small.policy.id, battery_reserve=50)
    assert small.session.target.type == "IMMEDIATE_START"
    small.world.set_target(small.session.id, {"type": "REGULAR"})
    assert (small.session.target.id, small.session.target.battery_reserve) == (3, 50)


def test_a_car_that_stays_takes_the_next_deadline():
    small = plugged_in(level=60)
    session = small.until(MORNING + timedelta(minutes=59))
    assert session.target.ready_by == MORNING
    session = small.wait(minutes=2)
    assert (session.target.id, session.target.ready_by) == (2, MORNING + timedelta(days=1))
    assert session.state is SessionState.REGULAR


def test_the_charge_limit_ends_in_complete_and_off_target():
    small = plugged_in(level=60, limit=70)
    session = small.until(MORNING - timedelta(minutes=1))
    assert small.car.seen.power_delivery_state == "PLUGGED_IN:COMPLETE"
    assert small.car.seen.is_fully_charged
    assert (session.outcome.state, session.outcome.battery_level_at_ready_by) == ("OFF_TARGET", 70)
    assert session.outcome.minimum_charge_target_reached_at is None


def test_unmanaged_charging_shows_only_when_it_is_over():
    small = small_world(level=30)
    world = small.world
    world.plug_in(small.car.id, ROAD, watts=50_000)
    small.wait(minutes=20)
    assert small.session.state is SessionState.UPCOMING
    assert len(world.sessions) == 1
    assert small.car.seen.charge_rate_kw == 50
    world.plug_out(small.car.id)
    small.wait(seconds=2)
    (session,) = world.sessions_of(vehicle_id=small.car.id)[:1]
    assert session.state is SessionState.SETTLED
    assert session.policy_id is session.location_id is session.target is session.outcome is None
    assert world.blocks(session) == []
    assert world.valuation(session) is None
    assert world.statistics(session).kwh_sum == pytest.approx(50 / 3, abs=1e-5)


def test_two_policies_take_turns_by_place():
    small = small_world()
    world = small.world
    work = next(location for location in world.locations.values() if location.name == "Work")
    second = world.create_policy(small.car.id, work.id)
    assert world.live_session(second.id).state is SessionState.UPCOMING
    world.plug_in(small.car.id, work.id)
    small.wait(seconds=2)
    assert world.live_session(second.id).state.is_active
    assert small.session.state is SessionState.UPCOMING
    with pytest.raises(ConflictError, match="already has a policy"):
        world.create_policy(small.car.id, work.id)


def test_a_deleted_policy_settles_and_the_rest_is_unmanaged():
    small = plugged_in(level=40)
    world = small.world
    session = small.session
    small.wait(minutes=30)
    world.delete_policy(small.policy.id)
    assert session.state is SessionState.SETTLED
    small.clock.advance(timedelta(minutes=30))
    world.plug_out(small.car.id)
    small.clock.advance(timedelta(seconds=2))
    world.run()
    unmanaged = [one for one in world.sessions.values() if one.policy_id is None]
    assert [world.statistics(one).kwh_sum for one in unmanaged] == [3.6]
    assert sum(energy for _, energy in world.truth(small.car.id)) == pytest.approx(
        sum(world.statistics(one).kwh_sum for one in world.sessions.values())
    )


@pytest.mark.parametrize(
    "change",
    [
        {"battery_reserve": 101},
        {"schedule": {"funday": {"deadline": "07:00"}}},
        {"schedule": {"monday": {"deadline": "7:00"}}},
        {"schedule": {"monday": {"minimumChargeTarget": 80.5}}},
        {"schedule": {"monday": {"colour": "red"}}},
        {"schedule": {"monday": "07:00"}},
    ],
)
def test_a_bad_policy_changes_nothing(change):
    small = small_world()
    before = (small.policy.battery_reserve, dict(small.policy.schedule))
    with pytest.raises(BadRequestError) as refusal:
        small.world.patch_policy(small.policy.id, **change)
    assert refusal.value.issues
    assert (small.policy.battery_reserve, dict(small.policy.schedule)) == before


def test_a_late_correction_changes_the_session_but_not_the_truth():
    small = plugged_in(level=60, late_correction_share=1.0, late_correction_delay=timedelta(hours=2))
    world = small.world
    small.until(MORNING)
    session = small.session
    world.plug_out(small.car.id)
    small.clock.advance(timedelta(minutes=1))
    world.run()
    truth = sum(energy for _, energy in world.truth(small.car.id))
    assert abs(world.statistics(session).kwh_sum - truth) > 0.1
    assert sum(one.kwh for one in world.timeseries(session)) == pytest.approx(
        world.statistics(session).kwh_sum, abs=1e-4
    )
    small.clock.advance(timedelta(hours=2))
    world.run()
    assert world.statistics(session).kwh_sum == pytest.approx(truth, abs=1e-6)
    wrong = world.correct_settled(session.id, 0.5)
    assert world.statistics(wrong).kwh_sum == pytest.approx(truth / 2, abs=1e-6)
    with pytest.raises(ConflictError):
        world.correct_settled(small.session.id, 1)


def test_a_relink_keeps_everything_but_the_id():
    small = plugged_in()
    old, vin = small.car.id, small.car.information.vin
    new = small.world.relink(old)
    assert new != old
    assert old not in small.world.vehicles
    assert small.world.vehicles[new].information.vin == vin
    assert small.session.vehicle_id == small.policy.vehicle_id == new
    assert small.session.state.is_active
