"""Charging statistics of a user (contract 8.8). They are a few minutes late."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import re

from aiohttp import web

from ..call import Call
from ..consumption import RESOLUTIONS, Quarter, bucket_of, consumed, quarters
from ..documents import Document
from ..errors import BadRequestError
from ..model import Vehicle
from ..units import QUARTER, quarter_of
from ..visit import Stretch

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    vehicles: list[Vehicle]
    start: datetime
    end: datetime
    location_id: str | None

    def wants(self, stretch: Stretch) -> bool:
        return self.location_id in (None, stretch.location_id)


async def get_charging(request: web.Request) -> web.Response:
    """GET /users/{userId}/statistics/charging."""
    call = Call(request)
    asked = _read(call)
    resolution = request.query.get("resolution", "DAY")
    if resolution not in RESOLUTIONS:
        raise _wrong("resolution", f"Expected one of {', '.join(RESOLUTIONS)}")
    offset = _offset(request.query.get("utcOffset", "+00:00"))
    buckets: defaultdict[datetime, list[Quarter]] = defaultdict(list)
    for vehicle in asked.vehicles:
        wanted = [stretch for stretch in call.context.world.car(vehicle.id).stretches if asked.wants(stretch)]
        for part in _quarters(call, vehicle, wanted):
            if asked.start <= part.start < asked.end:
                buckets[bucket_of(part.start, resolution, offset)].append(part)
    documents: list[Document] = []
    for start, parts in sorted(buckets.items()):
        sums = consumed(parts)
        if sums is not None:
            documents.append({"date": call.context.wire.time(start), **call.context.wire.consumption(sums)})
    return call.answer(documents)


async def get_sessions(request: web.Request) -> web.Response:
    """GET /users/{userId}/statistics/charging/sessions: unbroken stretches, as far as they are known."""
    call = Call(request)
    asked = _read(call)
    known = _known_until(call)
    wire = call.context.wire
    found: list[tuple[datetime, Document]] = []
    for vehicle in asked.vehicles:
        for stretch in call.context.world.car(vehicle.id).stretches:
            if not asked.wants(stretch) or stretch.started_at >= asked.end or stretch.ended_at <= asked.start:
                continue
            sums = consumed(_quarters(call, vehicle, [stretch]))
            if sums is None:
                continue
            found.append(
                (
                    stretch.started_at,
                    {
                        "id": vehicle.id,
                        "locationId": stretch.location_id,
                        "from": wire.time(stretch.started_at),
                        "to": wire.time(min(stretch.ended_at, quarter_of(known))),
                        **wire.consumption(sums),
                    },
                )
            )
    return call.answer([document for _, document in sorted(found, key=lambda item: item[0])])


def _quarters(call: Call, vehicle: Vehicle, stretches: list[Stretch]) -> list[Quarter]:
    world = call.context.world
    home = world.home_of(vehicle.user_id).zone
    saved = []
    for session in world.classic(vehicle.id).sessions:
        if session.visit is None or not session.visit.meter.total:
            continue
        value = world.classic(vehicle.id).value(session)
        if value is not None:
            kwh = session.visit.meter.total / 3_600_000_000_000
            saved.append((session, value.baseline / kwh))
    return list(
        quarters(
            stretches,
            price=lambda zone, at: world.price(zone or home, at),
            saved=saved,
            until=_known_until(call),
        )
    )


def _known_until(call: Call) -> datetime:
    return call.context.world.now - call.context.world.settings.statistics_delay


def _read(call: Call) -> _Asked:
    query = call.request.query
    user = call.user(call.part("userId"))
    if query.get("type") != "vehicle":
        raise _wrong("type", "Expected vehicle")
    start = _moment(query.get("startDate"), "startDate")
    if start is None:
        raise _wrong("startDate", "Required")
    end = _moment(query.get("endDate"), "endDate") or call.context.world.now + QUARTER
    if end < start:
        raise _wrong("endDate", "Expected a date after startDate")
    vehicle_id = query.get("id")
    vehicles = [item for item in call.context.world.vehicles.values() if item.user_id == user.id]
    if vehicle_id is not None:
        call.vehicle(vehicle_id)
        vehicles = [item for item in vehicles if item.id == vehicle_id]
    return _Asked(vehicles=vehicles, start=start, end=end, location_id=query.get("locationId"))


def _moment(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(name, "Expected a date") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _offset(text: str) -> timedelta:
    # A plus sign of a query that was not encoded arrives as a space.
    match = _OFFSET.fullmatch(text.replace(" ", "+"))
    if match is None:
        raise _wrong("utcOffset", "Expected an offset such as +01:00")
    sign = -1 if match[1] == "-" else 1
    return sign * timedelta(hours=int(match[2]), minutes=int(match[3]))


def _wrong(name: str, message: str) -> BadRequestError:
    return BadRequestError("Query validation failed", issues=[{"path": [name], "message": message}])


ROUTES = (
    web.get("/users/{userId}/statistics/charging", get_charging),
    web.get("/users/{userId}/statistics/charging/sessions", get_sessions),
)
