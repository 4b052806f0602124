"""The control interface under /simulator: what a person or a test does to the world. It asks for no token."""

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from ..middlewares import is_control
from ..problems import problem_response
from . import clients, faults, others, page, state, switches, vehicles

_MODULES = (page, state, vehicles, others, faults, switches, clients)


def add_control_routes(app: web.Application) -> None:
    """Add the control interface."""
    app.middlewares.append(refuse_strangers)
    for module in _MODULES:
        app.add_routes(module.ROUTES)


@web.middleware
async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another web page sends: the interface asks for no token, so a browser must not be misled."""
    origin = request.headers.get("Origin")
    if origin is not None and is_control(request) and URL(origin).authority != request.host:
        return problem_response(403, "The control interface takes no calls from other web pages")
    return await handler(request)
