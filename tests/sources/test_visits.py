from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.enode_flex.api.models import (
    ChargeState,
    ChargingBucket,
    ChargingStretch,
    Vehicle,
    VehicleLocation,
)
from custom_components.enode_flex.sources.deadline import next_deadline
from custom_components.enode_flex.sources.visits import (
    MERGED_WITHIN,
    SEEN_LATE_BY,
    VISITS_KEPT,
    Visit,
    VisitLog,
    allotted,
    overridden,
    repaired,
    seen,
    series,
    unseen,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def car(
    at: datetime, *, plugged: bool | None, level: float = 50, km: float | None = 100, place: str = "home"
) -> Vehicle:
    return Vehicle(
        id="car",
        charge_state=ChargeState(is_plugged_in=plugged, battery_level=level, last_updated=at),
        odometer_km=km,
        location=VehicleLocation(id=place),
    )


def look(log: VisitLog, hours: float, *, plugged: bool | None, **more) -> VisitLog:
    at = NOON + hours * HOUR
    return seen(log, car(at, plugged=plugged, **more), at, managed=True)


def stretch(
    start: float, end: float, *, place: str = "home", kwh: float = 5, saved: float | None = 1.0
) -> ChargingStretch:
    return ChargingStretch(
        from_at=NOON + start * HOUR, to_at=NOON + end * HOUR, location_id=place, kwh_sum=kwh, estimated_savings=saved
    )


def test_a_visit_is_what_is_seen():
    log = look(VisitLog(), 0, plugged=False)
    coming = log.next_id
    log = look(log, 1, plugged=True, level=40)
    assert log.open.id == coming
    assert (log.open.plugged_in_at, log.open.battery_from) == (NOON + HOUR, 40)
    assert look(log, 1.5, plugged=True, level=40) is log
    log = look(log, 2, plugged=True, level=55)
    log = look(log, 3, plugged=None)
    assert log.open is not None
    log = look(log, 4, plugged=False)
    (ended,) = log.settled
    assert (ended.plugged_out_at, ended.battery_from, ended.battery_to) == (NOON + 4 * HOUR, 40, 55)
    assert log.open is None
    assert look(log, 5, plugged=True).open.id != ended.id


def test_a_log_survives_being_stored():
    log = look(look(look(VisitLog(), 0, plugged=False), 1, plugged=True), 2, plugged=False)
    log = look(log, 3, plugged=True)
    log = replace(log, open=overridden(log.open, NOON + 3 * HOUR, NOON + 4 * HOUR))
    assert VisitLog.from_dict(log.to_dict()) == log


def test_plugged_in_when_first_seen():
    log = look(VisitLog(), 0, plugged=True)
    assert (log.open.since, log.open.plugged_in_at, log.open.battery_from) == (NOON, None, None)


def own_of(visit, stretches):
    return allotted([visit], stretches)[visit.id]


@pytest.mark.parametrize("moved", [{"km": 130}, {"km": None, "place": "work"}])
def test_a_plug_out_that_nobody_saw(moved):
    log = look(look(VisitLog(), 0, plugged=False), 1, plugged=True)
    log = look(log, 20, plugged=True, **moved)
    (lost,) = log.settled
    assert lost.plugged_out_at is None
    assert log.open.since == NOON + 20 * HOUR
    own = own_of(lost, [stretch(2, 3), stretch(5, 6)])
    assert repaired(lost, own).plugged_out_at == NOON + 6 * HOUR
    assert repaired(lost, ()).plugged_out_at == lost.since
    # What flowed after it was seen to be elsewhere is not its own.
    assert own_of(lost, [stretch(21, 22)]) == ()


def test_only_so_many_are_kept():
    log = VisitLog()
    for hours in range(0, 2 * VISITS_KEPT + 20, 2):
        log = look(look(log, hours, plugged=False), hours + 1, plugged=True)
    assert len(log.settled) == VISITS_KEPT
    assert log.settled[0].plugged_out_at > log.settled[-1].plugged_out_at


def test_the_statistics_know_an_earlier_plug_in():
    log = look(look(VisitLog(), 0, plugged=False), 1, plugged=True)
    own = own_of(log.open, [stretch(0.8, 2), stretch(-3, -2), stretch(5, 6, place="work")])
    assert [it.from_at for it in own] == [NOON + 0.8 * HOUR]
    assert repaired(log.open, own).plugged_in_at == NOON + 0.8 * HOUR
    assert own_of(log.open, [stretch(0.4, 0.45)]) == ()


def test_stretches_after_the_plug_out_are_another_visits():
    visit = Visit(id="a", since=NOON, plugged_in_at=NOON, plugged_out_at=NOON + 2 * HOUR)
    assert own_of(visit, [stretch(2, 3)]) == ()


def test_a_stretch_belongs_to_one_visit_alone():
    home = Visit(id="home", since=NOON, plugged_in_at=NOON, lost_at=NOON + 20 * HOUR, location_id="home", lost=True)
    road = Visit(id="road", since=NOON + 20 * HOUR, plugged_in_at=NOON + 20 * HOUR)
    night, fast, late = stretch(2, 3), stretch(19.9, 20.5, place=None), stretch(19.8, 19.95)
    assert allotted([home, road], [fast, night, late]) == {"home": (night, late), "road": (fast,)}


def test_a_quarter_hour_is_told_once():
    buckets = [ChargingBucket(date=NOON + hours * HOUR, kwh_sum=kwh) for hours, kwh in ((0.25, 2.0), (0.5, 1.0))]
    start = NOON + 0.3 * HOUR
    assert [it.kwh for it in series(buckets, start, NOON + HOUR)] == [2.0, 1.0]
    # The visit before ended within it, later than this one is said to have begun, or at its very end.
    for after in (0.28, 0.4, 0.5):
        assert [it.kwh for it in series(buckets, start, NOON + HOUR, after=NOON + after * HOUR)] == [1.0]
    assert [it.kwh for it in series(buckets, start, NOON + HOUR, after=NOON + 0.25 * HOUR)] == [2.0, 1.0]


def test_unseen_visits_are_merged_by_place_and_time():
    pause = MERGED_WITHIN / HOUR
    told = [
        stretch(0, 1),
        stretch(pause, pause + 1),
        stretch(2 * pause + 1, 2 * pause + 2),
        stretch(40, 41, place="work"),
    ]
    found = unseen(told, [], ended_before=NOON + 90 * HOUR)
    assert [(visit.plugged_in_at, visit.plugged_out_at) for visit, _ in found] == [
        (told[0].from_at, told[1].to_at),
        (told[2].from_at, told[2].to_at),
        (told[3].from_at, told[3].to_at),
    ]
    assert all(visit.managed for visit, _ in found)
    assert [visit.id for visit, _ in unseen(told, [], ended_before=NOON + 90 * HOUR)] == [it.id for it, _ in found]


def test_unseen_visits_leave_out_what_was_seen_and_what_is_not_over():
    visit = Visit(id="a", since=NOON, plugged_in_at=NOON, plugged_out_at=NOON + 2 * HOUR)
    told = [stretch(-2, -1, saved=None), stretch(0, 1), stretch(3, 4)]
    found = unseen(told, [visit], ended_before=NOON + 4 * HOUR)
    assert [(it.plugged_in_at, it.managed) for it, _ in found] == [(NOON - 2 * HOUR, False)]
    # A visit that was seen in between is a border.
    told = [stretch(-2, -1), stretch(3, 4)]
    assert len(unseen(told, [visit], ended_before=NOON + 9 * HOUR)) == 2
    assert SEEN_LATE_BY < HOUR


def test_overrides():
    visit = overridden(Visit(id="a"), NOON, NOON)
    assert overridden(visit, NOON, NOON + HOUR) is visit
    visit = overridden(visit, None, NOON + HOUR)
    assert [(it.start_at, it.end_at) for it in visit.overrides] == [(NOON, NOON + HOUR)]
    assert overridden(visit, None, NOON + 2 * HOUR) is visit


def test_series_has_zeros_in_gaps_and_ends_where_knowledge_ends():
    quarter = timedelta(minutes=15)
    buckets = [ChargingBucket(date=NOON + n * quarter, kwh_sum=1.5) for n in (0, 3, 9)]
    told = series(buckets, NOON + timedelta(minutes=7), NOON + 2 * HOUR)
    assert [entry.kwh for entry in told] == [1.5, 0.0, 0.0, 1.5]
    assert told[0].start_at == NOON
    # A quarter that two visits share belongs to the first.
    shared = series(buckets, NOON + timedelta(minutes=7), NOON + 2 * HOUR, after=NOON + timedelta(minutes=5))
    assert [entry.kwh for entry in shared] == [0.0, 0.0, 1.5]
    assert series([], NOON, NOON + HOUR) == ()


@pytest.mark.parametrize(
    ("after", "deadline", "zone", "expected"),
    [
        (NOON, "07:00", "Europe/Oslo", datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (NOON, "13:30", "Europe/Oslo", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        (NOON, "24:00", "UTC", datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), "07:00", "Europe/Oslo", datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        (NOON, None, "UTC", None),
        (NOON, "soon", "UTC", None),
    ],
)
def test_next_deadline(after, deadline, zone, expected):
    assert next_deadline(after, deadline, ZoneInfo(zone)) == expected
