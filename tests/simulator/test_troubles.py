from datetime import UTC, datetime, timedelta

import pytest

from simulator.errors import BadRequestError, ConflictError, NotFoundError
from simulator.model import SessionState

from .small import EVENING, plugged_in, small_world

MORNING = datetime(2026, 11, 24, 6, tzinfo=UTC)


def energy(small):
    return sum(kwh for _, kwh in small.world.truth(small.car.id))


def test_start_fail_stops_all_energy_until_it_clears():
    small = plugged_in(level=24)
    small.wait(minutes=10)
    small.world.raise_error(small.car.id, "START_FAIL")
    before = energy(small)
    assert small.session.error.type == "START_FAIL"
    session = small.wait(hours=2)
    assert energy(small) == before
    assert (session.outcome.state, session.outcome.minimum_charge_target_reached_at) == ("OFF_TARGET", None)
    assert session.outcome.battery_level_at_ready_by == 26
    assert small.car.seen.power_delivery_state == "PLUGGED_IN:STOPPED"
    small.world.clear_error(small.car.id)
    session = small.wait(minutes=1)
    assert session.error is None
    assert session.outcome.state == "ON_TARGET"
    small.until(MORNING)
    assert small.car.seen.battery_level == 80


def test_start_fail_before_plug_in_is_told_when_a_block_begins():
    small = small_world(level=60)
    small.world.raise_error(small.car.id, "START_FAIL")
    small.world.plug_in(small.car.id)
    session = small.wait(minutes=1)
    assert session.state is SessionState.REGULAR
    assert session.error is None
    start = session.blocks[0].start_at
    assert small.until(start).error.type == "START_FAIL"


def test_stop_fail_charges_outside_of_blocks():
    small = plugged_in(level=60)
    world = small.world
    session = small.session
    assert session.blocks[0].start_at > EVENING + timedelta(hours=1)
    world.raise_error(small.car.id, "STOP_FAIL")
    small.wait(hours=1)
    assert session.error.type == "STOP_FAIL"
    assert energy(small) == pytest.approx(7.2, abs=0.01)
    assert sum(block.delivered for block in session.blocks) == 0
    world.clear_error(small.car.id)
    before = energy(small)
    small.wait(minutes=10)
    assert small.session.error is None
    assert energy(small) == before


def test_an_error_clears_itself_after_the_set_time():
    small = plugged_in(error_clear_after=timedelta(minutes=20))
    small.world.raise_error(small.car.id, "START_FAIL")
    assert small.wait(minutes=19).error is not None
    assert small.wait(minutes=1).error is None


def test_missing_capabilities_show_on_session_vehicle_and_as_interventions():
    small = plugged_in(level=24)
    world = small.world
    items = world.drop_capabilities(small.car.id, ["startCharging", "stopCharging"])
    session = small.session
    assert session.error.type == "MISSING_CAPABILITIES"
    assert session.error.missing_capabilities == ("startCharging", "stopCharging")
    assert [item.id for item in world.interventions_of([small.car.id])] == [item.id for item in items]
    assert small.car.capabilities["startCharging"].intervention_ids == [items[0].id]
    assert small.car.capabilities["chargeState"].is_capable
    before = energy(small)
    small.wait(hours=1)
    assert energy(small) == before
    world.restore_capabilities(small.car.id)
    assert small.session.error is None
    assert world.interventions == {}
    assert small.car.capabilities["startCharging"].is_capable


def test_without_charge_state_nothing_of_it_is_told():
    small = plugged_in()
    small.world.drop_capabilities(small.car.id, ["chargeState"])
    assert small.car.seen.power_delivery_state == "UNKNOWN"
    assert small.car.seen.battery_level is small.car.seen.is_plugged_in is None


def test_off_target_by_force_and_back():
    small = plugged_in(level=40)
    small.world.go_off_target(small.car.id)
    outcome = small.wait(minutes=1).outcome
    assert outcome.state == "OFF_TARGET"
    assert 40 < outcome.battery_level_at_ready_by < 80
    assert outcome.minimum_charge_target_reached_at > MORNING
    small.world.go_off_target(small.car.id, on=False)
    assert small.wait(minutes=1).outcome.state == "ON_TARGET"


