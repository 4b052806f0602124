"""What Enode says, as frozen dataclasses.

Units: energy kWh, power kW, levels and limits percent, distances km, durations minutes; times are aware and in UTC.
Every field may be None: section 12 of the API contract says what is unknown and how a reader survives it.
A word of an enumeration that is not known here stays the raw text that Enode sent (``BlockType | str``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


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


#: The ``source`` of a target that comes from the policy; every other word is an override (contract, 12).
TARGET_SOURCE_POLICY = "POLICY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One charging window: final when past, tentative when future (contract, 8.3)."""

    type: BlockType | str | None = None
    kwh_sum: float | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeseriesEntry:
    """Energy of one quarter of an hour (contract, 8.3; the keys of its times are unknown, 12)."""

    start_at: datetime | None = None
    end_at: datetime | None = None
    kwh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatedStatistics:
    """What a session delivered up to now (contract, 8.3)."""

    kwh_sum: float | None = None
    battery_from: float | None = None
    battery_to: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Measurements of a session (contract, 8.3)."""

    aggregated: AggregatedStatistics | None = None
    timeseries: tuple[TimeseriesEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the session aims at: ``target.latest`` (contract, 8.4). Ids are compared as text."""

    id: str | None = None
    type: TargetType | str | None = None
    source: str | None = None
    battery_reserve: float | None = None
    minimum_charge_target: float | None = None
    ready_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a target is judged: ``outcome.latest`` (contract, 8.5). Stale when target_id is not the current target's."""

    target_id: str | None = None
    type: TargetType | str | None = None
    state: OutcomeState | str | None = None
    battery_level_at_ready_by: float | None = None
    minimum_charge_target_reached_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionError:
    """What is wrong with a session: ``error.latest`` (contract, 8.6)."""

    type: ErrorType | str | None = None
    missing_capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """What a session cost in ``currency`` (contract, 8.3); savings = baseline - actual."""

    currency: str | None = None
    actual: float | None = None
    baseline: float | None = None
    savings: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleInformation:
    """Who the vehicle is (contract, 4). The VIN is personal: it never reaches a log, an event or a diagnostic."""

    vin: str | None = field(default=None, repr=False)
    brand: str | None = None
    model: str | None = None
    year: int | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeState:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLocation:
    """Where the vehicle stands (contract, 4). ``id`` is set when it is a known Location; coordinates are personal."""

    id: str | None = None
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    last_updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Whether Enode can do something with the vehicle, and what its owner must mend where not (contract, 4)."""

    is_capable: bool | None = None
    intervention_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartChargingPolicy:
    """Classic smart charging's policy (contract, 8.8): ``deadline`` HH:mm or 24:00 in the location's time zone."""

    is_enabled: bool | None = None
    deadline: str | None = None
    minimum_charge_limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A linked vehicle (contract, 4)."""

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
    capabilities: Mapping[str, Capability] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySchedule:
    """A policy's wish for one weekday (contract, 8.2): ``deadline`` HH:mm in the location's time zone."""

    deadline: str | None = None
    minimum_charge_target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A time in which a policy may not charge (contract, 8.2; its types are unknown). Weekday 0 is Monday."""

    type: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the owner wants of one vehicle at one location (contract, 8.2). Keys of ``schedule``: monday ... sunday."""

    id: str
    vehicle_id: str | None = None
    location_id: str | None = None
    battery_reserve: float | None = None
    schedule: Mapping[str, DaySchedule] = field(default_factory=dict)
    last_observed_location_charge_limit: float | None = None
    restriction_schedule: tuple[Restriction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place that Enode knows (contract, 6). Coordinates are not read: nothing here needs them."""

    id: str
    user_id: str | None = None
    name: str | None = None
    timezone_name: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedVendor:
    """One vendor account of a user (contract, 6); ``is_valid`` False: its credentials are lost."""

    vendor: str | None = None
    vendor_type: str | None = None
    is_valid: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of the client (contract, 6). ``linked_vendors`` is only told when one user is asked for."""

    id: str
    created_at: datetime | None = None
    linked_vendors: tuple[LinkedVendor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailure:
    """Why a charge action failed or was cancelled (contract, 5)."""

    type: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAction:
    """A start or stop that Enode works on: PENDING, then CONFIRMED, FAILED or CANCELLED (contract, 5)."""

    id: str
    kind: str | None = None
    state: str | None = None
    target_id: str | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    failure_reason: ActionFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consideration:
    """Which of its conditions classic smart charging still misses (contract, 8.8)."""

    is_plugged_in: bool | None = None
    is_charging: bool | None = None
    at_charging_location: bool | None = None
    has_time_estimate: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartChargingPlan:
    """A plan of classic smart charging (contract, 8.8): costs in ``currency``."""

    id: str
    vehicle_id: str | None = None
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
class SmartOverride:
    """Charge now beside classic smart charging (contract, 8.8); active while ``ended_at`` is None."""

    created_at: datetime | None = None
    ended_at: datetime | None = None
    vendor_action_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartChargingStatus:
    """What classic smart charging does with a vehicle (contract, 8.8)."""

    vehicle_id: str | None = None
    state: str | None = None
    state_changed_at: datetime | None = None
    updated_at: datetime | None = None
    consideration: Consideration | None = None
    plan: SmartChargingPlan | None = None
    smart_override: SmartOverride | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingBucket:
    """Energy and cost of one span of time of classic statistics (contract, 8.8)."""

    date: datetime | None = None
    kwh_sum: float | None = None
    cost_sum: float | None = None
    estimated_savings: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingStretch:
    """An unbroken stretch of consumption: what classic statistics call a session (contract, 8.8)."""

    vehicle_id: str | None = None
    location_id: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    kwh_sum: float | None = None
    cost_sum: float | None = None
    estimated_savings: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook of the client (contract, 7.1)."""

    id: str
    url: str | None = field(default=None, repr=False)
    events: tuple[str, ...] = ()
    is_active: bool | None = None
    last_success: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a collection, unread, and the cursor of the next one (contract, 2.4)."""

    items: tuple[Mapping[str, Any], ...] = ()
    after: str | None = None
