"""One command to one vehicle, from the check before it to what came of it.

A command that Enode took is not yet a car that charges. A run sends the order once and watches the session until it
shows what was wished for (confirmed) or why not (refused). It goes on when nobody waits any more, so that
charging_status tells of a command for as long as it is under way, and it tells what came of it exactly once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from .api.errors import (
    ConflictError,
    ConnectionFailedError,
    EnodeError,
    InvalidRequestError,
    MalformedAnswerError,
    ServerError,
)
from .api.models import ErrorType, Session, Vehicle
from .charging import Command, error_word
from .const import DOMAIN
from .coordinator import EnodeFlexCoordinator
from .exceptions import Translation, translation_key, translation_of, translation_of_refusal, words_of
from .snapshot import VehicleSnapshot
from .sources import Account, CommandRefusedError, Refusal

#: A run that nothing came of ends after this time (seconds): by then it is no longer "under way". Enode itself may take
#: five minutes to find out that a car does not do as it was told (contract, 5).
GIVE_UP_AFTER: Final = 420.0
#: No answer came to an order: so long (seconds) the session is looked at, to find out whether Enode took it.
CLEARS_UP_WITHIN: Final = 12.0

#: The reason of a result that is pending because the opposite was ordered meanwhile.
SUPERSEDED: Final = "superseded"


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
    ``reason``: the same in Enode's own words where there are some, else in one word.
    ``snapshot``: the vehicle as it was then; None if it is gone.
    """

    result: Result
    snapshot: VehicleSnapshot | None = None
    reason: str | None = None
    translation: Translation | None = None

    def error(self) -> HomeAssistantError | None:
        """What a person should read; None where nothing failed."""
        if self.translation is None:
            return None
        kind = ServiceValidationError if self.result is Result.INVALID else HomeAssistantError
        return kind(**self.translation)

    def raise_for_result(self) -> None:
        """Raise what a person should read, where the command did not work.

        Raises:
            ServiceValidationError: it could not work.
            HomeAssistantError: Enode or the vehicle refused it, or Enode could not be reached.
        """
        if (error := self.error()) is not None:
            raise error


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What distinguishes one command from another.

    ``is_taken``: the session aims at what was ordered. ``is_done``: it does it. ``harmless``: the error of a session
    that does not stand against this order. ``settles_after``: how long after the order a session that does it may
    still turn out not to, for a car takes some 20 s to answer (contract, 10).
    """

    command: Command
    cannot: Callable[[Account, Vehicle, Session | None], Refusal | None]
    send: Callable[[Account, Vehicle, Session | None], Awaitable[None]]
    is_taken: Callable[[Session | None], bool]
    is_done: Callable[[Session | None], bool]
    harmless: ErrorType
    settles_after: timedelta


def signal_command_told(entry_id: str) -> str:
    """Dispatcher signal of an entry: (vehicle key, Command, Outcome), once for each run, when it is over."""
    return f"{DOMAIN}_{entry_id}_command_told"


class Run:
    """A command under way.

    ``sent``: Enode answered the order, or nothing was sent. ``told``: what came of it. Wait for them with
    ``asyncio.wait``: several may.
    """

    def __init__(self, coordinator: EnodeFlexCoordinator, key: str, order: Order) -> None:
        loop = coordinator.hass.loop
        self.order = order
        self.sent: asyncio.Future[None] = loop.create_future()
        self.told: asyncio.Future[Outcome] = loop.create_future()
        self._coordinator = coordinator
        self._key = key
        self._changed = asyncio.Event()
        self._watch_until = dt_util.utcnow()
        self._sent_at: datetime | None = None
        self._session_id: str | None = None
        self._error_before: str | None = None
        self._superseded = False
        self._task: asyncio.Task[None] | None = None

    @callback
    def start(self, previous: Run | None = None) -> None:
        """Begin, once the previous run, which this one supersedes, is over."""
        # Not one of Home Assistant's own tasks: those are waited for, which nobody wants for minutes.
        self._task = self._coordinator.hass.loop.create_task(
            self._async_run(previous), name=f"{DOMAIN} {self.order.command}"
        )

    @callback
    def cancel(self) -> None:
        """Look no more: the entry is unloaded, or Home Assistant stops."""
        if self._task is not None:
            self._task.cancel()

    @callback
    def watch(self, seconds: float) -> None:
        """Somebody waits: read the session often for so long."""
        now = dt_util.utcnow()
        self._watch_until = max(self._watch_until, now + timedelta(seconds=seconds))
        self._coordinator.async_reread_soon([self._key], watch_for=(self._watch_until - now).total_seconds())

    async def async_outcome_now(self) -> Outcome:
        """What came of it, after one more look if it is not told yet: pending if nobody knows."""
        if not self.told.done():
            # The order was taken; that this one look fails does not make it undone.
            with suppress(EnodeError, KeyError):
                await self._coordinator.async_read_now(self._key)
        if self.told.done():
            return self.told.result()
        return self._judge(final=True) or self.pending()

    @callback
    def pending(self) -> Outcome:
        """Nobody knows yet."""
        return Outcome(result=Result.PENDING, snapshot=self._snapshot, reason=SUPERSEDED if self._superseded else None)

    # -- inside --------------------------------------------------------------------------------------------------------

    @property
    def _snapshot(self) -> VehicleSnapshot | None:
        return self._coordinator.data.vehicles.get(self._key)

    async def _async_run(self, previous: Run | None) -> None:
        outcome: Outcome | None = None
        try:
            if previous is not None:
                await previous.async_give_way()
            outcome = await self._async_work()
        except CommandRefusedError as refused:
            outcome = self._invalid(refused.refusal)
        except (ConflictError, InvalidRequestError) as error:
            outcome = await self._async_failed(
                Result.REFUSED, error, _translation("refused_by_enode", reason=words_of(error))
            )
        except EnodeError as error:
            outcome = await self._async_failed(Result.ERROR, error, translation_of(error))
        except KeyError:
            outcome = Outcome(result=Result.ERROR, reason="vehicle_gone", translation=_translation("vehicle_gone"))
        finally:
            # Also when the run was cancelled, by the opposite command or because the entry is unloaded.
            outcome = outcome or self.pending()
            self.told.set_result(outcome)
            if not self.sent.done():
                self.sent.set_result(None)
            async_dispatcher_send(
                self._coordinator.hass,
                signal_command_told(self._coordinator.config_entry.entry_id),
                self._key,
                self.order.command,
                outcome,
            )

    async def async_give_way(self) -> None:
        """End for the opposite command: an order on its way arrives first, what comes of it is no longer watched."""
        self._superseded = True
        await asyncio.wait([self.sent])
        if self._task is not None and not self.told.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _async_work(self) -> Outcome:
        account = self._coordinator.account
        snapshot = self._coordinator.data.vehicles[self._key]
        if self.order.cannot(account, snapshot.vehicle, snapshot.live) is not None:
            # What is held may be minutes old: nobody is refused before a fresh look.
            snapshot = await self._coordinator.async_read_now(self._key, vehicles=True)
            refusal = self.order.cannot(account, snapshot.vehicle, snapshot.live)
            if refusal is not None and refusal.certain:
                return self._invalid(refusal)
        self._session_id = snapshot.live.id if snapshot.live is not None else None
        self._error_before = self._obstacle(snapshot.live)
        stop_looking = self._coordinator.async_add_listener(self._changed.set)
        try:
            with self._coordinator.command_under_way(self._key, self.order.command):
                if (failure := await self._async_send(snapshot)) is not None:
                    return failure
                self.sent.set_result(None)
                self.watch(0)
                async with asyncio.timeout(GIVE_UP_AFTER):
                    return await self._async_watch()
        except TimeoutError:
            return self._judge(final=True) or self.pending()
        finally:
            stop_looking()

    async def _async_send(self, snapshot: VehicleSnapshot) -> Outcome | None:
        """Send the order, once. Without an answer the session tells whether Enode took it; None: it did.

        (Where a kept connection turns out to be closed, aiohttp itself sends a PUT once more: it is idempotent.)

        Raises:
            EnodeError: Enode answered, and did not take it.
        """
        self._sent_at = dt_util.utcnow()
        try:
            await self.order.send(self._coordinator.account, snapshot.vehicle, snapshot.live)
        except (ConnectionFailedError, ServerError, MalformedAnswerError) as doubt:
            was_read = await self._async_look_for_order()
            if self._is_taken:
                return None
            # Reads go on: it may show later.
            self._coordinator.async_reread_soon([self._key])
            reason = words_of(doubt) or translation_key(doubt)
            return Outcome(
                result=Result.ERROR,
                snapshot=self._snapshot,
                reason=reason,
                translation=_translation("order_not_taken" if was_read else "order_unknown", reason=reason),
            )
        return None

    async def _async_look_for_order(self) -> bool:
        """Look for a few seconds whether the session shows the order; whether the session could be read at all."""
        was_read = False
        with suppress(EnodeError):
            await self._coordinator.async_read_now(self._key)
            was_read = True
        self._coordinator.async_reread_soon([self._key], watch_for=CLEARS_UP_WITHIN)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLEARS_UP_WITHIN):
                while not self._is_taken:
                    self._changed.clear()
                    await self._changed.wait()
        fresh = self._snapshot
        return was_read or (
            fresh is not None
            and fresh.sessions_at is not None
            and self._sent_at is not None
            and fresh.sessions_at > self._sent_at
        )

    @property
    def _is_taken(self) -> bool:
        return (snapshot := self._snapshot) is not None and self.order.is_taken(snapshot.live)

    async def _async_watch(self) -> Outcome:
        """Look at every new snapshot until one tells what came of the order."""
        while True:
            self._changed.clear()
            outcome = self._judge()
            if outcome is not None and (outcome.result is not Result.CONFIRMED or self._is_settled):
                return outcome
            if outcome is None:
                await self._changed.wait()
                continue
            # The session says so; the car has still to show that it can.
            try:
                async with asyncio.timeout(self._settles_in):
                    await self._changed.wait()
            except TimeoutError:
                with suppress(EnodeError):
                    await self._coordinator.async_read_now(self._key)
                later = self._judge()
                return later if later is not None and later.result is Result.REFUSED else outcome

    @property
    def _settles_in(self) -> float:
        """Seconds until a session that does what was ordered is believed."""
        gone = dt_util.utcnow() - self._sent_at if self._sent_at is not None else timedelta(0)
        return (self.order.settles_after - gone).total_seconds()

    @property
    def _is_settled(self) -> bool:
        """Whether the car itself was seen charging since the order, or had the time to show that it cannot."""
        snapshot = self._snapshot
        if self.order.settles_after and snapshot is not None and self._sent_at is not None:
            charge = snapshot.vehicle.charge_state
            if charge.is_charging and charge.last_updated is not None and charge.last_updated >= self._sent_at:
                return True
            return snapshot.sessions_at is not None and snapshot.sessions_at >= self._sent_at + self.order.settles_after
        return True

    def _judge(self, *, final: bool = False) -> Outcome | None:
        """What the present snapshot tells of the order; None: nothing yet.

        ``final``: nobody looks any more. An error from before the order that still stands then counts, too.
        """
        snapshot = self._snapshot
        if snapshot is None:
            return Outcome(result=Result.ERROR, reason="vehicle_gone", translation=_translation("vehicle_gone"))
        session = snapshot.live
        obstacle = self._obstacle(session)
        if obstacle is None:
            # It is over: the next one, though it be the same again, is this order's.
            self._error_before = None
        if session is not None and obstacle is not None and (final or obstacle != self._error_before):
            word = error_word(session.error)[0]
            detail = session.error.detail if session.error is not None else None
            return Outcome(
                result=Result.REFUSED,
                snapshot=snapshot,
                reason=detail or obstacle,
                translation=_translation("refused_by_vehicle", reason=detail)
                if detail
                else _translation(f"refused_{word or 'unknown'}", reason=obstacle),
            )
        if obstacle is None and self.order.is_done(session):
            return Outcome(result=Result.CONFIRMED, snapshot=snapshot)
        if self._session_id is not None and (session is None or session.id != self._session_id):
            return Outcome(
                result=Result.REFUSED,
                snapshot=snapshot,
                reason="session_ended",
                translation=_translation("session_ended"),
            )
        return None

    def _obstacle(self, session: Session | None) -> str | None:
        """Enode's own word for what stands against the order, with the missing capabilities."""
        if session is None or session.error is None or session.error.type in (None, self.order.harmless):
            return None
        more = ", ".join(session.error.missing_capabilities) or session.error.detail
        return f"{session.error.type}: {more}" if more else str(session.error.type)

    def _invalid(self, refusal: Refusal) -> Outcome:
        return Outcome(
            result=Result.INVALID,
            snapshot=self._snapshot,
            reason=refusal.reason.value,
            translation=translation_of_refusal(refusal),
        )

    async def _async_failed(self, result: Result, error: EnodeError, translation: Translation) -> Outcome:
        """The order failed. Where it was sent, what is held may be what was wrong with it: it is read again."""
        if self._sent_at is not None:
            with suppress(EnodeError, KeyError):
                await self._coordinator.async_read_now(self._key)
            self._coordinator.async_reread_soon([self._key])
        return Outcome(
            result=result,
            snapshot=self._snapshot,
            reason=words_of(error) or translation_key(error),
            translation=translation,
        )


def _translation(key: str, **placeholders: str) -> Translation:
    return Translation(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)
