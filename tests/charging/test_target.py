"""What a session aims at, how far it is, and whether it gets there."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.enode_flex.api.models import (
    AggregatedStatistics,
    Block,
    Outcome,
    Session,
    Statistics,
    Target,
    TargetType,
    TimeseriesEntry,
    Vehicle,
)
from custom_components.enode_flex.charging import (
    current_outcome,
    is_reached,
    level_now,
    measures,
    reached_at,
    windows,
)
from custom_components.enode_flex.charging.target import level_at_ready_by, missing_percent, progress
from tests.charging.samples import at, car, session

ON_TARGET = Outcome(target_id="1", type=TargetType.REGULAR, state="ON_TARGET")
OFF_TARGET = replace(ON_TARGET, state="OFF_TARGET", battery_level_at_ready_by=58)


@pytest.mark.parametrize(
    ("target", "outcome", "counts"),
    [
        (Target(id="1", type=TargetType.REGULAR), ON_TARGET, True),
        (Target(id="2", type=TargetType.REGULAR), ON_TARGET, False),
        (Target(id="01", type=TargetType.REGULAR), ON_TARGET, False),
        (Target(id=None, type=TargetType.REGULAR), ON_TARGET, True),
        (Target(id="1", type=TargetType.REGULAR), replace(ON_TARGET, target_id=None), True),
        # An immediate start may come without an id: its type gives a stale outcome away.
        (Target(id=None, type=TargetType.IMMEDIATE_START), ON_TARGET, False),
        (Target(id="1"), ON_TARGET, True),
        (None, ON_TARGET, True),
        (Target(id="1"), None, False),
    ],
)
def test_the_outcome_of_another_target_is_unknown(target: Target | None, outcome: Outcome | None, counts: bool):
    assert current_outcome(session("C", target=target, outcome=outcome)) is (outcome if counts else None)


def test_ids_are_compared_as_text():
    read = Session.from_dict(
        {
            "id": "s",
            "target": {"latest": {"id": 7, "type": "REGULAR"}},
            "outcome": {"latest": {"targetId": "7", "type": "REGULAR", "state": "ON_TARGET"}},
        }
    )
    assert current_outcome(read) is read.outcome


def test_no_session_has_no_outcome():
    assert current_outcome(None) is None


@pytest.mark.parametrize(
    ("live", "level", "seen", "expected"),
    [
        (session("B"), 33, "23T17:00", 33),
        (session("B"), 90, "23T16:00", 27),
        (session("B"), None, "23T17:00", 27),
        (session("B"), 33, None, 33),
        (session("B", statistics=Statistics()), 90, "23T16:00", 90),
        (session("B", statistics=Statistics()), None, "23T17:00", None),
        (None, 33, "23T16:00", 33),
        (None, None, None, None),
    ],
)
def test_level_now(live: Session | None, level: float | None, seen: str | None, expected: float | None):
    assert level_now(live, car(at(seen) if seen else None, battery_level=level)) == expected


@pytest.mark.parametrize(
    ("level", "wanted", "expected"),
    [(27, 30, 0.9), (30, 30, 1), (90, 30, 1), (-1, 30, 0), (27, 0, 1), (None, 30, None), (27, None, None)],
)
def test_progress(level: float | None, wanted: float | None, expected: float | None):
    assert progress(level, wanted) == (None if expected is None else pytest.approx(expected))


SEEN = at("23T23:00")


def at_level(level: float | None) -> Statistics:
    return Statistics(aggregated=AggregatedStatistics(battery_to=level))


@pytest.mark.parametrize(
    ("vehicle", "statistics", "target", "expected"),
    [
        (car(SEEN, battery_level=79), at_level(79), Target(minimum_charge_target=80), False),
        (car(SEEN, battery_level=80), at_level(79), Target(minimum_charge_target=80), True),
        (car(SEEN, battery_level=79), at_level(80), Target(minimum_charge_target=80), True),
        (car(SEEN, battery_level=None), Statistics(), Target(minimum_charge_target=80), False),
        (car(SEEN, battery_level=90), at_level(90), Target(), False),
        (car(SEEN, battery_level=90), at_level(90), None, False),
        (car(SEEN, is_fully_charged=True), at_level(70), Target(minimum_charge_target=80), True),
        (car(SEEN, is_fully_charged=False), at_level(70), Target(minimum_charge_target=80), False),
        # Seen before the plug-in, when it came from somewhere else.
        (car(at("23T16:00"), is_fully_charged=True), at_level(40), Target(minimum_charge_target=80), False),
        (car(at("23T16:00"), battery_level=90), at_level(40), Target(minimum_charge_target=80), False),
        (car(at("23T16:00"), battery_level=20), at_level(80), Target(minimum_charge_target=80), True),
    ],
)
def test_is_reached(vehicle: Vehicle, statistics: Statistics, target: Target | None, expected: bool):
    assert is_reached(session("C", statistics=statistics, target=target), vehicle) is expected


def reached(it: Session, now: datetime, capacity: float | None = 60) -> datetime | None:
    return reached_at(it, windows(it.blocks), measures(it), capacity=capacity, now=now)


@pytest.mark.parametrize(
    ("name", "now", "expected"),
    [
        ("A", "23T15:00", None),
        # 24 % to 80 % of 60 kWh: all three blocks are needed.
        ("B", "23T17:00", "24T04:15"),
        ("C", "23T17:30", "24T04:15"),
        ("C", "24T03:00", "24T04:15"),
        ("G", "24T07:00", "24T04:15"),
        ("D", "23T18:30", "23T22:25"),
        ("E", "25T04:45", "25T07:50"),
        ("F", "26T17:30", None),
        ("H", "21T12:00", None),
    ],
)
def test_reached_at_of_the_samples(name: str, now: str, expected: str | None):
    assert reached(session(name), at(now)) == (at(expected) if expected else None)


def visit(*, start: float | None = 24, level: float | None = None, wanted: float | None = 80) -> Session:
    base = session("C")
    return replace(
        base,
        statistics=Statistics(aggregated=AggregatedStatistics(battery_from=start, battery_to=level)),
        target=Target(id="1", type=TargetType.REGULAR, minimum_charge_target=wanted),
    )


def test_on_target_it_is_the_end_of_the_block_that_suffices():
    now = at("23T17:30")
    assert reached(visit(wanted=30), now) == at("23T17:15")
    assert reached(visit(wanted=50), now) == at("24T00:00")
    assert reached(visit(wanted=55), now) == at("24T00:00"), "54 % is 55 % but for the rounding"
    assert reached(visit(wanted=56), now) == at("24T04:15")
    assert reached(visit(wanted=99), now) is None


def test_a_past_block_that_did_not_suffice_was_not_it():
    now = at("23T17:30")
    assert reached(visit(wanted=30, level=29), now) == at("23T17:15")
    assert reached(visit(wanted=30, level=28), now) == at("24T00:00")


def test_reached_from_the_start():
    assert reached(visit(start=85), at("23T17:30")) == at("23T16:40")
    assert reached(visit(start=80), at("23T17:30")) == at("23T16:40")


@pytest.mark.parametrize("unknown", [visit(start=None), visit(wanted=None), session("C", statistics=Statistics())])
def test_not_computable(unknown: Session):
    assert reached(unknown, at("23T17:30")) is None


def test_not_computable_without_capacity_or_target():
    assert reached(visit(), at("23T17:30"), capacity=None) is None
    assert reached(replace(visit(), target=None), at("23T17:30")) is None


def test_a_stale_outcome_gives_no_time():
    stale = session("D", outcome=replace(session("D").outcome, target_id="1"))
    assert reached(stale, at("23T18:30")) is None


def test_enodes_time_counts_even_where_none_is_expected():
    told = session("C", outcome=replace(ON_TARGET, minimum_charge_target_reached_at=at("24T03:00")))
    assert reached(told, at("23T17:30")) == at("24T03:00")


def test_the_series_counts_where_a_block_tells_no_energy():
    quiet = replace(
        visit(wanted=30),
        blocks=(Block(start_at=at("23T16:45"), end_at=at("23T17:15")),),
    )
    assert reached(quiet, at("23T17:30")) is None
    series = tuple(
        TimeseriesEntry(start_at=at("23T16:45") + timedelta(minutes=15 * index), kwh=1.8) for index in range(2)
    )
    measured = replace(quiet, statistics=replace(quiet.statistics, timeseries=series))
    assert reached(measured, at("23T17:30")) == at("23T17:15")


@pytest.mark.parametrize(
    ("outcome", "wanted", "level", "missing"),
    [
        (OFF_TARGET, 80, 58, 22),
        (OFF_TARGET, 50, 58, 0),
        (OFF_TARGET, None, 58, None),
        (replace(OFF_TARGET, battery_level_at_ready_by=None), 80, None, None),
        (replace(OFF_TARGET, state="ON_TARGET"), 80, None, None),
        (replace(OFF_TARGET, state="MAYBE"), 80, None, None),
        (Outcome(type=TargetType.IMMEDIATE_START), 80, None, None),
        (None, 80, None, None),
    ],
)
def test_what_will_be_missing(
    outcome: Outcome | None, wanted: float | None, level: float | None, missing: float | None
):
    assert level_at_ready_by(outcome) == level
    assert missing_percent(outcome, wanted) == missing
