"""Bodies of the control interface."""

from aiohttp import web

from ..call import parse_object
from ..documents import Document


async def read_body(request: web.Request) -> Document:
    """Return the JSON object of a body; none at all is an empty one.

    Raises:
        BadRequestError: the body is no JSON object.
    """
    text = await request.text()
    return parse_object(text) if text.strip() else {}
