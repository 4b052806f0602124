"""Reading Enode's objects: every sample, every tolerance of section 12 of the contract, and noise."""

from collections.abc import Iterator
import copy
from datetime import UTC, datetime, timedelta
import json
import time
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.enode_flex.api import (
    AggregatedStatistics,
    Block,
    BlockType,
    Capability,
    ChargeAction,
    ChargeState,
    ChargingBucket,
    ChargingStretch,
    DaySchedule,
    ErrorType,
    Intervention,
    Outcome,
    OutcomeState,
    Policy,
    PowerDeliveryState,
    Restriction,
    Session,
    SessionError,
    SessionState,
    SmartChargingStatus,
    Spread,
    Statistics,
    Target,
    TargetType,
    TimeseriesEntry,
    User,
    Valuation,
    Vehicle,
    VehicleInformation,
    VehicleLocation,
    Webhook,
    WebhookTest,
    read,
    unknown_words,
)
from custom_components.enode_flex.api.reading import Document, to_bool, to_datetime, to_float, to_int, to_text

from .conftest import SAMPLES

VIN = "WVWZZZE1ZMP000001"

VEHICLE: dict[str, Any] = {
    "id": "3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa",
    "userId": "ha-demo-user",
    "vendor": "VOLKSWAGEN",
    "lastSeen": "2026-11-23T18:29:41.000Z",
    "isReachable": True,
    "information": {"vin": VIN, "brand": "Volkswagen", "model": "ID.3", "year": 2021, "displayName": None},
    "chargeState": {
        "batteryLevel": 33,
        "range": 139,
        "isPluggedIn": True,
        "isCharging": True,
        "isFullyCharged": False,
        "batteryCapacity": 60,
        "chargeLimit": 90,
        "chargeRate": 7.2,
        "chargeTimeRemaining": 235,
        "lastUpdated": "2026-11-23T18:29:41.000Z",
        "maxCurrent": 32,
        "powerDeliveryState": "PLUGGED_IN:CHARGING",
        "pluggedInChargerId": None,
    },
    "smartChargingPolicy": {"isEnabled": False, "deadline": None, "minimumChargeLimit": 0},
    "location": {
        "id": "b27f5e90-1c34-4d0a-8e6b-90a7c1d2e3f4",
        "latitude": 59.91,
        "longitude": 10.75,
        "lastUpdated": "2026-11-23T16:38:02.000Z",
    },
    "odometer": {"distance": 48211, "lastUpdated": "2026-11-23T16:38:02.000Z"},
    "capabilities": {
        "startCharging": {"isCapable": True, "interventionIds": []},
        "setMaxCurrent": {"isCapable": False, "interventionIds": ["i-1"]},
    },
    "scopes": ["vehicle:read:data"],
}

POLICY: dict[str, Any] = {
    "id": "0a6d4c1e-77b2-4f5d-b9e8-3c2d1b0a9f87",
    "vehicleId": "3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa",
    "locationId": "b27f5e90-1c34-4d0a-8e6b-90a7c1d2e3f4",
    "batteryReserve": 30,
    "lastObservedLocationChargeLimit": 90,
    "restrictionSchedule": [
        {"type": "QUIET", "startTime": "17:00", "endTime": "20:00", "weekdays": [0, "4", None, "x"]}
    ],
    "schedule": {
        "monday": {"deadline": "07:00", "minimumChargeTarget": 80},
        "Sunday": {"deadline": "10:00", "minimumChargeTarget": 60},
        "holidays": {"deadline": "12:00"},
    },
}


def utc(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def snaked(value: Any) -> Any:
    """The same document in snake_case."""
    if isinstance(value, dict):
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snaked(item) for key, item in value.items()
        }
    return [snaked(item) for item in value] if isinstance(value, list) else value


