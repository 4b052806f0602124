"""Managing webhooks (contract 7.1)."""

from aiohttp import web

from ..call import Call
from ..documents import Document
from ..webhook import Webhook, validate


async def post_webhook(request: web.Request) -> web.Response:
    """POST /webhooks."""
    call = Call(request)
    fields = validate(await call.body(), partial=False)
    return call.single(_document(call, call.context.webhooks.create(call.client.id, fields)))


async def list_webhooks(request: web.Request) -> web.Response:
    """GET /webhooks."""
    call = Call(request)
    webhooks = [found for found in call.context.webhooks.webhooks.values() if found.client_id == call.client.id]
    return call.page(webhooks, lambda found: (found.created_at, found.id), lambda found: _document(call, found))


async def get_webhook(request: web.Request) -> web.Response:
    """GET /webhooks/{webhookId}."""
    call = Call(request)
    return call.single(_document(call, _find(call)))


async def patch_webhook(request: web.Request) -> web.Response:
    """PATCH /webhooks/{webhookId}; it is active afterwards."""
    call = Call(request)
    webhook = _find(call)
    call.context.webhooks.update(webhook, validate(await call.body(), partial=True))
    return call.single(_document(call, webhook))


async def delete_webhook(request: web.Request) -> web.Response:
    """DELETE /webhooks/{webhookId}."""
    call = Call(request)
    call.context.webhooks.delete(_find(call))
    return web.Response(status=204)


async def post_test(request: web.Request) -> web.Response:
    """POST /webhooks/{webhookId}/test."""
    call = Call(request)
    delivery = await call.context.webhooks.test(_find(call))
    response = None
    if delivery.code is not None:
        response = {"code": delivery.code, "body": delivery.body, "headers": list(delivery.headers)}
    return call.single(
        {
            "status": "SUCCESS" if delivery.ok else "FAILURE",
            "description": delivery.description,
            "response": response,
        }
    )


def _find(call: Call) -> Webhook:
    return call.context.webhooks.get(call.client.id, call.part("webhookId"))


def _document(call: Call, webhook: Webhook) -> Document:
    """Return a webhook; its secret and the value of its header are never told."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "lastSuccess": call.context.wire.time(webhook.last_success),
        "isActive": webhook.is_active,
        "createdAt": call.context.wire.time(webhook.created_at),
        "apiVersion": webhook.api_version,
        "authentication": None if webhook.authentication is None else {"headerName": webhook.authentication.name},
    }


ROUTES = (
    web.post("/webhooks", post_webhook),
    web.get("/webhooks", list_webhooks),
    web.get("/webhooks/{webhookId}", get_webhook),
    web.patch("/webhooks/{webhookId}", patch_webhook),
    web.delete("/webhooks/{webhookId}", delete_webhook),
    web.post("/webhooks/{webhookId}/test", post_test),
)
