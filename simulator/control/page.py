"""GET /simulator/: the page for people."""

from pathlib import Path

from aiohttp import web

_PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


async def get_page(request: web.Request) -> web.Response:  # noqa: ARG001 - a handler is given its request
    """Answer with the page; it loads nothing but the state."""
    return web.Response(text=_PAGE, content_type="text/html", headers=_HEADERS)


async def get_prefix(request: web.Request) -> web.Response:
    """Lead to the page."""
    raise web.HTTPFound(request.path + "/")


ROUTES = (web.get("/simulator", get_prefix), web.get("/simulator/", get_page))
