"""What of each session was counted: the meter behind ``energy_total``, which never falls.

The truth is what Enode tells of each session, newest word first. The meter shows the highest truth there ever was: a
correction downwards is held back until later energy makes up for it, and late energy lands when it is told. Energies
are whole milliwatt-hours, so that no order of sums can make a difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import math
from types import MappingProxyType
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .api.models import Session, SessionState
from .charging import delivered, measures
from .const import DOMAIN
from .sources import SourceName

#: One kWh, and one unit of money, in the whole numbers that are summed.
MICRO = 1_000_000
#: So many sessions of a vehicle are kept apart (more than a year of daily charging); older ones are one number.
SESSIONS_KEPT = 500
#: The stored ledger may be this many seconds behind; what was not written is told again by Enode.
SAVE_DELAY = 120

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The newest word on one session: energy in mWh, and when it ended (UTC seconds; None while it is live)."""

    energy: int
    left_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The meter of one vehicle.

    ``base``: energy that is not in ``sessions`` (folded, or of a time that Enode no longer tells), mWh.
    ``closed_until``: sessions that ended up to here and are not in ``sessions`` are in ``base`` (UTC seconds).
    ``total``: what the meter shows, mWh. ``currency``: the first valuation's. ``source``: who told them (``teller``).
    """

    base: int = 0
    sessions: Mapping[str, Counted] = field(default_factory=lambda: MappingProxyType({}))
    closed_until: float | None = None
    total: int = 0
    currency: str | None = None
    source: str | None = None

    @property
    def truth(self) -> int:
        """What Enode tells at this moment, mWh: below the total while a correction is held back."""
        return self.base + sum(counted.energy for counted in self.sessions.values())


def opened(sessions: Iterable[Session], *, base: int, currency: str | None, source: str) -> Ledger:
    """The ledger of a vehicle that has none yet: everything that Enode tells, on top of ``base`` (mWh)."""
    return count(Ledger(base=base, total=max(0, base), currency=currency, source=source), sessions)


def count(ledger: Ledger, sessions: Iterable[Session], *, complete_since: datetime | None = None) -> Ledger:
    """Take over the newest word on these sessions; the very same ledger when they tell nothing new.

    ``complete_since``: the sessions are all that are live or ended from then on, so what is not among them was taken
    back, or goes by another name now.
    """
    told = list(sessions)
    known = dict(ledger.sessions)
    if complete_since is not None:
        here = {session.id for session in told}
        known = {
            key: counted for key, counted in known.items() if key in here or _end(counted) < complete_since.timestamp()
        }
    for session in told:
        entry = _counted(session)
        before = known.get(session.id)
        if entry is None or (before is None and _is_closed(ledger, session)):
            continue
        if before is not None and before.left_at is not None and entry.left_at is None:
            # A picture from before the session ended, that came late.
            continue
        known[session.id] = entry
    currency = ledger.currency or first_currency(told)
    if known == ledger.sessions and currency == ledger.currency:
        return ledger
    changed = _folded(replace(ledger, sessions=MappingProxyType(known), currency=currency), SESSIONS_KEPT)
    return replace(changed, total=max(ledger.total, changed.truth))


def teller(source: SourceName) -> str:
    """Who gives sessions their ids: classic and plain vehicles share one log of visits, Flex has ids of its own."""
    return "flex" if source is SourceName.FLEX else "seen"


def switched(ledger: Ledger, source: str, at: datetime) -> Ledger:
    """Close the books of one source before another one tells the same visits under ids of its own."""
    if ledger.source == source:
        return ledger
    closed = _folded(ledger, 0)
    return replace(closed, source=source, closed_until=max(closed.closed_until or 0.0, at.timestamp()))


def first_currency(sessions: Iterable[Session]) -> str | None:
    """The currency of the earliest session whose valuation is complete."""
    valued = [session for session in sessions if is_valued(session)]
    earliest = min(valued, key=lambda session: (_seconds(session.plugged_in_at) or 0.0, session.id), default=None)
    return earliest.valuation.currency if earliest is not None and earliest.valuation is not None else None


def is_valued(session: Session) -> bool:
    """Whether all numbers of a session's valuation exist (contract, 12)."""
    value = session.valuation
    return value is not None and bool(value.currency) and None not in (value.actual, value.baseline, value.savings)


def _counted(session: Session) -> Counted | None:
    kwh = delivered(session, measures(session))
    if kwh is None or not math.isfinite(kwh):
        return None
    if session.state != SessionState.SETTLED:
        return Counted(energy=round(kwh * MICRO))
    return Counted(energy=round(kwh * MICRO), left_at=_seconds(session.plugged_out_at) or 0.0)


def _is_closed(ledger: Ledger, session: Session) -> bool:
    """Whether a session belongs to a time whose sessions are no longer told apart."""
    since = session.plugged_out_at if session.state == SessionState.SETTLED else session.plugged_in_at
    return ledger.closed_until is not None and since is not None and since.timestamp() <= ledger.closed_until


