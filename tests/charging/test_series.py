"""Energy in spans of time: nothing lost, nothing counted twice."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.enode_flex.api.models import Session, Statistics, TimeseriesEntry
from custom_components.enode_flex.charging import energy_within, hourly_energy, measures, spread
from tests.charging.samples import at, session


def with_series(*entries: TimeseriesEntry) -> Session:
    return Session(id="s", statistics=Statistics(timeseries=entries))


def entry(start: str, end: str | None = None, kwh: float | None = 1.0) -> TimeseriesEntry:
    return TimeseriesEntry(start_at=at(start), end_at=at(end) if end else None, kwh=kwh)


def test_unusable_entries_are_left_out() -> None:
    found = measures(
        with_series(
            entry("23T18:00", "23T18:15"),
            entry("23T17:00", "23T17:00"),
            entry("23T17:30", "23T17:15"),
            TimeseriesEntry(start_at=None, kwh=1),
            entry("23T16:00", kwh=None),
            entry("23T16:15", kwh=-2),
        )
    )
    assert [(it.start_at, it.end_at, it.kwh) for it in found] == [
        (at("23T16:15"), at("23T16:30"), 0.0),
        (at("23T18:00"), at("23T18:15"), 1.0),
    ]


def test_a_correction_replaces_and_an_overlap_ends_at_the_next() -> None:
    found = measures(
        with_series(entry("23T16:00", "23T16:30", 1), entry("23T16:00", "23T16:30", 2), entry("23T16:15", None, 3))
    )
    assert [(it.start_at, it.end_at, it.kwh) for it in found] == [
        (at("23T16:00"), at("23T16:15"), 2),
        (at("23T16:15"), at("23T16:30"), 3),
    ]


def test_an_end_more_than_a_day_away_is_not_believed():
    found = measures(with_series(entry("23T16:00", "24T16:00"), entry("25T16:00", "27T16:00")))
    assert [it.end_at for it in found] == [at("24T16:00"), at("25T16:15")]


def test_the_last_hour_there_is():
    last = datetime(9999, 12, 31, 23, 50, tzinfo=UTC)
    hours = hourly_energy(with_series(TimeseriesEntry(start_at=last, kwh=1.0)))
    assert dict(hours) == {last.replace(minute=0): pytest.approx(1.0)}


def test_power_and_part_of_a_quarter() -> None:
    (found,) = measures(with_series(entry("23T16:00", "23T16:15", 1.8)))
    assert found.kw == pytest.approx(7.2)
    assert found.within(at("23T16:05"), at("23T17:00")) == pytest.approx(1.2)
    assert found.within(at("23T17:00"), at("23T18:00")) == 0
    assert energy_within([found, found], at("23T16:00"), at("23T16:15")) == pytest.approx(3.6)


def test_hours_of_the_settled_sample() -> None:
    assert dict(hourly_energy(session("G"))) == pytest.approx({at("23T16:00"): 1.8, at("23T17:00"): 1.8})


def test_an_entry_over_an_hours_boundary_is_split_by_time() -> None:
    # As in a zone that is half an hour off: quarters need not begin at UTC quarters.
    hours = hourly_energy(with_series(entry("23T16:50", "23T17:05", 3)))
    assert dict(hours) == pytest.approx({at("23T16:00"): 2.0, at("23T17:00"): 1.0})


@given(
    st.lists(
        st.tuples(st.integers(0, 2000), st.integers(1, 200), st.floats(0, 100, allow_nan=False)),
        max_size=30,
        unique_by=lambda it: it[0],
    )
)
@settings(max_examples=150, deadline=None)
def test_hours_conserve_energy(entries: list[tuple[int, int, float]]) -> None:
    start = datetime(2026, 10, 25, tzinfo=UTC)
    told = with_series(
        *(
            TimeseriesEntry(
                start_at=start + timedelta(minutes=begin), end_at=start + timedelta(minutes=begin + length), kwh=kwh
            )
            for begin, length, kwh in entries
        )
    )
    hours = hourly_energy(told)
    assert sum(hours.values()) == pytest.approx(sum(kwh for _, _, kwh in entries))
    assert all(hour.minute == hour.second == 0 and kwh >= 0 for hour, kwh in hours.items())


def test_spread_by_energy() -> None:
    hours = {at("23T16:00"): 1.0, at("23T17:00"): 3.0}
    assert dict(spread(8.0, hours)) == {at("23T16:00"): 2.0, at("23T17:00"): 6.0}
    assert dict(spread(8.0, dict.fromkeys(hours, 0.0))) == {at("23T16:00"): 8.0}
    assert dict(spread(8.0, {})) == {}
    assert dict(spread(1.5, {at("23T16:00"): 5e-324})) == {at("23T16:00"): 1.5}
