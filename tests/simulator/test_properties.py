from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from simulator.errors import WorldError
from simulator.model import SessionState, Target
from simulator.units import MICROJOULES_PER_KWH
from simulator.world import ROAD

from .small import Small, small_world

BOUNDED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SEEDED_STARTS = [
    datetime(2026, 11, 23, 16, 40, tzinfo=UTC),
    # The nights in which Norway's clocks change, and Adelaide's.
    datetime(2026, 3, 28, 17, 3, 7, tzinfo=UTC),
    datetime(2026, 10, 24, 17, 3, 7, tzinfo=UTC),
    datetime(2026, 4, 4, 8, 31, tzinfo=UTC),
]

calm = st.sampled_from(
    [
        "plug_in",
        "plug_in",
        "plug_in",
        "plug_in",
        "plug_out",
        "plug_out",
        "road",
        "drive",
        "immediate",
        "regular",
        "policy",
        "limit",
    ]
)
wild = st.one_of(calm, st.sampled_from(["start_fail", "clear", "off_target", "missing", "restore", "away", "back"]))
minutes = st.one_of(st.integers(0, 3), st.integers(4, 90), st.integers(91, 14 * 60))


def days(deeds):
    return st.lists(st.tuples(minutes, deeds, st.integers(0, 100)), min_size=4, max_size=25)


worlds = st.fixed_dictionaries(
    {
        "now": st.sampled_from(SEEDED_STARTS),
        "timezone_name": st.sampled_from(["Europe/Oslo", "Asia/Kolkata", "Australia/Adelaide"]),
        "seed": st.integers(0, 99),
        "level": st.integers(5, 95),
        "reserve": st.integers(0, 60),
        "target": st.integers(30, 100),
        "ready_by": st.sampled_from(["07:00", "02:30", "24:00", "16:15"]),
        "cloud_delay": st.sampled_from([timedelta(0), timedelta(seconds=2), timedelta(minutes=3), None]),
    }
)


def do(small: Small, what: str, number: int) -> None:
    world, car = small.world, small.car.id
    deeds = {
        "plug_in": lambda: world.plug_in(car),
        "road": lambda: world.plug_in(car, ROAD),
        "plug_out": lambda: world.plug_out(car),
        "drive": lambda: world.drive(car, number, location_id=world.home_of("ada").id),
        "immediate": lambda: world.set_target(small.session.id, {"type": "IMMEDIATE_START"}),
        "regular": lambda: world.set_target(small.session.id, {"type": "REGULAR"}),
        "policy": lambda: world.patch_policy(small.policy.id, battery_reserve=number),
        "limit": lambda: world.set_charge_limit(car, max(number, 50)),
        "start_fail": lambda: world.raise_error(car, "START_FAIL", clear_after=timedelta(minutes=number + 1)),
        "clear": lambda: world.clear_error(car),
        "off_target": lambda: world.go_off_target(car, on=number % 2 == 0),
        "missing": lambda: world.drop_capabilities(car, ["startCharging"]),
        "restore": lambda: world.restore_capabilities(car),
        "away": lambda: world.set_reachable(car, reachable=False),
        "back": lambda: world.set_reachable(car, reachable=True),
    }
    try:
        if what not in {"immediate", "regular"} or small.live is not None:
            deeds[what]()
    except WorldError:
        # Not every deed fits every moment; the refusal must leave the world whole.
        pass


def check_every_session(small: Small) -> None:
    world = small.world
    live = [session for session in world.sessions.values() if session.is_live]
    assert len(live) <= 1
    for session in world.sessions.values():
        blocks, series, told = world.blocks(session), world.timeseries(session), world.statistics(session)
        assert all(one.end_at <= other.start_at for one, other in pairwise(session.blocks))
        assert all(block.start_at < block.end_at for block in session.blocks)
        assert all(one.end_at == other.start_at for one, other in pairwise(series))
        check_target_and_outcome(session)
        if session.state is SessionState.UPCOMING:
            assert blocks == series == []
            assert told is session.outcome is session.plugged_in_at is session.error is None
            continue
        if session.visit is not None and series:
            assert series[0].start_at <= session.plugged_in_at < series[0].end_at
        if told is not None:
            assert sum(measured.kwh for measured in series) == pytest.approx(told.kwh_sum, abs=1e-3)
        if session.state is SessionState.SETTLED:
            check_settled(session, blocks, series, told)


