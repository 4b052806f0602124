"""The 15-minute series of a session: energy in any span of time, and hour by hour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from ..api.models import QUARTER_HOUR, Session, TimeseriesEntry
from .times import shifted

HOUR = timedelta(hours=1)

#: No entry lasts longer: an end further away is an error, and is read as if it were missing.
LONGEST_ENTRY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Energy (kWh, never negative) between two instants (UTC)."""

    start_at: datetime
    end_at: datetime
    kwh: float

    @property
    def kw(self) -> float:
        """Average power."""
        return self.kwh / ((self.end_at - self.start_at) / HOUR)

    def within(self, start: datetime, end: datetime) -> float:
        """The part of the energy that falls into a span, as if the power had been even (kWh)."""
        shared = min(self.end_at, end) - max(self.start_at, start)
        return self.kwh * max(0.0, shared / (self.end_at - self.start_at))


def measures(session: Session) -> tuple[Measure, ...]:
    """The usable entries in order of time.

    Entries without a start or an energy, and empty or reversed ones, are left out; an entry without an end, or with one
    more than a day away, lasts a quarter of an hour. Of two entries with the same start the later in Enode's list
    counts (a correction); an entry that reaches into the next one ends there, and keeps its energy.
    """
    found: dict[datetime, Measure] = {}
    for entry in session.statistics.timeseries:
        if entry.start_at is None or entry.kwh is None:
            continue
        end_at = _end(entry, entry.start_at)
        if end_at > entry.start_at:
            found[entry.start_at] = Measure(start_at=entry.start_at, end_at=end_at, kwh=max(0.0, entry.kwh))
    ordered = [found[start] for start in sorted(found)]
    cut = [
        Measure(start_at=measure.start_at, end_at=min(measure.end_at, after.start_at), kwh=measure.kwh)
        for measure, after in pairwise(ordered)
    ]
    return tuple(cut + ordered[-1:])


def _end(entry: TimeseriesEntry, start: datetime) -> datetime:
    if entry.end_at is None or entry.end_at - start > LONGEST_ENTRY:
        return shifted(start, QUARTER_HOUR)
    return entry.end_at


def energy_within(of: Iterable[Measure], start: datetime, end: datetime) -> float:
    """Energy between two instants (kWh)."""
    return sum(measure.within(start, end) for measure in of)


def hourly_energy(session: Session) -> Mapping[datetime, float]:
    """Energy of a session by full UTC hour (kWh), hours without energy included as far as the series reaches.

    Their sum is the series' sum: an entry that spans an hour's boundary is split by time.
    """
    hours: dict[datetime, float] = {}
    for measure in measures(session):
        hour = measure.start_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        while hour < measure.end_at:
            after = shifted(hour, HOUR)
            hours[hour] = hours.get(hour, 0.0) + measure.within(hour, after)
            hour = after
    return hours


def spread(amount: float, over: Mapping[datetime, float]) -> Mapping[datetime, float]:
    """An amount (a cost, a saving) spread over hours in proportion to their energy; without any, on the first hour."""
    total = sum(over.values())
    if total > 0:
        # The share first: the product of an amount and the smallest number there is rounds by as much as itself.
        return {hour: amount * (kwh / total) for hour, kwh in over.items()}
    return {min(over): amount} if over else {}
