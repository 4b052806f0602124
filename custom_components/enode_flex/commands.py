"""Charge now, and back to schedule: the orders, and how several calls for one vehicle go together.

The buttons and the actions share them. Whoever orders what is under way already joins: nothing is sent twice. Whoever
orders the opposite supersedes it: the last wish counts.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from weakref import WeakKeyDictionary

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, callback

from .api.models import ErrorType, Session, SessionState, TargetType
from .charging import Command
from .command_run import Order, Outcome, Result, Run, signal_command_told
from .coordinator import EnodeFlexCoordinator
from .sources import Account

#: How long a press of a button watches (seconds). What comes later shows in charging_status.
BUTTON_WAIT: Final = 10.0


def _charges_now(session: Session | None) -> bool:
    return session is not None and session.state == SessionState.ACTIVE_IMMEDIATE_START


def _aims_at_now(session: Session | None) -> bool:
    target = session.target.type if session is not None and session.target is not None else None
    return _charges_now(session) or target == TargetType.IMMEDIATE_START


def _follows_schedule(session: Session | None) -> bool:
    return not _aims_at_now(session)


IMMEDIATE_START: Final = Order(
    command=Command.STARTING,
    cannot=Account.cannot_start,
    send=Account.async_start_now,
    is_taken=_aims_at_now,
    is_done=_charges_now,
    harmless=ErrorType.STOP_FAIL,
    settles_after=timedelta(seconds=25),
)
RESUME_SCHEDULE: Final = Order(
    command=Command.RETURNING,
    cannot=Account.cannot_resume,
    send=Account.async_resume,
    is_taken=_follows_schedule,
    is_done=_follows_schedule,
    harmless=ErrorType.START_FAIL,
    settles_after=timedelta(0),
)

# By coordinator and vehicle key: a reload starts with a clean sheet.
_runs: WeakKeyDictionary[EnodeFlexCoordinator, dict[str, Run]] = WeakKeyDictionary()


async def async_immediate_start(coordinator: EnodeFlexCoordinator, key: str, *, wait: float) -> Outcome:
    """Charge now; watch up to ``wait`` seconds. Never raises for what Enode answers: the outcome tells it."""
    return await _async_command(coordinator, key, IMMEDIATE_START, wait)


async def async_resume_schedule(coordinator: EnodeFlexCoordinator, key: str, *, wait: float) -> Outcome:
    """Back to the schedule; watch up to ``wait`` seconds. Never raises for what Enode answers."""
    return await _async_command(coordinator, key, RESUME_SCHEDULE, wait)


async def _async_command(coordinator: EnodeFlexCoordinator, key: str, order: Order, wait: float) -> Outcome:
    """Give the order, or join whoever gave it already; 0 s of ``wait`` is for Enode's answer alone."""
    run = _run_of(coordinator, key, order)
    # Others may wait for the same run: whoever gives up must not end it (asyncio.wait leaves futures alone).
    await asyncio.wait([run.sent])
    if run.told.done():
        return run.told.result()
    if wait <= 0:
        return run.pending()
    run.watch(wait)
    await asyncio.wait([run.told], timeout=wait)
    return await run.async_outcome_now()


@callback
def _run_of(coordinator: EnodeFlexCoordinator, key: str, order: Order) -> Run:
    runs = _runs.get(coordinator)
    if runs is None:
        runs = _runs[coordinator] = {}
        _end_with_entry(coordinator, runs)
    previous = runs.get(key)
    if previous is not None and previous.told.done():
        previous = None
    if previous is not None and previous.order is order:
        return previous
    run = runs[key] = Run(coordinator, key, order)
    run.start(previous)
    return run


@callback
def _end_with_entry(coordinator: EnodeFlexCoordinator, runs: Mapping[str, Run]) -> None:
    """Nothing is watched any more when the entry is unloaded or Home Assistant stops."""

    @callback
    def end(_event: Event | None = None) -> None:
        for run in runs.values():
            run.cancel()

    coordinator.config_entry.async_on_unload(end)
    coordinator.config_entry.async_on_unload(coordinator.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, end))


__all__ = [
    "BUTTON_WAIT",
    "IMMEDIATE_START",
    "RESUME_SCHEDULE",
    "Outcome",
    "Result",
    "async_immediate_start",
    "async_resume_schedule",
    "signal_command_told",
]
