"""A visit: one stretch of being plugged in, and the meter that counts its energy."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .units import QUARTER, QUARTER_MICROSECONDS, microseconds, quarter_of


@dataclass(slots=True)
class Meter:
    """Energy (microjoules) by the start of its quarter hour."""

    quarters: dict[datetime, int] = field(default_factory=dict)
    total: int = 0

    def add(self, start: datetime, duration: int, watts: int) -> None:
        """Count `watts` from `start` for `duration` microseconds, split at the quarters."""
        self.total += watts * duration
        quarter = quarter_of(start)
        room = QUARTER_MICROSECONDS - microseconds(start - quarter)
        quarters = self.quarters
        while duration > 0:
            part = min(room, duration)
            quarters[quarter] = quarters.get(quarter, 0) + watts * part
            duration -= part
            room = QUARTER_MICROSECONDS
            quarter += QUARTER

    def items(self) -> Iterator[tuple[datetime, int]]:
        """Return quarter and energy in order of time."""
        return iter(sorted(self.quarters.items()))


@dataclass(slots=True, eq=False)
class Stretch:
    """One unbroken stretch of consumption at one place (contract 8.8)."""

    location_id: str | None
    zone: str | None
    started_at: datetime
    ended_at: datetime
    meter: Meter = field(default_factory=Meter)


@dataclass(slots=True, eq=False)
class Visit:
    """One stretch of being plugged in. `battery_from` and `battery_to` in microjoules, `watts` is the supply."""

    number: int
    started_at: datetime
    battery_from: int
    watts: int
    location_id: str | None
    zone: str | None
    managed: bool
    meter: Meter = field(default_factory=Meter)
    ended_at: datetime | None = None
    battery_to: int | None = None
