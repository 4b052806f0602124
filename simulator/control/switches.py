"""Switches: GET and PATCH /simulator/switches (documents), /simulator/settings (world) and /simulator/sender."""

from collections.abc import Callable

from aiohttp import web

from ..context import CONTEXT, Context
from ..settings import WorldSettings
from ..switches import Switches
from ..webhook_sender import SenderSettings
from .bodies import read_body
from .members import hints_of, read_members, write_members

type Holder = Switches | WorldSettings | SenderSettings

_HOLDERS: dict[str, tuple[type[Holder], Callable[[Context], Holder]]] = {
    "switches": (Switches, lambda context: context.switches),
    "settings": (WorldSettings, lambda context: context.world.settings),
    "sender": (SenderSettings, lambda context: context.webhooks.settings),
}


async def get_switches(request: web.Request) -> web.Response:
    """Tell all switches of a group."""
    kind, find = _HOLDERS[request.match_info["group"]]
    return web.json_response(write_members(find(request.app[CONTEXT]), _hints(kind)))


async def patch_switches(request: web.Request) -> web.Response:
    """Set some switches of a group."""
    kind, find = _HOLDERS[request.match_info["group"]]
    holder = find(request.app[CONTEXT])
    for name, value in read_members(_hints(kind), await read_body(request)).items():
        setattr(holder, name, value)
    return web.json_response(write_members(holder, _hints(kind)))


def _hints(kind: type[Holder]) -> dict[str, object]:
    return {name: hint for name, hint in hints_of(kind).items() if name != "settings"}


_PATH = "/simulator/{group:switches|settings|sender}"
ROUTES = (web.get(_PATH, get_switches), web.patch(_PATH, patch_switches))
