"""Flex: policies, sessions and targets (contract 8.1)."""

from aiohttp import web

from ..call import Call
from ..documents import Document
from ..errors import BadRequestError
from ..model import Session
from ..problems import problem_response

_POLICIES = "/flex/vehicle-policies"


async def list_policies(request: web.Request) -> web.Response:
    """GET /flex/vehicle-policies."""
    call = Call(request)
    policies = [policy for policy in call.context.world.policies.values() if call.owns(policy.vehicle_id)]
    return call.page(policies, lambda policy: (policy.created_at, policy.id), call.context.wire.policy)


async def post_policy(request: web.Request) -> web.Response:
    """POST /flex/vehicle-policies."""
    call = Call(request)
    body = await call.body()
    ids = [_text(body, name) for name in ("vehicleId", "locationId")]
    vehicle, location = call.vehicle(ids[0]), call.location(ids[1])
    policy = call.context.world.create_policy(vehicle.id, location.id)
    return call.single(call.context.wire.policy(policy))


async def get_policy(request: web.Request) -> web.Response:
    """GET /flex/vehicle-policies/{policyId}."""
    call = Call(request)
    return call.single(call.context.wire.policy(call.policy(call.part("policyId"))))


async def patch_policy(request: web.Request) -> web.Response:
    """PATCH /flex/vehicle-policies/{policyId}."""
    call = Call(request)
    policy = call.policy(call.part("policyId"))
    body = await call.body()
    unknown = sorted(set(body) - {"batteryReserve", "schedule"})
    if unknown:
        raise _invalid(unknown[0], "Unrecognized key")
    schedule = body.get("schedule")
    if schedule is not None and not isinstance(schedule, dict):
        raise _invalid("schedule", "Expected an object")
    changed = call.context.world.patch_policy(policy.id, battery_reserve=body.get("batteryReserve"), schedule=schedule)
    return call.single(call.context.wire.policy(changed))


async def delete_policy(request: web.Request) -> web.Response:
    """DELETE /flex/vehicle-policies/{policyId}."""
    call = Call(request)
    call.context.world.delete_policy(call.policy(call.part("policyId")).id)
    return web.Response(status=204)


async def list_sessions(request: web.Request) -> web.Response:
    """GET /flex/vehicle-policies/sessions with its filters."""
    call = Call(request)
    query = request.query
    sessions = call.context.world.sessions_of(
        vehicle_id=query.get("vehicleId"), location_id=query.get("locationId"), policy_id=query.get("policyId")
    )
    return call.page(
        [session for session in sessions if call.owns(session.vehicle_id)],
        lambda session: (session.created_at, session.id),
        call.context.wire.session,
    )


async def get_live_session(request: web.Request) -> web.Response:
    """GET /flex/vehicle-policies/{policyId}/session."""
    call = Call(request)
    session = call.context.world.live_session(call.policy(call.part("policyId")).id)
    return _no_live_session(call) if session is None else call.single(call.context.wire.session(session))


async def put_target(request: web.Request) -> web.Response:
    """PUT /flex/sessions/{sessionId}/target."""
    call = Call(request)
    session = call.session(call.part("sessionId"))
    session = call.context.world.set_target(session.id, await call.body())
    return _after_target(call, session)


def _after_target(call: Call, session: Session) -> web.Response:
    match call.context.switches.target_answer:
        case "session":
            return call.single(call.context.wire.session(session))
        case "target":
            return call.single(call.context.wire.target(session.target))
        case "204":
            return web.Response(status=204)


def _no_live_session(call: Call) -> web.Response:
    match call.context.switches.no_live_session:
        case "404":
            return problem_response(404, "The policy has no live session", title="Session does not exist")
        case "404_empty":
            return web.Response(status=404)
        case "204":
            return web.Response(status=204)
        case "null":
            return call.single(None)
        case "empty":
            return call.single({})


def _text(body: Document, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(name, "Expected a non-empty string")
    return value


def _invalid(name: str, message: str) -> BadRequestError:
    return BadRequestError("Body validation failed", issues=[{"path": [name], "message": message}])


ROUTES = (
    web.get(_POLICIES, list_policies),
    web.post(_POLICIES, post_policy),
    # Before {policyId}, which would take "sessions" for an id.
    web.get(f"{_POLICIES}/sessions", list_sessions),
    web.get(f"{_POLICIES}/{{policyId}}", get_policy),
    web.patch(f"{_POLICIES}/{{policyId}}", patch_policy),
    web.delete(f"{_POLICIES}/{{policyId}}", delete_policy),
    web.get(f"{_POLICIES}/{{policyId}}/session", get_live_session),
    web.put("/flex/sessions/{sessionId}/target", put_target),
)
