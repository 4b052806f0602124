"""Locations (contract 6)."""

from collections.abc import Iterable

from aiohttp import web

from ..call import Call
from ..model import Location


async def list_locations(request: web.Request) -> web.Response:
    """GET /locations."""
    call = Call(request)
    locations = call.context.world.locations.values()
    return _page(call, [location for location in locations if call.client.sees(location.user_id)])


async def list_user_locations(request: web.Request) -> web.Response:
    """GET /users/{userId}/locations; an unknown user has none."""
    call = Call(request)
    user_id = call.part("userId")
    locations = call.context.world.locations.values() if call.client.sees(user_id) else ()
    return _page(call, [location for location in locations if location.user_id == user_id])


async def get_location(request: web.Request) -> web.Response:
    """GET /locations/{locationId}."""
    call = Call(request)
    return call.single(call.context.wire.location(call.location(call.part("locationId"))))


def _page(call: Call, locations: Iterable[Location]) -> web.Response:
    return call.page(locations, lambda location: (location.created_at, location.id), call.context.wire.location)


ROUTES = (
    web.get("/locations", list_locations),
    web.get("/users/{userId}/locations", list_user_locations),
    web.get("/locations/{locationId}", get_location),
)
