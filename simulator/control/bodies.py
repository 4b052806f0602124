"""Bodies of the control interface."""

from aiohttp import web

from ..call import read_object
from ..documents import Document


async def read_body(request: web.Request) -> Document:
    """Return the JSON object of a body; none at all is an empty one.

    Raises:
        BadRequestError: the body is no JSON object.
    """
    return await read_object(request) if await request.read() else {}
