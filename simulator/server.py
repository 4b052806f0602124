"""The HTTP server: an app for a world, and a simulator for tests."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from . import scenario
from .auth import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, EXPIRES_IN, Auth, Client
from .background import background
from .clock import Clock, ManualClock
from .context import CONTEXT, Context
from .control import add_control_routes
from .endpoints import add_routes
from .faults import Faults
from .middlewares import authorise, inject_faults, log_requests, tell_problems
from .model import WorldEvent
from .paths import TOKEN_PATH
from .request_log import RequestLog
from .settings import WorldSettings
from .switches import Switches
from .webhook_sender import SenderSettings, WebhookSender
from .wire import API_VERSION, Wire
from .world import World

# An evening on which the samples of the contract play.
START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
# How long a call that is still being answered may hold up the end.
_SHUTDOWN = 0.5


def create_app(world: World, *, auth: Auth | None = None, webhooks: SenderSettings | None = None) -> web.Application:
    """Return the API of a world together with the control interface.

    Without `auth` there is one client with the default credentials. What handlers share is `app[CONTEXT]`.
    """
    if auth is None:
        auth = Auth(world.clock)
        auth.add_client(Client())
    switches = Switches(settings=world.settings)
    context = Context(
        world=world,
        clock=world.clock,
        auth=auth,
        faults=Faults(world.clock),
        switches=switches,
        wire=Wire(world, switches),
        webhooks=WebhookSender(world.clock, version=API_VERSION, settings=webhooks),
    )
    app = web.Application(middlewares=[log_requests, tell_problems, inject_faults, authorise])
    app[CONTEXT] = context
    add_routes(app)
    add_control_routes(app)
    app.cleanup_ctx.append(background)
    _subscribe(context)
    return app


async def serve(app: web.Application, *, host: str, port: int) -> web.AppRunner:
    """Listen; the runner's `addresses` tell where, its `cleanup` ends it.

    Raises:
        OSError: the port is taken or not allowed.
    """
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner


class Simulator:
    """A simulator on a real port of 127.0.0.1, as an async context manager.

    Time stands still at `clock` (by default a ManualClock at START) until it is moved.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        seed: int = scenario.SEED,
        clock: Clock | None = None,
        settings: WorldSettings | None = None,
        client_id: str = DEFAULT_CLIENT_ID,
        client_secret: str = DEFAULT_CLIENT_SECRET,
        clients: Iterable[Client] = (),
        expires_in: int = EXPIRES_IN,
        webhooks: SenderSettings | None = None,
        port: int = 0,
    ) -> None:
        """Prepare the standard world, or serve the one given; `clients` come beside the first one."""
        if world is None:
            world = scenario.standard(ManualClock(START) if clock is None else clock, seed=seed, settings=settings)
        self.world = world
        self.clock = world.clock
        self.client_id = client_id
        self.client_secret = client_secret
        self.auth = Auth(world.clock, expires_in=expires_in)
        self.client = self.auth.add_client(Client(id=client_id, secret=client_secret))
        for client in clients:
            self.auth.add_client(client)
        self.app = create_app(world, auth=self.auth, webhooks=webhooks)
        self.context = self.app[CONTEXT]
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = await serve(self.app, host="127.0.0.1", port=self._port)
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def token_url(self) -> str:
        """Where tokens are."""
        return self.base_url + TOKEN_PATH

    @property
    def faults(self) -> Faults:
        """What goes wrong on the way."""
        return self.context.faults

    @property
    def switches(self) -> Switches:
        """How documents are written."""
        return self.context.switches

    @property
    def requests(self) -> RequestLog:
        """What was asked."""
        return self.context.requests

    @property
    def webhooks(self) -> WebhookSender:
        """The webhooks; `await webhooks.pump()` delivers what is due by the clock."""
        return self.context.webhooks

    def advance(self, by: timedelta) -> None:
        """Move a ManualClock and live up to it."""
        if not isinstance(self.clock, ManualClock):
            raise TypeError("Only a ManualClock can be moved")
        self.clock.advance(by)
        self.world.run()


def _subscribe(context: Context) -> None:
    def on_event(event: WorldEvent) -> None:
        for webhook in context.webhooks.webhooks.values():
            client = context.auth.clients.get(webhook.client_id)
            if client is not None and client.sees(event.user_id):
                context.webhooks.put(webhook, context.wire.event(event))

    context.world.subscribe(on_event)