def test_off_target_needs_something_to_miss():
    small = plugged_in(level=85)
    with pytest.raises(ConflictError):
        small.world.go_off_target(small.car.id)


def test_unreachable_freezes_what_is_seen():
    small = plugged_in(level=24)
    small.wait(minutes=5)
    small.world.set_reachable(small.car.id, reachable=False)
    frozen = small.car.seen
    assert not frozen.is_reachable
    small.world.plug_out(small.car.id)
    session = small.wait(hours=1)
    assert small.car.seen == frozen
    assert session.state.is_active
    small.world.set_reachable(small.car.id, reachable=True)
    small.clock.advance(timedelta(seconds=2))
    small.world.run()
    assert session.state is SessionState.SETTLED
    assert session.plugged_out_at == EVENING + timedelta(minutes=5, seconds=2)
    assert small.car.seen.is_plugged_in is False


def test_a_vendor_without_credentials():
    small = plugged_in()
    events = []
    small.world.subscribe(events.append)
    small.world.invalidate_vendor("ada", "VOLKSWAGEN")
    assert [event.event for event in events] == ["user:credentials:invalidated"]
    assert small.world.users["ada"].vendors == {"VOLKSWAGEN": False}
    assert small.car.seen.is_reachable is False
    small.world.invalidate_vendor("ada", "VOLKSWAGEN", valid=True)
    small.wait(seconds=2)
    assert small.car.seen.is_reachable is True
    with pytest.raises(NotFoundError):
        small.world.invalidate_vendor("ada", "TESLA")


def test_enodes_own_cadence():
    small = small_world(cloud_delay=None, now=EVENING)
    world = small.world
    first = small.car.seen.last_seen
    small.wait(minutes=7)
    assert small.car.seen.last_seen - first == timedelta(minutes=7)
    world.plug_in(small.car.id)
    plugged = small.clock.now()
    assert small.wait(minutes=5).state is SessionState.UPCOMING
    assert small.wait(minutes=2).state is SessionState.BATTERY_RESERVE
    assert small.session.plugged_in_at == plugged
    small.wait(seconds=30)
    assert small.car.seen.is_charging
    seen = small.car.seen.last_seen
    small.wait(minutes=2)
    assert small.car.seen.last_seen - seen == timedelta(minutes=2)
    # Asleep after an hour without a change.
    world.plug_out(small.car.id)
    small.wait(hours=2)
    looks = set()
    for _ in range(60):
        small.wait(minutes=1)
        looks.add(small.car.seen.last_seen)
    assert len(looks) <= 4


def test_a_refresh_hint_makes_the_cloud_look():
    small = small_world(cloud_delay=None)
    small.wait(minutes=1)
    small.world.plug_in(small.car.id)
    small.world.refresh_hint(small.car.id)
    assert small.wait(seconds=5).state.is_active


def test_a_change_while_the_car_sleeps_does_not_move_a_look_into_the_past():
    small = small_world(cloud_delay=None)
    small.wait(hours=3)
    last = small.car.seen.last_seen
    small.until(last + timedelta(minutes=20))
    last = small.car.seen.last_seen
    small.wait(minutes=15)
    small.world.plug_in(small.car.id)
    assert small.car.seen.last_seen == last
    assert small.wait(minutes=5).state.is_active


def test_without_any_delay_a_change_is_seen_at_once():
    small = small_world(cloud_delay=timedelta(0))
    small.world.set_charge_limit(small.car.id, 60)
    assert small.car.seen.charge_limit == 60
    small.world.plug_in(small.car.id)
    assert small.session.state.is_active


def test_a_drive_needs_a_distance_and_takes_its_time():
    small = small_world(level=50)
    with pytest.raises(BadRequestError):
        small.world.drive(small.car.id, 0)
    small.world.drive(small.car.id, 60, duration=timedelta(hours=1))
    small.wait(minutes=30)
    assert small.car.seen.location_id is None
    small.wait(minutes=31)
    # 60 km at 170 Wh are 10.2 kWh of 60.
    assert small.car.seen.battery_level == 33
    assert small.car.seen.odometer_km == 20_060
