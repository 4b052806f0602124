"""What goes on between calls: the world lives, webhooks are delivered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
import logging

from aiohttp import web

from .clock import ManualClock
from .context import CONTEXT, Context

_LOGGER = logging.getLogger(__name__)
_TICK = 1.0  # seconds


async def background(app: web.Application) -> AsyncIterator[None]:
    """Run beside the server. With a ManualClock nothing happens by itself: only an event or a test wakes it."""
    context = app[CONTEXT]
    wake = asyncio.Event()
    context.webhooks.on_event = wake.set
    task = asyncio.get_running_loop().create_task(_live(context, wake))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    context.webhooks.on_event = lambda: None
    await context.webhooks.close()


async def _live(context: Context, wake: asyncio.Event) -> None:
    tick = None if isinstance(context.clock, ManualClock) else _TICK
    while True:
        try:
            async with asyncio.timeout(tick):
                await wake.wait()
        except TimeoutError:
            pass
        wake.clear()
        try:
            context.world.run()
            await context.webhooks.pump()
        except Exception:
            # The demo goes on: the next call tells the same error, if it is one that stays.
            _LOGGER.exception("The simulated world stumbled")
