"""What happened between two pictures."""

from dataclasses import replace
from datetime import datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.enode_flex.api.models import ErrorType, Session, SessionError
from custom_components.enode_flex.charging import (
    Charging,
    ChargingStatus,
    ErrorHappening,
    Happening,
    Picture,
    ToldError,
    will_be_ready,
)
from custom_components.enode_flex.charging.changes import (
    CLEAR_FOR,
    ERRORS_KEPT,
    bearings,
    changes,
    error_changes,
    picture,
)
from tests.charging.samples import SAMPLES, at, car, session, told

NOW = at("23T17:00")
ACTIVE = Picture(session="s", visit="s", charging=False, reached=False, off_target=False, settled_until="")
FAILED = replace(ACTIVE, errors=("start_failed",))


def seen(name: str, now: datetime = NOW, before: Picture | None = None) -> Picture:
    live = session(name)
    return picture(told(live, now=now), live, (), history_read=True, before=before)


def block(start: str, end: str, kwh: float = 3.0) -> dict[str, str | float | bool | None]:
    return {"start": at(start).isoformat(), "end": at(end).isoformat(), "kwh": kwh, "type": "regular"}


def kinds(before: Picture, after: Picture, *history: str) -> list[str]:
    return [it.kind.value for it in changes(before, after, [session(name) for name in history], at("24T07:00"))]


@pytest.mark.parametrize("name", [key[0] for key in SAMPLES if key[0] in "ABCDEFGH" and key[1] == "_"])
def test_a_picture_survives_the_store_and_nothing_happens_between_equal_ones(name: str) -> None:
    it = seen(name)
    assert Picture.from_dict(json.loads(json.dumps(it.as_dict()))) == it
    assert changes(it, it, (), NOW) == []


def test_plugging_in_and_out() -> None:
    upcoming = replace(seen("A"), settled_until="")
    assert "plugged_in" in kinds(upcoming, seen("B"))
    # The visit was seen: its end alone is told.
    left = session("G")
    there = replace(ACTIVE, session=left.id, visit=left.id)
    assert kinds(there, Picture(visit=left.id), "G") == ["unplugged"]
    # Charging ends before the visit does.
    charging = replace(there, charging=True)
    assert kinds(charging, Picture(visit=left.id, charging=False), "G") == ["charging_finished", "unplugged"]
    # It began and ended between two looks.
    assert kinds(ACTIVE, Picture(visit="s"), "G") == ["plugged_in", "unplugged"]


def test_without_a_known_history_nothing_old_is_told() -> None:
    assert kinds(Picture(), Picture(), "G") == []
    long_ago = changes(ACTIVE, ACTIVE, [session("G")], at("24T07:00") + timedelta(days=3))
    assert long_ago == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({}, {"charging": True}, Happening.CHARGING_STARTED),
        ({"charging": True}, {}, Happening.CHARGING_FINISHED),
        ({}, {"reached": True}, Happening.TARGET_REACHED),
        ({}, {"off_target": True}, Happening.WENT_OFF_TARGET),
        ({"off_target": True}, {}, Happening.BACK_ON_TARGET),
        ({"target": 80.0}, {"target": 90.0}, Happening.TARGET_CHANGED),
        ({}, {"immediate": True}, Happening.IMMEDIATE_START),
        ({"off_target": None}, {"off_target": True}, Happening.WENT_OFF_TARGET),
    ],
)
def test_each_transition_is_told_and_its_standing_is_not(before: dict, after: dict, kind: Happening) -> None:
    old, new = replace(ACTIVE, **before), replace(ACTIVE, **after)
    assert kinds(old, new) == [kind.value]
    assert kinds(new, new) == []


@pytest.mark.parametrize(
    ("new", "differs"),
    [
        ((block("24T09:00", "24T10:00"),), False),
        ((block("24T08:59", "24T10:00"),), True),
        ((block("24T09:00", "24T10:30"),), True),
        ((block("24T09:00", "24T10:00", 3.05),), False),
        ((block("24T09:00", "24T10:00", 4.0),), True),
        ((), True),
    ],
)
def test_only_another_plan_is_a_new_plan(new: tuple, differs: bool) -> None:
    past = block("24T01:00", "24T02:00")
    before = replace(ACTIVE, plan=(past, block("24T09:00", "24T10:00")))
    found = changes(before, replace(ACTIVE, plan=new), (), at("24T07:00"))
    assert [it.kind for it in found] == ([Happening.PLAN_CHANGED] if differs else [])
    if found:
        assert found[0].data["old_count"] == 1
        assert found[0].windows == ([before.plan[1]], list(new))


def test_a_plan_that_ends_because_the_target_is_reached_did_not_change() -> None:
    before = replace(ACTIVE, reached=True, plan=(block("24T09:00", "24T10:00"),))
    assert kinds(before, replace(before, plan=())) == []


# -- errors ------------------------------------------------------------------------------------------------------------


def follow(*looks: tuple[int, Picture], told_errors: tuple[ToldError, ...] = ()) -> list[tuple[int, str]]:
    """(minute, kind) of what is told of errors over some looks."""
    found, before = [], None
    for minute, look in looks:
        out, told_errors = error_changes(told_errors, look, (), before, NOW + timedelta(minutes=minute))
        found += [(minute, it.kind.value) for it in out]
        before = look
    return found


def test_an_error_is_told_once_and_again_only_after_ten_clear_minutes() -> None:
    assert follow((0, ACTIVE), (1, FAILED), (2, FAILED)) == [(1, "start_failed")]
    flapping = follow((0, FAILED), (1, ACTIVE), (5, FAILED), (6, ACTIVE), (12, FAILED))
    assert flapping == [(0, "start_failed"), (1, "resolved")]
    later = follow((0, FAILED), (1, ACTIVE), (11, FAILED), (12, ACTIVE))
    assert later == [(0, "start_failed"), (1, "resolved"), (11, "start_failed"), (12, "resolved")]


