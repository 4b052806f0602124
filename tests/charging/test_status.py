"""The one reason why a car is (not) charging: each row of the table, and their order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from custom_components.enode_flex.api.models import (
    AggregatedStatistics,
    ErrorType,
    Policy,
    Session,
    SessionError,
    SessionState,
    Statistics,
    TimeseriesEntry,
    VehicleLocation,
)
from custom_components.enode_flex.charging import STATUS_TABLE, Charging, ChargingStatus, Command
from tests.charging.samples import HOME, at, car, session, told

POLICY = Policy(id="0a6d4c1e-77b2-4f5d-b9e8-3c2d1b0a9f87", location_id=HOME)
S = ChargingStatus


def status(live: Session | None, now: str, **rest: Any) -> ChargingStatus:
    return told(live, now=at(now), **{"policies": (POLICY,)} | rest).charging_status


def charging(now: str, **state: Any):
    return car(at(now), is_plugged_in=True, is_charging=True, **state)


def idle(now: str, **state: Any):
    return car(at(now), is_plugged_in=True, is_charging=False, **state)


def unplugged(now: str):
    return car(at(now), is_plugged_in=False, is_charging=False)


def failing(name: str, error: str | None) -> Session:
    return session(name, error=SessionError(type=error))


def test_the_order_is_the_one_that_was_decided():
    assert [row[0].value for row in STATUS_TABLE] == [
        "missing_capabilities",
        "start_failed",
        "stop_failed",
        "starting_immediate_charge",
        "returning_to_schedule",
        "charging_immediately",
        "not_charging_although_planned",
        "filling_battery_reserve",
        "charging_as_planned",
        "charging_unmanaged",
        "target_reached",
        "waiting_for_next_block",
        "no_block_planned",
        "plugged_in_unmanaged",
        "finished",
        "waiting_for_plug_in",
        "no_session",
    ]
    assert [row[0] for row in STATUS_TABLE] == list(ChargingStatus)


@pytest.mark.parametrize(
    ("name", "now", "vehicle", "expected"),
    [
        ("A", "23T15:00", unplugged, S.WAITING_FOR_PLUG_IN),
        ("A", "23T15:00", idle, S.WAITING_FOR_PLUG_IN),
        ("B", "23T17:00", charging, S.FILLING_BATTERY_RESERVE),
        ("B", "23T16:45", idle, S.FILLING_BATTERY_RESERVE),
        ("C", "23T17:30", idle, S.WAITING_FOR_NEXT_BLOCK),
        ("C", "23T17:30", charging, S.CHARGING_UNMANAGED),
        ("C", "23T22:05", charging, S.CHARGING_AS_PLANNED),
        ("C", "23T22:05", idle, S.WAITING_FOR_NEXT_BLOCK),
        ("C", "23T22:10", idle, S.NOT_CHARGING_ALTHOUGH_PLANNED),
        ("C", "24T04:20", idle, S.NO_BLOCK_PLANNED),
        ("D", "23T18:30", charging, S.CHARGING_IMMEDIATELY),
        ("E", "25T04:45", charging, S.CHARGING_AS_PLANNED),
        ("F", "26T17:30", idle, S.START_FAILED),
    ],
)
def test_samples(name: str, now: str, vehicle: Callable[[str], Any], expected: ChargingStatus):
    assert status(session(name), now, vehicle=vehicle(now)) is expected


@pytest.mark.parametrize("name", ["B", "C", "D"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ErrorType.MISSING_CAPABILITIES, S.MISSING_CAPABILITIES),
        (ErrorType.START_FAIL, S.START_FAILED),
        (ErrorType.STOP_FAIL, S.STOP_FAILED),
    ],
)
@pytest.mark.parametrize("command", [None, *Command])
def test_errors_come_first(name: str, error: ErrorType, expected: ChargingStatus, command: Command | None):
    assert status(failing(name, error), "23T22:30", vehicle=charging("23T22:30"), command=command) is expected


def test_an_unknown_error_does_not_hide_the_rest():
    assert status(failing("C", "CABLE_TOO_SHORT"), "23T17:30") is S.WAITING_FOR_NEXT_BLOCK


@pytest.mark.parametrize(
    ("command", "expected"),
    [(Command.STARTING, S.STARTING_IMMEDIATE_CHARGE), (Command.RETURNING, S.RETURNING_TO_SCHEDULE)],
)
@pytest.mark.parametrize("name", ["C", "D"])
def test_commands_under_way(command: Command, expected: ChargingStatus, name: str):
    assert status(session(name), "23T22:30", vehicle=idle("23T22:30"), command=command) is expected


def test_an_immediate_start_that_does_not_charge_says_so():
    assert status(session("D"), "23T18:20", vehicle=idle("23T18:20")) is S.CHARGING_IMMEDIATELY
    assert status(session("D"), "23T18:26", vehicle=idle("23T18:26")) is S.NOT_CHARGING_ALTHOUGH_PLANNED
    assert status(session("D"), "23T18:26") is S.CHARGING_IMMEDIATELY, "nobody looked"


def test_silence_needs_fresh_sessions_and_somebody_who_looked():
    now = "23T22:15"
    silent = {"vehicle": idle(now)}
    assert status(session("C"), now, **silent, age=timedelta(minutes=29)) is S.NOT_CHARGING_ALTHOUGH_PLANNED
    assert status(session("C"), now, **silent, age=timedelta(minutes=30)) is S.WAITING_FOR_NEXT_BLOCK
    assert status(session("C"), now) is S.CHARGING_AS_PLANNED
    early = car(at("23T22:04"), is_charging=False)
    assert status(session("C"), "23T22:13", vehicle=early) is S.WAITING_FOR_NEXT_BLOCK, "it may have begun since"


def test_silence_does_not_come_and_go_with_the_age_of_the_vehicle():
    seen = car(at("23T22:06"), is_charging=False)
    found = [status(session("C"), f"23T22:{minute}", vehicle=seen) for minute in range(10, 36)]
    assert set(found) == {S.NOT_CHARGING_ALTHOUGH_PLANNED}


def test_a_silent_quarter_is_silence_and_one_with_energy_is_not():
    def measured(kwh: float) -> Session:
        series = (TimeseriesEntry(start_at=at("23T22:00"), kwh=kwh),)
        return session("C", statistics=Statistics(timeseries=series))

    assert status(measured(0), "23T22:20") is S.NOT_CHARGING_ALTHOUGH_PLANNED
    assert status(measured(1.8), "23T22:20") is S.CHARGING_AS_PLANNED
    # A vehicle seen to charge since.
    assert status(measured(0), "23T22:20", vehicle=charging("23T22:19")) is S.CHARGING_AS_PLANNED


def test_a_full_car_is_not_silent():
    now = "23T22:30"
    assert status(session("C"), now, vehicle=idle(now, battery_level=80)) is S.TARGET_REACHED
    assert status(session("C"), now, vehicle=idle(now, is_fully_charged=True)) is S.TARGET_REACHED
    assert status(session("C"), now, vehicle=idle(now, battery_level=79)) is S.NOT_CHARGING_ALTHOUGH_PLANNED


def test_filling_the_reserve_is_what_the_state_or_the_block_says():
    regular = SessionState.ACTIVE_REGULAR
    now = "23T17:00"
    assert status(session("B", state=regular), now, vehicle=charging(now)) is S.FILLING_BATTERY_RESERVE
    assert status(session("B", state=regular), "23T16:50", vehicle=idle("23T16:50")) is S.WAITING_FOR_NEXT_BLOCK
    assert status(session("B", blocks=()), now, vehicle=charging(now)) is S.FILLING_BATTERY_RESERVE
    assert status(session("B", blocks=()), now, vehicle=idle(now)) is S.NO_BLOCK_PLANNED


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("23T21:54", S.CHARGING_UNMANAGED),
        ("23T21:55", S.CHARGING_AS_PLANNED),
        ("24T00:09", S.CHARGING_AS_PLANNED),
        ("24T00:10", S.CHARGING_UNMANAGED),
    ],
)
def test_clocks_a_few_minutes_off_are_no_reason(now: str, expected: ChargingStatus):
    assert status(session("C"), now, vehicle=charging(now)) is expected


def test_target_reached_waits_for_no_block():
    full = Statistics(aggregated=AggregatedStatistics(battery_to=80))
    assert status(session("C", statistics=full), "23T17:30", vehicle=idle("23T17:30")) is S.TARGET_REACHED


ROAD = VehicleLocation(id=None, latitude=59.0)
WORK = VehicleLocation(id="work")
NOWHERE = VehicleLocation()
AT_HOME = VehicleLocation(id=HOME)


def parked(where: VehicleLocation, now: str = "23T15:00", **state: Any):
    known = car(at(now), **{"is_plugged_in": True, "is_charging": False} | state)
    return type(known)(id=known.id, charge_state=known.charge_state, location=where, last_seen=known.last_seen)


@pytest.mark.parametrize(
    ("where", "live", "policies", "expected"),
    [
        (AT_HOME, session("A"), (POLICY,), S.WAITING_FOR_PLUG_IN),
        (WORK, session("A"), (POLICY,), S.PLUGGED_IN_UNMANAGED),
        (ROAD, session("A"), (POLICY,), S.PLUGGED_IN_UNMANAGED),
        (NOWHERE, session("A"), (POLICY,), S.WAITING_FOR_PLUG_IN),
        (WORK, session("A", location_id=None), (POLICY,), S.PLUGGED_IN_UNMANAGED),
        (WORK, session("A", location_id="work"), (POLICY,), S.WAITING_FOR_PLUG_IN),
        (WORK, session("A", location_id=None), (), S.WAITING_FOR_PLUG_IN),
        (WORK, session("A"), (), S.PLUGGED_IN_UNMANAGED),
        (WORK, session("A"), (Policy(id="p"),), S.WAITING_FOR_PLUG_IN),
        (AT_HOME, None, (), S.PLUGGED_IN_UNMANAGED),
        (AT_HOME, None, (POLICY,), S.NO_SESSION),
        (AT_HOME, None, (Policy(id="p", is_enabled=True),), S.NO_SESSION),
        (AT_HOME, None, (Policy(id="p", is_enabled=False),), S.PLUGGED_IN_UNMANAGED),
        (WORK, None, (POLICY,), S.PLUGGED_IN_UNMANAGED),
    ],
)
def test_plugged_in_where_nothing_manages_it(
    where: VehicleLocation, live: Session | None, policies: tuple[Policy, ...], expected: ChargingStatus
):
    assert status(live, "23T15:00", vehicle=parked(where), policies=policies) is expected


def test_charging_where_nothing_manages_it():
    vehicle = parked(ROAD, is_charging=True)
    assert status(session("A"), "23T15:00", vehicle=vehicle) is S.CHARGING_UNMANAGED
    assert status(None, "23T15:00", vehicle=vehicle) is S.CHARGING_UNMANAGED


def test_between_sessions():
    away = unplugged("24T07:00")
    assert status(None, "24T07:00", vehicle=away, settled=session("G")) is S.FINISHED
    assert status(session("A"), "24T07:00", vehicle=away, settled=session("G")) is S.WAITING_FOR_PLUG_IN
    assert status(None, "24T07:00", vehicle=away, ever_seen=True) is S.FINISHED
    assert status(None, "24T07:00", vehicle=away) is S.NO_SESSION


def test_a_car_that_just_left_is_not_charging_unmanaged():
    """The vehicle was last seen two minutes before the session settled."""
    left = charging("24T06:39")
    found: Charging = told(None, now=at("24T06:43"), vehicle=left, settled=session("G"), policies=(POLICY,))
    assert found.charging_status is S.FINISHED
    assert (found.plugged_in, found.charging, found.charge_power) == (False, False, 0)
