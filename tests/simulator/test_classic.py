from datetime import timedelta

import pytest

from simulator.classic import Classic
from simulator.errors import BadRequestError, NotFoundError, UnprocessableError
from tests.simulator.small import EVENING, Small, small_world


def smart(**kwargs) -> Small:
    """The small world with classic smart charging in place of the Flex policy, plugged in at EVENING."""
    small = small_world(limit=80, **kwargs)
    small.world.set_smart_charging(small.car.id, True, deadline="07:00", minimum_charge_limit=30)
    small.world.plug_in(small.car.id)
    go(small, seconds=3)
    return small


def go(small: Small, **duration) -> None:
    small.clock.advance(timedelta(**duration))
    small.world.run()


def classic(small: Small) -> Classic:
    return small.world.classic(small.car.id)


def state(small: Small) -> str:
    return classic(small).status(small.world.now).state


def test_off_without_being_told():
    small = small_world()
    assert state(small) == "DISABLED"
    assert classic(small).status(small.world.now).plan is None


def test_a_night_by_plan():
    small = small_world(limit=80)
    seen: list[str] = []
    small.world.subscribe(
        lambda event: seen.append(event.smart_status.state) if event.smart_status is not None else None
    )
    small.world.set_smart_charging(small.car.id, True, deadline="07:00", minimum_charge_limit=30)
    assert state(small) == "CONSIDERING"
    assert classic(small).status(small.world.now).consideration.is_plugged_in is False
    small.world.plug_in(small.car.id)
    for _ in range(15 * 12):
        go(small, minutes=5)
    # 30 % first, at once; then the cheap hours; then full.
    assert next(it for it in seen if it != "CONSIDERING") in {"PLAN:EXECUTING:STARTING", "PLAN:EXECUTING:STOPPED"}
    assert "PLAN:EXECUTING:STARTED" in seen
    assert "PLAN:EXECUTING:STOPPED" in seen
    assert state(small) == "PLAN:ENDED:FINISHED"
    plan = classic(small).plan
    assert plan.ended_at is not None
    assert plan.failure_condition is None
    assert plan.smart_cost < plan.non_smart_cost
    assert small.world.car(small.car.id).battery.is_full
    small.world.plug_out(small.car.id)
    go(small, seconds=5)
    assert state(small) == "PLAN:ENDED:FINISHED"
    go(small, minutes=2)
    assert state(small) == "CONSIDERING"


def test_the_plan_tells_when_it_stops_starts_and_finishes():
    small = smart(level=50)
    status = classic(small).status(small.world.now)
    assert status.state == "PLAN:EXECUTING:STOPPED"
    plan = status.plan
    assert plan.stop_at <= small.world.now < plan.start_at < plan.estimated_finish_at
    assert plan.estimated_finish_at <= EVENING + timedelta(hours=14)
    assert plan.currency == "NOK"
    small.clock.set(plan.start_at + timedelta(minutes=1))
    small.world.run()
    status = classic(small).status(small.world.now)
    assert status.state == "PLAN:EXECUTING:STARTED"
    # More windows follow: this one's end is told, and when it resumes.
    assert small.world.now < status.plan.stop_at < status.plan.start_at
    small.clock.set(plan.estimated_finish_at - timedelta(minutes=2))
    small.world.run()
    status = classic(small).status(small.world.now)
    assert status.plan.start_at < small.world.now
    assert status.plan.start_confirmed_at is not None


def test_an_override_charges_now_and_its_end_goes_back_to_the_plan():
    small = smart(level=50)
    override = small.world.start_smart_override(small.car.id)
    assert override.ended_at is None
    assert small.world.start_smart_override(small.car.id) == override
    go(small, seconds=30)
    assert state(small) == "PLAN:EXECUTING:OVERRIDDEN"
    assert small.world.car(small.car.id).is_charging
    assert small.world.end_smart_override(small.car.id).ended_at is not None
    go(small, seconds=30)
    assert state(small) == "PLAN:EXECUTING:STOPPED"
    with pytest.raises(NotFoundError):
        small.world.end_smart_override(small.car.id)


