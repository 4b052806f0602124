"""POST /oauth2/token (contract 2.2)."""

from aiohttp import web

from ..auth import TokenError
from ..context import CONTEXT
from ..documents import Document
from ..paths import TOKEN_PATH

_FORM = "application/x-www-form-urlencoded"


async def post_token(request: web.Request) -> web.Response:
    """Give a token for client credentials."""
    headers = {"Cache-Control": "no-store"}
    try:
        document = await _grant(request)
    except TokenError as error:
        if error.status == web.HTTPUnauthorized.status_code:
            headers["WWW-Authenticate"] = 'Basic realm="simulator"'
        return web.json_response(error.document, status=error.status, headers=headers)
    return web.json_response(document, headers=headers)


async def _grant(request: web.Request) -> Document:
    if request.content_type != _FORM:
        raise TokenError(400, "invalid_request", f"The body must be {_FORM}")
    form = {name: str(value) for name, value in (await request.post()).items()}
    return request.app[CONTEXT].auth.grant(request.headers.get("Authorization"), form)


ROUTES = (web.post(TOKEN_PATH, post_token),)
