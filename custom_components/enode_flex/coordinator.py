"""When Enode is asked for what, and the one immutable snapshot that everything else reads.

One coordinator serves an entry. Vehicles, live sessions and history each have their own due times (polling.py); a
refresh reads what is due and nothing else. What changes only because time passes (a block starts, ready-by passes,
data grows stale) is recomputed by a timer at that very instant, without a request.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .api.errors import AuthenticationError, EnodeError, RateLimitedError, ServerError
from .api.models import Session, Vehicle
from .charging import Charging, Command, derive, is_active, select_policy, select_session
from .const import DOMAIN
from .exceptions import update_failed
from .identity import VehicleIdentities
from .ledger import Ledgers
from .polling import HISTORY_INTERVAL, PollingPlan, rereads
from .snapshot import AccountSnapshot, VehicleSnapshot
from .sources import Account, VehicleSessions

_LOGGER = logging.getLogger(__name__)

type EnodeFlexConfigEntry = ConfigEntry[EnodeFlexCoordinator]

#: Settled sessions held in memory for each vehicle; older ones are read when somebody asks for them.
HISTORY_HELD = 30
#: Enode may correct a settled session: those that ended within this time before the newest are read again.
CORRECTED_WITHIN = timedelta(days=2)
#: A vehicle must be missing in this many lists in a row before its device goes.
MISSES_UNTIL_GONE = 2
#: The loop's timers are allowed to be this much early.
_SLACK = timedelta(seconds=1)
#: A session that just settled may be missing in the list for a moment: so often, this long apart, it is looked for.
_SETTLED_RETRIES = 5
_SETTLED_RETRY_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class _Tracked:
    """What is held of one vehicle between two refreshes."""

    key: str
    vehicle: Vehicle
    vehicle_at: datetime
    sessions_due: datetime
    history_due: datetime
    sessions: VehicleSessions = field(default_factory=VehicleSessions)
    sessions_at: datetime | None = None
    history: tuple[Session, ...] = ()
    awaited: str | None = None
    awaited_retries: int = 0
    ever_seen: bool = False
    rereads: list[datetime] = field(default_factory=list)
    command: Command | None = None
    error: EnodeError | None = None

    @property
    def is_active(self) -> bool:
        """Whether a session is under way."""
        return any(is_active(session) for session in self.sessions.live)


class EnodeFlexCoordinator(DataUpdateCoordinator[AccountSnapshot]):
    """Polls the vehicles and sessions of one entry."""

    config_entry: EnodeFlexConfigEntry

    def __init__(self, hass: HomeAssistant, entry: EnodeFlexConfigEntry, account: Account) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"{DOMAIN} {entry.title}", always_update=False)
        self.account = account
        self.plan = PollingPlan.from_options(entry.options)
        self.ledgers = Ledgers(hass, entry.entry_id)
        self._identities = VehicleIdentities(hass, entry.entry_id)
        self._tracked: dict[str, _Tracked] = {}
        self._vehicles_due: datetime | None = None
        self._not_before: tuple[datetime, EnodeError] | None = None
        self._missing: dict[str, int] = {}
        self._skipped: set[str] = set()
        self._told_flex_refused = False
        self._vehicles_error: EnodeError | None = None
        self._reading = asyncio.Lock()
        self._unsub_boundary: CALLBACK_TYPE | None = None

    # -- for the layers above ------------------------------------------------------------------------------------------

    @callback
    def async_reread_soon(self, keys: Iterable[str], *, watch_for: float = 0) -> None:
        """Read the sessions of these vehicles again 2, 10 and 30 s from now, and on for ``watch_for`` seconds.

        Calls close together do not add up: the last one decides.
        """
        now = dt_util.utcnow()
        for key in keys:
            if (tracked := self._tracked.get(key)) is not None:
                tracked.rereads = [now + after for after in rereads(timedelta(seconds=watch_for))]
                tracked.sessions_due = tracked.rereads[0]
        self._plan_next()
        if self._listeners:
            self._schedule_refresh()

    async def async_read_now(self, key: str, *, vehicles: bool = False) -> VehicleSnapshot:
        """Read the sessions of one vehicle at once, and all ``vehicles`` too, and return its fresh snapshot.

        Several calls at the same time read one after the other, and what one has read for another is not read again.

        Raises:
            EnodeError: they could not be read.
            KeyError: the vehicle is gone.
        """
        now = dt_util.utcnow()
        self._tracked[key].sessions_due = now
        if vehicles:
            self._vehicles_due = now
        async with self._reading:
            if _is_due(self._tracked[key].sessions_due, now) or (vehicles and _is_due(self._vehicles_due, now)):
                await self.async_refresh()
        if (error := self._tracked[key].error) is not None:
            raise error
        if self._not_before is not None:
            raise self._not_before[1]
        if not self.last_update_success and self.last_exception is not None:
            # Such as credentials that are no longer good: then no vehicle was read at all.
            cause = self.last_exception.__cause__
            if isinstance(cause, EnodeError):
                raise cause
        return self.data.vehicles[key]

    @callback
    def async_take_history(self, key: str, sessions: Iterable[Session], *, complete_since: datetime | None) -> None:
        """Take over settled sessions that somebody else read and counted (importer.py).

        ``complete_since``: they are all that ended from then on; without it, all that there are.
        """
        if (tracked := self._tracked.get(key)) is not None:
            since = complete_since.timestamp() if complete_since is not None else 0.0
            tracked.history = tuple(session for session in tracked.history if _settled_order(session) < since)
            _hold(tracked, sessions)
        self._recompute()

    async def async_read_all_now(self) -> None:
        """Read vehicles and sessions of all of them at once, and ask for Flex again where it was refused.

        Raises:
            EnodeError: the vehicles could not be read.
        """
        self.account.ask_flex_again()
        self._make_all_due()
        await self.async_refresh()
        error = self._not_before[1] if self._not_before is not None else self._vehicles_error
        if error is not None:
            raise error

    @override
    async def async_request_refresh(self) -> None:
        """Read vehicles and sessions because somebody asks for it (homeassistant.update_entity), due or not."""
        self._make_all_due()
        await super().async_request_refresh()

    @callback
    def _make_all_due(self) -> None:
        now = dt_util.utcnow()
        self._vehicles_due = now
        for tracked in self._tracked.values():
            tracked.sessions_due = now

    @contextmanager
    def command_under_way(self, key: str, command: Command) -> Iterator[None]:
        """Let charging_status tell that a command is being worked on."""
        self._set_command(key, command)
        try:
            yield
        finally:
            self._set_command(key, None)

    @callback
    def _set_command(self, key: str, command: Command | None) -> None:
        if (tracked := self._tracked.get(key)) is not None:
            tracked.command = command
            self._recompute()

    # -- refreshing ----------------------------------------------------------------------------------------------------

    @override
    async def _async_setup(self) -> None:
        await self._identities.async_load()
        await self.ledgers.async_load()

    @override
    async def _async_update_data(self) -> AccountSnapshot:
        """Read what is due.

        Raises:
            ConfigEntryAuthFailed: the credentials are no longer good.
            UpdateFailed: nothing that was due could be read, or Enode asks for patience (its Retry-After is passed on).
        """
        now = dt_util.utcnow()
        if self._not_before is not None:
            until, asked = self._not_before
            if now < until:
                failure = update_failed(asked)
                failure.retry_after = (until - now).total_seconds()  # type: ignore[union-attr]  # never an auth error
                raise failure
            self._not_before = None
        try:
            errors, succeeded = await self._read_due(now)
        except AuthenticationError as error:
            raise update_failed(error) from error
        except (RateLimitedError, ServerError) as error:
            # Only errors that name a time come here: see _note.
            self._not_before = (now + timedelta(seconds=error.retry_after or 0), error)
            raise update_failed(error) from error
        finally:
            self._plan_next()
        if errors and not succeeded:
            raise update_failed(errors[0]) from errors[0]
        return self._snapshot()

    async def _read_due(self, now: datetime) -> tuple[list[EnodeError], int]:
        """Read everything that is due; the errors of the parts that failed, and how many parts did not."""
        errors: list[EnodeError] = []
        succeeded = 0
        if _is_due(self._vehicles_due, now):
            error = await self._read_vehicles(now)
            if error is None:
                succeeded += 1
            else:
                errors.append(self._note(error))
        due = [tracked for tracked in self._tracked.values() if _is_due(tracked.sessions_due, now)]
        for tracked, error in zip(
            due, await asyncio.gather(*(self._read_sessions(it, now) for it in due)), strict=True
        ):
            succeeded += error is None
            if error is not None:
                errors.append(self._note(error))
            self._tell_change(tracked, error)
        due = [tracked for tracked in self._tracked.values() if _is_due(tracked.history_due, now)]
        for error in await asyncio.gather(*(self._read_history(it, now) for it in due)):
            succeeded += error is None
            if error is not None:
                errors.append(self._note(error))
        return errors, succeeded

    @staticmethod
    def _note(error: EnodeError) -> EnodeError:
        """Pass an error on as a failed part, unless it concerns every request to come."""
        if isinstance(error, AuthenticationError):
            raise error
        if isinstance(error, RateLimitedError) or (isinstance(error, ServerError) and error.retry_after is not None):
            raise error
        return error

    async def _read_vehicles(self, now: datetime) -> EnodeError | None:
        try:
            vehicles = await self.account.async_vehicles(now, keys_of=self._identities.keys_of)
        except EnodeError as error:
            self._vehicles_due = now + self.plan.vehicles_idle
            if not self._tracked:
                # Nothing to show yet: this is the first refresh, which must fail as a whole.
                raise update_failed(error) from error
            if self._vehicles_error is None:
                _LOGGER.warning("The list of vehicles could not be read (%s); what is known stays", error)
            self._vehicles_error = error
            return error
        if self._vehicles_error is not None:
            _LOGGER.info("The list of vehicles can be read again")
            self._vehicles_error = None
        self._tell_flex()
        keys = self._identities.keys_of(vehicles)
        for vehicle in vehicles:
            if not self._belongs_to_earlier_entry(keys[vehicle.id]):
                self._track(keys[vehicle.id], vehicle, now)
        self._forget_missing({keys[vehicle.id] for vehicle in vehicles} - self._skipped)
        active = any(tracked.is_active for tracked in self._tracked.values())
        self._vehicles_due = now + (self.plan.vehicles_active if active else self.plan.vehicles_idle)
        return None

    def _track(self, key: str, vehicle: Vehicle, now: datetime) -> None:
        tracked = self._tracked.get(key)
        if tracked is None:
            self._tracked[key] = _Tracked(key=key, vehicle=vehicle, vehicle_at=now, sessions_due=now, history_due=now)
            return
        if _plug(vehicle) != _plug(tracked.vehicle) or vehicle.id != tracked.vehicle.id:
            # Enode's session follows the plug by seconds to minutes.
            tracked.rereads = [now + after for after in rereads()]
            tracked.sessions_due = now
        tracked.vehicle = vehicle
        tracked.vehicle_at = now

    def _forget_missing(self, present: set[str]) -> None:
        """Let vehicles go, with their devices, that were missing twice in a row."""
        registry = dr.async_get(self.hass)
        devices = {
            identifier: device
            for device in dr.async_entries_for_config_entry(registry, self.config_entry.entry_id)
            for domain, identifier in device.identifiers
            if domain == DOMAIN
        }
        for key in set(self._tracked) | set(devices):
            if key in present:
                self._missing.pop(key, None)
                continue
            self._missing[key] = self._missing.get(key, 0) + 1
            if self._missing[key] >= MISSES_UNTIL_GONE:
                self._missing.pop(key)
                self._tracked.pop(key, None)
                if key in devices:
                    registry.async_remove_device(devices[key].id)

    def _belongs_to_earlier_entry(self, key: str) -> bool:
        """Whether an entry that was made before this one shows the vehicle already: it stays there."""
        registry = dr.async_get(self.hass)
        for entry in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False):
            if entry.entry_id == self.config_entry.entry_id or entry.created_at > self.config_entry.created_at:
                continue
            if dr.async_entries_for_config_entry(registry, entry.entry_id) and any(
                (DOMAIN, key) in device.identifiers
                for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
            ):
                if key not in self._skipped:
                    self._skipped.add(key)
                    _LOGGER.warning(
                        "A vehicle of '%s' is already shown by '%s' and is left out here",
                        self.config_entry.title,
                        entry.title,
                    )
                return True
        self._skipped.discard(key)
        return False

    async def _read_sessions(self, tracked: _Tracked, now: datetime) -> EnodeError | None:
        was_active = {session.id for session in tracked.sessions.live if is_active(session)}
        try:
            sessions = await self.account.async_sessions(tracked.vehicle)
        except EnodeError as error:
            tracked.sessions_due = now + self.plan.sessions_active
            return error
        tracked.sessions = sessions
        tracked.sessions_at = now
        self._count(tracked, sessions.live, now)
        tracked.ever_seen = tracked.ever_seen or bool(sessions.live)
        for ended in was_active - {session.id for session in sessions.live if is_active(session)}:
            tracked.history_due = now
            tracked.awaited, tracked.awaited_retries = ended, _SETTLED_RETRIES
        tracked.rereads = [time for time in tracked.rereads if time > now + _SLACK]
        regular = now + (self.plan.sessions_active if tracked.is_active else self.plan.sessions_idle)
        tracked.sessions_due = min([*tracked.rereads, regular])
        return None

    async def _read_history(self, tracked: _Tracked, now: datetime) -> EnodeError | None:
        tracked.history_due = now + HISTORY_INTERVAL
        newest = next((session.plugged_out_at for session in tracked.history if session.plugged_out_at), None)
        since = newest - CORRECTED_WITHIN if newest is not None else None
        try:
            read = await self.account.async_history(tracked.vehicle, since=since, limit=HISTORY_HELD)
        except EnodeError as error:
            return error
        self._count(tracked, read, now)
        _hold(tracked, read)
        if tracked.awaited is not None:
            tracked.awaited_retries -= 1
            if any(session.id == tracked.awaited for session in tracked.history) or tracked.awaited_retries <= 0:
                tracked.awaited = None
            else:
                tracked.history_due = now + _SETTLED_RETRY_AFTER
        return None

    def _count(self, tracked: _Tracked, sessions: Iterable[Session], now: datetime) -> None:
        """Enter sessions into the vehicle's ledger, once that is open (importer.py)."""
        self.ledgers.count(tracked.key, sessions, source=self.account.source_name(tracked.vehicle), at=now)

    def _tell_change(self, tracked: _Tracked, error: EnodeError | None) -> None:
        """Log once that a vehicle's sessions cannot be read, and once that they can again."""
        if error is not None and tracked.error is None:
            _LOGGER.warning("The sessions of a vehicle of '%s' could not be read (%s)", self.config_entry.title, error)
        elif error is None and tracked.error is not None:
            _LOGGER.info("The sessions of a vehicle of '%s' can be read again", self.config_entry.title)
        tracked.error = error

    def _tell_flex(self) -> None:
        refused = self.account.flex_refused_since is not None
        if refused and not self._told_flex_refused:
            _LOGGER.info(
                "Enode Flex is not enabled for the client of '%s': its vehicles are shown without Flex sessions",
                self.config_entry.title,
            )
        self._told_flex_refused = refused

    def _plan_next(self) -> None:
        """Set the interval so that the next refresh comes when the next thing is due."""
        now = dt_util.utcnow()
        due = [self._vehicles_due or now]
        for tracked in self._tracked.values():
            due += [tracked.sessions_due, tracked.history_due]
        self.update_interval = max(_SLACK, min(due) - now)

    # -- the snapshot --------------------------------------------------------------------------------------------------

    def _snapshot(self) -> AccountSnapshot:
        now = dt_util.utcnow()
        return AccountSnapshot(vehicles={key: self._vehicle_snapshot(it, now) for key, it in self._tracked.items()})

    def _vehicle_snapshot(self, tracked: _Tracked, now: datetime) -> VehicleSnapshot:
        sessions = tracked.sessions
        live = select_session(sessions.policies, sessions.live, tracked.vehicle)
        last_settled = tracked.history[0] if tracked.history else None
        return VehicleSnapshot(
            key=tracked.key,
            vehicle=tracked.vehicle,
            source=sessions.source,
            policies=sessions.policies,
            policy=select_policy(sessions.policies, live, tracked.vehicle),
            live_sessions=sessions.live,
            live=live,
            history=tracked.history,
            charging=derive(
                vehicle=tracked.vehicle,
                policies=sessions.policies,
                live=live,
                last_settled=last_settled,
                now=now,
                data_at=tracked.sessions_at,
                command=tracked.command,
                ever_seen=tracked.ever_seen,
            ),
            vehicle_available=now - tracked.vehicle_at < self.plan.stale_after,
            sessions_available=tracked.sessions_at is not None and now - tracked.sessions_at < self.plan.stale_after,
            vehicle_at=tracked.vehicle_at,
            sessions_at=tracked.sessions_at,
            energy_total=self.ledgers.total(tracked.key),
            currency=self.ledgers.currency(tracked.key),
            smart_charging=self.account.smart_charging(tracked.vehicle),
        )

    @callback
    def _recompute(self) -> None:
        """Derive everything anew for this instant, from what is held."""
        before = self.data
        self.data = self._snapshot()
        self._schedule_boundary()
        if self.data != before:
            self.async_update_listeners()

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        self._schedule_boundary()

    @callback
    def _schedule_boundary(self) -> None:
        """Wake at the next instant at which something changes only because time passes."""
        self._cancel_boundary()
        # The data is missing while the first refresh failed, whatever its type says.
        if self._shutdown_requested or not self._has_data:
            return
        now = dt_util.utcnow()
        instants: list[datetime] = []
        for snapshot in self.data.vehicles.values():
            if snapshot.charging.next_boundary is not None:
                instants.append(snapshot.charging.next_boundary)
            instants += [
                at + self.plan.stale_after for at in (snapshot.vehicle_at, snapshot.sessions_at) if at is not None
            ]
        coming = [instant for instant in instants if instant > now]
        if coming:
            self._unsub_boundary = async_track_point_in_utc_time(self.hass, self._handle_boundary, min(coming))

    @property
    def _has_data(self) -> bool:
        return isinstance(self.data, AccountSnapshot)

    @callback
    def _handle_boundary(self, _now: datetime) -> None:
        self._unsub_boundary = None
        self._recompute()

    @callback
    def _cancel_boundary(self) -> None:
        if self._unsub_boundary is not None:
            self._unsub_boundary()
            self._unsub_boundary = None

    @override
    async def async_shutdown(self) -> None:
        await super().async_shutdown()
        self._cancel_boundary()
        await self.ledgers.async_flush()


def _is_due(due: datetime | None, now: datetime) -> bool:
    return due is None or due <= now + _SLACK


def _plug(vehicle: Vehicle) -> tuple[bool | None, str | None, str | None]:
    """What of a vehicle announces a change of its session."""
    return (vehicle.charge_state.is_plugged_in, vehicle.charge_state.power_delivery_state, vehicle.location.id)


def _hold(tracked: _Tracked, read: Iterable[Session]) -> None:
    """Keep the newest settled sessions, each as it was read last."""
    held = {session.id: session for session in tracked.history} | {session.id: session for session in read}
    tracked.history = tuple(sorted(held.values(), key=_settled_order, reverse=True)[:HISTORY_HELD])
    tracked.ever_seen = tracked.ever_seen or bool(tracked.history)


def _settled_order(session: Session) -> float:
    return session.plugged_out_at.timestamp() if session.plugged_out_at else 0.0


__all__ = ["Charging", "EnodeFlexConfigEntry", "EnodeFlexCoordinator"]
