"""Clients: whether they have Flex, their tokens and secrets. Secrets are told only when made."""

from aiohttp import web

from ..auth import Client, FlexAccess
from ..context import CONTEXT
from ..documents import Document
from ..errors import NotFoundError
from .bodies import read_body
from .members import read_members


def write_client(client: Client) -> Document:
    """Return a client without its secret."""
    return {
        "id": client.id,
        "flex": client.flex,
        "classic": client.classic,
        "users": None if client.users is None else sorted(client.users),
    }


async def patch_client(request: web.Request) -> web.Response:
    """PATCH /simulator/clients/{clientId} {"flex"?: "on" | "403" | "404", "classic"?: bool}."""
    client = _find(request)
    members = read_members({"flex": FlexAccess, "classic": bool}, await read_body(request))
    client.flex = members.get("flex", client.flex)
    client.classic = members.get("classic", client.classic)
    return web.json_response(write_client(client))


async def post_revoke(request: web.Request) -> web.Response:
    """POST /simulator/clients/{clientId}/revoke_tokens: every token is worthless at once."""
    request.app[CONTEXT].auth.revoke_tokens(_find(request).id)
    return web.Response(status=204)


async def post_rotate(request: web.Request) -> web.Response:
    """POST /simulator/clients/{clientId}/rotate_secret {"secret"?}: the old one is dead at once."""
    client = _find(request)
    secret = read_members({"secret": str}, await read_body(request)).get("secret")
    return web.json_response({"secret": request.app[CONTEXT].auth.rotate_secret(client.id, secret)})


def _find(request: web.Request) -> Client:
    client = request.app[CONTEXT].auth.clients.get(request.match_info["clientId"])
    if client is None:
        raise NotFoundError("There is no such client")
    return client


_PATH = "/simulator/clients/{clientId}"
ROUTES = (
    web.patch(_PATH, patch_client),
    web.post(f"{_PATH}/revoke_tokens", post_revoke),
    web.post(f"{_PATH}/rotate_secret", post_rotate),
)
