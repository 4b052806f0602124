"""Charge now, and back to schedule: send, watch the session, and tell the truth about what came of it.

A command that Enode took is not yet a car that charges. These functions watch the session until it shows the wished
state (confirmed) or an error (refused), or until the time is over (pending: nobody knows yet). The buttons and the
actions share them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api.errors import EnodeError
from .api.models import Session, SessionState, TargetType, Vehicle
from .charging import Command, ErrorWord
from .const import DOMAIN
from .coordinator import EnodeFlexCoordinator
from .exceptions import Translation, translation_of, translation_of_refusal
from .snapshot import VehicleSnapshot
from .sources import CommandRefusedError, Refusal

#: How long a press of a button watches (seconds). What comes later shows in charging_status.
BUTTON_WAIT = 10.0


class Result(StrEnum):
    """What came of a command."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    PENDING = "pending"
    INVALID = "invalid"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a command for one vehicle.

    ``translation``: the sentence that says why, for every result but confirmed and pending.
    ``reason``: the same in one word or in Enode's own words.
    """

    result: Result
    snapshot: VehicleSnapshot
    reason: str | None = None
    translation: Translation | None = None

    def raise_for_result(self) -> None:
        """Raise what a person should read, where the command did not work.

        Raises:
            ServiceValidationError: it could not work.
            HomeAssistantError: Enode or the vehicle refused it, or Enode could not be reached.
        """
        if self.translation is None:
            return
        kind = ServiceValidationError if self.result is Result.INVALID else HomeAssistantError
        raise kind(**self.translation)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What distinguishes one command from another."""

    command: Command
    cannot: Callable[[Vehicle, Session | None], Refusal | None]
    send: Callable[[Vehicle, Session | None], Awaitable[None]]
    is_done: Callable[[Session | None], bool]


async def async_immediate_start(coordinator: EnodeFlexCoordinator, key: str, *, wait: float) -> Outcome:
    """Charge now; watch up to ``wait`` seconds. Never raises for what Enode answers: the outcome tells it."""
    account = coordinator.account
    return await _async_command(
        coordinator,
        key,
        _Order(
            command=Command.STARTING,
            cannot=account.cannot_start,
            send=account.async_start_now,
            is_done=lambda session: session is not None and session.state == SessionState.ACTIVE_IMMEDIATE_START,
        ),
        wait=wait,
    )


async def async_resume_schedule(coordinator: EnodeFlexCoordinator, key: str, *, wait: float) -> Outcome:
    """Back to the schedule; watch up to ``wait`` seconds."""
    account = coordinator.account
    return await _async_command(
        coordinator,
        key,
        _Order(
            command=Command.RETURNING,
            cannot=account.cannot_resume,
            send=account.async_resume,
            is_done=_follows_schedule,
        ),
        wait=wait,
    )


def _follows_schedule(session: Session | None) -> bool:
    if session is None:
        return True
    target = session.target.type if session.target is not None else None
    return session.state != SessionState.ACTIVE_IMMEDIATE_START and target != TargetType.IMMEDIATE_START


async def _async_command(coordinator: EnodeFlexCoordinator, key: str, order: _Order, *, wait: float) -> Outcome:
    snapshot = coordinator.data.vehicles[key]
    try:
        if order.cannot(snapshot.vehicle, snapshot.live) is not None:
            # What is held may be minutes old: nobody is refused before a fresh look.
            snapshot = await coordinator.async_read_now(key)
            refusal = order.cannot(snapshot.vehicle, snapshot.live)
            if refusal is not None and refusal.certain:
                return _invalid(snapshot, refusal)
        with coordinator.command_under_way(key, order.command):
            error_before = snapshot.charging.error
            await order.send(snapshot.vehicle, snapshot.live)
            return await _async_watch(coordinator, key, order, error_before=error_before, wait=wait)
    except CommandRefusedError as refused:
        return _invalid(snapshot, refused.refusal)
    except EnodeError as error:
        return Outcome(
            result=Result.ERROR,
            snapshot=snapshot,
            reason=error.detail or error.title,
            translation=translation_of(error),
        )


async def _async_watch(
    coordinator: EnodeFlexCoordinator, key: str, order: _Order, *, error_before: ErrorWord | None, wait: float
) -> Outcome:
    """Look at every new snapshot until one tells what came of the command, or ``wait`` seconds are over."""
    told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    @callback
    def look() -> None:
        snapshot = coordinator.data.vehicles.get(key)
        if snapshot is None or told.done():
            return
        if (outcome := _judge(snapshot, order, error_before)) is not None:
            told.set_result(outcome)

    stop_looking = coordinator.async_add_listener(look)
    coordinator.async_reread_soon([key], watch_for=wait)
    try:
        async with asyncio.timeout(wait):
            return await told
    except TimeoutError:
        return await _async_last_look(coordinator, key, order, error_before)
    finally:
        stop_looking()


async def _async_last_look(
    coordinator: EnodeFlexCoordinator, key: str, order: _Order, error_before: ErrorWord | None
) -> Outcome:
    """The time is over: one fresh look decides between what is known now and "nobody knows yet"."""
    snapshot = coordinator.data.vehicles[key]
    # The order was taken; that this one look fails does not make it undone.
    with suppress(EnodeError):
        snapshot = await coordinator.async_read_now(key)
    return _judge(snapshot, order, error_before) or Outcome(result=Result.PENDING, snapshot=snapshot)


def _judge(snapshot: VehicleSnapshot, order: _Order, error_before: ErrorWord | None) -> Outcome | None:
    """What a snapshot tells of a command; None: nothing yet."""
    if order.is_done(snapshot.live):
        return Outcome(result=Result.CONFIRMED, snapshot=snapshot)
    error = snapshot.charging.error
    if error in (None, ErrorWord.NONE, error_before):
        return None
    return Outcome(
        result=Result.REFUSED,
        snapshot=snapshot,
        reason=error.value,
        translation=Translation(
            translation_domain=DOMAIN, translation_key=f"refused_{error.value}", translation_placeholders={}
        ),
    )


def _invalid(snapshot: VehicleSnapshot, refusal: Refusal) -> Outcome:
    return Outcome(
        result=Result.INVALID,
        snapshot=snapshot,
        reason=refusal.reason.value,
        translation=translation_of_refusal(refusal),
    )
