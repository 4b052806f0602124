"""Delivered, planned, by type of block."""

from datetime import datetime

import pytest

from custom_components.enode_flex.api.models import AggregatedStatistics, Block, Session, Statistics, TimeseriesEntry
from custom_components.enode_flex.charging import BlockWord, Measure, by_type, delivered, measures, planned, windows
from tests.charging.samples import at, session


def quarter(start: str, kwh: float) -> TimeseriesEntry:
    return TimeseriesEntry(start_at=at(start), kwh=kwh)


@pytest.mark.parametrize(
    ("aggregated", "series", "kwh"),
    [
        (AggregatedStatistics(kwh_sum=3.6), (), 3.6),
        (AggregatedStatistics(kwh_sum=3.6), (quarter("23T16:45", 1.8),), 3.6),
        (AggregatedStatistics(kwh_sum=0), (quarter("23T16:45", 1.8),), 0),
        (AggregatedStatistics(kwh_sum=-1), (), 0),
        (AggregatedStatistics(), (quarter("23T16:45", 1.8), quarter("23T17:00", 1.0)), 2.8),
        (None, (quarter("23T16:45", 1.8),), 1.8),
        (AggregatedStatistics(), (), None),
        (None, (), None),
    ],
)
def test_delivered_is_enodes_sum_else_the_series(
    aggregated: AggregatedStatistics | None, series: tuple[TimeseriesEntry, ...], kwh: float | None
):
    it = Session(id="s", statistics=Statistics(aggregated=aggregated, timeseries=series))
    assert delivered(it, measures(it)) == (None if kwh is None else pytest.approx(kwh))


@pytest.mark.parametrize(
    ("name", "now", "kwh"),
    [
        ("A", "23T15:00", 0),
        # 1.8 of the reserve block's 3.6 are in the series.
        ("B", "23T17:00", 1.8 + 14.4 + 16.2),
        ("C", "23T17:30", 14.4 + 16.2),
        # The series does not show the running block yet.
        ("C", "23T23:00", 14.4 + 16.2),
        ("C", "24T00:00", 16.2),
        ("C", "24T04:15", 0),
        ("D", "23T18:30", 30.0),
        ("E", "25T04:45", 22.2),
        ("F", "26T17:30", 14.4),
    ],
)
def test_planned_is_what_the_plan_still_holds(name: str, now: str, kwh: float):
    it = session(name)
    assert planned(windows(it.blocks), measures(it), at(now)) == pytest.approx(kwh)


def block(start: str, end: str, kwh: float | None, kind: str = "REGULAR") -> Block:
    return Block(type=kind, kwh_sum=kwh, start_at=at(start), end_at=at(end))


def test_planned_leaves_out_what_is_not_told_and_is_unknown_if_nothing_is():
    blocks = windows([block("23T20:00", "23T21:00", None), block("23T22:00", "23T23:00", 7.2)])
    assert planned(blocks, (), at("23T19:00")) == 7.2
    assert planned(blocks[:1], (), at("23T19:00")) is None
    assert planned(blocks[:1], (), at("23T21:00")) == 0


def test_a_block_that_gave_more_than_planned_has_nothing_left():
    blocks = windows([block("23T20:00", "23T21:00", 1.0)])
    done = [Measure(start_at=at("23T20:00"), end_at=at("23T20:15"), kwh=1.8)]
    assert planned(blocks, done, at("23T20:15")) == 0


@pytest.mark.parametrize(
    ("name", "now", "expected"),
    [
        ("A", "23T15:00", {}),
        ("B", "23T17:00", {BlockWord.BATTERY_RESERVE: 1.8}),
        ("C", "23T17:30", {BlockWord.BATTERY_RESERVE: 3.6}),
        ("D", "23T18:30", {BlockWord.BATTERY_RESERVE: 3.6, BlockWord.IMMEDIATE_START: 0.0}),
        ("G", "24T07:00", {BlockWord.BATTERY_RESERVE: 3.6, BlockWord.REGULAR: 30.6}),
        ("H", "21T12:00", {}),
    ],
)
def test_energy_by_type_of_block(name: str, now: str, expected: dict[BlockWord, float]):
    it = session(name)
    assert by_type(windows(it.blocks), measures(it), at(now)) == pytest.approx(expected)


def test_the_series_counts_where_a_past_block_does_not_tell_and_unknown_types_are_left_out():
    now: datetime = at("23T23:00")
    done = [Measure(start_at=at("23T20:00"), end_at=at("23T20:15"), kwh=1.8)]
    blocks = windows([block("23T20:00", "23T21:00", None), block("23T21:00", "23T22:00", 5.0, "SOLAR")])
    assert by_type(blocks, done, now) == pytest.approx({BlockWord.REGULAR: 1.8})