def check_target_and_outcome(session) -> None:
    outcome = session.outcome
    if outcome is None:
        return
    if outcome.state == "ON_TARGET":
        assert outcome.battery_level_at_ready_by is outcome.minimum_charge_target_reached_at is None
    if outcome.state == "OFF_TARGET":
        assert outcome.battery_level_at_ready_by < 100
    assert (outcome.state is None) == (outcome.type == "IMMEDIATE_START")
    assert outcome.target_id <= session.target.id
    if not session.is_live:
        assert (outcome.target_id, outcome.type) == (session.target.id, session.target.type)


def check_settled(session, blocks, series, told) -> None:
    assert session.plugged_in_at <= session.plugged_out_at
    if session.plugged_in_at < session.plugged_out_at:
        assert series[-1].start_at < session.plugged_out_at <= series[-1].end_at
    assert told.battery_to >= told.battery_from
    real = (session.observation.battery - session.visit.battery_from) / MICROJOULES_PER_KWH
    assert told.kwh_sum == pytest.approx(real, abs=1e-6)
    if session.policy_id is None:
        assert blocks == []
        assert session.target is session.outcome is None
        return
    assert session.outcome is not None
    assert all(block.end_at <= session.plugged_out_at for block in blocks)
    assert sum(block.kwh_sum for block in blocks) == pytest.approx(told.kwh_sum, abs=1e-4)


@given(world=worlds, deeds=days(calm))
@BOUNDED
def test_invariants_of_days_without_trouble(world, deeds):
    small = small_world(**world)
    for wait, what, number in deeds:
        small.clock.advance(timedelta(minutes=wait))
        do(small, what, number)
        small.world.run()
        check_every_session(small)
    check_truth(small)


@given(world=worlds, deeds=days(wild))
@BOUNDED
def test_invariants_of_days_with_trouble(world, deeds):
    small = small_world(**world)
    for wait, what, number in deeds:
        small.clock.advance(timedelta(minutes=wait))
        do(small, what, number)
        small.world.run()
        check_every_session(small)
    small.world.set_reachable(small.car.id, reachable=True)
    check_truth(small)


def check_truth(small: Small) -> None:
    """Once the car is away and the cloud has looked, all energy that ever flowed is in settled sessions."""
    do(small, "plug_out", 0)
    small.clock.advance(timedelta(minutes=30))
    small.world.run()
    check_every_session(small)
    told = sum(small.world.statistics(one).kwh_sum for one in small.world.sessions.values() if not one.is_live)
    assert told == pytest.approx(sum(kwh for _, kwh in small.world.truth(small.car.id)), abs=1e-4)


def snapshot(small: Small):
    world = small.world
    return (
        small.car.seen,
        world.truth(small.car.id),
        [
            (
                [getattr(session, field.name) for field in fields(session) if field.name != "visit"],
                world.statistics(session),
                world.timeseries(session),
            )
            for session in world.sessions.values()
        ],
    )


@given(world=worlds, deeds=days(wild), steps=st.lists(st.integers(1, 4000), min_size=3, max_size=12))
@settings(BOUNDED, max_examples=30)
def test_the_world_does_not_mind_how_often_it_is_run(world, deeds, steps):
    seldom, often = small_world(**world), small_world(**world)
    for wait, what, number in deeds:
        goal = seldom.clock.now() + timedelta(minutes=wait)
        for step in steps:
            if often.clock.now() + timedelta(seconds=step, microseconds=step) < goal:
                often.clock.advance(timedelta(seconds=step, microseconds=step))
                often.world.run()
        for small in (seldom, often):
            small.clock.set(goal)
            do(small, what, number)
            small.world.run()
    assert snapshot(seldom) == snapshot(often)


def test_a_target_has_a_new_id_whenever_it_changes():
    small = small_world()
    small.world.plug_in(small.car.id)
    small.wait(minutes=1)
    told: dict[int, Target] = {}
    for what, number in (("immediate", 0), ("policy", 35), ("regular", 0), ("policy", 50), ("immediate", 0)):
        do(small, what, number)
        target = small.wait(minutes=20).target
        assert replace(told.setdefault(target.id, target)) == target
    assert sorted(told) == [2, 3, 4, 5]
