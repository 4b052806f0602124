from datetime import timedelta

import pytest

from simulator.errors import BadRequestError, ConflictError, UnprocessableError
from simulator.world import ROAD

from .small import plugged_in, small_world


def unmanaged(**kwargs):
    small = small_world(**kwargs)
    small.world.plug_in(small.car.id, ROAD)
    small.wait(seconds=10)
    return small


def test_a_session_with_a_policy_has_the_say():
    small = plugged_in()
    with pytest.raises(UnprocessableError) as refusal:
        small.world.post_charging(small.car.id, "START")
    assert refusal.value.http_status == 422


def test_stop_and_start_are_confirmed_later():
    small = unmanaged(level=40)
    world = small.world
    events = []
    world.subscribe(events.append)
    action = world.post_charging(small.car.id, "STOP")
    assert (action.state, action.completed_at) == ("PENDING", None)
    assert world.post_charging(small.car.id, "STOP") is action
    small.wait(seconds=20)
    assert (action.state, action.completed_at) == ("CONFIRMED", small.clock.now())
    assert small.car.seen.is_charging is False
    started = world.post_charging(small.car.id, "START")
    small.wait(seconds=20)
    assert started.state == "CONFIRMED"
    assert small.car.seen.is_charging is True
    assert [event.action for event in events if event.event == "user:vendor-action:updated"] == [action, started]


def test_another_order_cancels_the_pending_one():
    small = unmanaged(level=40)
    first = small.world.post_charging(small.car.id, "STOP")
    small.wait(seconds=1)
    small.world.raise_error(small.car.id, "START_FAIL")
    second = small.world.post_charging(small.car.id, "START")
    assert (first.state, first.failure_type) == ("CANCELLED", "REQUESTED_CANCELLATION")
    small.wait(minutes=4)
    assert second.state == "PENDING"
    small.wait(minutes=1)
    assert (second.state, second.failure_type) == ("FAILED", "NO_RESPONSE")


def test_cancel():
    small = unmanaged(level=40)
    action = small.world.post_charging(small.car.id, "STOP")
    assert small.world.cancel_action(action.id).state == "CANCELLED"
    with pytest.raises(ConflictError):
        small.world.cancel_action(action.id)
    small.wait(minutes=1)
    assert small.car.seen.is_charging is True


def test_a_car_that_leaves_fails_its_order():
    small = unmanaged(level=40)
    action = small.world.post_charging(small.car.id, "STOP")
    small.world.plug_out(small.car.id)
    small.wait(seconds=20)
    assert (action.state, action.failure_type) == ("FAILED", "FAILED_PRECONDITION")


def test_what_cannot_or_need_not_be_done_is_refused():
    small = small_world(level=40)
    world = small.world
    with pytest.raises(BadRequestError, match="not plugged in"):
        world.post_charging(small.car.id, "START")
    with pytest.raises(BadRequestError, match="validation"):
        world.post_charging(small.car.id, "JUMP")
    world.plug_in(small.car.id, ROAD)
    small.clock.advance(timedelta(seconds=10))
    with pytest.raises(BadRequestError, match="already charging"):
        world.post_charging(small.car.id, "START")
    world.set_battery(small.car.id, 90)
    with pytest.raises(BadRequestError, match="fully charged"):
        world.post_charging(small.car.id, "START")
    with pytest.raises(BadRequestError, match="already stopped"):
        world.post_charging(small.car.id, "STOP")
