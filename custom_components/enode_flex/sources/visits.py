"""Visits, assembled from what is seen: plug-in and plug-out, and unbroken stretches of consumption (contract, 8.8).

Pure functions over a frozen log that can be stored. Where nobody saw a plug, the statistics tell that there was a
charge; when the car was plugged in and out is then only known as far as energy flowed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..api.models import QUARTER_HOUR, ChargingBucket, ChargingStretch, TimeseriesEntry, Vehicle
from ..api.reading import Document

#: Stretches at one place with less than this between them belong to one visit, where no plug-out was seen.
MERGED_WITHIN = timedelta(hours=9)
#: A car is seen minutes after it was plugged in: a stretch that began so long before belongs to the visit.
SEEN_LATE_BY = timedelta(minutes=30)
#: So many settled visits are stored; older ones are found in the statistics.
VISITS_KEPT = 120
#: A car that drove so far (km) meanwhile was unplugged, though nobody saw it.
DROVE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span(Document):
    """A stretch of time; open while ``end_at`` is None."""

    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Document):
    """One stretch of being plugged in, as it was seen. Levels in percent.

    ``plugged_in_at`` None: it was plugged in when first seen. ``since``: from when on it is known to be plugged in.
    ``managed``: classic smart charging controlled it. ``overrides``: when it charged at once. ``on_target``: the last
    judgement. ``lost``: nobody saw it end; ``lost_at``: when it was seen that it had.
    """

    id: str
    since: datetime | None = None
    plugged_in_at: datetime | None = None
    plugged_out_at: datetime | None = None
    location_id: str | None = None
    battery_from: float | None = None
    battery_to: float | None = None
    odometer_km: float | None = None
    managed: bool = False
    ready_by: datetime | None = None
    minimum_charge_target: float | None = None
    battery_reserve: float | None = None
    on_target: bool | None = None
    currency: str | None = None
    overrides: tuple[Span, ...] = ()
    lost: bool = False
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLog(Document):
    """What is kept of one vehicle: the visit that is under way, those that ended, and the id of the next one.

    ``unplugged_seen``: the car was seen unplugged before, so that the next plug-in is one. ``classic``: smart charging
    was on once, so that it can be switched on again. ``currency``: of the last plan, for visits that nobody saw.
    """

    next_id: str | None = None
    open: Visit | None = None
    settled: tuple[Visit, ...] = ()
    unplugged_seen: bool = False
    classic: bool = False
    currency: str | None = None


def seen(log: VisitLog, vehicle: Vehicle, now: datetime, *, managed: bool) -> VisitLog:
    """The log after a look at the vehicle; the very same one if nothing changed."""
    if log.next_id is None:
        log = replace(log, next_id=visit_id(now))
    charge = vehicle.charge_state
    at = min(charge.last_updated or vehicle.last_seen or now, now)
    if charge.is_plugged_in is None:
        return log
    visit = log.open
    if visit is not None and (not charge.is_plugged_in or _went_away(visit, vehicle)):
        lost = charge.is_plugged_in
        ended = replace(visit, plugged_out_at=None if lost else at, lost=lost, lost_at=at if lost else None)
        log = replace(log, open=None, settled=(ended, *log.settled)[:VISITS_KEPT], unplugged_seen=True)
        visit = None
    if not charge.is_plugged_in:
        return log if log.unplugged_seen else replace(log, unplugged_seen=True)
    if visit is None:
        visit = Visit(
            id=log.next_id or visit_id(now),
            since=at,
            plugged_in_at=at if log.unplugged_seen else None,
            location_id=vehicle.location.id,
            battery_from=charge.battery_level if log.unplugged_seen else None,
            battery_to=charge.battery_level,
            odometer_km=vehicle.odometer_km,
            managed=managed,
        )
        return replace(log, open=visit, next_id=visit_id(now + timedelta(seconds=1)))
    fresh = replace(
        visit,
        battery_to=visit.battery_to if charge.battery_level is None else charge.battery_level,
        location_id=visit.location_id or vehicle.location.id,
        odometer_km=visit.odometer_km if visit.odometer_km is not None else vehicle.odometer_km,
        managed=visit.managed or managed,
    )
    return log if fresh == visit else replace(log, open=fresh)


def overridden(visit: Visit, since: datetime | None, at: datetime) -> Visit:
    """The visit with an override that is active ``since`` then, or (None) with none active from ``at`` on."""
    spans = visit.overrides
    running = spans[-1] if spans and spans[-1].end_at is None else None
    if since is None:
        if running is None:
            return visit
        return replace(visit, overrides=(*spans[:-1], replace(running, end_at=at)))
    if running is not None and running.start_at == since:
        return visit
    closed = spans if running is None else (*spans[:-1], replace(running, end_at=since))
    return replace(visit, overrides=(*closed, Span(start_at=since)))


def visit_id(at: datetime) -> str:
    """The id of a visit that is known from this moment on."""
    return f"visit-{int(at.timestamp())}"


def allotted(visits: Iterable[Visit], stretches: Iterable[ChargingStretch]) -> dict[str, tuple[ChargingStretch, ...]]:
    """Stretches by visit, each in one alone: of those that can have it the one at its place, in whose time it began."""
    known = list(visits)
    found: dict[str, list[ChargingStretch]] = {visit.id: [] for visit in known}
    for stretch in stretches:
        claims = [visit for visit in known if _is_whole(stretch) and _within(visit, stretch)]
        if claims:
            owner = max(
                claims,
                key=lambda visit: (
                    visit.location_id == stretch.location_id,
                    visit.since is not None and visit.since <= _from(stretch),
                    visit.since,
                ),
            )
            found[owner.id].append(stretch)
    return {key: tuple(sorted(own, key=_from)) for key, own in found.items()}


def repaired(visit: Visit, stretches: Sequence[ChargingStretch]) -> Visit:
    """The visit with the times that its statistics know better (``stretches`` are its own)."""
    if not stretches:
        return replace(visit, plugged_out_at=visit.since) if visit.lost and visit.plugged_out_at is None else visit
    first, last = _from(stretches[0]), _to(stretches[-1])
    if visit.plugged_in_at is not None and first < visit.plugged_in_at:
        visit = replace(visit, plugged_in_at=first)
    if visit.since is not None and first < visit.since:
        visit = replace(visit, since=first)
    if visit.lost and visit.plugged_out_at is None:
        visit = replace(visit, plugged_out_at=last)
    return visit


def unseen(
    stretches: Iterable[ChargingStretch], known: Iterable[Visit], *, ended_before: datetime
) -> tuple[tuple[Visit, tuple[ChargingStretch, ...]], ...]:
    """The visits that nobody saw, each with its stretches: those of no known visit, merged by place and time.

    A visit counts once nothing more can be merged with it, or no known visit can claim it: ``ended_before``.
    """
    visits = list(known)
    left = sorted(
        (it for it in stretches if _is_whole(it) and not any(_within(visit, it) for visit in visits)), key=_from
    )
    groups: list[list[ChargingStretch]] = []
    for stretch in left:
        group = groups[-1] if groups else None
        if (
            group is not None
            and group[-1].location_id == stretch.location_id
            and _from(stretch) - _to(group[-1]) < MERGED_WITHIN
            and not any(_to(group[-1]) <= visit.since <= _from(stretch) for visit in visits if visit.since is not None)
        ):
            group.append(stretch)
        else:
            groups.append([stretch])
    found = []
    for group in groups:
        if _to(group[-1]) >= ended_before:
            continue
        visit = Visit(
            id=visit_id(_from(group[0])),
            since=_from(group[0]),
            plugged_in_at=_from(group[0]),
            plugged_out_at=_to(group[-1]),
            location_id=group[0].location_id,
            managed=any(it.estimated_savings is not None for it in group),
        )
        found.append((visit, tuple(group)))
    return tuple(found)


def series(
    buckets: Iterable[ChargingBucket], start: datetime, end: datetime, *, after: datetime | None = None
) -> tuple[TimeseriesEntry, ...]:
    """The quarter hours from the one of ``start`` up to ``end``, zeros in gaps, as far as the statistics know.

    ``after``: when the visit before ended; a quarter hour that both share is the earlier one's.
    """
    energy = {bucket.date: bucket.kwh_sum or 0.0 for bucket in buckets if bucket.date is not None}
    quarter = floor(start)
    if after is not None and after > quarter:
        quarter = floor(after) if after == floor(after) else floor(after) + QUARTER_HOUR
    known = [at for at in energy if quarter <= at < end]
    if not known:
        return ()
    entries = []
    while quarter <= max(known):
        entries.append(TimeseriesEntry(start_at=quarter, end_at=quarter + QUARTER_HOUR, kwh=energy.get(quarter, 0.0)))
        quarter += QUARTER_HOUR
    return tuple(entries)


def floor(moment: datetime) -> datetime:
    """The start of the quarter hour of a moment."""
    return moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)


def _went_away(visit: Visit, vehicle: Vehicle) -> bool:
    """Whether the car cannot have stood where it was plugged in all the time."""
    if None not in (visit.odometer_km, vehicle.odometer_km):
        return (vehicle.odometer_km or 0.0) - (visit.odometer_km or 0.0) >= DROVE
    return None not in (visit.location_id, vehicle.location.id) and visit.location_id != vehicle.location.id


def _is_whole(stretch: ChargingStretch) -> bool:
    return stretch.from_at is not None and stretch.to_at is not None


def _within(visit: Visit, stretch: ChargingStretch) -> bool:
    if visit.since is None:
        return False
    early = SEEN_LATE_BY if visit.plugged_in_at is not None else MERGED_WITHIN
    if visit.location_id is not None and stretch.location_id not in (None, visit.location_id):
        return False
    if _to(stretch) < visit.since - early:
        return False
    if visit.plugged_in_at is not None and _from(stretch) < visit.since - early:
        return False
    ended = visit.plugged_out_at or visit.lost_at
    return ended is None or _from(stretch) < ended


def _from(stretch: ChargingStretch) -> datetime:
    assert stretch.from_at is not None  # noqa: S101 - only whole stretches come here (_is_whole)
    return stretch.from_at


def _to(stretch: ChargingStretch) -> datetime:
    assert stretch.to_at is not None  # noqa: S101 - only whole stretches come here (_is_whole)
    return stretch.to_at
