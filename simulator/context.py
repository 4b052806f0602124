"""What all handlers share."""

from dataclasses import dataclass, field

from aiohttp import web

from .auth import Auth, Client
from .clock import Clock
from .faults import Faults
from .request_log import RequestLog
from .switches import Switches
from .webhook_sender import WebhookSender
from .wire import Wire
from .world import World


@dataclass(kw_only=True, slots=True)
class Context:
    """One running simulator."""

    world: World
    clock: Clock
    auth: Auth
    faults: Faults
    switches: Switches
    wire: Wire
    webhooks: WebhookSender
    requests: RequestLog = field(default_factory=RequestLog)


CONTEXT = web.AppKey("simulator_context", Context)
CLIENT = web.RequestKey("simulator_client", Client)
