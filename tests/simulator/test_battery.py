from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st

from simulator.battery import Battery
from simulator.units import MICROJOULES_PER_KWH
from simulator.visit import Meter

HOUR = 3_600_000_000
durations = st.lists(st.integers(0, 4 * HOUR), min_size=1, max_size=8)


def test_kwh_and_level_are_exact():
    battery = Battery.of(kwh=60, level=24)
    assert battery.energy == 14.4 * MICROJOULES_PER_KWH
    held = battery.curve().charge(battery.energy, 7_200, HOUR)
    assert held - battery.energy == 7.2 * MICROJOULES_PER_KWH


def test_power_tapers_and_ends_at_the_limit():
    curve = Battery.of(kwh=60, level=50, limit=98).curve()
    at = [Battery.of(kwh=60, level=level).energy for level in (50, 89, 90, 95, 98)]
    assert [curve.watts(energy, 8_000) for energy in at] == [8_000, 8_000, 6_000, 4_000, 0]
    assert curve.charge(at[0], 8_000, 100 * HOUR) - at[-1] < 4_000
    assert curve.time_to(at[0], at[-1], 8_000) is not None
    assert curve.time_to(at[0], Battery.of(kwh=60, level=100).energy, 8_000) is None


@given(level=st.integers(0, 99), watts=st.integers(500, 60_000), parts=durations)
@settings(max_examples=200, deadline=None)
def test_charging_in_parts_equals_charging_at_once(level, watts, parts):
    battery = Battery.of(kwh=60, level=level, limit=97)
    energy = battery.energy
    for part in parts:
        energy = battery.curve().charge(energy, watts, part)
    assert energy == battery.curve().charge(battery.energy, watts, sum(parts))


@given(start=st.integers(0, 86_400_000_000), duration=st.integers(0, 3 * HOUR), watts=st.integers(1, 50_000))
@settings(max_examples=200, deadline=None)
def test_meter_splits_at_quarters_without_loss(start, duration, watts):
    meter = Meter()
    meter.add(datetime(2026, 3, 29, tzinfo=UTC) + timedelta(microseconds=start), duration, watts)
    assert sum(meter.quarters.values()) == meter.total == watts * duration
    assert all(quarter.minute % 15 == 0 and quarter.second == 0 for quarter in meter.quarters)
    assert all(energy <= watts * HOUR // 4 for energy in meter.quarters.values())
