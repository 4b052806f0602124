"""Repairs: what only a person can mend, told where Home Assistant tells such things, and withdrawn when it is mended.

A manager for each entry compares what should stand in the issue registry with what does, at every new snapshot. The
flows that look again before they close an issue are in repairs.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
import hashlib
import logging
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .api import unknown_words
from .api.errors import EnodeError
from .charging import ErrorWord, is_active
from .const import DOMAIN, REPOSITORY_URL
from .coordinator import EnodeFlexConfigEntry
from .snapshot import VehicleSnapshot
from .sources import SourceName

_LOGGER = logging.getLogger(__name__)

_STORE_VERSION = 1
#: So many sessions in a row in which charging did not start are no accident.
SESSIONS_IN_A_ROW = 3
#: A car that could not be reached, or was not seen, for so long has lost its link; cars asleep come back within hours.
UNREACHABLE_FOR = timedelta(days=1)
#: A refusal of Flex that lasts so long is no passing fault.
FLEX_LOST_AFTER = timedelta(days=1)
#: The vendor accounts of the users are asked for this often.
USERS_INTERVAL = timedelta(hours=6)


class IssueKind(StrEnum):
    """The kinds of issues: each is a key under ``issues`` in the translations."""

    MISSING_CAPABILITIES = "missing_capabilities"
    START_FAILED_REPEATEDLY = "start_failed_repeatedly"
    VEHICLE_UNREACHABLE = "vehicle_unreachable"
    CREDENTIALS_INVALID = "credentials_invalid"
    FLEX_ACCESS_LOST = "flex_access_lost"
    UNKNOWN_WORD = "unknown_word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue that should stand in the registry. ``about``: which vehicle, vendor or word it is about."""

    kind: IssueKind
    about: str
    severity: ir.IssueSeverity = ir.IssueSeverity.ERROR
    is_fixable: bool = True
    placeholders: dict[str, str] = field(default_factory=dict)
    learn_more_url: str | None = None

    def id_in(self, entry_id: str) -> str:
        """Its id in the registry; what it is about is told by a short hash, for it may be personal."""
        return f"{entry_id}.{self.kind}.{hashlib.sha256(self.about.encode()).hexdigest()[:12]}"


class _Stored(TypedDict):
    """``used_flex``: Flex was seen to work. ``failed``: ids of sessions in a row without a start, by vehicle."""

    used_flex: bool
    failed: dict[str, list[str]]


