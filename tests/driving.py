"""Letting a command run on a frozen clock: requests take no time, waiting takes as much as a test lets pass."""

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import timedelta

from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.platforms import Night

SECOND = timedelta(seconds=1)
#: Turns of the event loop in which the requests of one step come and go.
_TURNS = 150
_ONE_BY_ONE = 3


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def drive[T](
    night: Night, work: Coroutine[object, object, T], *, within: int = 75, is_tracked: bool = False
) -> T:
    """Let time go on until something is done; ``within`` seconds at most. The first seconds pass one by one.

    ``is_tracked``: Home Assistant counts it among its own tasks (a press of a button), so that waiting for those, as
    ``Night.passes`` does, would wait for the end of what only the time that passes can end.
    """
    task = asyncio.get_running_loop().create_task(work)
    await settle()
    gone = 0
    while not task.done() and gone < within:
        step = 1 if gone < _ONE_BY_ONE else 4
        gone += step
        if is_tracked:
            night._freezer.tick(step * SECOND)
            night._simulator.clock.advance(step * SECOND)
            async_fire_time_changed(night._hass)
        else:
            await night.passes(step * SECOND, step=step * SECOND)
        await settle()
    assert task.done(), f"not done within {within} s"
    return task.result()


async def done[T](work: Awaitable[T]) -> T:
    """What was begun earlier, as a coroutine to drive."""
    return await work
