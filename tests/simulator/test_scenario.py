from datetime import UTC, datetime, timedelta
import time

import pytest

from simulator import scenario
from simulator.clock import ManualClock
from simulator.model import SessionState
from simulator.settings import WorldSettings

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


def policies_of(world, key):
    car = world.vehicle_by_key(key)
    return [policy for policy in world.policies.values() if policy.vehicle_id == car.id]


def test_standard_is_as_described():
    world = scenario.standard(ManualClock(NOW))
    assert sorted(world.users) == ["home", "neighbour"]
    car = world.vehicle_by_key("car-1")
    home, cabin = policies_of(world, "car-1")
    assert car.seen.location_id == home.location_id
    assert car.seen.is_plugged_in is False
    for policy in world.policies.values():
        assert world.live_session(policy.id).state is SessionState.UPCOMING
        assert world.live_session(policy.id).target.ready_by == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert world.vehicle_by_key("car-2").seen.location_id is None
    neighbour = world.vehicle_by_key("car-3")
    assert (neighbour.information.brand, neighbour.information.model) == ("Volkswagen", "ID.3")
    assert any(session.policy_id == cabin.id for session in world.sessions.values() if not session.is_live)


@pytest.mark.parametrize("key", ["car-1", "car-2", "car-3"])
def test_at_least_sixty_days_lie_behind_each_car(key):
    world = scenario.standard(ManualClock(NOW))
    sessions = world.sessions_of(vehicle_id=world.vehicle_by_key(key).id)
    settled = [session for session in sessions if not session.is_live]
    assert NOW - min(session.plugged_in_at for session in settled) >= timedelta(days=59)
    assert len(settled) >= 45
    assert 1 <= sum(session.policy_id is None for session in settled) <= 10
    assert all(session.valuation is not None for session in settled if session.policy_id is not None)
    told = sum(world.statistics(session).kwh_sum for session in settled)
    assert told == pytest.approx(sum(kwh for _, kwh in world.truth(world.vehicle_by_key(key).id)), abs=1e-3)
    assert all(5 <= world.statistics(session).battery_from <= 95 for session in settled)


def test_the_same_seed_tells_the_same_and_another_one_does_not():
    def ids(seed):
        return list(scenario.standard(ManualClock(NOW), seed=seed, days=5).sessions)

    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))


def test_two_worlds_do_not_share_anything():
    one, other = (scenario.standard(ManualClock(NOW), days=5) for _ in range(2))
    one.plug_in(one.vehicle_by_key("car-1").id)
    one.remove_user("neighbour")
    assert other.vehicle_by_key("car-1").seen.is_plugged_in is False
    assert "neighbour" in other.users


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_demo_makes_sense_at_any_hour(hour):
    now = datetime(2026, 11, 28, hour, 50, 33, tzinfo=UTC)
    world = scenario.demo(ManualClock(now), days=3)
    session = world.live_session(policies_of(world, "car-1")[0].id)
    assert session.state is SessionState.REGULAR
    assert timedelta(hours=2, minutes=30) < now - session.plugged_in_at < timedelta(hours=3, minutes=30)
    assert timedelta(hours=8) < session.target.ready_by - now < timedelta(hours=14)
    assert [block.end_at < now for block in session.blocks].count(True) >= 1
    assert [block.start_at > now for block in session.blocks].count(True) >= 2
    assert session.outcome.state == "ON_TARGET"
    assert world.statistics(session).kwh_sum == pytest.approx(3.6, abs=0.01)


def test_settings_are_taken_over():
    world = scenario.standard(ManualClock(NOW), days=2, settings=WorldSettings(outcome_lag=timedelta(seconds=7)))
    assert world.settings.outcome_lag == timedelta(seconds=7)


def test_a_year_is_lived_in_seconds_and_loses_nothing():
    clock = ManualClock(datetime(2026, 1, 5, 10, tzinfo=UTC))
    began = time.perf_counter()
    world = scenario.year(clock, settings=WorldSettings(late_correction_share=0.1))
    for _ in range(400):
        clock.advance(timedelta(days=1))
        world.run()
    assert time.perf_counter() - began < 10
    settled = [session for session in world.sessions.values() if not session.is_live]
    assert 390 <= len(settled) <= 430
    assert 25 <= sum(session.policy_id is None for session in settled) <= 35
    assert any(session.factor != 1 for session in settled) or len(settled) > 390
    car = world.vehicle_by_key("car-1")
    charging = [session for session in world.sessions.values() if session.state.is_active]
    told = sum(world.statistics(session).kwh_sum / session.factor for session in [*settled, *charging])
    assert told == pytest.approx(sum(kwh for _, kwh in world.truth(car.id)), abs=0.02)
