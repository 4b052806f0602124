"""GET /simulator/state: everything the page shows. It is written plainly, whatever the switches say."""

from aiohttp import web

from ..clock import ManualClock
from ..context import CONTEXT, Context
from ..documents import Document
from ..model import Session, Vehicle
from ..switches import Switches
from ..wire import Wire
from .clients import write_client
from .faults import write_faults

_LAST_REQUESTS = 12


async def get_state(request: web.Request) -> web.Response:
    """Tell the state of everything."""
    context = request.app[CONTEXT]
    context.world.run()
    wire = Wire(context.world, Switches(settings=context.world.settings))
    return web.json_response(
        {
            "now": context.clock.now().isoformat(timespec="seconds"),
            "clock": "manual" if isinstance(context.clock, ManualClock) else "system",
            "vehicles": [_vehicle(context, wire, vehicle) for vehicle in context.world.vehicles.values()],
            "clients": [write_client(client) for client in context.auth.clients.values()],
            "faults": write_faults(context.faults),
            "requests": _requests(context),
        }
    )


async def get_requests(request: web.Request) -> web.Response:
    """GET /simulator/requests: the calls of the API, oldest first."""
    return web.json_response(
        [
            {
                "at": logged.at.isoformat(),
                "method": logged.method,
                "path": logged.path,
                "query": dict(logged.query),
                "body": logged.body,
                "status": logged.status,
                "client": logged.client_id,
            }
            for logged in request.app[CONTEXT].requests
        ]
    )


async def delete_requests(request: web.Request) -> web.Response:
    """DELETE /simulator/requests: forget them."""
    request.app[CONTEXT].requests.clear()
    return web.Response(status=204)


def _vehicle(context: Context, wire: Wire, vehicle: Vehicle) -> Document:
    world = context.world
    session = _session_that_counts(context, vehicle)
    troubles = world.troubles(vehicle.id)
    car = world.car(vehicle.id)
    return {
        "id": vehicle.id,
        "userId": vehicle.user_id,
        "name": f"{vehicle.information.brand} {vehicle.information.model}",
        "isPluggedIn": car.visit is not None,
        "batteryLevel": car.battery.level,
        "powerDeliveryState": car.power_delivery_state,
        "powerKw": car.watts / 1000,
        "isReachable": vehicle.is_reachable,
        "offTarget": troubles.off_target,
        "failure": troubles.failure,
        "missing": list(troubles.missing),
        "refusal": troubles.refusal,
        "place": _place(context, car.place.location_id, driving=car.drive is not None),
        "places": [
            {"id": location.id, "name": location.name}
            for location in world.locations.values()
            if location.user_id == vehicle.user_id
        ],
        "seen": wire.vehicle(vehicle),
        "session": None if session is None else wire.session(session),
    }


def _place(context: Context, location_id: str | None, *, driving: bool) -> str:
    if driving:
        return "Driving"
    location = context.world.locations.get(location_id or "")
    return "On the road" if location is None else location.name


def _session_that_counts(context: Context, vehicle: Vehicle) -> Session | None:
    """Return the active session, else the upcoming one where the car stands, else any that is live."""
    live = [
        session
        for policy in context.world.policies.values()
        if policy.vehicle_id == vehicle.id and (session := context.world.live_session(policy.id)) is not None
    ]
    here = context.world.car(vehicle.id).place.location_id
    return min(
        live,
        key=lambda session: (not session.state.is_active, session.location_id != here, session.id),
        default=None,
    )


def _requests(context: Context) -> list[Document]:
    newest = list(context.requests)[-_LAST_REQUESTS:]
    return [
        {
            "at": logged.at.isoformat(timespec="seconds"),
            "method": logged.method,
            "path": logged.path,
            "status": logged.status,
        }
        for logged in reversed(newest)
    ]


ROUTES = (
    web.get("/simulator/state", get_state),
    web.get("/simulator/requests", get_requests),
    web.delete("/simulator/requests", delete_requests),
)
