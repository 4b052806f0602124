"""The API's endpoints, one file a subject. Each has `ROUTES`."""

from aiohttp import web

from . import flex, health, interventions, links, locations, smart, statistics, token, users, vehicles, webhooks

_MODULES = (token, vehicles, users, links, locations, interventions, webhooks, health, flex, smart, statistics)


def add_routes(app: web.Application) -> None:
    """Add all endpoints."""
    for module in _MODULES:
        app.add_routes(module.ROUTES)
