"""The charging plan as a calendar: planned and running blocks of the live session, real ones of settled sessions."""

from datetime import datetime
import logging
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .api.errors import EnodeError
from .api.models import Session
from .charging.plan import PlanEntry, overlapping, plan_entries
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .entity import EnodeFlexEntity, async_add_for_each_vehicle
from .exceptions import translated_errors

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0

#: Settled sessions read at most when somebody pages back beyond what is held.
HISTORY_LIMIT = 400

CALENDAR = CalendarEntityDescription(key="charging_plan")


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the calendar of every vehicle."""
    texts = await async_get_translations(hass, hass.config.language, "common", [DOMAIN])
    async_add_for_each_vehicle(
        entry, async_add_entities, lambda coordinator, key: [ChargingPlanCalendar(coordinator, key, texts)]
    )


class ChargingPlanCalendar(EnodeFlexEntity, CalendarEntity):
    """The charging plan of a vehicle."""

    def __init__(self, coordinator: EnodeFlexCoordinator, key: str, texts: dict[str, str]) -> None:
        """Make the calendar; ``texts``: translations of the category ``common`` in the server's language."""
        super().__init__(coordinator, key, CALENDAR)
        self._texts = texts
        self._event = self._current_or_next()

    @property
    @override
    def event(self) -> CalendarEvent | None:
        return self._event

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self.vehicle_key in self.coordinator.data.vehicles:
            self._event = self._current_or_next()
        super()._handle_coordinator_update()

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """All entries of a span; history is read from Enode where the span goes back beyond what is held.

        Raises:
            HomeAssistantError: the history could not be read, and nothing is held of that time.
        """
        snapshot = self.snapshot
        settled = snapshot.history
        held_since = settled[-1].plugged_out_at if settled else None
        if held_since is None or start_date < held_since:
            with translated_errors():
                settled = await self._older(start_date, settled)
        entries = plan_entries([*settled, *snapshot.live_sessions], dt_util.utcnow())
        return [self._told(entry) for entry in overlapping(entries, start_date, end_date)]

    async def _older(self, since: datetime, held: tuple[Session, ...]) -> tuple[Session, ...]:
        """What is held and what Enode tells of the time before it; what is held alone when Enode cannot be asked."""
        try:
            return await self.coordinator.account.async_history(
                self.snapshot.vehicle, since=dt_util.as_utc(since), limit=HISTORY_LIMIT
            )
        except EnodeError as error:
            if not held:
                raise
            _LOGGER.warning("Older sessions could not be read for the calendar (%s)", error)
            return held

    def _current_or_next(self) -> CalendarEvent | None:
        now = dt_util.utcnow()
        live = self.snapshot.live
        entries = plan_entries([live] if live is not None else [], now)
        return next((self._told(entry) for entry in entries if entry.end_at > now), None)

    def _told(self, entry: PlanEntry) -> CalendarEvent:
        """An entry in words: type in the title, energy in the text."""
        if entry.window is None:
            title = self._text("calendar_unmanaged")
        elif entry.window.type is None:
            title = entry.window.raw_type or self._text("calendar_block")
        else:
            title = self._text(f"calendar_{entry.window.type.value}")
        if entry.tentative:
            title = self._text("calendar_tentative", title=title)
        if entry.kwh is None:
            description = None
        else:
            key = "calendar_planned_energy" if entry.tentative else "calendar_energy"
            description = self._text(key, kwh=f"{entry.kwh:.1f}")
        return CalendarEvent(
            uid=entry.uid, start=entry.start_at, end=entry.end_at, summary=title, description=description
        )

    def _text(self, key: str, **values: str) -> str:
        return self._texts[f"component.{DOMAIN}.common.{key}"].format(**values)
