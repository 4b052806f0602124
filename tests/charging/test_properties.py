"""What holds for every session that Enode could ever send."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import time
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.enode_flex.api.models import (
    AggregatedStatistics,
    Block,
    BlockType,
    ChargeState,
    ErrorType,
    Outcome,
    OutcomeState,
    Policy,
    PowerDeliveryState,
    Session,
    SessionError,
    SessionState,
    Statistics,
    Target,
    TargetType,
    TimeseriesEntry,
    Valuation,
    Vehicle,
    VehicleLocation,
)
from custom_components.enode_flex.charging import (
    STATUS_TABLE,
    Charging,
    ChargingStatus,
    Command,
    ErrorWord,
    Phase,
    Situation,
    by_type,
    charging_status,
    delivered,
    derive,
    hourly_energy,
    is_over,
    measures,
    planned,
    select_session,
    spread,
    windows,
)
from tests.charging.samples import SAMPLES, at, car, session

#: In the night in which clocks go back in Europe.
NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

numbers = st.one_of(st.sampled_from([0.0, 1.8, 30.0, 60.0, 80.0, 100.0]), st.floats(-1e4, 1e4))
maybe_number = st.none() | numbers
near = st.integers(-240, 240).map(lambda minutes: NOW + timedelta(minutes=minutes))
ends = st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
times = st.one_of(
    near,
    near,
    near,
    st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.none(),
    ends,
)
ids = st.sampled_from([None, "1", "2"])
places = st.sampled_from([None, "home", "cabin"])


def words(kind: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([*kind, "NEVER_HEARD", None])


blocks = st.lists(
    st.builds(Block, type=words(BlockType), kwh_sum=maybe_number, start_at=times, end_at=times), max_size=5
).map(tuple)
series = st.lists(st.builds(TimeseriesEntry, start_at=times, end_at=times, kwh=maybe_number), max_size=6).map(tuple)
targets = st.builds(
    Target,
    id=ids,
    type=words(TargetType),
    source=st.sampled_from([None, "POLICY", "USER"]),
    battery_reserve=maybe_number,
    minimum_charge_target=maybe_number,
    ready_by=times,
)
outcomes = st.builds(
    Outcome,
    target_id=ids,
    type=words(TargetType),
    state=words(OutcomeState),
    battery_level_at_ready_by=maybe_number,
    minimum_charge_target_reached_at=times,
)
aggregates = st.builds(AggregatedStatistics, kwh_sum=maybe_number, battery_from=maybe_number, battery_to=maybe_number)
valuations = st.builds(
    Valuation,
    currency=st.sampled_from([None, "EUR"]),
    actual=maybe_number,
    baseline=maybe_number,
    savings=maybe_number,
)


def sessions(states: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Session]:
    return st.builds(
        Session,
        id=st.sampled_from(["s1", "s2", "s3"]),
        policy_id=st.sampled_from([None, "p1", "p2"]),
        vehicle_id=st.sampled_from([None, "car", "other"]),
        location_id=places,
        state=states if states is not None else words(SessionState),
        plugged_in_at=times,
        plugged_out_at=times,
        blocks=blocks,
        statistics=st.builds(Statistics, aggregated=st.none() | aggregates, timeseries=series),
        target=st.none() | targets,
        outcome=st.none() | outcomes,
        error=st.none() | st.builds(SessionError, type=words(ErrorType)),
        valuation=st.none() | valuations,
    )


truth = st.sampled_from([None, True, False])
vehicles = st.builds(
    Vehicle,
    id=st.just("car"),
    last_seen=times,
    charge_state=st.builds(
        ChargeState,
        battery_level=maybe_number,
        is_plugged_in=truth,
        is_charging=truth,
        is_fully_charged=truth,
        battery_capacity=maybe_number,
        charge_rate=maybe_number,
        last_updated=times,
        power_delivery_state=words(PowerDeliveryState),
    ),
    location=st.builds(VehicleLocation, id=places, latitude=st.sampled_from([None, 59.9])),
)
policies = st.lists(
    st.builds(Policy, id=st.sampled_from(["p1", "p2"]), location_id=places, battery_reserve=maybe_number),
    max_size=2,
).map(tuple)
ACTIVE = st.sampled_from([state for state in SessionState if state.startswith("ACTIVE")])
worlds = st.fixed_dictionaries(
    {
        "vehicle": vehicles,
        "policies": policies,
        "live": st.one_of(st.none(), sessions(), sessions(ACTIVE)),
        "last_settled": st.one_of(st.none(), sessions(), sessions(st.just(SessionState.SETTLED))),
        "now": near,
        "data_at": times,
        "command": st.sampled_from([None, *Command]),
        "ever_seen": st.booleans(),
    }
)


@given(worlds)
@settings(max_examples=400, deadline=None)
def test_derive_never_raises_and_keeps_its_word(world: dict[str, Any]):
    found = derive(**world)
    assert found == derive(**world)
    for name in ("session_energy", "planned_energy", "remaining_energy", "missing_kwh", "missing_percent"):
        value = getattr(found, name)
        assert value is None or value >= 0, name
    for name in ("charge_power", "block_power", "quarter_power"):
        value = getattr(found, name)
        assert value is None or value >= 0, name
    assert all(kwh >= 0 for kwh in found.delivered_by_type.values())
    for name in ("reserve_progress", "target_progress"):
        value = getattr(found, name)
        assert value is None or 0 <= value <= 1, name
    assert found.charging_status in ChargingStatus
    assert found.charging_error is (found.error is not ErrorWord.NONE)
    assert found.next_boundary is None or found.next_boundary > world["now"]
    if found.plugged_in is False:
        assert found.charging is False
    if found.charging is False:
        assert found.charge_power == 0
    if found.charging_status is ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED:
        assert found.charging is False
        assert found.current_window is not None


@given(worlds)
@settings(max_examples=300, deadline=None)
def test_the_smart_charge_window_is_never_open_in_an_immediate_start(world: dict[str, Any]):
    found = derive(**world)
    live = world["live"]
    if not found.smart_charge_window:
        return
    assert live.state != SessionState.ACTIVE_IMMEDIATE_START
    assert live.target is None or live.target.type != TargetType.IMMEDIATE_START
    assert all(
        block.type != BlockType.IMMEDIATE_START
        for block in live.blocks
        if block.start_at and block.end_at and block.start_at <= world["now"] < block.end_at
    )
    assert found.plugged_in is not False
    assert found.error not in (ErrorWord.START_FAILED, ErrorWord.MISSING_CAPABILITIES)
    assert found.current_window is not None


@given(worlds, st.floats(0, 1, exclude_max=True))
@settings(max_examples=400, deadline=None)
def test_until_the_next_boundary_nothing_changes(world: dict[str, Any], part: float):
    found = derive(**world)
    until = found.next_boundary or NOW + timedelta(days=2)
    later = world["now"] + (until - world["now"]) * part
    if found.next_boundary is None or later < found.next_boundary:
        assert derive(**(world | {"now": later})) == found


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 18 * 3600), st.floats(0, 1, exclude_max=True))
@settings(max_examples=150, deadline=None)
def test_until_the_next_boundary_nothing_changes_in_the_samples(name: str, after: int, part: float):
    it = session(name[0])
    start = it.plugged_in_at or at("23T15:00")
    now = start + timedelta(seconds=after)
    vehicle = car(start + timedelta(hours=1), is_charging=False, is_plugged_in=True, battery_level=35)

    def at_instant(instant: datetime) -> Charging:
        return derive(
            vehicle=vehicle, policies=(), live=it, last_settled=None, now=instant, data_at=start + timedelta(hours=3)
        )

    found = at_instant(now)
    until = found.next_boundary or now + timedelta(days=2)
    later = now + (until - now) * part
    if found.next_boundary is None or later < found.next_boundary:
        assert at_instant(later) == found


situations = st.builds(
    Situation,
    vehicle=vehicles,
    policies=policies,
    live=st.none() | sessions(),
    windows=blocks.map(windows),
    measures=st.just(()),
    charging=truth,
    plugged_in=truth,
    error=st.sampled_from([None, *ErrorWord]),
    command=st.sampled_from([None, *Command]),
    ever_seen=st.booleans(),
    data_fresh=st.booleans(),
    now=near,
)


@given(situations)
@settings(max_examples=300, deadline=None)
def test_the_status_is_the_first_row_that_applies(situation: Situation):
    found = charging_status(situation)
    applying = [status for status, applies in STATUS_TABLE if applies(situation)]
    assert applying[0] is found
    assert applying[-1] is ChargingStatus.NO_SESSION


@given(blocks, near)
@settings(max_examples=200, deadline=None)
def test_phases_partition_the_blocks(told: tuple[Block, ...], now: datetime):
    found = windows(told)
    assert list(found) == sorted(found, key=lambda it: (it.start_at, it.end_at))
    for window in found:
        assert window.start_at < window.end_at
        assert (window.phase(now) is Phase.PAST) is (window.end_at <= now)
        assert (window.phase(now) is Phase.FUTURE) is (window.start_at > now)
        assert (window.phase(now) is Phase.RUNNING) is (window.start_at <= now < window.end_at)
    assert {replace(it, kwh=None) for it in windows(told[::-1])} == {replace(it, kwh=None) for it in found}


@given(sessions(), near)
@settings(max_examples=200, deadline=None)
def test_energies_are_never_negative_and_hours_lose_nothing(it: Session, now: datetime):
    of = measures(it)
    assert all(before.end_at <= after.start_at for before, after in pairwise(of))
    hours = hourly_energy(it)
    assert sum(hours.values()) == pytest.approx(sum(measure.kwh for measure in of))
    assert all(kwh >= 0 for kwh in hours.values())
    for kwh in (delivered(it, of), planned(windows(it.blocks), of, now)):
        assert kwh is None or kwh >= 0
    assert all(kwh >= 0 for kwh in by_type(windows(it.blocks), of, now).values())


@given(sessions(), st.floats(-100, 100))
@settings(max_examples=100, deadline=None)
def test_a_cost_is_spread_without_loss(it: Session, cost: float):
    hours = hourly_energy(it)
    assert sum(spread(cost, hours).values()) == pytest.approx(cost if hours else 0, abs=1e-9)


@given(policies, st.lists(sessions(), max_size=4, unique_by=lambda it: it.id), vehicles)
@settings(max_examples=200, deadline=None)
def test_which_session_counts_does_not_depend_on_the_order(
    of: tuple[Policy, ...], told: list[Session], vehicle: Vehicle
):
    of = tuple({policy.id: policy for policy in of}.values())
    found = select_session(of, told, vehicle)
    assert found == select_session(of[::-1], told[::-1], vehicle)
    assert found is None or (found in told and not is_over(found) and found.vehicle_id != "other")


def moved(value: Any, by: timedelta) -> Any:
    """Everything as it would be at another time."""
    if isinstance(value, datetime):
        return value + by
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{it.name: moved(getattr(value, it.name), by) for it in fields(value)})
    if isinstance(value, Mapping):
        return {key: moved(item, by) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(moved(item, by) for item in value)
    return value


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/St_Johns", "Asia/Kathmandu"])
@pytest.mark.parametrize("night", ["2026-03-29T01:00", "2026-10-25T01:00", "2026-11-01T06:00"])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_no_night_is_special(monkeypatch: pytest.MonkeyPatch, zone: str, night: str, name: str):
    """In the nights in which clocks are changed, and wherever this machine stands, the same is told."""

    def tell(shift: timedelta) -> Charging:
        return derive(
            vehicle=moved(car(at("23T22:55"), is_charging=True, battery_level=42), shift),
            policies=(),
            live=moved(session(name[0]), shift),
            last_settled=moved(session("H"), shift),
            now=at("23T23:00") + shift,
            data_at=at("23T22:59") + shift,
        )

    ordinary = tell(timedelta(0))
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        shift = datetime.fromisoformat(night).replace(tzinfo=UTC) - at("23T23:00")
        assert moved(tell(shift), -shift) == moved(ordinary, timedelta(0))
    finally:
        monkeypatch.undo()
        time.tzset()
