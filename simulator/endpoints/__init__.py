"""The API's endpoints, one file a subject. Each has `ROUTES`."""

from aiohttp import web

from . import flex, health, interventions, links, locations, token, users, vehicles, webhooks

# Classic smart charging (contract 8.8) will be one more of these; its paths do not meet any of them.
_MODULES = (token, vehicles, users, links, locations, interventions, webhooks, health, flex)


def add_routes(app: web.Application) -> None:
    """Add all endpoints."""
    for module in _MODULES:
        app.add_routes(module.ROUTES)
