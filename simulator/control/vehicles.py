"""What can be done to a vehicle: POST /simulator/vehicles/{vehicleId}/{action}, the arguments as a JSON object."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from ..context import CONTEXT
from ..documents import Json
from ..errors import NotFoundError
from ..world import World
from .bodies import read_body
from .members import arguments

_ACTIONS: dict[str, Callable[..., Any]] = {
    "plug_in": World.plug_in,
    "plug_out": World.plug_out,
    "set_battery": World.set_battery,
    "set_charge_limit": World.set_charge_limit,
    "stand_at": World.stand_at,
    "drive": World.drive,
    "set_life": World.set_life,
    "raise_error": World.raise_error,
    "clear_error": World.clear_error,
    "drop_capabilities": World.drop_capabilities,
    "restore_capabilities": World.restore_capabilities,
    "go_off_target": World.go_off_target,
    "set_reachable": World.set_reachable,
    "refuse_immediate_start": World.refuse_immediate_start,
    "set_smart_charging": World.set_smart_charging,
    "force_smart_state": World.force_smart_state,
    "relink": World.relink,
    "remove": World.remove_vehicle,
}
_SELF_AND_VEHICLE = 2


async def post_action(request: web.Request) -> web.Response:
    """Do one of the actions; what the world returns is the result."""
    world = request.app[CONTEXT].world
    action = _ACTIONS.get(request.match_info["action"])
    if action is None:
        raise NotFoundError(f"There is no such action; there are: {', '.join(_ACTIONS)}")
    given = arguments(action, await read_body(request), given=_SELF_AND_VEHICLE)
    result = action(world, request.match_info["vehicleId"], **given)
    return web.json_response({"result": _write(result)})


async def get_truth(request: web.Request) -> web.Response:
    """Tell the energy (kWh) and the cost of every quarter hour, as they really were."""
    world = request.app[CONTEXT].world
    world.run()
    vehicle_id = request.match_info["vehicleId"]
    cost = dict(world.truth_cost(vehicle_id))
    return web.json_response(
        [
            {"start": quarter.isoformat(), "kwh": kwh, "cost": cost.get(quarter)}
            for quarter, kwh in world.truth(vehicle_id)
        ]
    )


def _write(result: object) -> Json:
    if isinstance(result, list):
        return [_write(item) for item in result]
    return result if isinstance(result, str) else getattr(result, "id", None)


ROUTES = (
    web.post("/simulator/vehicles/{vehicleId}/{action}", post_action),
    web.get("/simulator/vehicles/{vehicleId}/truth", get_truth),
)
