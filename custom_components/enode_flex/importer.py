"""Feeds the ledgers and the external statistics with everything that Enode ever told.

That is the whole history at first setup, what was missed after downtime, and from then on what the coordinator reads.
Each vehicle has a book: the sessions of the last weeks with what each adds to which hour. A book is opened from Enode's
history and the statistics as they are written; the rows that differ from it are written, nothing else. It is opened
anew once a day, so that late corrections and rows that somebody deleted are put right without being asked for.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import logging

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from . import statistics
from .api.errors import EnodeError, RateLimitedError
from .api.models import Session, SessionState
from .const import DOMAIN
from .coordinator import HISTORY_HELD, EnodeFlexConfigEntry
from .entity import device_info
from .hourly import ENERGY, HOUR, Hours, Kind, Meter, changed_rows, contributions, first_hour, quarter_to_come, total
from .ledger import MICRO, first_currency
from .snapshot import VehicleSnapshot
from .sources import SourceName
from .statistics import Recorded

_LOGGER = logging.getLogger(__name__)

#: Sessions that ended within this time before the newest counted one are read again whenever a book is opened.
REPAIRED_WITHIN = timedelta(days=14)
#: A book is opened anew after this time.
BOOK_LASTS = timedelta(days=1)
#: After a failure it is tried again after this time, or after the longer one that Enode asks for.
RETRY_AFTER = timedelta(minutes=10)
#: A quarter that is over is told by the poll after it: it is looked for this long after its end.
QUARTER_GRACE = timedelta(seconds=90)
#: No more than this many sessions are read of one vehicle: more than ten years of daily charging.
SESSIONS_READ = 5000
#: So many sessions are worked on before the event loop gets its turn.
SESSIONS_AT_ONCE = 20

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Entered:
    """A session as it was entered, and what it adds."""

    session: Session
    added: Mapping[Meter, Hours]


@dataclass(slots=True)
class _Book:
    """What is known of one vehicle's sessions, complete from the hour ``since`` on.

    ``earlier``: what an earlier book says, where nothing has to be worked out again.
    """

    source: SourceName
    opened_at: datetime
    since: datetime = _EARLIEST
    entered: dict[str, _Entered] = field(default_factory=dict)
    earlier: Mapping[str, _Entered] = field(default_factory=dict)
    recorded: dict[Meter, Recorded] = field(default_factory=dict)

    def enter(self, session: Session, read_at: datetime) -> None:
        """Take over the newest word on a session."""
        before = self.entered.get(session.id) or self.earlier.get(session.id)
        if before is not None and before.session.state == SessionState.SETTLED:
            if session.state != SessionState.SETTLED:
                # A picture from before the session ended, that came late.
                return
            if before.session is session or before.session == session:
                self.entered[session.id] = before
                return
        self.entered[session.id] = _Entered(session, contributions(session, read_at))

    def hours(self, meter: Meter) -> Hours:
        """All sessions' amounts of a meter by hour."""
        return total(entered.added.get(meter, {}) for entered in self.entered.values())

    @property
    def meters(self) -> set[Meter]:
        """The meters that any session adds to."""
        return {meter for entered in self.entered.values() for meter in entered.added}