def _folded(ledger: Ledger, keep: int) -> Ledger:
    """Keep the newest sessions apart and make one number of the others."""
    if len(ledger.sessions) <= keep:
        return ledger
    order = sorted(ledger.sessions.items(), key=lambda item: (_end(item[1]), item[0]))
    old, new = order[: len(order) - keep], order[len(order) - keep :]
    ends = [counted.left_at for _, counted in old if counted.left_at is not None]
    return replace(
        ledger,
        base=ledger.base + sum(counted.energy for _, counted in old),
        sessions=MappingProxyType(dict(new)),
        closed_until=max([*ends, ledger.closed_until or 0.0]),
    )


def _end(counted: Counted) -> float:
    return math.inf if counted.left_at is None else counted.left_at


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None


class _StoredLedger(TypedDict):
    base: int
    sessions: dict[str, tuple[int, float | None]]
    closed_until: float | None
    total: int
    currency: str | None
    source: str | None


class _Stored(TypedDict):
    vehicles: dict[str, _StoredLedger]


class Ledgers:
    """The ledgers of one entry's vehicles by key, stored.

    A vehicle has no ledger until ``open`` was called with its whole history: its total would start with a part of the
    truth and then jump, which Home Assistant would take for consumption of that very hour.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[_Stored] = Store(hass, _VERSION, f"{DOMAIN}.{entry_id}.ledger", atomic_writes=True)
        self._ledgers: dict[str, Ledger] = {}
        self._unsaved = False

    async def async_load(self) -> None:
        """Read what was counted in earlier runs."""
        if (stored := await self._store.async_load()) is not None:
            self._ledgers = {key: _restored(ledger) for key, ledger in stored["vehicles"].items()}

    async def async_flush(self) -> None:
        """Write at once what is not written yet."""
        if self._unsaved:
            await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything: the entry is gone."""
        await self._store.async_remove()

    def is_open(self, key: str) -> bool:
        """Whether the vehicle's whole history was counted once."""
        return key in self._ledgers

    def total(self, key: str) -> float | None:
        """What the vehicle's meter shows (kWh); None before its history was read."""
        ledger = self._ledgers.get(key)
        return round(ledger.total / MICRO, 3) if ledger is not None else None

    def currency(self, key: str) -> str | None:
        """The currency of the vehicle's first valuation."""
        ledger = self._ledgers.get(key)
        return ledger.currency if ledger is not None else None

    def counted_until(self, key: str) -> datetime | None:
        """When the newest counted session ended (UTC)."""
        ledger = self._ledgers.get(key)
        if ledger is None:
            return None
        ends = [counted.left_at for counted in ledger.sessions.values()] + [ledger.closed_until]
        newest = max((end for end in ends if end), default=None)
        return datetime.fromtimestamp(newest, UTC) if newest is not None else None

    @callback
    def open(
        self, key: str, sessions: Iterable[Session], *, base: float, currency: str | None, source: SourceName
    ) -> None:
        """Begin the ledger of a vehicle with its whole history on top of ``base`` (kWh)."""
        self._put(key, opened(sessions, base=round(base * MICRO), currency=currency, source=teller(source)))

    @callback
    def count(
        self,
        key: str,
        sessions: Iterable[Session],
        *,
        source: SourceName,
        at: datetime,
        complete_since: datetime | None = None,
    ) -> None:
        """Count sessions of a vehicle whose ledger is open; ``at``: when they were read."""
        if (ledger := self._ledgers.get(key)) is not None:
            ledger = switched(ledger, teller(source), at)
            self._put(key, count(ledger, sessions, complete_since=complete_since))

    def _put(self, key: str, ledger: Ledger) -> None:
        if self._ledgers.get(key) is ledger:
            return
        self._ledgers[key] = ledger
        if not self._unsaved:
            # Only the first change sets the clock: a car that charges for hours must not put the writing off.
            self._unsaved = True
            self._store.async_delay_save(self._data, SAVE_DELAY)

    def _data(self) -> _Stored:
        self._unsaved = False
        return _Stored(vehicles={key: _storable(ledger) for key, ledger in self._ledgers.items()})


def _storable(ledger: Ledger) -> _StoredLedger:
    return _StoredLedger(
        base=ledger.base,
        sessions={key: (counted.energy, counted.left_at) for key, counted in ledger.sessions.items()},
        closed_until=ledger.closed_until,
        total=ledger.total,
        currency=ledger.currency,
        source=ledger.source,
    )


def _restored(stored: _StoredLedger) -> Ledger:
    return Ledger(
        base=stored["base"],
        sessions=MappingProxyType(
            {key: Counted(energy=energy, left_at=left_at) for key, (energy, left_at) in stored["sessions"].items()}
        ),
        closed_until=stored["closed_until"],
        total=stored["total"],
        currency=stored["currency"],
        source=stored["source"],
    )
