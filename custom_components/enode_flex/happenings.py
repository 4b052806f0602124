"""Tells what happens to each vehicle, by dispatcher signals that outlive the entry.

Whoever listens (event entities, triggers, others) listens to a signal, not to a coordinator: a reload brings a new
coordinator, the signals stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .charging import Change, Command, ErrorHappening, Happening
from .charging.changes import PlannedBlock, Scalar, bearings, changes, error_changes, picture
from .command_run import Outcome, Result, signal_command_told
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .snapshot import VehicleSnapshot
from .told import Told, ToldStore

#: Every happening of every vehicle: (Happened). Triggers resolve their target when it comes.
SIGNAL_HAPPENED = f"{DOMAIN}_happened"
#: A new look at a vehicle was taken: (vehicle key).
SIGNAL_LOOKED = f"{DOMAIN}_looked"
#: After a start of Home Assistant its automations need a moment until they listen.
LISTENERS_NEED = 5


def signal_happened(key: str) -> str:
    """Dispatcher signal of one vehicle: (Happened)."""
    return f"{SIGNAL_HAPPENED}_{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something happened to the vehicle ``key``.

    ``data``: scalars, as an event shows them. ``windows``: planned blocks before and after, where the plan changed.
    ``during_downtime``: it was found at the first look after a restart or reload.
    """

    key: str
    kind: Happening | ErrorHappening
    data: Mapping[str, Scalar] = field(default_factory=dict)
    windows: tuple[Sequence[PlannedBlock], Sequence[PlannedBlock]] | None = None

    @property
    def during_downtime(self) -> bool:
        """Whether it arose while nobody looked."""
        return bool(self.data.get("during_downtime"))


class HappeningWatcher:
    """Compares every look at the vehicles of an entry with the look before."""

    def __init__(self, hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator: EnodeFlexCoordinator = entry.runtime_data
        self._store = ToldStore(hass, entry.entry_id)
        self._looked: set[str] = set()
        self._unsub_later: CALLBACK_TYPE | None = None

    async def async_start(self) -> None:
        """Begin to compare when the entry is loaded, or when Home Assistant has started and its automations listen."""
        await self._store.async_load()
        entry = self._entry
        self._hass.data.setdefault(_STORES, {})[entry.entry_id] = self._store
        entry.async_on_unload(self._stop)
        entry.async_on_unload(
            async_dispatcher_connect(self._hass, signal_command_told(entry.entry_id), self._command_told)
        )
        # Not is_running: that holds while Home Assistant still starts, too.
        if self._hass.state is CoreState.running:
            # Who is told something asks on at once, which a loaded entry alone can answer.
            entry.async_on_unload(entry.async_on_state_change(self._state_changed))
        else:
            entry.async_on_unload(async_at_started(self._hass, self._started))

    @callback
    def _state_changed(self) -> None:
        if self._entry.state is ConfigEntryState.LOADED:
            self._begin()

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._unsub_later = async_call_later(self._hass, LISTENERS_NEED, self._begin)

    @callback
    def _begin(self, _now: datetime | None = None) -> None:
        self._unsub_later = None
        self._entry.async_on_unload(self._coordinator.async_add_listener(self._look))
        self._look()

    @callback
    def _stop(self) -> None:
        if self._unsub_later is not None:
            self._unsub_later()
        self._hass.data[_STORES].pop(self._entry.entry_id, None)
        self._entry.async_create_task(self._hass, self._store.async_save(), f"{DOMAIN} told")

    @callback
    def _look(self) -> None:
        for key, snapshot in self._coordinator.data.vehicles.items():
            # Old data tells nothing new, and what it no longer tells has not ended.
            if snapshot.sessions_available and snapshot.sessions_at is not None:
                self._compare(key, snapshot)
                async_dispatcher_send(self._hass, SIGNAL_LOOKED, key)

    @callback
    def _compare(self, key: str, snapshot: VehicleSnapshot) -> None:
        now = dt_util.utcnow()
        told = self._store.get(key)
        before = told.picture if told is not None else None
        seen = picture(
            snapshot.charging,
            snapshot.live,
            snapshot.history,
            history_read=bool(snapshot.history) or snapshot.energy_total is not None,
            before=before,
        )
        first = key not in self._looked
        self._looked.add(key)
        if told is None or before is None:
            self._store.set(key, Told(picture=seen, errors=bearings(seen, snapshot.history, now)))
            return
        found, errors = error_changes(told.errors, seen, snapshot.history, before, now)
        happened = [*changes(before, seen, snapshot.history, now), *found]
        # First remembered, then told: what is told may cause a look of its own.
        self._store.set(key, replace(told, picture=seen, errors=errors))
        for change in happened:
            self._tell(snapshot, change, during_downtime=first)

    @callback
    def _tell(self, snapshot: VehicleSnapshot, change: Change, *, during_downtime: bool = False) -> None:
        data: dict[str, Scalar] = {"session_id": change.session, **change.data}
        if isinstance(change.kind, ErrorHappening):
            window = snapshot.charging.current_window or snapshot.charging.next_window
            data["block_start"] = window.start_at.isoformat() if window is not None else None
            data["block_end"] = window.end_at.isoformat() if window is not None else None
            data["missing_capabilities"] = ", ".join(snapshot.charging.missing_capabilities) or None
        if during_downtime:
            data["during_downtime"] = True
        happened = Happened(key=snapshot.key, kind=change.kind, data=data, windows=change.windows)
        async_dispatcher_send(self._hass, signal_happened(snapshot.key), happened)
        async_dispatcher_send(self._hass, SIGNAL_HAPPENED, happened)

    @callback
    def _command_told(self, key: str, command: Command, outcome: Outcome) -> None:
        snapshot = self._coordinator.data.vehicles.get(key)
        kind = _OF_RESULT.get(outcome.result)
        if snapshot is None or kind is None or command is not Command.STARTING:
            return
        session = snapshot.live.id if snapshot.live is not None else None
        data: dict[str, Scalar] = {} if kind is Happening.IMMEDIATE_START_CONFIRMED else {"reason": outcome.reason}
        self._tell(snapshot, Change(kind=kind, session=session, data=data))


_STORES = f"{DOMAIN}_told_stores"
_OF_RESULT = {
    Result.CONFIRMED: Happening.IMMEDIATE_START_CONFIRMED,
    Result.REFUSED: Happening.IMMEDIATE_START_REFUSED,
    Result.INVALID: Happening.IMMEDIATE_START_REFUSED,
}


@callback
def async_announced(hass: HomeAssistant, entry_id: str, key: str, lead: str) -> str | None:
    """The ready-by (ISO 8601) that was last announced with this lead time; None if it was never watched."""
    store: ToldStore | None = hass.data.get(_STORES, {}).get(entry_id)
    told = store.get(key) if store is not None else None
    return told.announced.get(lead) if told is not None else None


@callback
def async_set_announced(hass: HomeAssistant, entry_id: str, key: str, lead: str, ready_by: str) -> None:
    """Remember that this ready-by was announced with this lead time; empty: it is watched."""
    store: ToldStore | None = hass.data.get(_STORES, {}).get(entry_id)
    if store is not None and (told := store.get(key)) is not None:
        store.set(key, replace(told, announced={**told.announced, lead: ready_by}))
