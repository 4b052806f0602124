"""The objects of Enode as the world keeps them. Names are snake_case of Enode's own (contract 4 to 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from .schedule import WeeklySchedule
from .smart import Status
from .units import MICROJOULES_PER_KWH
from .visit import Visit

type ActionState = Literal["PENDING", "CONFIRMED", "FAILED", "CANCELLED"]
type EventName = Literal[
    "user:vehicle:discovered",
    "user:vehicle:updated",
    "user:vehicle:deleted",
    "user:vehicle:smart-charging-status-updated",
    "user:vendor-action:updated",
    "user:credentials:invalidated",
]


class SessionState(StrEnum):
    """States of a session (contract 8.3)."""

    UPCOMING = "UPCOMING"
    BATTERY_RESERVE = "ACTIVE:BATTERY_RESERVE"
    REGULAR = "ACTIVE:REGULAR"
    IMMEDIATE_START = "ACTIVE:IMMEDIATE_START"
    SETTLED = "SETTLED"

    @property
    def is_active(self) -> bool:
        """Whether the car is plugged in, as the cloud knows it."""
        return self.value.startswith("ACTIVE:")


class BlockType(StrEnum):
    """Why a block charges (contract 8.3)."""

    BATTERY_RESERVE = "BATTERY_RESERVE"
    REGULAR = "REGULAR"
    IMMEDIATE_START = "IMMEDIATE_START"


@dataclass(kw_only=True, slots=True)
class User:
    """An Enode user (contract 6). `vendors` maps a linked vendor to whether its credentials are valid."""

    id: str
    created_at: datetime
    scopes: tuple[str, ...] = ("vehicle:read:data", "vehicle:read:location", "vehicle:control:charging")
    vendors: dict[str, bool] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Location:
    """A place of a user (contract 6). `charger_watts` is what its socket gives at most."""

    id: str
    user_id: str
    name: str
    latitude: float
    longitude: float
    timezone_name: str
    created_at: datetime
    zone: str
    area: str
    charger_watts: int = 11_000


@dataclass(kw_only=True, slots=True)
class Policy:
    """One vehicle at one location (contract 8.2). Percentages are whole numbers."""

    id: str
    vehicle_id: str
    location_id: str
    battery_reserve: int
    schedule: WeeklySchedule
    created_at: datetime
    last_observed_location_charge_limit: int | None = None
    restriction_schedule: list[dict[str, object]] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Block:
    """A stretch of charging; energies in microjoules. `planned` is the whole block's, `delivered` what has flowed."""

    type: BlockType
    start_at: datetime
    end_at: datetime
    planned: int
    delivered: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A target (contract 8.4). Of an IMMEDIATE_START only id, type and minimum_charge_target are told."""

    id: int
    type: Literal["REGULAR", "IMMEDIATE_START"]
    minimum_charge_target: int
    source: str = "POLICY"
    battery_reserve: int | None = None
    ready_by: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the target is expected to come to (contract 8.5). `state` is None for IMMEDIATE_START."""

    target_id: int
    type: Literal["REGULAR", "IMMEDIATE_START"]
    state: Literal["ON_TARGET", "OFF_TARGET"] | None = None
    battery_level_at_ready_by: int | None = None
    minimum_charge_target_reached_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionError:
    """What is wrong (contract 8.6)."""

    type: Literal["START_FAIL", "STOP_FAIL", "MISSING_CAPABILITIES"]
    missing_capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Valuation:
    """What the energy cost (contract 8.3); savings = baseline - actual."""

    currency: str
    actual: float
    baseline: float
    savings: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Aggregated:
    """Energy (kWh) and battery (whole percent) of a session."""

    kwh_sum: float
    battery_from: int
    battery_to: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """Energy (kWh) of one quarter hour."""

    start_at: datetime
    end_at: datetime
    kwh: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockView:
    """A block as it is told: kWh by the meaning that the settings give a running block."""

    type: BlockType
    kwh_sum: float
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What the cloud knows of a visit's energy (microjoules); `quarter_energy` is that of the quarter of `at`."""

    at: datetime
    energy: int
    quarter_energy: int
    battery: int