class IssueManager:
    """Keeps the issues of one entry."""

    def __init__(self, hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._store: Store[_Stored] = Store(hass, _STORE_VERSION, f"{DOMAIN}.{entry.entry_id}.issues", private=True)
        self._memory = _Stored(used_flex=False, failed={})
        self._invalid_vendors: frozenset[str] = frozenset()

    async def async_start(self) -> None:
        """Load what was seen before, check now, at every new snapshot, and the vendor accounts every few hours."""
        if (stored := await self._store.async_load()) is not None:
            self._memory = stored
        entry = self._entry
        entry.async_on_unload(entry.runtime_data.async_add_listener(self.check))
        entry.async_on_unload(async_track_time_interval(self._hass, self._check_users_at, USERS_INTERVAL))
        self.check()
        entry.async_create_background_task(self._hass, self.async_check_users(), f"{DOMAIN} vendor accounts")

    @callback
    def check(self) -> None:
        """Raise what should stand, and withdraw what should not any more."""
        wanted = {issue.id_in(self._entry.entry_id): issue for issue in self._wanted()}
        registry = ir.async_get(self._hass)
        prefix = f"{self._entry.entry_id}."
        for domain, issue_id in list(registry.issues):
            if domain == DOMAIN and issue_id.startswith(prefix) and issue_id not in wanted:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, issue in wanted.items():
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=issue.is_fixable,
                severity=issue.severity,
                translation_key=issue.kind,
                translation_placeholders=issue.placeholders,
                learn_more_url=issue.learn_more_url,
                data={"entry_id": self._entry.entry_id, "kind": issue.kind, "about": issue.about},
            )

    async def async_check_users(self) -> None:
        """Ask whether the vendor accounts still have valid credentials (contract, 6)."""
        try:
            users = await self._entry.runtime_data.account.async_users()
        except EnodeError as error:
            _LOGGER.debug("The vendor accounts could not be read (%s)", error)
            return
        self._invalid_vendors = frozenset(
            account.vendor
            for user in users
            for account in user.linked_vendors
            if account.vendor and account.is_valid is False
        )
        self.check()

    async def _check_users_at(self, _now: datetime) -> None:
        await self.async_check_users()

    def _wanted(self) -> Iterable[Issue]:
        coordinator = self._entry.runtime_data
        words: set[tuple[str, str]] = set()
        for snapshot in coordinator.data.vehicles.values():
            yield from self._of_vehicle(snapshot)
            words |= unknown_words(snapshot.vehicle)
            for session in (*snapshot.live_sessions, *snapshot.history[:1]):
                words |= unknown_words(session)
            if snapshot.source is SourceName.FLEX and not self._memory["used_flex"]:
                self._memory["used_flex"] = True
                self._save()
        for vendor in sorted(self._invalid_vendors):
            yield Issue(kind=IssueKind.CREDENTIALS_INVALID, about=vendor, placeholders={"vendor": vendor.title()})
        refused_at = coordinator.account.flex_refused_since
        if self._memory["used_flex"] and refused_at is not None and dt_util.utcnow() - refused_at >= FLEX_LOST_AFTER:
            yield Issue(kind=IssueKind.FLEX_ACCESS_LOST, about="flex")
        for name, word in sorted(words):
            yield Issue(
                kind=IssueKind.UNKNOWN_WORD,
                about=f"{name}={word}",
                severity=ir.IssueSeverity.WARNING,
                is_fixable=False,
                placeholders={"field": name, "word": word},
                learn_more_url=f"{REPOSITORY_URL}/issues",
            )

    def _of_vehicle(self, snapshot: VehicleSnapshot) -> Iterable[Issue]:
        name = vehicle_name(self._hass, self._entry, snapshot.key)
        if snapshot.charging.error is ErrorWord.MISSING_CAPABILITIES:
            yield Issue(kind=IssueKind.MISSING_CAPABILITIES, about=snapshot.key, placeholders={"vehicle": name})
        if len(self._failed_in_a_row(snapshot)) >= SESSIONS_IN_A_ROW:
            yield Issue(
                kind=IssueKind.START_FAILED_REPEATEDLY,
                about=snapshot.key,
                is_fixable=False,
                placeholders={"vehicle": name, "sessions": str(SESSIONS_IN_A_ROW)},
            )
        seen = snapshot.vehicle.last_seen
        if (
            snapshot.vehicle_available
            and snapshot.vehicle.is_reachable is False
            and seen is not None
            and dt_util.utcnow() - seen >= UNREACHABLE_FOR
        ):
            yield Issue(kind=IssueKind.VEHICLE_UNREACHABLE, about=snapshot.key, placeholders={"vehicle": name})

    def _failed_in_a_row(self, snapshot: VehicleSnapshot) -> list[str]:
        """Ids of the sessions in a row in which charging did not start, this one included; energy ends the row."""
        failed = self._memory["failed"].get(snapshot.key, [])
        before = list(failed)
        live = snapshot.live
        if live is not None and is_active(live):
            if snapshot.charging.error is ErrorWord.START_FAILED:
                if live.id not in failed:
                    failed = [*failed, live.id][-SESSIONS_IN_A_ROW:]
            elif (snapshot.charging.session_energy or 0) > 0:
                failed = []
        if failed != before:
            self._memory["failed"][snapshot.key] = failed
            self._save()
        return failed

    @callback
    def _save(self) -> None:
        self._store.async_delay_save(lambda: self._memory, 5)


def vehicle_name(hass: HomeAssistant, entry: EnodeFlexConfigEntry, key: str) -> str:
    """How the owner calls a vehicle."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, key), entry.entry_id)
    return (device.name_by_user or device.name or key) if device is not None else key


async def async_forget_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw every issue of an entry that is removed, and what was stored for them."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(f"{entry_id}."):
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    store: Store[_Stored] = Store(hass, _STORE_VERSION, f"{DOMAIN}.{entry_id}.issues", private=True)
    await store.async_remove()