class HistoryImporter:
    """Keeps the ledgers and the external statistics of one entry's vehicles."""

    def __init__(self, hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._ledgers = entry.runtime_data.ledgers
        self._books: dict[str, _Book] = {}
        self._not_before: dict[str, datetime] = {}
        self._failed: set[str] = set()
        self._dirty = False
        self._running = False
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Begin, and go on until the entry is unloaded. Nothing that fails in here reaches the entry."""
        self._entry.async_on_unload(self._coordinator.async_add_listener(self._wake))
        self._entry.async_on_unload(self._stop_timer)
        self._wake()

    @callback
    def _wake(self) -> None:
        self._dirty = True
        if not self._running:
            self._running = True
            self._entry.async_create_background_task(
                self._hass, self._async_run(), f"{DOMAIN} history", eager_start=False
            )

    async def _async_run(self) -> None:
        try:
            while self._dirty:
                self._dirty = False
                for key in list(self._coordinator.data.vehicles):
                    await self._async_update(key)
            self._plan_timer()
        finally:
            self._running = False

    async def _async_update(self, key: str) -> None:
        """Bring one vehicle up to date; what goes wrong is logged once and tried again."""
        now = dt_util.utcnow()
        if self._not_before.get(key, now) > now:
            return
        try:
            await self._async_bring_up_to_date(key, now)
        except EnodeError as error:
            patience = timedelta(seconds=error.retry_after or 0) if isinstance(error, RateLimitedError) else RETRY_AFTER
            self._tell_failure(key, now + max(RETRY_AFTER, patience), error)
        except Exception as error:  # noqa: BLE001 - statistics are an addition: whatever breaks them must break nothing else
            self._books.pop(key, None)
            self._tell_failure(key, now + RETRY_AFTER, error)
        else:
            self._not_before.pop(key, None)
            if key in self._failed:
                self._failed.discard(key)
                _LOGGER.info("The charging history of a vehicle of '%s' is complete again", self._entry.title)

    def _tell_failure(self, key: str, again_at: datetime, error: Exception) -> None:
        self._not_before[key] = again_at
        if key not in self._failed:
            self._failed.add(key)
            _LOGGER.warning(
                "The charging history of a vehicle of '%s' could not be imported (%s); it is tried again",
                self._entry.title,
                error if isinstance(error, EnodeError) else type(error).__name__,
            )
            if not isinstance(error, EnodeError):
                _LOGGER.debug("What went wrong with the import", exc_info=error)

    async def _async_bring_up_to_date(self, key: str, now: datetime) -> None:
        snapshot = self._coordinator.data.vehicles.get(key)
        if snapshot is None or snapshot.sessions_at is None:
            return
        book = self._books.get(key)
        if book is None or self._is_outdated(book, snapshot, now):
            book = self._books[key] = await self._async_open(snapshot, now)
            # What was read just now may correct what the coordinator held.
            snapshot = self._coordinator.data.vehicles.get(key, snapshot)
        read_at = snapshot.sessions_at or now
        for session in (*snapshot.live_sessions, *snapshot.history):
            book.enter(session, read_at)
        if statistics.has_recorder(self._hass):
            await self._async_write(book, snapshot)

    def _is_outdated(self, book: _Book, snapshot: VehicleSnapshot, now: datetime) -> bool:
        """Whether a book misses something, or may."""
        if book.source is not self._coordinator.account.source_name(snapshot.vehicle):
            return True
        if now - book.opened_at >= BOOK_LASTS:
            return True
        # More sessions ended since the last look than the coordinator holds.
        return len(snapshot.history) >= HISTORY_HELD and not any(it.id in book.entered for it in snapshot.history)

    async def _async_open(self, snapshot: VehicleSnapshot, now: datetime) -> _Book:
        """Open a vehicle's book: read what Enode tells of the time that is not settled for good.

        Everything when the ledger is new or the statistic is empty, else the last weeks before what was counted last.
        """
        key, source = snapshot.key, self._coordinator.account.source_name(snapshot.vehicle)
        recorder = statistics.has_recorder(self._hass)
        energy_id = statistics.statistic_id(key, ENERGY, None)
        last = await statistics.async_last_hour(self._hass, energy_id) if recorder else None
        known_until = [at for at in (last, self._ledgers.counted_until(key)) if at is not None]
        is_whole = not self._ledgers.is_open(key) or (recorder and last is None) or not known_until
        since = None if is_whole else min(known_until) - REPAIRED_WITHIN
        read = await self._coordinator.account.async_history(snapshot.vehicle, since=since, limit=SESSIONS_READ)
        earlier = self._books.get(key)
        book = _Book(source=source, opened_at=now, earlier=earlier.entered if earlier is not None else {})
        for number, session in enumerate(read, start=1):
            book.enter(session, now)
            if number % SESSIONS_AT_ONCE == 0:
                await asyncio.sleep(0)
        book.earlier = {}
        if recorder:
            await self._async_find_start(book, [*read, *snapshot.live_sessions], energy_id, last)
        await self._async_count(book, snapshot, read, now, since)
        self._coordinator.async_take_history(key, read, complete_since=since)
        return book

    async def _async_find_start(
        self, book: _Book, sessions: Iterable[Session], energy_id: str, last: datetime | None
    ) -> None:
        """Find the hour from which on the sessions tell everything; up to there the statistic holds."""
        start = first_hour(sessions)
        if start is None:
            # Nothing is told any more: what is written stays, and new sessions come after it.
            book.since = last + HOUR if last is not None else _EARLIEST
        else:
            book.since = start
        recorded = await statistics.async_read(self._hass, energy_id, book.since)
        if start in recorded.rows and recorded.before:
            # The first hour may hold energy of an earlier session too, one that was not read.
            recorded.before = recorded.rows[start].sum
            book.since += HOUR
        book.recorded[ENERGY] = recorded

    async def _async_count(
        self, book: _Book, snapshot: VehicleSnapshot, read: Sequence[Session], now: datetime, since: datetime | None
    ) -> None:
        """Count what was read; a new ledger goes on where the statistic stands."""
        key = snapshot.key
        sessions = [*snapshot.live_sessions, *read]
        if self._ledgers.is_open(key):
            self._ledgers.count(key, sessions, source=book.source, at=now, complete_since=since)
            return
        for session in snapshot.live_sessions:
            book.enter(session, snapshot.sessions_at or now)
        recorded = book.recorded.get(ENERGY, Recorded())
        early = sum(amount for hour, amount in book.hours(ENERGY).items() if hour < book.since)
        currency = None
        if statistics.has_recorder(self._hass):
            # The statistics that outlived an earlier entry know the first currency.
            cost_id = statistics.statistic_id(key, Meter(Kind.COST), None)
            currency = await statistics.async_unit_of(self._hass, cost_id)
        self._ledgers.open(
            key,
            sessions,
            base=max(0, recorded.before - early) / MICRO,
            currency=currency or first_currency(sessions),
            source=book.source,
        )

    async def _async_write(self, book: _Book, snapshot: VehicleSnapshot) -> None:
        """Write the rows that are not yet as the book says."""
        first = self._ledgers.currency(snapshot.key)
        for meter in sorted(book.meters, key=lambda meter: (meter.kind, meter.currency or "")):
            of = statistics.statistic_id(snapshot.key, meter, first)
            if (recorded := book.recorded.get(meter)) is None:
                recorded = book.recorded[meter] = await statistics.async_read(self._hass, of, book.since)
            rows = changed_rows(book.hours(meter), recorded.rows, before=recorded.before, since=book.since)
            if rows:
                await statistics.async_write(self._hass, of, meter, self._name(snapshot), rows)
                recorded.rows.update((row.start, row) for row in rows)

    def _name(self, snapshot: VehicleSnapshot) -> str:
        """The vehicle's name as its owner reads it."""
        device = dr.async_get(self._hass).async_get_device_by_identifier((DOMAIN, snapshot.key), self._entry.entry_id)
        name = (device.name_by_user or device.name) if device is not None else None
        return name or str(device_info(snapshot.key, snapshot.vehicle)["name"])

    # -- what happens although nothing new is read ---------------------------------------------------------------------

    def _plan_timer(self) -> None:
        self._stop_timer()
        now = dt_util.utcnow()
        due = [*self._not_before.values(), *(book.opened_at + BOOK_LASTS for book in self._books.values())]
        for snapshot in self._coordinator.data.vehicles.values():
            for session in snapshot.live_sessions:
                end = quarter_to_come(session, snapshot.sessions_at or now)
                if end is not None:
                    due.append(end + QUARTER_GRACE)
        coming = min((at for at in due if at > now), default=None)
        if coming is not None:
            job = HassJob(self._on_timer, f"{DOMAIN} history timer", cancel_on_shutdown=True)
            self._cancel_timer = async_track_point_in_utc_time(self._hass, job, coming)

    @callback
    def _on_timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._wake()

    @callback
    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
