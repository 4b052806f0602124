"""The control interface under /simulator: what a person or a test does to the world."""

from aiohttp import web


def add_control_routes(app: web.Application) -> None:
    """Add the control interface."""
    app.add_routes(())