POLICY_TARGET = Target(
    id="1",
    type=TargetType.REGULAR,
    source="POLICY",
    battery_reserve=30,
    minimum_charge_target=80,
    ready_by=utc(24, 6),
)
PLANNED_BLOCKS = (
    Block(type=BlockType.BATTERY_RESERVE, kwh_sum=3.6, start_at=utc(23, 16, 45), end_at=utc(23, 17, 15)),
    Block(type=BlockType.REGULAR, kwh_sum=14.4, start_at=utc(23, 22), end_at=utc(24, 0)),
    Block(type=BlockType.REGULAR, kwh_sum=16.2, start_at=utc(24, 2), end_at=utc(24, 4, 15)),
)
FIRST_QUARTERS = (
    TimeseriesEntry(start_at=utc(23, 16, 45), end_at=utc(23, 17), kwh=1.8),
    TimeseriesEntry(start_at=utc(23, 17), end_at=utc(23, 17, 15), kwh=1.8),
    TimeseriesEntry(start_at=utc(23, 17, 15), end_at=utc(23, 17, 30), kwh=0.0),
)
IDS = {
    "policy_id": "0a6d4c1e-77b2-4f5d-b9e8-3c2d1b0a9f87",
    "vehicle_id": "3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa",
    "location_id": "b27f5e90-1c34-4d0a-8e6b-90a7c1d2e3f4",
}
EXPECTED = {
    "A_upcoming": Session(
        id="5e551000-0000-4000-8000-000000000007", **IDS, state=SessionState.UPCOMING, target=POLICY_TARGET
    ),
    "B_reserve": Session(
        id="5e551000-0000-4000-8000-000000000007",
        **IDS,
        state=SessionState.ACTIVE_BATTERY_RESERVE,
        plugged_in_at=utc(23, 16, 40),
        blocks=PLANNED_BLOCKS,
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=1.8, battery_from=24, battery_to=27), timeseries=FIRST_QUARTERS[:1]
        ),
        target=POLICY_TARGET,
        outcome=Outcome(target_id="1", type=TargetType.REGULAR, state=OutcomeState.ON_TARGET),
    ),
    "C_regular_idle": Session(
        id="5e551000-0000-4000-8000-000000000007",
        **IDS,
        state=SessionState.ACTIVE_REGULAR,
        plugged_in_at=utc(23, 16, 40),
        blocks=PLANNED_BLOCKS,
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=3.6, battery_from=24, battery_to=30), timeseries=FIRST_QUARTERS
        ),
        target=POLICY_TARGET,
        outcome=Outcome(target_id="1", type=TargetType.REGULAR, state=OutcomeState.ON_TARGET),
    ),
    "D_immediate": Session(
        id="5e551000-0000-4000-8000-000000000007",
        **IDS,
        state=SessionState.ACTIVE_IMMEDIATE_START,
        plugged_in_at=utc(23, 16, 40),
        blocks=(
            PLANNED_BLOCKS[0],
            Block(type=BlockType.IMMEDIATE_START, kwh_sum=30.0, start_at=utc(23, 18, 15), end_at=utc(23, 22, 25)),
        ),
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=5.4, battery_from=24, battery_to=33), timeseries=FIRST_QUARTERS
        ),
        target=Target(id="2", type=TargetType.IMMEDIATE_START, minimum_charge_target=80),
        outcome=Outcome(
            target_id="2", type=TargetType.IMMEDIATE_START, minimum_charge_target_reached_at=utc(23, 22, 25)
        ),
    ),
    "E_off_target": Session(
        id="5e551000-0000-4000-8000-000000000008",
        **IDS,
        state=SessionState.ACTIVE_REGULAR,
        plugged_in_at=utc(25, 4, 30),
        blocks=(Block(type=BlockType.REGULAR, kwh_sum=24.0, start_at=utc(25, 4, 30), end_at=utc(25, 7, 50)),),
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=1.8, battery_from=40, battery_to=43),
            timeseries=(TimeseriesEntry(start_at=utc(25, 4, 30), end_at=utc(25, 4, 45), kwh=1.8),),
        ),
        target=Target(
            id="1",
            type=TargetType.REGULAR,
            source="POLICY",
            battery_reserve=30,
            minimum_charge_target=80,
            ready_by=utc(25, 6),
        ),
        outcome=Outcome(
            target_id="1",
            type=TargetType.REGULAR,
            state=OutcomeState.OFF_TARGET,
            battery_level_at_ready_by=58,
            minimum_charge_target_reached_at=utc(25, 7, 50),
        ),
    ),
    "F_start_fail": Session(
        id="5e551000-0000-4000-8000-000000000009",
        **IDS,
        state=SessionState.ACTIVE_REGULAR,
        plugged_in_at=utc(26, 17, 5),
        blocks=(Block(type=BlockType.REGULAR, kwh_sum=14.4, start_at=utc(26, 22), end_at=utc(27, 0)),),
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=0.0, battery_from=35, battery_to=35),
            timeseries=(TimeseriesEntry(start_at=utc(26, 17, 15), end_at=utc(26, 17, 30), kwh=0.0),),
        ),
        target=Target(
            id="1",
            type=TargetType.REGULAR,
            source="POLICY",
            battery_reserve=30,
            minimum_charge_target=80,
            ready_by=utc(27, 6),
        ),
        outcome=Outcome(
            target_id="1", type=TargetType.REGULAR, state=OutcomeState.OFF_TARGET, battery_level_at_ready_by=35
        ),
        error=SessionError(type=ErrorType.START_FAIL),
    ),
    "G_settled": Session(
        id="5e551000-0000-4000-8000-000000000007",
        **IDS,
        state=SessionState.SETTLED,
        plugged_in_at=utc(23, 16, 40),
        plugged_out_at=utc(24, 6, 41),
        blocks=PLANNED_BLOCKS,
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=34.2, battery_from=24, battery_to=81), timeseries=FIRST_QUARTERS
        ),
        target=POLICY_TARGET,
        outcome=Outcome(target_id="1", type=TargetType.REGULAR, state=OutcomeState.ON_TARGET),
        valuation=Valuation(currency="EUR", actual=6.84, baseline=11.63, savings=4.79),
    ),
    "H_unmanaged": Session(
        id="5e551000-0000-4000-8000-000000000006",
        vehicle_id=IDS["vehicle_id"],
        state=SessionState.SETTLED,
        plugged_in_at=utc(21, 11, 2),
        plugged_out_at=utc(21, 11, 38),
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=21.6, battery_from=28, battery_to=64),
            timeseries=(
                TimeseriesEntry(start_at=utc(21, 11), end_at=utc(21, 11, 15), kwh=4.8),
                TimeseriesEntry(start_at=utc(21, 11, 15), end_at=utc(21, 11, 30), kwh=12.0),
                TimeseriesEntry(start_at=utc(21, 11, 30), end_at=utc(21, 11, 45), kwh=4.8),
            ),
        ),
    ),
}


