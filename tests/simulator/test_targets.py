from datetime import timedelta

import pytest

from simulator.errors import BadRequestError, ConflictError, UnprocessableError
from simulator.model import SessionState, kwh

from .small import EVENING, plugged_in, small_world


def test_immediate_start_charges_from_now_and_goes_back():
    small = plugged_in(level=33)
    world = small.world
    small.wait(hours=1)
    world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    session = small.session
    assert session.state is SessionState.IMMEDIATE_START
    assert (session.target.id, session.target.type, session.target.minimum_charge_target) == (2, "IMMEDIATE_START", 80)
    (block,) = session.blocks
    assert (block.type.value, block.start_at) == ("IMMEDIATE_START", small.clock.now())
    assert kwh(block.planned) == pytest.approx(28.2, abs=0.003)
    small.wait(seconds=30)
    assert small.car.seen.is_charging
    assert session.outcome.type == "IMMEDIATE_START"
    assert session.outcome.minimum_charge_target_reached_at == block.end_at
    assert session.outcome.state is None
    small.until(block.end_at)
    assert session.state is SessionState.REGULAR
    assert (session.target.id, session.target.type, session.target.source) == (3, "REGULAR", "POLICY")
    assert small.wait(seconds=5).state is SessionState.REGULAR
    assert not small.car.seen.is_charging
    assert small.wait(seconds=30).outcome.state == "ON_TARGET"


def test_back_to_the_schedule_by_hand():
    small = plugged_in(level=40)
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    small.wait(minutes=10)
    small.world.set_target(small.session.id, {"type": "REGULAR"})
    session = small.session
    assert session.state is SessionState.REGULAR
    assert session.target.id == 3
    past = session.blocks[0]
    assert (past.type.value, past.end_at - past.start_at) == ("IMMEDIATE_START", timedelta(minutes=10))
    assert past.planned == past.delivered
    assert small.wait(seconds=5).target.id == 3
    assert not small.car.seen.is_charging


def test_what_is_in_force_already_gets_no_new_target():
    small = plugged_in()
    small.world.set_target(small.session.id, {"type": "REGULAR"})
    assert small.session.target.id == 1
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    assert small.session.target.id == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "immediate_start"},
        {"type": "IMMEDIATE_START", "minimumChargeTarget": 90},
        {"type": "REGULAR", "readyBy": "2026-11-24T05:00:00Z"},
        {"type": ["REGULAR"]},
    ],
)
def test_a_strange_body_is_a_problem(body):
    small = plugged_in()
    with pytest.raises(BadRequestError) as refusal:
        small.world.set_target(small.session.id, body)
    assert refusal.value.issues
    assert small.session.target.id == 1


@pytest.mark.parametrize("status", [409, 400])
def test_only_an_active_session_takes_a_target(status):
    small = small_world(target_conflict_status=status)
    with pytest.raises(ConflictError) as refusal:
        small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    assert refusal.value.http_status == status


def test_a_one_off_deadline_behind_its_switch():
    small = plugged_in(level=40, target_override=True)
    ready_by = EVENING + timedelta(hours=4)
    small.world.set_target(
        small.session.id, {"type": "REGULAR", "readyBy": ready_by.isoformat(), "minimumChargeTarget": 60}
    )
    target = small.session.target
    assert (target.source, target.ready_by, target.minimum_charge_target) == ("OVERRIDE", ready_by, 60)
    assert all(block.end_at <= ready_by for block in small.session.blocks)
    # An hour after its deadline the policy's target is in force again.
    target = small.until(ready_by + timedelta(hours=1)).target
    assert (target.id, target.source, target.minimum_charge_target) == (3, "POLICY", 80)


@pytest.mark.parametrize("wrong", [{"readyBy": "2020-01-01T00:00:00Z"}, {"readyBy": 7}, {"minimumChargeTarget": 120}])
def test_a_one_off_deadline_must_make_sense(wrong):
    small = plugged_in(target_override=True)
    with pytest.raises(BadRequestError):
        small.world.set_target(small.session.id, {"type": "REGULAR", **wrong})


def test_a_refused_immediate_start_is_refused_once():
    small = plugged_in()
    small.world.refuse_immediate_start(small.car.id, "The car is in service mode")
    with pytest.raises(UnprocessableError, match="service mode"):
        small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    assert small.session.target.id == 1
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    assert small.session.target.id == 2


def test_an_immediate_start_that_is_taken_and_then_fails():
    small = plugged_in(level=40)
    small.world.refuse_immediate_start(small.car.id, "whatever", mode="fail")
    small.world.set_target(small.session.id, {"type": "IMMEDIATE_START"})
    assert small.session.state is SessionState.IMMEDIATE_START
    assert small.session.error is None
    session = small.wait(seconds=60)
    assert session.error.type == "START_FAIL"
    assert session.outcome.minimum_charge_target_reached_at is None
    assert sum(energy for _, energy in small.world.truth(small.car.id)) == 0
