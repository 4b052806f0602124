"""Where visits are kept that only this integration has seen (sources/visits.py), so that a restart loses none."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN

_VERSION = 1


class VisitStorage:
    """The ``SourceStorage`` of an entry: no VIN and no coordinates are in it."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.{entry_id}.visits", atomic_writes=True)

    async def async_load(self) -> dict[str, Any]:
        """What was stored last; empty at first."""
        return await self._store.async_load() or {}

    async def async_save(self, data: dict[str, Any]) -> None:
        """Store; it is written before this returns. That is seldom: when a plug or a level is seen to change."""
        await self._store.async_save(data)

    async def async_remove(self) -> None:
        """Forget it all: the entry is removed."""
        await self._store.async_remove()
