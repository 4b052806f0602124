"""How faults strike a call."""

import asyncio
from collections.abc import Sequence
import json

from aiohttp import web
from aiohttp.typedefs import Handler

from .context import CONTEXT
from .faults import Fault
from .problems import CONTENT_TYPE, problem

_HTML = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
_MALFORMED = '{"data": [{"id": "5e55'


async def strike(request: web.Request, handler: Handler, faults: Sequence[Fault]) -> web.StreamResponse:
    """Answer a call that meets these faults: the waits add up, the first cut or false answer holds."""
    for fault in faults:
        if fault.latency:
            await asyncio.sleep(fault.latency)
    if any(fault.cut == "before" for fault in faults):
        return _cut(request)
    false = next((fault for fault in faults if fault.replaces_answer), None)
    later_cut = next((fault.cut for fault in faults if fault.cut in {"after", "middle"}), None)
    response: web.StreamResponse
    if false is not None and not false.after_handling and later_cut is None:
        return _false_answer(request, false)
    response = await handler(request)
    if later_cut == "after":
        return _cut(request)
    if false is not None:
        return _false_answer(request, false)
    response = _altered(response, faults)
    for fault in faults:
        response.headers.update(fault.answer_headers(request.app[CONTEXT].clock.now()))
    return await _half(request, response) if later_cut == "middle" else response


def _false_answer(request: web.Request, fault: Fault) -> web.Response:
    headers = fault.answer_headers(request.app[CONTEXT].clock.now())
    status = fault.status or 200
    match fault.body:
        case "html":
            return web.Response(status=status, headers=headers, text=_HTML, content_type="text/html")
        case "malformed":
            return web.Response(status=status, headers=headers, text=_MALFORMED, content_type="application/json")
        case "empty":
            return web.Response(status=status, headers=headers)
        case "problem":
            document = problem(status, fault.detail, title=fault.title, type_uri=fault.type_uri)
            return web.json_response(document, status=status, headers=headers, content_type=CONTENT_TYPE)


def _altered(response: web.StreamResponse, faults: Sequence[Fault]) -> web.StreamResponse:
    altering = [fault for fault in faults if fault.alters_answer]
    if not altering or not isinstance(response, web.Response) or not response.text:
        return response
    document = json.loads(response.text)
    for fault in altering:
        document = fault.alter(document)
    return web.json_response(document, status=response.status, content_type=response.content_type)


def _cut(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer; what is returned never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _half(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole body, send half of it and close the connection."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    partial = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    partial.content_length = max(len(body), 2)
    await partial.prepare(request)
    await partial.write(body[: len(body) // 2] or b"{")
    if request.transport is not None:
        request.transport.close()
    return partial