@dataclass(kw_only=True, slots=True, eq=False)
class Session:
    """A charging session (contract 8.3).

    Statistics, blocks and valuation as the API tells them come from `World.statistics`, `World.timeseries`,
    `World.blocks` and `World.valuation`.
    """

    id: str
    vehicle_id: str
    policy_id: str | None
    location_id: str | None
    state: SessionState
    created_at: datetime
    capacity: int
    plugged_in_at: datetime | None = None
    plugged_out_at: datetime | None = None
    blocks: list[Block] = field(default_factory=list)
    target: Target | None = None
    outcome: Outcome | None = None
    error: SessionError | None = None
    valuation: Valuation | None = None
    visit: Visit | None = None
    observation: Observation | None = None
    settled_at: datetime | None = None
    # Told energy = real energy x this; other than 1 only after a late correction or before one.
    factor: float = 1.0

    @property
    def is_live(self) -> bool:
        """Whether it is not settled."""
        return self.state is not SessionState.SETTLED


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A vehicle as Enode's cloud last saw it (contract 4). None = the vendor does not tell."""

    last_seen: datetime
    is_reachable: bool
    battery_level: int | None
    range_km: int | None
    is_plugged_in: bool | None
    is_charging: bool | None
    is_fully_charged: bool | None
    battery_capacity_kwh: float | None
    charge_limit: int | None
    charge_rate_kw: float | None
    charge_time_remaining_min: int | None
    charge_state_updated: datetime | None
    max_current: int | None
    power_delivery_state: str
    plugged_in_charger_id: str | None
    location_id: str | None
    latitude: float | None
    longitude: float | None
    location_updated: datetime | None
    odometer_km: int | None
    odometer_updated: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Information:
    """What the car is (contract 4)."""

    vin: str | None
    brand: str
    model: str
    year: int
    display_name: str | None = None


@dataclass(kw_only=True, slots=True)
class Capability:
    """Whether the vehicle can do something, and what the owner must fix if not (contract 4)."""

    is_capable: bool = True
    intervention_ids: list[str] = field(default_factory=list)


@dataclass(kw_only=True, slots=True, eq=False)
class Vehicle:
    """A linked vehicle. `key` outlives a re-link, `id` does not."""

    id: str
    key: str
    user_id: str
    vendor: str
    information: Information
    created_at: datetime
    capabilities: dict[str, Capability]
    seen: Seen = field(init=False)
    scopes: tuple[str, ...] = ("vehicle:read:data", "vehicle:read:location", "vehicle:control:charging")
    is_reachable: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervention:
    """What the owner of a vehicle must fix (contract 6). Texts by language."""

    id: str
    vehicle_id: str
    capability: str
    vendor: str
    brand: str | None
    introduced_at: datetime
    title: Mapping[str, str]
    description: Mapping[str, str]
    domain: Literal["Account", "Device"] = "Account"
    access: Literal["Remote", "Physical"] = "Remote"
    agent: Literal["User", "ThirdParty"] = "User"
    action: Literal["Link"] | None = None
    vendor_type: str = "vehicle"


@dataclass(kw_only=True, slots=True, eq=False)
class ChargeAction:
    """An order to a vehicle (contract 5). `due` is when it resolves, None once it has."""

    id: str
    user_id: str
    vehicle_id: str
    kind: Literal["START", "STOP"]
    created_at: datetime
    updated_at: datetime
    due: datetime | None
    completed_at: datetime | None = None
    state: ActionState = "PENDING"
    failure_type: str | None = None
    failure_detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldEvent:
    """Something a webhook tells (contract 7.2). `seen` is the vehicle at that moment."""

    event: EventName
    created_at: datetime
    user_id: str
    vehicle: Vehicle | None = None
    vehicle_id: str | None = None
    seen: Seen | None = None
    updated_fields: tuple[str, ...] = ()
    vendor: str | None = None
    action: ChargeAction | None = None
    smart_status: Status | None = None


def kwh(microjoules: float) -> float:
    """Return an energy in kWh, to a milliwatt-hour."""
    return round(microjoules / MICROJOULES_PER_KWH, 6)