def test_every_sample_has_an_expectation() -> None:
    assert EXPECTED.keys() == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_read_whole(name: str) -> None:
    assert Session.from_dict(SAMPLES[name]) == EXPECTED[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_in_snake_case_reads_the_same(name: str) -> None:
    assert Session.from_dict(snaked(SAMPLES[name])) == EXPECTED[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_extra_keys_change_nothing(name: str) -> None:
    document = copy.deepcopy(SAMPLES[name]) | {"colour": {"deep": [1, 2]}, "blocked": None}
    document["statistics"]["voltage"] = 230
    document["target"]["history"] = []
    assert Session.from_dict(document) == EXPECTED[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_stored_session_is_read_back_equal(name: str) -> None:
    session = Session.from_dict(SAMPLES[name])
    assert Session.from_dict(json.loads(json.dumps(session.to_dict()))) == session


def test_vehicle_is_read_whole() -> None:
    assert Vehicle.from_dict(VEHICLE) == Vehicle(
        id="3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa",
        user_id="ha-demo-user",
        vendor="VOLKSWAGEN",
        last_seen=utc(23, 18, 29, 41),
        is_reachable=True,
        information=VehicleInformation(vin=VIN, brand="Volkswagen", model="ID.3", year=2021),
        charge_state=ChargeState(
            battery_level=33,
            range=139,
            is_plugged_in=True,
            is_charging=True,
            is_fully_charged=False,
            battery_capacity=60,
            charge_limit=90,
            charge_rate=7.2,
            charge_time_remaining=235,
            last_updated=utc(23, 18, 29, 41),
            max_current=32,
            power_delivery_state=PowerDeliveryState.CHARGING,
        ),
        smart_charging_policy=Vehicle.from_dict(VEHICLE).smart_charging_policy,
        location=VehicleLocation(
            id="b27f5e90-1c34-4d0a-8e6b-90a7c1d2e3f4",
            latitude=59.91,
            longitude=10.75,
            last_updated=utc(23, 16, 38, 2),
        ),
        odometer_km=48211,
        odometer_last_updated=utc(23, 16, 38, 2),
        capabilities={
            "startCharging": Capability(is_capable=True),
            "setMaxCurrent": Capability(is_capable=False, intervention_ids=("i-1",)),
        },
        scopes=("vehicle:read:data",),
    )


def test_vehicle_in_snake_case_reads_the_same() -> None:
    assert Vehicle.from_dict(snaked(VEHICLE)) == Vehicle.from_dict(VEHICLE)


def test_stored_vehicle_is_read_back_equal() -> None:
    vehicle = Vehicle.from_dict(VEHICLE)
    assert Vehicle.from_dict(json.loads(json.dumps(vehicle.to_dict()))) == vehicle


def test_vehicle_of_which_nothing_is_known_but_its_id() -> None:
    assert Vehicle.from_dict({"id": 7}) == Vehicle(id="7")


def test_personal_data_are_not_in_the_repr() -> None:
    text = repr(Vehicle.from_dict(VEHICLE)) + repr(Webhook(id="w", url="https://home.example/hook/abc"))
    assert "Volkswagen" in text
    for personal in (VIN, "59.91", "10.75", "home.example"):
        assert personal not in text


def test_policy_is_read_whole() -> None:
    assert Policy.from_dict(POLICY) == Policy(
        id="0a6d4c1e-77b2-4f5d-b9e8-3c2d1b0a9f87",
        vehicle_id="3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa",
        location_id="b27f5e90-1c34-4d0a-8e6b-90a7c1d2e3f4",
        battery_reserve=30,
        last_observed_location_charge_limit=90,
        restriction_schedule=(Restriction(type="QUIET", start_time="17:00", end_time="20:00", weekdays=(0, 4)),),
        schedule={
            "monday": DaySchedule(deadline="07:00", minimum_charge_target=80),
            "sunday": DaySchedule(deadline="10:00", minimum_charge_target=60),
        },
    )


def test_policy_in_snake_case_reads_the_same() -> None:
    lower = POLICY | {"schedule": {"monday": {"deadline": "07:00", "minimumChargeTarget": 80}}}
    assert Policy.from_dict(snaked(lower)) == Policy.from_dict(lower)


def test_user_with_a_vendor_that_lost_its_credentials() -> None:
    user = User.from_dict(
        {"id": "u", "linkedVendors": [{"vendor": "TESLA", "vendorType": "vehicle", "isValid": False}]}
    )
    assert [(vendor.vendor, vendor.vendor_type, vendor.is_valid) for vendor in user.linked_vendors] == [
        ("TESLA", "vehicle", False)
    ]


def test_intervention_is_flattened() -> None:
    document = {
        "id": "i-1",
        "vendor": "TESLA",
        "domain": "Account",
        "introducedAt": "2026-11-01T00:00:00",
        "resolution": {
            "title": "Link again",
            "description": "**Do**",
            "access": "Remote",
            "agent": "User",
            "action": "Link",
        },
    }
    assert Intervention.from_dict(document) == Intervention(
        id="i-1",
        vendor="TESLA",
        domain="Account",
        introduced_at=utc(1, 0),
        title="Link again",
        description="**Do**",
        access="Remote",
        agent="User",
        action="Link",
    )
    assert Intervention.from_dict(document | {"resolution": "?"}).title is None


def test_charge_action_with_its_failure() -> None:
    action = ChargeAction.from_dict(
        {"id": "a", "state": "FAILED", "kind": "START", "failureReason": {"type": "NO_RESPONSE", "detail": "asleep"}}
    )
    assert action.failure_reason is not None
    assert (action.state, action.failure_reason.type, action.failure_reason.detail) == (
        "FAILED",
        "NO_RESPONSE",
        "asleep",
    )


def test_classic_status_with_plan_and_override() -> None:
    status = SmartChargingStatus.from_dict(
        {
            "vehicleId": "v",
            "state": "PLAN:EXECUTING:STOPPED",
            "consideration": {"isPluggedIn": True, "atChargingLocation": False},
            "plan": {
                "id": "p",
                "currency": "NOK",
                "nonSmartCost": "41.5",
                "smartCost": 30,
                "stopAt": "2026-11-23T18:00:00Z",
            },
            "smartOverride": {"createdAt": "2026-11-23T18:10:00Z", "endedAt": None},
        }
    )
    assert status.plan is not None
    assert status.consideration is not None
    assert status.smart_override is not None
    assert (status.plan.non_smart_cost, status.plan.smart_cost, status.plan.stop_at) == (41.5, 30, utc(23, 18))
    assert (status.consideration.is_plugged_in, status.consideration.at_charging_location) == (True, False)
    assert (status.smart_override.created_at, status.smart_override.ended_at) == (utc(23, 18, 10), None)


def test_plan_without_an_id_does_not_take_the_status_along() -> None:
    status = SmartChargingStatus.from_dict({"state": "DISABLED", "plan": {"currency": "NOK"}})
    assert (status.state, status.plan) == ("DISABLED", None)


def test_classic_statistics() -> None:
    figures = {"kwhSum": 1.8, "kw": {"min": 7, "max": 7.4, "mean": 7.2}, "costSum": 0.9, "estimatedSavings": None}
    bucket = ChargingBucket.from_dict({"date": "2026-11-23T18:15:00Z", "nonSmartPrice": None, **figures})
    assert (bucket.date, bucket.kwh_sum, bucket.cost_sum) == (utc(23, 18, 15), 1.8, 0.9)
    assert (bucket.kw, bucket.non_smart_price) == (Spread(min=7, max=7.4, mean=7.2), None)
    stretch = ChargingStretch.from_dict(
        {"id": "v", "from": "2026-11-23T18:15:00Z", "to": "2026-11-23T19:00:00Z", **figures}
    )
    assert (stretch.vehicle_id, stretch.from_at, stretch.to_at) == ("v", utc(23, 18, 15), utc(23, 19))
    assert ChargingStretch.from_dict(stretch.to_dict()) == stretch


def test_webhook_test_tells_the_code() -> None:
    test = WebhookTest.from_dict({"status": "FAILURE", "response": {"code": 502, "body": "", "headers": []}})
    assert (test.status, test.response_code) == ("FAILURE", 502)
    assert WebhookTest.from_dict({"status": "FAILURE", "response": None}).response_code is None


# Section 12 of the contract: what is unknown


@pytest.mark.parametrize("key", ["startAt", "from", "start", "timestamp", "time", "at", "start_at"])
def test_timeseries_time_under_any_key(key: str) -> None:
    document = {"id": "s", "statistics": {"timeseries": [{key: "2026-11-23T17:00:00Z", "kwh": 1.5}]}}
    assert Session.from_dict(document).statistics.timeseries == (
        TimeseriesEntry(start_at=utc(23, 17), end_at=utc(23, 17, 15), kwh=1.5),
    )


@pytest.mark.parametrize("key", ["endAt", "to", "end"])
def test_timeseries_end_under_any_key(key: str) -> None:
    document = {"id": "s", "statistics": {"timeseries": [{"at": "2026-11-23T17:00:00Z", key: "2026-11-23T17:10:00Z"}]}}
    assert Session.from_dict(document).statistics.timeseries[0].end_at == utc(23, 17, 10)


def test_timeseries_without_times_is_counted_from_the_quarter_of_the_plug_in() -> None:
    document = {
        "id": "s",
        "pluggedInAt": "2026-11-23T16:59:58.123Z",
        "statistics": {"timeseries": [{"kwh": 1}, None, {"kwh": "2", "start": "soon"}]},
    }
    assert Session.from_dict(document).statistics.timeseries == (
        TimeseriesEntry(start_at=utc(23, 16, 45), end_at=utc(23, 17), kwh=1),
        TimeseriesEntry(start_at=utc(23, 17, 15), end_at=utc(23, 17, 30), kwh=2),
    )


def test_timeseries_without_times_and_plug_in_keeps_its_energy() -> None:
    document = {"id": "s", "statistics": {"timeseries": [{"kwh": 1}]}}
    assert Session.from_dict(document).statistics.timeseries == (TimeseriesEntry(kwh=1),)


def test_timeseries_at_the_end_of_time() -> None:
    document = {
        "id": "s",
        "pluggedInAt": "9999-12-31T23:59:00Z",
        "statistics": {"timeseries": [{"kwh": 1}, {"kwh": 2}]},
    }
    entries = Session.from_dict(document).statistics.timeseries
    assert [(entry.kwh, entry.end_at) for entry in entries] == [(1, None), (2, None)]


def test_unknown_words_are_kept_and_told() -> None:
    session = Session.from_dict(
        {
            "id": "s",
            "state": "ACTIVE:VEHICLE_TO_GRID",
            "blocks": [{"type": "DISCHARGE"}, {"type": "REGULAR"}, {}],
            "target": {"latest": {"type": "DEPARTURE", "source": "USER"}},
            "outcome": {"latest": {"type": "REGULAR", "state": "NEARLY"}},
            "error": {"latest": {"type": "TOO_COLD"}},
        }
    )
    assert (session.state, session.blocks[0].type) == ("ACTIVE:VEHICLE_TO_GRID", "DISCHARGE")
    assert unknown_words(session) == {
        ("state", "ACTIVE:VEHICLE_TO_GRID"),
        ("blocks.type", "DISCHARGE"),
        ("target.type", "DEPARTURE"),
        ("outcome.state", "NEARLY"),
        ("error.type", "TOO_COLD"),
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_hold_no_unknown_word(name: str) -> None:
    assert unknown_words(Session.from_dict(SAMPLES[name])) == frozenset()


def test_unknown_power_delivery_state() -> None:
    vehicle = Vehicle.from_dict({"id": "v", "chargeState": {"powerDeliveryState": "PLUGGED_IN:DREAMING"}})
    assert vehicle.charge_state.power_delivery_state == "PLUGGED_IN:DREAMING"
    assert unknown_words(vehicle) == {("chargeState.powerDeliveryState", "PLUGGED_IN:DREAMING")}
    assert unknown_words(Vehicle.from_dict(VEHICLE)) == frozenset()


@pytest.mark.parametrize("key", ["target", "outcome", "error", "valuation"])
@pytest.mark.parametrize("nothing", [None, {"latest": None}, {}, [], "?", 0, {"latest": []}, {"latest": {}}])
def test_missing_levels_are_none(key: str, nothing: Any) -> None:
    session = Session.from_dict({"id": "s", key: nothing})
    value = getattr(session, key)
    assert value is None or (key == "valuation" and value == Valuation())


def test_target_without_its_latest_level() -> None:
    target = Session.from_dict({"id": "s", "target": {"id": 3, "type": "REGULAR"}}).target
    assert target == Target(id="3", type=TargetType.REGULAR)


@pytest.mark.parametrize(
    "statistics", [None, [], "?", {"timeseries": "?"}, {"timeseries": {"a": 1}}, {"aggregated": 3}]
)
def test_missing_statistics(statistics: Any) -> None:
    assert Session.from_dict({"id": "s", "statistics": statistics}).statistics == Statistics()


def test_missing_capabilities_are_passed_on_as_they_are() -> None:
    document = {
        "id": "s",
        "error": {"latest": {"type": "MISSING_CAPABILITIES", "missingCapabilities": ["x", None, {}, "y"]}},
    }
    assert Session.from_dict(document).error == SessionError(
        type=ErrorType.MISSING_CAPABILITIES, missing_capabilities=("x", "y")
    )


def test_camel_case_wins_over_null_in_snake_case() -> None:
    assert Session.from_dict({"id": "s", "policy_id": None, "policyId": "p"}).policy_id == "p"


@pytest.mark.parametrize(
    "document", [None, [], "s", 3, {}, {"id": None}, {"id": {}}, {"id": ""}, {"id": True}, {"id": []}]
)
def test_what_cannot_be_read_at_all_is_none(document: Any) -> None:
    assert read(Session, document) is None
    assert read(Vehicle, document) is None
    assert read(Policy, document) is None


# Scalars


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (1, "1"),
        (1.0, "1"),
        (1.5, "1.5"),
        (True, None),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_text(value: Any, expected: str | None) -> None:
    assert to_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        ("7.2", 7.2),
        (" 7 ", 7.0),
        ("seven", None),
        (float("nan"), None),
        ("inf", None),
        (10**400, None),
        (False, None),
        ([], None),
        (None, None),
    ],
)
def test_float(value: Any, expected: float | None) -> None:
    assert to_float(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(2021, 2021), (2021.0, 2021), ("2021", 2021), ("new", None)])
def test_int(value: Any, expected: int | None) -> None:
    assert to_int(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        ("yes", None),
        (0, False),
        (1, True),
        (2, None),
        ([], None),
    ],
)
def test_bool(value: Any, expected: bool | None) -> None:
    assert to_bool(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-23T18:29:41.000Z", utc(23, 18, 29, 41)),
        ("2026-11-23T18:29:41", utc(23, 18, 29, 41)),
        ("2026-11-23T19:29:41+01:00", utc(23, 18, 29, 41)),
        ("2026-11-23", utc(23, 0)),
        (utc(23, 1), utc(23, 1)),
        ("tomorrow", None),
        ("0001-01-01T00:00:00+14:00", None),
        (1764000000, None),
        (None, None),
    ],
)
def test_datetime(value: Any, expected: datetime | None) -> None:
    assert to_datetime(value) == expected
    if expected is not None:
        assert to_datetime(value).utcoffset() == timedelta(0)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is not in UTC."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_naive_time_is_utc_wherever_the_machine_stands(elsewhere: None) -> None:
    assert to_datetime("2026-11-23T18:29:41") == utc(23, 18, 29, 41)


