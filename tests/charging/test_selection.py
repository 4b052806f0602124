"""Which session and which policy count, where a car has several."""

from dataclasses import replace

from custom_components.enode_flex.api.models import Policy, SessionState, Target, VehicleLocation
from custom_components.enode_flex.charging import is_active, is_over, select_policy, select_session
from tests.charging.samples import HOME, at, car, session

HOME_POLICY = Policy(id="a-home", location_id=HOME)
CABIN_POLICY = Policy(id="b-cabin", location_id="cabin")
POLICIES = (CABIN_POLICY, HOME_POLICY)


def upcoming(policy: Policy, ready_by: str | None = None):
    target = Target(ready_by=at(ready_by) if ready_by else None)
    return session("A", id=f"s-{policy.id}", policy_id=policy.id, location_id=None, target=target)


def test_the_active_one_wins_wherever_it_is() -> None:
    active = session("B", id="x", policy_id=CABIN_POLICY.id, location_id="cabin")
    assert select_session(POLICIES, [upcoming(HOME_POLICY), active], car()) is active


def test_of_two_active_ones_the_later_plug_in() -> None:
    first, second = session("B", id="1"), session("B", id="0", plugged_in_at=at("23T17:00"))
    assert select_session(POLICIES, [second, first], car()) is second
    assert select_session(POLICIES, [replace(second, plugged_in_at=None), first], car()) is first


def test_upcoming_where_the_car_stands() -> None:
    home, cabin = upcoming(HOME_POLICY, "25T06:00"), upcoming(CABIN_POLICY, "24T06:00")
    assert select_session(POLICIES, [cabin, home], car()) is home


def test_else_the_one_that_is_due_first() -> None:
    home, cabin = upcoming(HOME_POLICY), upcoming(CABIN_POLICY, "24T06:00")
    away = replace(car(), location=VehicleLocation(id=None))
    assert select_session(POLICIES, [home, cabin], away) is cabin


def test_settled_ones_do_not_count() -> None:
    assert select_session(POLICIES, [session("G")], car()) is None
    assert select_session((), [], car()) is None


def test_policy() -> None:
    assert select_policy(POLICIES, upcoming(CABIN_POLICY), car()) is CABIN_POLICY
    assert select_policy(POLICIES, None, car()) is HOME_POLICY
    away = replace(car(), location=VehicleLocation(id="work"))
    assert select_policy(POLICIES, session("H"), away) is HOME_POLICY
    assert select_policy((), None, away) is None


def test_active_is_what_says_so() -> None:
    assert is_active(session("B"))
    assert is_active(session("B", state="ACTIVE:BY_MAGIC"))
    assert not is_active(session("A"))
    assert is_active(session("B", state=None))
    assert not is_active(session("A", state=None))
    assert not is_active(None)
    assert not is_active(session("B", state=SessionState.SETTLED))


def test_an_unknown_state_is_judged_by_the_plug():
    assert is_active(session("B", state="PAUSED"))
    assert not is_active(session("G", state="PAUSED"))
    assert is_over(session("G", state="PAUSED"))
    assert is_over(session("G"))
    assert not is_over(session("B", state="PAUSED"))
    assert not is_over(session("A", state="PAUSED"))
    assert not is_over(session("G", state="ACTIVE:BY_MAGIC"))
    # A known state is believed, whatever the times say.
    assert not is_over(session("B", plugged_out_at=at("23T18:00")))
    assert is_over(session("B", state=SessionState.SETTLED))


def test_what_is_over_does_not_count_in_an_unknown_state_either():
    assert select_session(POLICIES, [session("G", state="ARCHIVED")], car()) is None


def test_sessions_and_policies_of_another_vehicle_do_not_count():
    other = session("B", id="other", vehicle_id="another-car")
    mine = session("A", id="mine")
    assert select_session(POLICIES, [other, mine], car()) is mine
    assert select_session(POLICIES, [other], car()) is None
    untold = session("B", id="untold", vehicle_id=None)
    assert select_session(POLICIES, [mine, untold], car()) is untold
    foreign = replace(HOME_POLICY, id="0", vehicle_id="another-car")
    assert select_policy([foreign, CABIN_POLICY], None, car()) is CABIN_POLICY
    assert select_policy([foreign], None, car()) is None


def test_where_the_session_tells_no_place_its_policy_does():
    cabin = replace(upcoming(CABIN_POLICY, "25T06:00"), location_id=HOME)
    home = replace(upcoming(HOME_POLICY, "24T06:00"), policy_id=None)
    assert select_session(POLICIES, [home, cabin], car()) is cabin
