"""Sessions hour by hour, and the rows of a running sum."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.enode_flex.api.models import Block, Session, Statistics, TimeseriesEntry
from custom_components.enode_flex.hourly import (
    ENERGY,
    HOUR,
    Hours,
    Kind,
    Meter,
    Row,
    changed_rows,
    contributions,
    first_hour,
    hour_of,
    quarter_to_come,
    total,
)
from custom_components.enode_flex.ledger import MICRO

from .energy import QUARTER, visit

#: Half an hour before a full hour, so that a visit lies across hours.
START = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
TEN, ELEVEN, MIDNIGHT = (datetime(2026, 11, 23, 22, tzinfo=UTC) + number * HOUR for number in range(3))
LATER = START + timedelta(days=1)
COST, SAVINGS = Meter(Kind.COST, "NOK"), Meter(Kind.SAVINGS, "NOK")


def energy(session: Session, read_at: datetime = LATER) -> Hours:
    return dict(contributions(session, read_at)[ENERGY])


def kwh(**hours: float) -> Hours:
    """Whole numbers of the three hours of the night by name."""
    named = {"ten": TEN, "eleven": ELEVEN, "midnight": MIDNIGHT}
    return {named[name]: round(amount * MICRO) for name, amount in hours.items()}


def test_a_settled_session_is_its_series() -> None:
    assert energy(visit("s", START, [0.1, 0.2, 0, 0, 0, 0, 1.8])) == kwh(ten=0.3, midnight=1.8)


def test_of_a_live_session_only_quarters_count_that_were_over_when_it_was_read() -> None:
    session = visit("s", START, [1.0, 1.0, 1.0, 0.4], live=True)
    assert energy(session, START + 3 * QUARTER) == kwh(ten=2, eleven=1)
    assert energy(session, START + 3 * QUARTER - timedelta(seconds=1)) == kwh(ten=2)
    assert quarter_to_come(session, START + 3 * QUARTER - timedelta(seconds=1)) == START + 3 * QUARTER
    assert quarter_to_come(session, START + 4 * QUARTER) is None
    assert quarter_to_come(visit("s", START, [1.0]), START) is None


def test_an_entry_without_an_end_lasts_a_quarter_and_one_without_a_start_counts_nowhere() -> None:
    entries = (TimeseriesEntry(start_at=START, kwh=1.0), TimeseriesEntry(kwh=5.0))
    session = replace(visit("s", START, [], live=True), statistics=Statistics(timeseries=entries))
    assert energy(session, START + QUARTER) == kwh(ten=1)
    assert energy(session, START + QUARTER - timedelta(seconds=1)) == {}


def test_a_sum_that_differs_from_the_series_scales_it_once_the_session_is_settled() -> None:
    assert energy(visit("s", START, [1.0, 1.0, 2.0], told=5.0)) == kwh(ten=2.5, eleven=2.5)
    assert energy(visit("s", START, [1.0, 1.0, 2.0], told=4.009)) == kwh(ten=2, eleven=2)
    assert energy(visit("s", START, [1.0, 1.0], told=9.0, live=True), LATER) == kwh(ten=2)
    assert energy(visit("s", START, [1.0, 1.0], told=0.0)) == {}


def test_without_a_series_the_energy_lies_in_the_blocks_else_in_the_stay() -> None:
    bare = visit("s", START, [0.0] * 6, told=6.0)
    bare = replace(bare, statistics=replace(bare.statistics, timeseries=()))
    assert energy(bare) == kwh(ten=2, eleven=4)
    blocks = (
        Block(start_at=ELEVEN, end_at=ELEVEN + HOUR, kwh_sum=1.0),
        Block(start_at=MIDNIGHT, end_at=MIDNIGHT + HOUR, kwh_sum=2.0),
        Block(start_at=MIDNIGHT, end_at=None, kwh_sum=9.0),
        Block(start_at=TEN, end_at=MIDNIGHT, kwh_sum=None),
    )
    assert energy(replace(bare, blocks=blocks)) == kwh(eleven=2, midnight=4)
    assert energy(replace(bare, plugged_out_at=bare.plugged_in_at)) == kwh(ten=6)
    assert energy(replace(bare, plugged_out_at=None)) == kwh(ten=6)
    assert energy(replace(bare, plugged_in_at=None)) == kwh(midnight=6)


def test_a_wrong_year_does_not_fill_years_with_hours() -> None:
    bare = replace(visit("s", START, [], told=6.0), plugged_in_at=START - timedelta(days=9999))
    hours = energy(bare)
    assert len(hours) <= 31 * 24 + 1
    assert sum(hours.values()) == 6 * MICRO


def test_money_follows_the_energy_when_the_session_is_settled_and_all_numbers_exist() -> None:
    session = visit("s", START, [1.0, 0, 3.0], cost=("NOK", 10.0, -2.0))
    added = contributions(session, LATER)
    assert added[COST] == kwh(ten=2.5, eleven=7.5)
    assert added[SAVINGS] == kwh(ten=-0.5, eleven=-1.5)
    assert set(contributions(visit("s", START, [1.0], cost=("NOK", 10, 2), live=True), LATER)) == {ENERGY}
    assert session.valuation is not None
    partial = replace(session, valuation=replace(session.valuation, baseline=None))
    assert set(contributions(partial, LATER)) == {ENERGY}


def test_a_cost_without_energy_lies_in_the_hour_of_the_plug_in() -> None:
    assert contributions(visit("s", START, [0.0, 0.0], cost=("NOK", 3.0, 0.0)), LATER)[COST] == kwh(ten=3)


amounts = st.lists(st.floats(0, 12, allow_nan=False), min_size=1, max_size=60)


@given(amounts, st.floats(-500, 500, allow_nan=False), st.integers(0, 59))
def test_no_millionth_is_lost_between_the_hours(series: list[float], cost: float, minutes: int) -> None:
    session = visit("s", START + timedelta(minutes=minutes), series, cost=("NOK", cost, 0.0))
    added = contributions(session, LATER)
    assert sum(added[ENERGY].values()) == pytest.approx(sum(series) * MICRO, abs=1)
    assert sum(added[COST].values()) == pytest.approx(cost * MICRO, abs=1)
    assert all(hour == hour_of(hour) for hours in added.values() for hour in hours)


def test_the_first_hour_is_of_plug_in_or_series() -> None:
    one, other = visit("a", START, [1.0]), visit("b", MIDNIGHT, [1.0])
    assert first_hour([other, one]) == TEN
    assert first_hour([replace(one, plugged_in_at=None), other]) == TEN
    assert first_hour([replace(one, plugged_in_at=TEN - HOUR)]) == TEN - HOUR
    assert first_hour([]) is None


hours_of_a_day = st.dictionaries(
    st.integers(0, 23).map(lambda number: TEN + number * HOUR), st.integers(0, 9_000_000), max_size=24
)


@given(hours_of_a_day, hours_of_a_day, st.integers(0, 10_000_000))
def test_whatever_was_written_the_rows_become_what_they_must_be(before: Hours, after: Hours, base: int) -> None:
    written = {row.start: row for row in changed_rows(before, {}, before=base, since=TEN)}
    rows = changed_rows(after, written, before=base, since=TEN)
    assert all(written.get(row.start) != row for row in rows)
    written |= {row.start: row for row in rows}
    assert changed_rows(after, written, before=base, since=TEN) == []
    running = base
    for hour in sorted(written):
        running += after.get(hour, 0)
        assert written[hour] == Row(hour, after.get(hour, 0), running)
    assert {hour for hour, amount in after.items() if amount} <= set(written)
    assert running == base + sum(after.values())


def test_hours_before_the_window_are_left_alone() -> None:
    hours = {TEN: 5, ELEVEN: 6}
    assert changed_rows(hours, {}, before=100, since=ELEVEN) == [Row(ELEVEN, 6, 106)]


def test_hours_add_up() -> None:
    assert total([{TEN: 1, ELEVEN: 2}, {ELEVEN: 3}, {}]) == {TEN: 1, ELEVEN: 5}
