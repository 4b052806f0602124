from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from simulator.battery import Battery
from simulator.model import BlockType, kwh
from simulator.planner import Supply, plan, project, straight
from simulator.prices import Prices

NOW = datetime(2026, 11, 23, 16, 40, tzinfo=UTC)
READY_BY = datetime(2026, 11, 24, 6, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def make_plan(level, *, now=NOW, ready_by=READY_BY, reserve=30, target=80, price=None, limit=100):
    battery = Battery.of(kwh=60, level=level, limit=limit)
    return plan(
        now=now,
        ready_by=ready_by,
        energy=battery.energy,
        reserve=battery.at(reserve),
        target=battery.at(target),
        supply=Supply(curve=battery.curve(), watts=7_200),
        price=price or (lambda at: 0.1 if at.hour in {22, 23} else 0.2 if at.hour in {2, 3} else 1.0),
    )


def told(blocks):
    return [
        (block.type.value, kwh(block.planned), f"{block.start_at:%H:%M}", f"{block.end_at:%H:%M}") for block in blocks
    ]


def test_reserve_first_then_the_cheapest_quarters():
    assert told(make_plan(24)) == [
        ("BATTERY_RESERVE", 3.6, "16:40", "17:10"),
        ("REGULAR", 1.2, "17:10", "17:20"),
        ("REGULAR", 14.4, "22:00", "00:00"),
        ("REGULAR", 14.4, "02:00", "04:00"),
    ]


def test_nothing_is_missing_nothing_is_planned():
    assert make_plan(80) == []


def test_short_time_charges_at_once_and_goes_on_beyond_ready_by():
    now = READY_BY - timedelta(minutes=90)
    assert told(make_plan(40, now=now)) == [("REGULAR", 24.0, "04:30", "07:50")]


def test_the_charge_limit_caps_the_plan():
    blocks = make_plan(50, target=90, limit=70)
    assert sum(kwh(block.planned) for block in blocks) == pytest.approx(12.0, abs=0.001)


def test_projection_of_a_plan_that_is_late():
    now = READY_BY - timedelta(minutes=90)
    battery = Battery.of(kwh=60, level=40)
    supply = Supply(curve=battery.curve(), watts=7_200)
    seen = project(
        make_plan(40, now=now), now=now, ready_by=READY_BY, energy=battery.energy, target=battery.at(80), supply=supply
    )
    assert seen.energy_at_ready_by == battery.at(58)
    assert seen.reached_at == datetime(2026, 11, 24, 7, 50, tzinfo=UTC)


def test_straight_has_no_gap_and_no_rest():
    battery = Battery.of(kwh=60, level=33)
    supply = Supply(curve=battery.curve(), watts=7_200)
    (block,) = straight(NOW, battery.energy, battery.at(80), supply, BlockType.IMMEDIATE_START)
    assert (block.start_at, block.end_at) == (NOW, NOW + timedelta(minutes=235))
    assert straight(NOW, battery.at(80), battery.at(80), supply, BlockType.IMMEDIATE_START) == []


@given(
    level=st.integers(1, 99),
    reserve=st.integers(0, 60),
    target=st.integers(20, 100),
    limit=st.integers(50, 100),
    minutes=st.integers(1, 20 * 60),
    seed=st.integers(0, 50),
)
@settings(max_examples=200, deadline=None)
def test_any_plan_is_in_order_and_reaches_what_it_can_at_the_lowest_price(level, reserve, target, limit, minutes, seed):
    battery = Battery.of(kwh=60, level=level, limit=limit)
    prices = Prices(seed)
    ready_by = NOW + timedelta(minutes=minutes)

    def price(at):
        return prices.price("NO1", at)

    blocks = make_plan(level, ready_by=ready_by, reserve=reserve, target=target, price=price, limit=limit)
    assert all(block.start_at < block.end_at for block in blocks)
    assert all(one.end_at <= other.start_at for one, other in pairwise(blocks))
    assert [block.type for block in blocks[1:]] == [BlockType.REGULAR] * len(blocks[1:])
    goal = min(max(battery.at(target), battery.at(reserve) if level < reserve else 0), battery.at(limit))
    held = battery.energy + sum(block.planned for block in blocks)
    # A block ends on a full second, which is two watt-hours at most.
    assert max(goal, battery.energy) <= held <= max(goal, battery.energy) + 2 * 2 * 7_200_000_000
    regular = [block for block in blocks if block.type is BlockType.REGULAR]
    if regular and regular[-1].end_at <= ready_by:
        begin = max((block.end_at for block in blocks if block.type is BlockType.BATTERY_RESERVE), default=NOW)
        _assert_cheapest(regular, begin, ready_by, price)


def _assert_cheapest(blocks, begin, end, price):
    """No unused full quarter is cheaper than one that is used in full."""
    used, unused = [], []
    quarter = begin.replace(minute=begin.minute // 15 * 15, second=0)
    while quarter < end:
        if begin <= quarter and quarter + QUARTER <= end:
            if any(block.start_at <= quarter and quarter + QUARTER <= block.end_at for block in blocks):
                used.append(price(quarter))
            elif not any(block.start_at < quarter + QUARTER and quarter < block.end_at for block in blocks):
                unused.append(price(quarter))
        quarter += QUARTER
    assert not used or not unused or max(used) <= min(unused)