def test_the_same_error_in_the_next_session_is_told() -> None:
    other = replace(FAILED, session="t", visit="t")
    assert follow((0, FAILED), (1, other)) == [(0, "start_failed"), (1, "resolved"), (1, "start_failed")]


def test_an_error_is_over_before_the_one_that_follows_it() -> None:
    stop_failed = replace(FAILED, errors=("stop_failed",))
    assert follow((0, FAILED), (1, stop_failed)) == [(0, "start_failed"), (1, "resolved"), (1, "stop_failed")]


def test_what_stands_at_the_first_look_counts_as_told() -> None:
    known = bearings(FAILED, [session("F")], NOW)
    assert follow((1, FAILED), (2, ACTIVE), told_errors=known)[-1] == (2, "resolved")
    assert follow((1, FAILED), told_errors=known) == []


def test_an_error_that_only_the_settled_session_shows_is_told() -> None:
    ended = session("G", error=SessionError(type=ErrorType.START_FAIL))
    after = Picture(visit="s", settled_until="x")
    out, book = error_changes((), after, [ended], ACTIVE, NOW)
    assert [it.kind for it in out] == [ErrorHappening.START_FAILED, ErrorHappening.RESOLVED]
    assert error_changes(book, after, [ended], ACTIVE, NOW)[0] == []


def test_an_error_that_is_back_for_a_moment_counts_as_standing() -> None:
    assert follow((0, FAILED), (1, ACTIVE), (2, FAILED), (13, FAILED)) == [(0, "start_failed"), (1, "resolved")]


def test_while_a_command_runs_nobody_knows_whether_the_car_charges() -> None:
    stuck = replace(ACTIVE, errors=("not_charging_although_planned",))
    unclear = replace(ACTIVE, errors_unclear=True)
    assert follow((0, stuck), (1, unclear), (2, ACTIVE)) == [(0, "not_charging_although_planned"), (2, "resolved")]


def test_a_block_that_ends_without_energy_resolves_nothing() -> None:
    live = session("B")
    silent = replace(
        told(live, now=NOW),
        charging=False,
        charge_power=0.0,
        charging_status=ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED,
        target_progress=50.0,
    )
    waiting = replace(silent, charging_status=ChargingStatus.WAITING_FOR_NEXT_BLOCK)
    begun = replace(waiting, charging=True, charge_power=None)
    flowing = replace(begun, charge_power=7.2)
    reached = replace(waiting, target_progress=100.0)

    def look(charging: Charging, of: Session | None = live) -> Picture:
        return picture(charging, of, (), history_read=True, before=None)

    stuck = (0, "not_charging_although_planned")
    assert follow((0, look(silent)), (20, look(waiting)), (40, look(begun))) == [stuck]
    assert follow((0, look(silent)), (20, look(waiting)), (40, look(flowing))) == [stuck, (40, "resolved")]
    assert follow((0, look(silent)), (20, look(reached))) == [stuck, (20, "resolved")]
    assert follow((0, look(silent)), (20, look(waiting, None))) == [stuck, (20, "resolved")]


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.sampled_from("stu")), max_size=80))
def test_of_any_sequence_each_error_is_told_at_most_once_in_ten_minutes(steps: list[tuple[int, bool, str]]) -> None:
    book: tuple[ToldError, ...] = ()
    now, last = NOW, {}
    for minutes, failed, name in steps:
        now += timedelta(minutes=minutes)
        look = replace(FAILED if failed else ACTIVE, session=name)
        out, book = error_changes(book, look, (), None, now)
        assert len(book) <= ERRORS_KEPT
        for it in out:
            if it.kind is ErrorHappening.START_FAILED:
                assert it.session not in last or now - last[it.session] >= CLEAR_FOR
                last[it.session] = now


# -- ready in time -----------------------------------------------------------------------------------------------------


def test_will_be_ready() -> None:
    on, off = told(session("B"), now=NOW), told(session("E"), now=at("24T04:45"))
    assert will_be_ready(on) is True
    assert will_be_ready(off) is False
    unknown = replace(on, outcome=None, target_progress=50.0, target_reached_at=None)
    assert will_be_ready(replace(unknown, target_progress=None)) is None
    assert will_be_ready(replace(unknown, target_progress=100.0)) is True
    assert will_be_ready(replace(unknown, plugged_in=False)) is False
    assert will_be_ready(replace(unknown, plugged_in=True)) is None
    late = replace(unknown, ready_by=NOW, target_reached_at=NOW + timedelta(minutes=1))
    assert will_be_ready(late) is False
    assert car(NOW).charge_state.battery_capacity == 60


def test_a_car_that_should_charge_and_does_not_is_an_error() -> None:
    live = session("B")
    charging = replace(told(live, now=NOW), charging_status=ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED)
    it = picture(charging, live, (), history_read=True, before=None)
    assert it.errors == ("not_charging_although_planned",)


def test_a_settled_session_without_an_error_tells_none() -> None:
    assert error_changes((), Picture(), [session("G")], ACTIVE, NOW) == ([], ())


def test_an_error_of_a_session_that_ended_days_ago_is_no_news() -> None:
    ended = session("G", error=SessionError(type=ErrorType.START_FAIL))
    assert ended.plugged_out_at is not None
    after = Picture(visit="s", settled_until="x")
    later = ended.plugged_out_at + timedelta(days=1)
    assert len(error_changes((), after, [ended], ACTIVE, later)[0]) == 2
    assert error_changes((), after, [ended], ACTIVE, later + timedelta(seconds=1)) == ([], ())
