"""Interventions: what an owner must fix (contract 6)."""

from aiohttp import web

from ..call import Call
from ..errors import NotFoundError
from ..model import Intervention

_DEFAULT_LANGUAGE = "en-US"


async def list_interventions(request: web.Request) -> web.Response:
    """GET /interventions."""
    call = Call(request)
    interventions = [found for found in call.context.world.interventions.values() if call.owns(found.vehicle_id)]
    return call.page(
        interventions,
        lambda found: (found.introduced_at, found.id),
        lambda found: call.context.wire.intervention(found, _language(request)),
    )


async def get_intervention(request: web.Request) -> web.Response:
    """GET /interventions/{interventionId}?language=."""
    call = Call(request)
    return call.single(call.context.wire.intervention(_find(call), _language(request)))


def _find(call: Call) -> Intervention:
    intervention_id = call.part("interventionId")
    found = call.context.world.interventions.get(intervention_id)
    if found is None or not call.owns(found.vehicle_id):
        raise NotFoundError(
            f"Could not find intervention with ID {intervention_id}", title="Intervention does not exist"
        )
    return found


def _language(request: web.Request) -> str:
    return request.query.get("language") or _DEFAULT_LANGUAGE


ROUTES = (
    web.get("/interventions", list_interventions),
    web.get("/interventions/{interventionId}", get_intervention),
)