# Noise

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-11-23T17:00:00", "REGULAR", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1e5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document but the whole and its id."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[str | int, ...]] = []
    for key, item in items:
        if (*prefix, key) != ("id",):
            found += [(*prefix, key), *paths(item, (*prefix, key))]
    return found


@st.composite
def mutated(draw: st.DrawFn, documents: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """A document in which some places hold anything, are missing, or stand under another key."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from(paths(document)))
        place: Any = document
        for step in way:
            place = place[step]
        change = draw(st.sampled_from(["replace", "drop", "rename"]))
        if change == "replace":
            place[last] = draw(JSON)
        elif change == "drop":
            del place[last]
        elif isinstance(place, dict):
            place[draw(st.text(max_size=5).filter(lambda key: key.lower() != "id"))] = place.pop(last)
        if not paths(document):
            break
    return document


def assert_read(model: type[Document], document: dict[str, Any]) -> None:
    thing: Any = model.from_dict(document)
    assert thing.id == document["id"]
    assert model.from_dict(thing.to_dict()) == thing
    if isinstance(thing, Session | Vehicle):
        assert all(isinstance(word, str) for _, word in unknown_words(thing))


@settings(deadline=None)
@given(mutated(tuple(SAMPLES.values())))
def test_noise_in_a_session_never_raises_nor_loses_the_id(document: dict[str, Any]) -> None:
    assert_read(Session, document)


@settings(deadline=None)
@given(mutated((VEHICLE,)))
def test_noise_in_a_vehicle_never_raises_nor_loses_the_id(document: dict[str, Any]) -> None:
    assert_read(Vehicle, document)


@settings(deadline=None)
@given(mutated((POLICY,)))
def test_noise_in_a_policy_never_raises_nor_loses_the_id(document: dict[str, Any]) -> None:
    assert_read(Policy, document)
