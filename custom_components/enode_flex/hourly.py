"""Energy, cost and savings of sessions hour by hour, and the rows of a running sum that follow from them.

Amounts are whole millionths (of a kWh, of a unit of money): the sums of a year come out the same in whatever order and
however often they are made, and a row is equal to the one that was written or it is not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
import math

from .api.models import QUARTER_HOUR, Session, SessionState, TimeseriesEntry
from .charging import delivered, hourly_energy, measures, spread
from .ledger import MICRO, is_valued

HOUR = timedelta(hours=1)

#: A series that is this much off the session's sum (kWh) is scaled to it; less is the noise of rounding.
SERIES_TOLERANCE = 0.01
#: No stay and no block is taken to be longer than this before its end: a wrong year must not fill years with hours.
LONGEST_SPAN = timedelta(days=31)

type Hours = dict[datetime, int]
"""Millionths by full UTC hour."""


class Kind(StrEnum):
    """What is summed."""

    ENERGY = "energy"
    COST = "cost"
    SAVINGS = "savings"


@dataclass(frozen=True, slots=True)
class Meter:
    """One running sum of a vehicle; ``currency`` None for energy."""

    kind: Kind
    currency: str | None = None


ENERGY = Meter(Kind.ENERGY)


@dataclass(frozen=True, slots=True)
class Row:
    """The amount of one hour, and the sum up to and with it (millionths)."""

    start: datetime
    amount: int
    sum: int


def contributions(session: Session, read_at: datetime) -> Mapping[Meter, Hours]:
    """What a session adds to which meter in which hour.

    A live session counts with its quarters that were over when it was read, so that the dashboard is right within the
    hour; its valuation waits for the end, for until then it may be an estimate (contract, 8.3 and 8.8).
    """
    energy = _energy(session, read_at)
    found = {ENERGY: _whole(energy)}
    value = session.valuation
    if session.state != SessionState.SETTLED or value is None or not is_valued(session):
        return found
    over = energy or _moment(session)
    for kind, amount in ((Kind.COST, value.actual), (Kind.SAVINGS, value.savings)):
        if amount is not None and math.isfinite(amount):
            found[Meter(kind, value.currency)] = _whole(spread(amount, over))
    return found


def quarter_to_come(session: Session, read_at: datetime) -> datetime | None:
    """When the next quarter of a live session is over that was not when it was read."""
    if session.state == SessionState.SETTLED:
        return None
    ends = (_end(entry) for entry in session.statistics.timeseries)
    return min((end for end in ends if end is not None and end > read_at), default=None)


def hour_of(moment: datetime) -> datetime:
    """The full UTC hour that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def first_hour(sessions: Iterable[Session]) -> datetime | None:
    """The hour in which the earliest of the sessions began, be it by its plug-in or by its series."""
    starts = [session.plugged_in_at for session in sessions]
    starts += [entry.start_at for session in sessions for entry in session.statistics.timeseries[:1]]
    return min((hour_of(start) for start in starts if start is not None), default=None)


def total(of: Iterable[Hours]) -> Hours:
    """Several sessions' hours in one."""
    result: Hours = {}
    for hours in of:
        for hour, amount in hours.items():
            result[hour] = result.get(hour, 0) + amount
    return result


def changed_rows(
    hours: Mapping[datetime, int], written: Mapping[datetime, Row], *, before: int, since: datetime
) -> list[Row]:
    """The rows from ``since`` on that are to be written, on top of the sum ``before``.

    An hour has a row when something was counted in it, or when it once had one. A correction in an early hour changes
    all the sums after it; what is as it was written is not written again.
    """
    rows: list[Row] = []
    running = before
    for hour in sorted(hours.keys() | written.keys()):
        if hour < since:
            continue
        amount = hours.get(hour, 0)
        running += amount
        row = Row(hour, amount, running)
        if written.get(hour) != row and (amount or hour in written):
            rows.append(row)
    return rows


def _energy(session: Session, read_at: datetime) -> Mapping[datetime, float]:
    """Energy by hour (kWh). Of a settled session no kWh is lost that only its sum tells."""
    if session.state != SessionState.SETTLED:
        return _charged(hourly_energy(_until(session, read_at)))
    hours = _charged(hourly_energy(session))
    told = delivered(session, measures(session))
    if told is None or abs(told - sum(hours.values())) <= SERIES_TOLERANCE:
        return hours
    if told <= 0:
        return {}
    return _charged(spread(told, hours or _blocks(session) or _stay(session)))


def _charged(hours: Mapping[datetime, float]) -> Mapping[datetime, float]:
    return {hour: kwh for hour, kwh in hours.items() if kwh > 0}


def _until(session: Session, read_at: datetime) -> Session:
    complete = tuple(
        entry for entry in session.statistics.timeseries if (end := _end(entry)) is not None and end <= read_at
    )
    return replace(session, statistics=replace(session.statistics, timeseries=complete))


def _end(entry: TimeseriesEntry) -> datetime | None:
    return entry.end_at or (entry.start_at + QUARTER_HOUR if entry.start_at is not None else None)


def _blocks(session: Session) -> Mapping[datetime, float]:
    """The hours of the blocks, weighed by their energy: the best guess for a session without a series."""
    hours: dict[datetime, float] = {}
    for block in session.blocks:
        if block.start_at is None or block.end_at is None or not block.kwh_sum or block.kwh_sum <= 0:
            continue
        for hour, share in _evenly(block.start_at, block.end_at).items():
            hours[hour] = hours.get(hour, 0.0) + share * block.kwh_sum
    return hours


def _stay(session: Session) -> Mapping[datetime, float]:
    """The hours between plug-in and plug-out: all that is left when neither series nor blocks are told."""
    if session.plugged_in_at is None or session.plugged_out_at is None:
        return _moment(session)
    return _evenly(session.plugged_in_at, session.plugged_out_at) or _moment(session)


def _moment(session: Session) -> Mapping[datetime, float]:
    """The hour of the plug-in, where an amount belongs of which no more is known."""
    moment = session.plugged_in_at or session.plugged_out_at
    return {hour_of(moment): 1.0} if moment is not None else {}


def _evenly(start: datetime, end: datetime) -> dict[datetime, float]:
    """The share of a span that lies in each hour."""
    shares: dict[datetime, float] = {}
    if end <= start:
        return shares
    start = max(start, end - LONGEST_SPAN)
    hour = hour_of(start)
    while hour < end:
        shares[hour] = (min(end, hour + HOUR) - max(start, hour)) / (end - start)
        hour += HOUR
    return shares


def _whole(hours: Mapping[datetime, float]) -> Hours:
    """Round so that the sum of the hours is the rounded sum: what one hour loses the next one gets."""
    result: Hours = {}
    exact, given = 0.0, 0
    for hour in sorted(hours):
        exact += hours[hour]
        up_to_here = round(exact * MICRO)
        if up_to_here != given:
            result[hour] = up_to_here - given
        given = up_to_here
    return result
