"""What Enode says, as frozen dataclasses.

Units: energy kWh, power kW, levels and limits percent, distances km, durations minutes; times are aware and in UTC.
Every field may be None: section 12 of the API contract says what is unknown and how a reader survives it.
A word of an enumeration that is not known here stays the raw text that Enode sent (``BlockType | str``).

``X.from_dict`` reads Enode's JSON as well as what ``to_dict`` wrote; ``reading.read`` does the same without raising.
``_reshape`` of a class says where Enode arranges it differently than we do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
import re
from typing import Any, override

from .reading import Document, latest, snake_keys, to_datetime, to_int


class SessionState(StrEnum):
    """What the system is doing with a session (contract, 8.3 and 8.7). It does not tell whether current flows."""

    UPCOMING = "UPCOMING"
    ACTIVE_BATTERY_RESERVE = "ACTIVE:BATTERY_RESERVE"
    ACTIVE_REGULAR = "ACTIVE:REGULAR"
    ACTIVE_IMMEDIATE_START = "ACTIVE:IMMEDIATE_START"
    SETTLED = "SETTLED"


class BlockType(StrEnum):
    """Why a block charges (contract, 8.3)."""

    BATTERY_RESERVE = "BATTERY_RESERVE"
    REGULAR = "REGULAR"
    IMMEDIATE_START = "IMMEDIATE_START"


class TargetType(StrEnum):
    """Kind of a target and of the outcome that judges it (contract, 8.4 and 8.5)."""

    REGULAR = "REGULAR"
    IMMEDIATE_START = "IMMEDIATE_START"


class OutcomeState(StrEnum):
    """Whether the target will be (or was) met by ready-by (contract, 8.5)."""

    ON_TARGET = "ON_TARGET"
    OFF_TARGET = "OFF_TARGET"


class ErrorType(StrEnum):
    """Why a session does not charge as it should (contract, 8.6)."""

    START_FAIL = "START_FAIL"
    STOP_FAIL = "STOP_FAIL"
    MISSING_CAPABILITIES = "MISSING_CAPABILITIES"


class PowerDeliveryState(StrEnum):
    """State of the plug and of the power behind it (contract, 4)."""

    UNKNOWN = "UNKNOWN"
    UNPLUGGED = "UNPLUGGED"
    INITIALIZING = "PLUGGED_IN:INITIALIZING"
    CHARGING = "PLUGGED_IN:CHARGING"
    STOPPED = "PLUGGED_IN:STOPPED"
    COMPLETE = "PLUGGED_IN:COMPLETE"
    NO_POWER = "PLUGGED_IN:NO_POWER"
    FAULT = "PLUGGED_IN:FAULT"
    DISCHARGING = "PLUGGED_IN:DISCHARGING"


#: Keys of a policy's schedule, Monday first as in ``datetime.weekday()``.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: One entry of a session's timeseries (contract, 8.3).
QUARTER_HOUR = timedelta(minutes=15)

#: The ``source`` of a target that comes from the policy; every other word is an override (contract, 12).
TARGET_SOURCE_POLICY = "POLICY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Document):
    """One charging window: final when past, tentative when future (contract, 8.3)."""

    type: BlockType | str | None = None
    kwh_sum: float | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeseriesEntry(Document):
    """Energy of one quarter of an hour (contract, 8.3).

    The keys of its times are unknown: the first that can be read counts, else the entry's place after plug-in (12).
    """

    start_at: datetime | None = None
    end_at: datetime | None = None
    kwh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatedStatistics(Document):
    """What a session delivered up to now (contract, 8.3)."""

    kwh_sum: float | None = None
    battery_from: float | None = None
    battery_to: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics(Document):
    """Measurements of a session (contract, 8.3)."""

    aggregated: AggregatedStatistics | None = None
    timeseries: tuple[TimeseriesEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Document):
    """What the session aims at: ``target.latest`` (contract, 8.4). Ids are compared as text."""

    id: str | None = None
    type: TargetType | str | None = None
    source: str | None = None
    battery_reserve: float | None = None
    minimum_charge_target: float | None = None
    ready_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Document):
    """How a target is judged: ``outcome.latest`` (contract, 8.5). Stale when target_id is not the current target's."""

    target_id: str | None = None
    type: TargetType | str | None = None
    state: OutcomeState | str | None = None
    battery_level_at_ready_by: float | None = None
    minimum_charge_target_reached_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionError(Document):
    """What is wrong with a session: ``error.latest`` (contract, 8.6)."""

    type: ErrorType | str | None = None
    missing_capabilities: tuple[str, ...] = ()
    #: Why, in Enode's own words; Flex tells none.
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation(Document):
    """What a session cost in ``currency`` (contract, 8.3); savings = baseline - actual."""

    currency: str | None = None
    actual: float | None = None
    baseline: float | None = None
    savings: float | None = None

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        costs = document.get("tariff_cost")
        return document | snake_keys(costs) if isinstance(costs, Mapping) else document


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Document):
    """One charging visit (contract, 8.3). ``policy_id`` None: unmanaged, seen but not controlled."""

    id: str
    policy_id: str | None = None
    vehicle_id: str | None = None
    location_id: str | None = None
    state: SessionState | str | None = None
    plugged_in_at: datetime | None = None
    plugged_out_at: datetime | None = None
    blocks: tuple[Block, ...] = ()
    statistics: Statistics = field(default_factory=Statistics)
    target: Target | None = None
    outcome: Outcome | None = None
    error: SessionError | None = None
    valuation: Valuation | None = None

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        document |= {key: latest(document, key) for key in ("target", "outcome", "error")}
        statistics = document.get("statistics")
        if isinstance(statistics, Mapping):
            statistics = snake_keys(statistics)
            timeseries = statistics.get("timeseries")
            if isinstance(timeseries, (list, tuple)):
                statistics["timeseries"] = _with_times(timeseries, to_datetime(document.get("plugged_in_at")))
            document["statistics"] = statistics
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleInformation(Document):
    """Who the vehicle is (contract, 4). The VIN is personal: it never reaches a log, an event or a diagnostic."""

    vin: str | None = field(default=None, repr=False)
    brand: str | None = None
    model: str | None = None
    year: int | None = None
    display_name: str | None = None
    image_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeState(Document):
    """Battery and plug of a vehicle as last seen (contract, 4)."""

    battery_level: float | None = None
    range: float | None = None
    is_plugged_in: bool | None = None
    is_charging: bool | None = None
    is_fully_charged: bool | None = None
    battery_capacity: float | None = None
    charge_limit: float | None = None
    charge_rate: float | None = None
    charge_time_remaining: float | None = None
    last_updated: datetime | None = None
    max_current: float | None = None
    power_delivery_state: PowerDeliveryState | str | None = None
    plugged_in_charger_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLocation(Document):
    """Where the vehicle stands (contract, 4). ``id`` is set when it is a known Location; coordinates are personal."""

    id: str | None = None
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    last_updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability(Document):
    """Whether Enode can do something with the vehicle, and what its owner must mend where not (contract, 4)."""

    is_capable: bool | None = None
    intervention_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartChargingPolicy(Document):
    """Classic smart charging's policy (contract, 8.8): ``deadline`` HH:mm or 24:00 in the location's time zone."""

    is_enabled: bool | None = None
    deadline: str | None = None
    minimum_charge_limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(Document):
    """A linked vehicle (contract, 4). Keys of ``capabilities`` are Enode's own: startCharging and so on."""

    id: str
    user_id: str | None = None
    vendor: str | None = None
    last_seen: datetime | None = None
    is_reachable: bool | None = None
    information: VehicleInformation = field(default_factory=VehicleInformation)
    charge_state: ChargeState = field(default_factory=ChargeState)
    smart_charging_policy: SmartChargingPolicy | None = None
    location: VehicleLocation = field(default_factory=VehicleLocation)
    odometer_km: float | None = None
    odometer_last_updated: datetime | None = None
    capabilities: Mapping[str, Capability] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        odometer = document.get("odometer")
        if isinstance(odometer, Mapping):
            odometer = snake_keys(odometer)
            document["odometer_km"] = odometer.get("distance")
            document["odometer_last_updated"] = odometer.get("last_updated")
        capabilities = document.get("capabilities")
        if isinstance(capabilities, Mapping):
            document["capabilities"] = {_camel(key): value for key, value in capabilities.items()}
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySchedule(Document):
    """A policy's wish for one weekday (contract, 8.2): ``deadline`` HH:mm in the location's time zone."""

    deadline: str | None = None
    minimum_charge_target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction(Document):
    """A time in which a policy may not charge (contract, 8.2; its types are unknown). Weekday 0 is Monday."""

    type: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    weekdays: tuple[int, ...] = ()

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        weekdays = document.get("weekdays")
        if isinstance(weekdays, (list, tuple)):
            document["weekdays"] = [day for day in weekdays if to_int(day) is not None]
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Document):
    """What the owner wants of one vehicle at one location (contract, 8.2). Keys of ``schedule``: monday ... sunday.

    ``is_enabled``: classic smart charging can be switched off (contract, 8.8); None for Flex, which cannot.
    """

    id: str
    vehicle_id: str | None = None
    location_id: str | None = None
    battery_reserve: float | None = None
    schedule: Mapping[str, DaySchedule] = field(default_factory=dict)
    last_observed_location_charge_limit: float | None = None
    is_enabled: bool | None = None
    restriction_schedule: tuple[Restriction, ...] = ()

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        schedule = document.get("schedule")
        if isinstance(schedule, Mapping):
            document["schedule"] = {key.lower(): day for key, day in schedule.items() if key.lower() in WEEKDAYS}
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Document):
    """A place that Enode knows (contract, 6). Coordinates are not read: nothing here needs them."""

    id: str
    user_id: str | None = None
    name: str | None = None
    timezone_name: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedVendor(Document):
    """One vendor account of a user (contract, 6); ``is_valid`` False: its credentials are lost."""

    vendor: str | None = None
    vendor_type: str | None = None
    is_valid: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Document):
    """A user of the client (contract, 6). ``linked_vendors`` is told for one user alone, the rest in lists."""

    id: str
    created_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    linked_vendors: tuple[LinkedVendor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention(Document):
    """What the owner must mend, in Enode's own localised words (contract, 6)."""

    id: str
    vendor: str | None = None
    vendor_type: str | None = None
    brand: str | None = None
    domain: str | None = None
    title: str | None = None
    description: str | None = None
    access: str | None = None
    agent: str | None = None
    action: str | None = None
    introduced_at: datetime | None = None

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        resolution = document.get("resolution")
        return document | snake_keys(resolution) if isinstance(resolution, Mapping) else document


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailure(Document):
    """Why a charge action failed or was cancelled (contract, 5)."""

    type: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAction(Document):
    """A start or stop that Enode works on: PENDING, then CONFIRMED, FAILED or CANCELLED (contract, 5)."""

    id: str
    kind: str | None = None
    state: str | None = None
    user_id: str | None = None
    target_id: str | None = None
    target_type: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    failure_reason: ActionFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consideration(Document):
    """Which of its conditions classic smart charging still misses (contract, 8.8)."""

    is_plugged_in: bool | None = None
    is_charging: bool | None = None
    at_charging_location: bool | None = None
    has_time_estimate: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartChargingPlan(Document):
    """A plan of classic smart charging (contract, 8.8): costs in ``currency``."""

    id: str
    vehicle_id: str | None = None
    user_id: str | None = None
    vendor: str | None = None
    location_id: str | None = None
    currency: str | None = None
    non_smart_cost: float | None = None
    smart_cost: float | None = None
    stop_at: datetime | None = None
    start_at: datetime | None = None
    estimated_finish_at: datetime | None = None
    stop_confirmed_at: datetime | None = None
    start_confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    final_state: str | None = None
    failure_condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartOverride(Document):
    """Charge now beside classic smart charging (contract, 8.8); active while ``ended_at`` is None."""

    created_at: datetime | None = None
    ended_at: datetime | None = None
    target_type: str | None = None
    target_id: str | None = None
    user_id: str | None = None
    vendor: str | None = None
    vendor_action_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartChargingStatus(Document):
    """What classic smart charging does with a vehicle (contract, 8.8)."""

    vehicle_id: str | None = None
    user_id: str | None = None
    vendor: str | None = None
    state: str | None = None
    state_changed_at: datetime | None = None
    updated_at: datetime | None = None
    consideration: Consideration | None = None
    plan: SmartChargingPlan | None = None
    smart_override: SmartOverride | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread(Document):
    """How a figure of classic statistics varied within its span of time (contract, 8.8)."""

    min: float | None = None
    max: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingBucket(Document):
    """Energy, power and cost of one span of time of classic statistics (contract, 8.8).

    ``date`` is its start; prices are per kWh and ``non_smart_price`` is what they would have been without a plan.
    """

    date: datetime | None = None
    kwh_sum: float | None = None
    kw: Spread | None = None
    price: Spread | None = None
    non_smart_price: Spread | None = None
    cost_sum: float | None = None
    estimated_savings: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingStretch(Document):
    """An unbroken stretch of consumption: what classic statistics call a session (contract, 8.8).

    ``vehicle_id`` is Enode's ``id`` there, the asset's and not a session's.
    """

    vehicle_id: str | None = None
    location_id: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    kwh_sum: float | None = None
    kw: Spread | None = None
    price: Spread | None = None
    non_smart_price: Spread | None = None
    cost_sum: float | None = None
    estimated_savings: float | None = None

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        theirs = {"vehicle_id": "id", "from_at": "from", "to_at": "to"}
        return {our: document.get(their) for our, their in theirs.items()} | document


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Document):
    """A webhook of the client (contract, 7.1)."""

    id: str
    url: str | None = field(default=None, repr=False)
    events: tuple[str, ...] = ()
    is_active: bool | None = None
    last_success: datetime | None = None
    created_at: datetime | None = None
    api_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTest(Document):
    """How the test delivery of a webhook went: ``status`` SUCCESS or FAILURE (contract, 7.1)."""

    status: str | None = None
    description: str | None = None
    response_code: int | None = None

    @override
    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        response = document.get("response")
        return document | {"response_code": response.get("code")} if isinstance(response, Mapping) else document


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a collection, unread, and the cursor of the next one (contract, 2.4)."""

    items: tuple[Mapping[str, Any], ...] = ()
    after: str | None = None


#: Keys that may hold the start and the end of a timeseries entry, likeliest first (contract, 12).
_START_KEYS = ("start_at", "from", "start", "timestamp", "time", "at")
_END_KEYS = ("end_at", "to", "end")


def _with_times(timeseries: list[Any] | tuple[Any, ...], plugged_in_at: datetime | None) -> list[Any]:
    """Return the entries with start_at and end_at, told or counted from the quarter hour of the plug-in."""
    first = plugged_in_at and plugged_in_at.replace(
        minute=plugged_in_at.minute - plugged_in_at.minute % 15, second=0, microsecond=0
    )
    return [
        _with_time(snake_keys(entry), _after(first, index)) if isinstance(entry, Mapping) else entry
        for index, entry in enumerate(timeseries)
    ]


def _with_time(entry: dict[str, Any], counted: datetime | None) -> dict[str, Any]:
    start = _first_time(entry, _START_KEYS) or counted
    return entry | {"start_at": start, "end_at": _first_time(entry, _END_KEYS) or _after(start, 1)}


def _first_time(entry: Mapping[str, Any], keys: tuple[str, ...]) -> datetime | None:
    return next((time for key in keys if (time := to_datetime(entry.get(key))) is not None), None)


def _after(start: datetime | None, quarters: int) -> datetime | None:
    try:
        return start and start + quarters * QUARTER_HOUR
    except OverflowError:
        return None


def _camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match.group(1).upper(), key)
