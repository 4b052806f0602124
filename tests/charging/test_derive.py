"""Everything at once: the samples as a person would read them."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.enode_flex.api.models import (
    Block,
    Policy,
    Session,
    SessionError,
    SessionState,
    Statistics,
    Target,
    TimeseriesEntry,
    Valuation,
)
from custom_components.enode_flex.charging import (
    BlockWord,
    ChargingStatus,
    Command,
    ErrorWord,
    OutcomeWord,
    SessionStateWord,
    TargetSourceWord,
    derive,
)
from tests.charging.samples import at, car, session, told

POLICY = Policy(id="0a6d4c1e-77b2-4f5d-b9e8-3c2d1b0a9f87", battery_reserve=30)
NOTHING = told(now=at("23T15:00"))
EVENING = car(at("23T17:30"), battery_level=30, is_plugged_in=True, is_charging=False)

TARGET = {
    "battery_reserve": 30,
    "minimum_charge_target": 80,
    "ready_by": at("24T06:00"),
    "target_source": TargetSourceWord.POLICY,
}


@pytest.mark.parametrize(
    ("live", "settled", "now", "vehicle", "expected"),
    [
        (None, None, "23T15:00", car(), {"session_state": SessionStateWord.NO_SESSION}),
        (
            session("A"),
            None,
            "23T15:00",
            car(at("23T15:00"), battery_level=24, is_plugged_in=False, is_charging=False),
            {
                "session_state": SessionStateWord.UPCOMING,
                "charging_status": ChargingStatus.WAITING_FOR_PLUG_IN,
                "battery_level": 24,
                "plugged_in": False,
                "charging": False,
                "charge_power": 0,
                "reserve_progress": pytest.approx(0.8),
                "target_progress": pytest.approx(0.3),
                **TARGET,
            },
        ),
        (
            session("B"),
            None,
            "23T17:00",
            car(at("23T16:59"), battery_level=27, is_plugged_in=True, is_charging=True, charge_rate=7.1),
            {
                "session_state": SessionStateWord.ACTIVE_BATTERY_RESERVE,
                "charging_status": ChargingStatus.FILLING_BATTERY_RESERVE,
                "battery_level": 27,
                "plugged_in": True,
                "charging": True,
                "charge_power": 7.1,
                "block_power": pytest.approx(7.2),
                "quarter_power": pytest.approx(7.2),
                "session_energy": 1.8,
                "delivered_by_type": {BlockWord.BATTERY_RESERVE: 1.8},
                "planned_energy": 32.4,
                "remaining_energy": 31.8,
                "next_charge_start": at("23T22:00"),
                "charge_end": at("24T04:15"),
                "plugged_in_at": at("23T16:40"),
                "battery_level_at_plug_in": 24,
                "reserve_progress": pytest.approx(0.9),
                "target_progress": pytest.approx(27 / 80),
                "outcome": OutcomeWord.ON_TARGET,
                "off_target": False,
                "target_reached_at": at("24T04:15"),
                "smart_charge_window": True,
                **TARGET,
            },
        ),
        (
            session("C"),
            session("H"),
            "23T17:30",
            EVENING,
            {
                "session_state": SessionStateWord.ACTIVE_REGULAR,
                "charging_status": ChargingStatus.WAITING_FOR_NEXT_BLOCK,
                "battery_level": 30,
                "plugged_in": True,
                "charging": False,
                "charge_power": 0,
                "quarter_power": 0,
                "session_energy": 3.6,
                "delivered_by_type": {BlockWord.BATTERY_RESERVE: 3.6},
                "planned_energy": 30.6,
                "remaining_energy": 30,
                "next_charge_start": at("23T22:00"),
                "charge_end": at("24T04:15"),
                "plugged_in_at": at("23T16:40"),
                "battery_level_at_plug_in": 24,
                "reserve_progress": 1,
                "target_progress": pytest.approx(0.375),
                "outcome": OutcomeWord.ON_TARGET,
                "off_target": False,
                "target_reached_at": at("24T04:15"),
                **TARGET,
            },
        ),
        (
            session("D"),
            None,
            "23T18:30",
            car(at("23T18:29"), battery_level=33, is_plugged_in=True, is_charging=True, charge_rate=7.2),
            {
                "session_state": SessionStateWord.ACTIVE_IMMEDIATE_START,
                "charging_status": ChargingStatus.CHARGING_IMMEDIATELY,
                "battery_level": 33,
                "plugged_in": True,
                "charging": True,
                "charge_power": 7.2,
                "session_energy": 5.4,
                "delivered_by_type": {BlockWord.BATTERY_RESERVE: 3.6, BlockWord.IMMEDIATE_START: 0},
                "planned_energy": 30,
                "remaining_energy": 28.2,
                "charge_end": at("23T22:25"),
                "plugged_in_at": at("23T16:40"),
                "battery_level_at_plug_in": 24,
                "battery_reserve": 30,
                "minimum_charge_target": 80,
                "target_source": TargetSourceWord.OVERRIDE,
                "reserve_progress": 1,
                "target_progress": pytest.approx(33 / 80),
                "outcome": OutcomeWord.IMMEDIATE_START,
                "off_target": False,
                "target_reached_at": at("23T22:25"),
                # The quarter of 17:15, which ended an hour ago, tells nothing of now.
                "quarter_power": None,
                "block_power": None,
            },
        ),
        (
            session("E"),
            None,
            "25T04:45",
            car(at("25T04:44"), battery_level=43, is_plugged_in=True, is_charging=True),
            {
                "session_state": SessionStateWord.ACTIVE_REGULAR,
                "charging_status": ChargingStatus.CHARGING_AS_PLANNED,
                "battery_level": 43,
                "plugged_in": True,
                "charging": True,
                "charge_power": pytest.approx(7.2),
                "block_power": pytest.approx(7.2),
                "quarter_power": pytest.approx(7.2),
                "session_energy": 1.8,
                "delivered_by_type": {BlockWord.REGULAR: 1.8},
                "planned_energy": 22.2,
                "remaining_energy": 22.2,
                "charge_end": at("25T07:50"),
                "plugged_in_at": at("25T04:30"),
                "battery_level_at_plug_in": 40,
                "reserve_progress": 1,
                "target_progress": pytest.approx(43 / 80),
                "outcome": OutcomeWord.OFF_TARGET,
                "off_target": True,
                "battery_level_at_ready_by": 58,
                "target_reached_at": at("25T07:50"),
                "missing_percent": 22,
                "missing_kwh": 13.2,
                "smart_charge_window": True,
                **(TARGET | {"ready_by": at("25T06:00")}),
            },
        ),
        (
            session("F"),
            None,
            "26T22:30",
            car(at("26T22:29"), battery_level=35, is_plugged_in=True, is_charging=False),
            {
                "session_state": SessionStateWord.ACTIVE_REGULAR,
                "charging_status": ChargingStatus.START_FAILED,
                "battery_level": 35,
                "plugged_in": True,
                "charging": False,
                "charge_power": 0,
                "session_energy": 0,
                "delivered_by_type": {BlockWord.REGULAR: 0},
                "planned_energy": 14.4,
                "remaining_energy": 27,
                "charge_end": at("27T00:00"),
                "plugged_in_at": at("26T17:05"),
                "battery_level_at_plug_in": 35,
                "reserve_progress": 1,
                "target_progress": pytest.approx(35 / 80),
                "outcome": OutcomeWord.OFF_TARGET,
                "off_target": True,
                "battery_level_at_ready_by": 35,
                "missing_percent": 45,
                "missing_kwh": 27,
                "error": ErrorWord.START_FAILED,
                "charging_error": True,
                **(TARGET | {"ready_by": at("27T06:00")}),
            },
        ),
        (
            None,
            session("G"),
            "24T07:00",
            car(at("24T06:58"), battery_level=79, is_plugged_in=False, is_charging=False),
            {
                "session_state": SessionStateWord.SETTLED,
                "charging_status": ChargingStatus.FINISHED,
                "battery_level": 79,
                "plugged_in": False,
                "charging": False,
                "charge_power": 0,
                "session_energy": 34.2,
                "delivered_by_type": {BlockWord.BATTERY_RESERVE: 3.6, BlockWord.REGULAR: 30.6},
                "charge_end": at("24T04:15"),
                "plugged_in_at": at("23T16:40"),
                "plugged_out_at": at("24T06:41"),
                "battery_level_at_plug_in": 24,
                "reserve_progress": 1,
                "target_progress": pytest.approx(79 / 80),
                "outcome": OutcomeWord.ON_TARGET,
                "off_target": False,
                "target_reached_at": at("24T04:15"),
                "session_cost": 6.84,
                "session_savings": 4.79,
                "currency": "EUR",
                **TARGET,
            },
        ),
        (
            None,
            session("H"),
            "21T11:40",
            car(at("21T11:39"), battery_level=64, is_plugged_in=False, is_charging=False),
            {
                "session_state": SessionStateWord.SETTLED,
                "charging_status": ChargingStatus.FINISHED,
                "battery_level": 64,
                "plugged_in": False,
                "charging": False,
                "charge_power": 0,
                "session_energy": 21.6,
                "plugged_in_at": at("21T11:02"),
                "plugged_out_at": at("21T11:38"),
                "battery_level_at_plug_in": 28,
                "battery_reserve": 30,
                "reserve_progress": 1,
            },
        ),
    ],
    ids=["nothing", "A", "B", "C", "D", "E", "F", "G", "H"],
)
def test_samples(live: Session | None, settled: Session | None, now: str, vehicle: Any, expected: dict[str, Any]):
    """Whatever is not named has the value that it has when nothing is known at all."""
    policies = (POLICY,) if live or settled else ()
    found = told(live, now=at(now), vehicle=vehicle, settled=settled, policies=policies)
    own = {"shown", "windows", "current_window", "next_window", "last_seen", "next_boundary"}
    names = {it.name for it in fields(found)} - own
    defaults = {name: getattr(NOTHING, name) for name in names}
    assert {name: getattr(found, name) for name in names} == defaults | expected


def test_when_nothing_is_known_all_is_unknown_but_what_is_known_to_be_absent():
    known = {it.name: getattr(NOTHING, it.name) for it in fields(NOTHING) if getattr(NOTHING, it.name) is not None}
    assert known == {
        "session_state": SessionStateWord.NO_SESSION,
        "charging_status": ChargingStatus.NO_SESSION,
        "windows": (),
        "delivered_by_type": {},
        "error": ErrorWord.NONE,
        "charging_error": False,
        "missing_capabilities": (),
        "smart_charge_window": False,
        "last_seen": at("23T15:00"),
        "next_boundary": at("23T15:10"),
    }


def test_between_two_visits_the_target_is_the_coming_one_and_the_figures_are_the_last_ones():
    coming = session("A", target=Target(id="1", type="REGULAR", minimum_charge_target=60, ready_by=at("25T06:00")))
    found = told(coming, now=at("24T08:00"), settled=session("G"))
    assert found.session_state is SessionStateWord.UPCOMING
    assert found.shown == session("G")
    assert (found.minimum_charge_target, found.ready_by) == (60, at("25T06:00"))
    assert (found.session_energy, found.session_cost, found.session_savings) == (34.2, 6.84, 4.79)
    assert (found.plugged_in_at, found.plugged_out_at) == (at("23T16:40"), at("24T06:41"))
    assert found.battery_level_at_plug_in == 24
    assert found.charge_end == at("24T04:15")
    assert len(found.windows) == 3
    assert (found.outcome, found.off_target, found.target_reached_at) == (None, None, None)
    assert (found.planned_energy, found.next_charge_start, found.remaining_energy) == (None, None, None)


def test_an_upcoming_session_with_an_outcome_reaches_its_target_at_no_block_of_the_last_one():
    coming = session("A", outcome=session("C").outcome)
    assert told(coming, now=at("24T08:00"), settled=session("G")).target_reached_at is None


def test_while_active_nothing_of_the_last_visit_is_left():
    found = told(session("C"), now=at("23T17:30"), settled=session("G", id="earlier"))
    assert found.shown == session("C")
    assert (found.plugged_out_at, found.session_cost, found.session_energy) == (None, None, 3.6)


def test_a_session_that_is_over_counts_as_the_last_settled_one():
    over = told(session("G"), now=at("24T07:00"), settled=session("H"))
    assert over == told(None, now=at("24T07:00"), settled=session("G"))
    unknown = session("G", state="ARCHIVED")
    found = told(unknown, now=at("24T07:00"))
    assert (found.session_state, found.shown) == (SessionStateWord.SETTLED, unknown)


def test_an_unknown_state_is_unknown_and_the_rest_goes_on():
    found = told(session("C", state="ACTIVE:BY_MAGIC"), now=at("23T17:30"), vehicle=EVENING)
    assert (found.session_state, found.session_state_raw) == (None, "ACTIVE:BY_MAGIC")
    assert found.charging_status is ChargingStatus.WAITING_FOR_NEXT_BLOCK
    assert found.planned_energy == 30.6
    assert told(session("C", state=None), now=at("23T17:30")).session_state_raw is None
    assert told(session("A", state="SOON"), now=at("23T15:00")).session_state_raw == "SOON"


def test_settled_until_the_next_is_upcoming():
    assert told(now=at("24T07:00"), ever_seen=True).session_state is SessionStateWord.SETTLED
    assert told(session("A"), now=at("24T07:00"), ever_seen=True).session_state is SessionStateWord.UPCOMING


def test_unknown_words_are_kept():
    odd = session(
        "E",
        error=SessionError(type="CABLE_TOO_SHORT", missing_capabilities=("cable",)),
        outcome=replace(session("E").outcome, state="MAYBE"),
        target=replace(session("E").target, source="USER"),
    )
    found = told(odd, now=at("25T04:45"))
    assert (found.error, found.error_raw, found.charging_error) == (None, "CABLE_TOO_SHORT", True)
    assert found.missing_capabilities == ("cable",)
    assert (found.outcome, found.outcome_raw, found.off_target) == (None, "MAYBE", None)
    assert (found.battery_level_at_ready_by, found.missing_percent, found.missing_kwh) == (None, None, None)
    assert (found.target_source, found.target_source_raw) == (TargetSourceWord.OVERRIDE, "USER")


def test_a_stale_outcome_is_unknown_in_all_its_parts():
    stale = told(session("E", outcome=replace(session("E").outcome, target_id="0")), now=at("25T04:45"))
    assert (stale.outcome, stale.off_target, stale.battery_level_at_ready_by) == (None, None, None)
    assert (stale.target_reached_at, stale.missing_percent, stale.missing_kwh) == (None, None, None)


@pytest.mark.parametrize("capacity", [None, 0, -60])
def test_without_capacity_percents_are_told_and_energy_is_not(capacity: float | None):
    found = told(session("E"), now=at("25T04:45"), vehicle=car(at("25T04:45"), battery_capacity=capacity))
    assert (found.missing_percent, found.missing_kwh, found.remaining_energy) == (22, None, None)
    assert told(session("C"), now=at("23T17:30"), vehicle=car(battery_capacity=capacity)).target_reached_at is None


def test_remaining_energy_needs_level_and_target():
    now = at("23T17:30")
    assert told(session("C", statistics=Statistics()), now=now).remaining_energy is None
    assert told(session("C", target=None), now=now, vehicle=EVENING).remaining_energy is None
    full = replace(EVENING, charge_state=replace(EVENING.charge_state, battery_level=95))
    assert told(session("C"), now=now, vehicle=full).remaining_energy == 0


def test_an_immediate_start_has_the_reserve_of_its_policy():
    other = Policy(id="other", battery_reserve=50)
    found = told(session("D"), now=at("23T18:30"), policies=(other, POLICY))
    assert (found.battery_reserve, found.ready_by) == (30, None)
    assert told(session("D"), now=at("23T18:30")).battery_reserve is None


@pytest.mark.parametrize(
    "valuation",
    [
        None,
        Valuation(currency=None, actual=1, baseline=2, savings=1),
        Valuation(currency="EUR", actual=None, baseline=2, savings=1),
        Valuation(currency="EUR", actual=1, baseline=None, savings=1),
        Valuation(currency="EUR", actual=1, baseline=2, savings=None),
    ],
)
def test_costs_only_when_all_numbers_exist(valuation: Valuation | None):
    found = told(now=at("24T07:00"), settled=session("G", valuation=valuation))
    assert (found.session_cost, found.session_savings, found.currency) == (None, None, None)


def test_a_valuation_of_nothing_is_nothing_and_not_unknown():
    free = Valuation(currency="EUR", actual=0, baseline=0, savings=0)
    found = told(now=at("24T07:00"), settled=session("G", valuation=free))
    assert (found.session_cost, found.session_savings) == (0, 0)


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("23T16:44", False),
        ("23T16:45", True),
        ("23T17:14", True),
        ("23T17:15", False),
        ("23T22:00", True),
        ("24T00:00", False),
        ("24T04:14", True),
        ("24T04:15", False),
    ],
)
def test_the_smart_charge_window_is_the_planned_block(now: str, on: bool):
    assert told(session("C"), now=at(now)).smart_charge_window is on


NIGHT = at("23T22:30")
IMMEDIATE = Block(type="IMMEDIATE_START", start_at=at("23T21:00"), end_at=at("23T23:00"))


@pytest.mark.parametrize(
    ("live", "rest", "on"),
    [
        (session("C"), {}, True),
        (session("C"), {"age": timedelta(minutes=29, seconds=59)}, True),
        (session("C"), {"age": timedelta(minutes=30)}, False),
        (session("C"), {"vehicle": car(NIGHT, is_plugged_in=False)}, False),
        (session("C"), {"vehicle": car(at("23T16:00"), is_plugged_in=False)}, True),
        (session("C"), {"command": Command.STARTING}, True),
        (session("C", error=SessionError(type="START_FAIL")), {}, False),
        (session("C", error=SessionError(type="MISSING_CAPABILITIES")), {}, False),
        (session("C", error=SessionError(type="STOP_FAIL")), {}, True),
        (session("C", error=SessionError(type="CABLE_TOO_SHORT")), {}, True),
        (session("C", state=SessionState.ACTIVE_IMMEDIATE_START), {}, False),
        (session("C", target=session("D").target), {}, False),
        (session("C", target=None), {}, True),
        (session("C", blocks=(IMMEDIATE, *session("C").blocks)), {}, False),
        (session("C", blocks=(IMMEDIATE,)), {}, False),
        (session("C", blocks=(replace(IMMEDIATE, type="SOLAR"),)), {}, False),
        (session("C", state=SessionState.UPCOMING), {}, False),
        (session("G"), {}, False),
    ],
)
def test_the_smart_charge_window_opens_for_nothing_else(live: Session, rest: dict[str, Any], on: bool):
    assert told(live, now=NIGHT, **rest).smart_charge_window is on


def test_overlapping_reserve_and_regular_blocks_are_both_windows():
    reserve = Block(type="BATTERY_RESERVE", start_at=at("23T22:15"), end_at=at("23T23:00"))
    found = told(session("C", blocks=(*session("C").blocks, reserve)), now=NIGHT)
    assert found.smart_charge_window
    assert found.current_window is not None
    assert found.current_window.type is BlockWord.BATTERY_RESERVE


def test_sessions_that_were_never_read_open_no_window():
    found = derive(vehicle=car(), policies=(), live=session("C"), last_settled=None, now=NIGHT, data_at=None)
    assert not found.smart_charge_window


def test_energy_is_told_to_the_watt_hour():
    """0.1 + 0.2 + 0.3 is a little more than 0.6, and would be another picture than the 0.6 of the next poll."""
    series = tuple(
        TimeseriesEntry(start_at=at(start), kwh=kwh)
        for start, kwh in (("23T16:45", 0.1), ("23T17:00", 0.2), ("23T17:15", 0.3))
    )
    assert told(session("C", statistics=Statistics(timeseries=series)), now=at("23T17:30")).session_energy == 0.6


def test_it_is_frozen():
    with pytest.raises(FrozenInstanceError):
        NOTHING.outcome = OutcomeWord.ON_TARGET
