"""Orders that concern no single vehicle: vendors, settled sessions, the clock."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from ..clock import ManualClock
from ..context import CONTEXT
from ..errors import BadRequestError, ConflictError
from ..world import World
from .bodies import read_body
from .members import arguments, read_members

_SELF_USER_AND_VENDOR = 3
_SELF_AND_SESSION = 2


async def post_vendor(request: web.Request) -> web.Response:
    """POST /simulator/users/{userId}/vendors/{vendor} {"valid"}: lose the credentials, or have them again."""
    given = arguments(World.invalidate_vendor, await read_body(request), given=_SELF_USER_AND_VENDOR)
    path = request.match_info
    request.app[CONTEXT].world.invalidate_vendor(path["userId"], path["vendor"], **given)
    return web.json_response({"result": None})


async def post_correction(request: web.Request) -> web.Response:
    """POST /simulator/sessions/{sessionId}/correct {"factor"}: tell a settled session's energy anew."""
    given = arguments(World.correct_settled, await read_body(request), given=_SELF_AND_SESSION)
    session = request.app[CONTEXT].world.correct_settled(request.match_info["sessionId"], **given)
    return web.json_response({"result": session.id})


async def post_clock(request: web.Request) -> web.Response:
    """POST /simulator/clock {"advance": seconds} or {"to": date-time}; 409 if the clock is the machine's own."""
    context = request.app[CONTEXT]
    body = read_members({"advance": timedelta, "to": str}, await read_body(request))
    if not isinstance(context.clock, ManualClock):
        raise ConflictError("The simulator lives by the machine's clock, which cannot be moved")
    if len(body) != 1:
        raise BadRequestError("Either advance or to must be given")
    try:
        context.clock.set(context.clock.now() + body["advance"] if "advance" in body else _instant(body["to"]))
    except ValueError as error:
        raise BadRequestError(str(error)) from None
    context.world.run()
    await context.webhooks.pump()
    return web.json_response({"now": context.clock.now().isoformat()})


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


ROUTES = (
    web.post("/simulator/users/{userId}/vendors/{vendor}", post_vendor),
    web.post("/simulator/sessions/{sessionId}/correct", post_correction),
    web.post("/simulator/clock", post_clock),
)
