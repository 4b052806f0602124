"""Faults: GET, POST and DELETE /simulator/faults, DELETE /simulator/faults/{number}."""

from aiohttp import web

from ..context import CONTEXT
from ..documents import Document
from ..errors import BadRequestError, NotFoundError
from ..faults import Fault, Faults
from .bodies import read_body
from .members import hints_of, read_members, write_members

_HINTS = hints_of(Fault)
_DEFAULT = Fault()


def write_faults(faults: Faults) -> list[Document]:
    """Return the faults in force: number, how often they still strike, and what is not by default."""
    return [
        {
            "number": number,
            "left": faults.left(number),
            **write_members(fault, (name for name in _HINTS if getattr(fault, name) != getattr(_DEFAULT, name))),
        }
        for number, fault in faults
    ]


async def get_faults(request: web.Request) -> web.Response:
    """Tell the faults in force."""
    return web.json_response(write_faults(request.app[CONTEXT].faults))


async def post_fault(request: web.Request) -> web.Response:
    """Put a fault in force; the members are those of Fault."""
    try:
        fault = Fault(**read_members(_HINTS, await read_body(request)))
    except ValueError as error:
        raise BadRequestError(str(error)) from None
    return web.json_response({"number": request.app[CONTEXT].faults.add(fault)})


async def delete_faults(request: web.Request) -> web.Response:
    """End all faults."""
    request.app[CONTEXT].faults.clear()
    return web.Response(status=204)


async def delete_fault(request: web.Request) -> web.Response:
    """End one fault."""
    if not request.app[CONTEXT].faults.remove(int(request.match_info["number"])):
        raise NotFoundError("This fault is not in force")
    return web.Response(status=204)


ROUTES = (
    web.get("/simulator/faults", get_faults),
    web.post("/simulator/faults", post_fault),
    web.delete("/simulator/faults", delete_faults),
    web.delete(r"/simulator/faults/{number:\d+}", delete_fault),
)
