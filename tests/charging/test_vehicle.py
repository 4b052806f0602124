"""What the vehicle tells, and when the session knows better."""

from datetime import datetime, timedelta

import pytest

from custom_components.enode_flex.api.models import PowerDeliveryState, Session, Vehicle
from custom_components.enode_flex.charging import is_fresh, is_plugged_in, seen_at
from custom_components.enode_flex.charging.vehicle import seen_since_plug_in, told_charging, told_plugged_in
from tests.charging.samples import at, car, session

NOW = at("23T17:00")


def test_seen_is_the_charge_state_else_the_vehicle():
    assert seen_at(Vehicle(id="v")) is None
    assert seen_at(Vehicle(id="v", last_seen=NOW)) == NOW
    assert seen_at(car(NOW, last_updated=at("23T16:00"))) == at("23T16:00")


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(minutes=9, seconds=59), True),
        (timedelta(minutes=10), False),
        (timedelta(minutes=-10), True),
        (timedelta(minutes=-10, seconds=-1), False),
        (timedelta(days=1), False),
        (timedelta(days=-1), False),
    ],
    ids=str,
)
def test_fresh_for_ten_minutes_on_either_side_of_our_clock(age: timedelta, fresh: bool):
    assert is_fresh(car(NOW - age), NOW) is fresh


def test_never_seen_is_not_fresh():
    assert not is_fresh(car(), NOW)


@pytest.mark.parametrize(
    ("state", "plugged_in", "charging"),
    [
        (None, None, None),
        (PowerDeliveryState.UNKNOWN, None, None),
        (PowerDeliveryState.UNPLUGGED, False, False),
        (PowerDeliveryState.INITIALIZING, True, False),
        (PowerDeliveryState.CHARGING, True, True),
        (PowerDeliveryState.STOPPED, True, False),
        (PowerDeliveryState.COMPLETE, True, False),
        (PowerDeliveryState.NO_POWER, True, False),
        (PowerDeliveryState.FAULT, True, False),
        (PowerDeliveryState.DISCHARGING, True, False),
        ("PLUGGED_IN:DREAMING", True, None),
        ("TOWED", None, None),
    ],
)
def test_the_power_delivery_state_tells_where_nothing_else_does(
    state: PowerDeliveryState | str | None, plugged_in: bool | None, charging: bool | None
):
    vehicle = car(power_delivery_state=state)
    assert told_plugged_in(vehicle) is plugged_in
    assert told_charging(vehicle) is charging


def test_the_plain_answer_comes_first():
    vehicle = car(power_delivery_state=PowerDeliveryState.CHARGING, is_plugged_in=False, is_charging=False)
    assert told_plugged_in(vehicle) is False
    assert told_charging(vehicle) is False


@pytest.mark.parametrize(
    ("seen", "plugged_in_at", "since"),
    [
        ("23T16:39", "23T16:40", False),
        ("23T16:40", "23T16:40", True),
        (None, "23T16:40", True),
        ("23T16:39", None, True),
    ],
)
def test_what_was_seen_before_the_plug_in_is_of_another_time(seen: str | None, plugged_in_at: str | None, since: bool):
    visit = session("B", plugged_in_at=at(plugged_in_at) if plugged_in_at else None)
    assert seen_since_plug_in(car(at(seen) if seen else None), visit) is since


BEFORE, DURING, AFTER = at("23T16:30"), at("23T17:00"), at("24T07:00")
ACTIVE, UPCOMING, SETTLED = session("B"), session("A"), session("G")


@pytest.mark.parametrize(
    ("told", "seen", "live", "settled", "expected"),
    [
        # Nothing but the vehicle.
        (None, DURING, None, None, None),
        (True, DURING, None, None, True),
        (False, DURING, None, None, False),
        # A session is under way: only a vehicle seen since can deny it.
        (None, DURING, ACTIVE, None, True),
        (True, BEFORE, ACTIVE, None, True),
        (False, BEFORE, ACTIVE, None, True),
        (False, DURING, ACTIVE, None, False),
        (False, None, ACTIVE, None, False),
        # One is over: only a vehicle seen since can be plugged in again.
        (True, DURING, None, SETTLED, False),
        (True, AFTER, None, SETTLED, True),
        (True, SETTLED.plugged_out_at, None, SETTLED, True),
        (True, None, None, SETTLED, True),
        (True, DURING, UPCOMING, SETTLED, False),
        (True, AFTER, UPCOMING, SETTLED, True),
        (None, DURING, None, SETTLED, False),
        (None, DURING, UPCOMING, None, False),
        (True, DURING, UPCOMING, None, True),
        (None, DURING, None, session("G", plugged_out_at=None), None),
    ],
)
def test_of_plug_and_session_the_newer_word_counts(
    told: bool | None, seen: datetime | None, live: Session | None, settled: Session | None, expected: bool | None
):
    assert is_plugged_in(car(seen, is_plugged_in=told), live, settled) is expected