def test_an_override_lasts_until_the_car_is_full():
    small = smart(level=70)
    small.world.start_smart_override(small.car.id)
    go(small, hours=3)
    status = classic(small).status(small.world.now)
    assert status.override is None
    assert status.state in {"PLAN:ENDED:FINISHED", "FULLY_CHARGED"}
    assert classic(small).override.ended_at is not None


def test_what_an_override_needs():
    small = small_world(limit=80)
    with pytest.raises(BadRequestError, match="No smart feature"):
        small.world.start_smart_override(small.car.id)
    small.world.set_smart_charging(small.car.id, True)
    with pytest.raises(BadRequestError, match="not plugged in"):
        small.world.start_smart_override(small.car.id)


def test_a_plan_keeps_others_from_ordering():
    small = smart(level=50)
    with pytest.raises(UnprocessableError):
        small.world.post_charging(small.car.id, "START")


@pytest.mark.parametrize(
    ("error", "told"), [("START_FAIL", "PLAN:EXECUTING:START_FAILED"), ("STOP_FAIL", "PLAN:EXECUTING:STOP_FAILED")]
)
def test_failures(error, told):
    small = smart(level=50)
    small.world.raise_error(small.car.id, error)
    go(small, seconds=5)
    assert state(small) == told
    small.world.clear_error(small.car.id)
    go(small, seconds=30)
    assert state(small).startswith("PLAN:EXECUTING:ST")
    assert not state(small).endswith("FAILED")


def test_a_lost_capability_is_unknown():
    small = smart(level=50)
    small.world.drop_capabilities(small.car.id, ["smartCharging"])
    go(small, seconds=5)
    assert state(small) == "UNKNOWN"


def test_a_forced_state_is_told():
    small = smart(level=50)
    small.world.force_smart_state(small.car.id, "PLAN:EXECUTING:STOPPED:AWAITING_PRICES")
    assert state(small) == "PLAN:EXECUTING:STOPPED:AWAITING_PRICES"
    small.world.force_smart_state(small.car.id, None)
    assert state(small) == "PLAN:EXECUTING:STOPPED"


def test_full_from_the_beginning():
    small = smart(level=80)
    assert state(small) == "FULLY_CHARGED"


def test_ends_of_a_plan():
    small = smart(level=50)
    first = classic(small).plan
    small.world.put_smart_policy(small.car.id, {"deadline": "08:00"})
    assert first.final_state == "PLAN:ENDED:DEADLINE_CHANGED"
    second = classic(small).plan
    assert second.id != first.id
    small.world.plug_out(small.car.id)
    go(small, seconds=10)
    assert second.final_state == "PLAN:ENDED:UNPLUGGED"
    assert state(small) == "PLAN:ENDED:UNPLUGGED"
    small.world.set_smart_charging(small.car.id, False)
    assert state(small) == "DISABLED"


def test_switching_off_lets_the_car_charge_by_itself():
    small = smart(level=50)
    plan = classic(small).plan
    small.world.set_smart_charging(small.car.id, False)
    go(small, minutes=1)
    assert plan.final_state == "PLAN:ENDED:DISABLED"
    assert small.world.car(small.car.id).is_charging


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"isEnabled": True}, "without a deadline"),
        ({"minimumChargeLimit": 81}, "charge limit"),
        ({"deadline": "7:00"}, "validation"),
        ({"deadline": None}, "validation"),
        ({"isEnabled": 1}, "validation"),
        ({"minimumChargeLimit": "20"}, "validation"),
        ({"enabled": True}, "validation"),
    ],
)
def test_wrong_policies(body, says):
    small = small_world(limit=80)
    with pytest.raises(BadRequestError, match=says):
        small.world.put_smart_policy(small.car.id, body)
    assert not classic(small).wish.is_enabled


def test_flex_has_the_car_already():
    small = small_world()
    with pytest.raises(BadRequestError, match="smart feature"):
        small.world.put_smart_policy(small.car.id, {"isEnabled": True, "deadline": "24:00"})


def test_flex_knows_nothing_of_its_sessions():
    small = smart(level=50)
    go(small, hours=14)
    small.world.plug_out(small.car.id)
    go(small, minutes=5)
    assert not [session for session in small.world.sessions.values() if session.policy_id is not None]
