"""Classic smart charging (contract 8.8)."""

from aiohttp import web

from ..call import Call
from ..errors import ForbiddenError, NotFoundError
from ..model import Vehicle


async def get_policy(request: web.Request) -> web.Response:
    """GET /vehicles/{vehicleId}/smart-charging-policy."""
    call = Call(request)
    vehicle = _find(call)
    return call.single(call.context.wire.smart_policy(call.context.world.classic(vehicle.id).wish))


async def put_policy(request: web.Request) -> web.Response:
    """PUT /vehicles/{vehicleId}/smart-charging-policy."""
    call = Call(request)
    vehicle = _find(call)
    wish = call.context.world.put_smart_policy(vehicle.id, await call.body())
    return call.single(call.context.wire.smart_policy(wish))


async def get_status(request: web.Request) -> web.Response:
    """GET /vehicles/{vehicleId}/smart-charging-status."""
    call = Call(request)
    vehicle = _find(call)
    world = call.context.world
    return call.single(call.context.wire.smart_status(vehicle, world.classic(vehicle.id).status(world.now)))


async def get_plan(request: web.Request) -> web.Response:
    """GET /vehicles/{vehicleId}/smart-charging-plans/{planId}, or "latest"."""
    call = Call(request)
    vehicle = _find(call)
    classic = call.context.world.classic(vehicle.id)
    plan_id = call.part("planId")
    plan = classic.plan if plan_id == "latest" else classic.plans.get(plan_id)
    if plan is None:
        raise NotFoundError(f"Could not find smart charging plan with ID {plan_id}", title="Plan does not exist")
    return call.single(call.context.wire.smart_plan(vehicle, plan))


async def post_override(request: web.Request) -> web.Response:
    """POST /vehicles/{vehicleId}/smart-override."""
    call = Call(request)
    vehicle = _find(call)
    return call.single(call.context.wire.smart_override(vehicle, call.context.world.start_smart_override(vehicle.id)))


async def delete_override(request: web.Request) -> web.Response:
    """DELETE /vehicles/{vehicleId}/smart-override; 404 when none is active."""
    call = Call(request)
    vehicle = _find(call)
    return call.single(call.context.wire.smart_override(vehicle, call.context.world.end_smart_override(vehicle.id)))


def _find(call: Call) -> Vehicle:
    vehicle = call.vehicle(call.part("vehicleId"))
    if not call.client.classic:
        raise ForbiddenError("This client has no access to smart charging")
    return vehicle


_VEHICLE = "/vehicles/{vehicleId}"
ROUTES = (
    web.get(f"{_VEHICLE}/smart-charging-policy", get_policy),
    web.put(f"{_VEHICLE}/smart-charging-policy", put_policy),
    web.get(f"{_VEHICLE}/smart-charging-status", get_status),
    web.get(f"{_VEHICLE}/smart-charging-plans/{{planId}}", get_plan),
    web.post(f"{_VEHICLE}/smart-override", post_override),
    web.delete(f"{_VEHICLE}/smart-override", delete_override),
)
