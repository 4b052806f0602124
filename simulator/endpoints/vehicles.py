"""Vehicles and orders to them (contract 3, 4, 5)."""

from aiohttp import web

from ..call import Call
from ..errors import ConflictError
from ..model import ChargeAction, Vehicle


async def list_vehicles(request: web.Request) -> web.Response:
    """GET /vehicles."""
    call = Call(request)
    return _page(
        call, [vehicle for vehicle in call.context.world.vehicles.values() if call.client.sees(vehicle.user_id)]
    )


async def list_user_vehicles(request: web.Request) -> web.Response:
    """GET /users/{userId}/vehicles; an unknown user has none."""
    call = Call(request)
    user_id = call.part("userId")
    vehicles = call.context.world.vehicles.values() if call.client.sees(user_id) else ()
    return _page(call, [vehicle for vehicle in vehicles if vehicle.user_id == user_id])


async def get_vehicle(request: web.Request) -> web.Response:
    """GET /vehicles/{vehicleId}."""
    call = Call(request)
    return call.single(call.context.wire.vehicle(call.vehicle(call.part("vehicleId"))))


async def post_charging(request: web.Request) -> web.Response:
    """POST /vehicles/{vehicleId}/charging."""
    call = Call(request)
    vehicle = call.vehicle(call.part("vehicleId"))
    action = call.context.world.post_charging(vehicle.id, str((await call.body()).get("action")))
    return call.single(call.context.wire.action(action))


async def get_action(request: web.Request) -> web.Response:
    """GET /vehicles/actions/{actionId}; 404 comes without a body."""
    call = Call(request)
    action = _find_action(call)
    if action is None:
        return web.Response(status=404)
    return call.single(call.context.wire.action(action))


async def cancel_action(request: web.Request) -> web.Response:
    """POST /vehicles/actions/{actionId}/cancel; 409 comes with the action that is already resolved."""
    call = Call(request)
    action = _find_action(call)
    if action is None:
        return web.Response(status=404)
    try:
        action = call.context.world.cancel_action(action.id)
    except ConflictError:
        return web.json_response(call.context.wire.action(action), status=409)
    return call.single(call.context.wire.action(action))


async def post_refresh_hint(request: web.Request) -> web.Response:
    """POST /vehicles/{vehicleId}/refresh-hint."""
    call = Call(request)
    call.context.world.refresh_hint(call.vehicle(call.part("vehicleId")).id)
    return web.Response(status=204)


def _page(call: Call, vehicles: list[Vehicle]) -> web.Response:
    return call.page(vehicles, lambda vehicle: (vehicle.created_at, vehicle.id), call.context.wire.vehicle)


def _find_action(call: Call) -> ChargeAction | None:
    action = call.context.world.charge_actions.get(call.part("actionId"))
    return action if action is not None and call.client.sees(action.user_id) else None


ROUTES = (
    web.get("/vehicles", list_vehicles),
    web.get("/users/{userId}/vehicles", list_user_vehicles),
    web.get("/vehicles/actions/{actionId}", get_action),
    web.post("/vehicles/actions/{actionId}/cancel", cancel_action),
    web.get("/vehicles/{vehicleId}", get_vehicle),
    web.post("/vehicles/{vehicleId}/charging", post_charging),
    web.post("/vehicles/{vehicleId}/refresh-hint", post_refresh_hint),
)
