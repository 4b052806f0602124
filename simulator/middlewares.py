"""What happens to every call before and after its handler."""

from collections.abc import Mapping
import json
import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from .context import CLIENT, CONTEXT
from .documents import Json
from .errors import WorldError
from .fault_answers import strike
from .paths import CONTROL, FLEX, TOKEN_PATH
from .problems import from_world_error, problem_response
from .request_log import LoggedRequest

_LOGGER = logging.getLogger(__name__)


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Remember every call of the API and what was answered."""
    if is_control(request):
        return await handler(request)
    context = request.app[CONTEXT]
    # Read before anything can go wrong, so that a call that fails is remembered with its body.
    body = await _read_body(request)
    status: int | None = None
    try:
        response = await handler(request)
        if request.transport is not None and not request.transport.is_closing():
            status = response.status
        return response
    finally:
        client = request.get(CLIENT)
        context.requests.add(
            LoggedRequest(
                at=context.clock.now(),
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers=_headers(request.headers),
                body=body,
                status=status,
                client_id=None if client is None else client.id,
            )
        )


@web.middleware
async def tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem document; a surprise is logged and told as 500."""
    try:
        return await handler(request)
    except WorldError as error:
        return from_world_error(error)
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return problem_response(error.status, f"{request.method} {request.path}: {error.reason}", headers=headers)
    except Exception:
        _LOGGER.exception("Unexpected error in %s %s", request.method, request.path)
        return problem_response(500, "The simulator failed; its log tells more")


@web.middleware
async def inject_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the faults in force strike."""
    if is_control(request):
        return await handler(request)
    faults = request.app[CONTEXT].faults.strike(request.method, request.path)
    return await (strike(request, handler, faults) if faults else handler(request))


@web.middleware
async def authorise(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody in without a valid token, and bring the world up to the present first (contract 11.2)."""
    context = request.app[CONTEXT]
    if is_control(request) or request.path == TOKEN_PATH:
        return await handler(request)
    client = context.auth.client_of(request.headers.get("Authorization"))
    if client is None:
        return problem_response(
            401, "The access token is missing, expired or revoked", headers={"WWW-Authenticate": "Bearer"}
        )
    request[CLIENT] = client
    if "Enode-User-Id" in request.headers:
        return problem_response(400, "The header Enode-User-Id is not supported any more")
    if client.flex != "on" and request.path.startswith(f"{FLEX}/"):
        return _no_flex(int(client.flex))
    context.world.run()
    return await handler(request)


def is_control(request: web.Request) -> bool:
    """Return whether a call is one of the control interface."""
    return request.path == CONTROL or request.path.startswith(f"{CONTROL}/")


def _no_flex(status: int) -> web.Response:
    if status == web.HTTPForbidden.status_code:
        return problem_response(403, "This client has no access to Flex")
    return problem_response(404, "There is nothing at this address")


async def _read_body(request: web.Request) -> Json:
    """Return the body as JSON, as a form without its secret, or as text; None if it cannot be read."""
    if not request.can_read_body:
        return None
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return {name: str(value) for name, value in (await request.post()).items() if name != "client_secret"}
        text = await request.text()
    except UnicodeError, LookupError:  # not in its charset, or in one that does not exist
        return None
    try:
        body: Json = json.loads(text)
    except ValueError:
        return text
    return body


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers, with nothing of the credentials but their scheme."""
    return {
        name: value.partition(" ")[0] if name.lower() == "authorization" else value for name, value in headers.items()
    }
