"""What was told of each vehicle, and how it looked at last: so that a restart loses nothing and repeats nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .charging import Picture, ToldError
from .const import DOMAIN

_VERSION = 1
#: The store may be this many seconds behind; Home Assistant writes it when it stops.
_SAVE_DELAY = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is remembered of one vehicle. ``announced``: for each lead time (minutes) the last ready-by announced."""

    picture: Picture
    errors: tuple[ToldError, ...] = ()
    announced: Mapping[str, str] = field(default_factory=dict)


class ToldStore:
    """What was told of the vehicles of one entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.{entry_id}.told", private=True)
        self._told: dict[str, Told] = {}

    async def async_load(self) -> None:
        """Read what was told before."""
        for key, stored in (await self._store.async_load() or {}).items():
            self._told[key] = Told(
                picture=Picture.from_dict(stored["picture"]),
                errors=tuple(ToldError(**error) for error in stored["errors"]),
                announced=stored["announced"],
            )

    async def async_save(self) -> None:
        """Write at once: the entry is unloaded."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything: the entry is gone."""
        await self._store.async_remove()

    def get(self, key: str) -> Told | None:
        """What is remembered of a vehicle; None at the very first look."""
        return self._told.get(key)

    @callback
    def set(self, key: str, told: Told) -> None:
        """Remember."""
        if self._told.get(key) != told:
            self._told[key] = told
            self._store.async_delay_save(self._data, _SAVE_DELAY)

    @callback
    def _data(self) -> dict[str, Any]:
        return {
            key: {
                "picture": told.picture.as_dict(),
                "errors": [asdict(error) for error in told.errors],
                "announced": dict(told.announced),
            }
            for key, told in self._told.items()
        }
