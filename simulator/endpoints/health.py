"""Health (contract 3)."""

from aiohttp import web

from ..call import Call


async def get_ready(request: web.Request) -> web.Response:
    """GET /health/ready; a fault can make it 503."""
    Call(request)
    return web.Response(status=204)


async def get_vehicles(request: web.Request) -> web.Response:
    """GET /health/vehicles."""
    call = Call(request)
    vendors: dict[str, str] = {}
    for vehicle in call.context.world.vehicles.values():
        vendors.setdefault(vehicle.vendor, vehicle.information.brand)
    return call.answer(
        [
            {"vendor": vendor, "displayName": brand, "linkingStatus": "READY"}
            for vendor, brand in sorted(vendors.items())
        ]
    )


ROUTES = (web.get("/health/ready", get_ready), web.get("/health/vehicles", get_vehicles))
