"""What classic smart charging tells of a vehicle (contract 8.8), as plain data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(kw_only=True, slots=True)
class Plan:
    """A plan as it is told; what is None is open. Costs in `currency`."""

    id: str
    location_id: str | None
    currency: str
    created_at: datetime
    stop_at: datetime
    start_at: datetime | None = None
    estimated_finish_at: datetime | None = None
    stop_confirmed_at: datetime | None = None
    start_confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    final_state: str | None = None
    failure_condition: str | None = None
    non_smart_cost: float = 0.0
    smart_cost: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """Charging now beside smart charging; active while `ended_at` is None."""

    created_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Consideration:
    """Which of its conditions smart charging finds met."""

    is_plugged_in: bool
    is_charging: bool
    at_charging_location: bool
    has_time_estimate: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What smart charging does with a vehicle at one moment."""

    updated_at: datetime
    state: str
    state_changed_at: datetime
    consideration: Consideration | None
    plan: Plan | None
    override: Override | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """The policy: deadline "HH:mm" in the location's time, limit in percent."""

    is_enabled: bool = False
    deadline: str | None = None
    minimum_charge_limit: int = 0
