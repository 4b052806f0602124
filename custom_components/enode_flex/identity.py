"""Which device a vehicle is, whatever id Enode gives it today.

The key of a vehicle is the id under which it was first seen. A re-link gives the same car a new id at Enode: it is
known again by its user and VIN, and the key, with device, entities, ledger and statistics, goes on. Of the VIN only a
salted hash is kept.
"""

from collections.abc import Mapping, Sequence
import hashlib
import secrets
from typing import TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .api.models import Vehicle
from .const import DOMAIN

_VERSION = 1


class _Known(TypedDict):
    vehicle_id: str
    user_id: str | None
    vin_hash: str | None


class _Stored(TypedDict):
    salt: str
    vehicles: dict[str, _Known]


class VehicleIdentities:
    """The keys of one entry's vehicles, stored."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store: Store[_Stored] = Store(hass, _VERSION, f"{DOMAIN}.{entry_id}.identity", private=True)
        self._salt = secrets.token_hex(16)
        self._known: dict[str, _Known] = {}

    async def async_load(self) -> None:
        """Read what is known from earlier."""
        if (stored := await self._store.async_load()) is not None:
            self._salt = stored["salt"]
            self._known = stored["vehicles"]

    async def async_remove(self) -> None:
        """Forget everything: the entry is gone."""
        await self._store.async_remove()

    def keys_of(self, vehicles: Sequence[Vehicle]) -> Mapping[str, str]:
        """Key by vehicle id for all present vehicles; a re-linked one takes over the key of the id that vanished."""
        present = {vehicle.id for vehicle in vehicles}
        by_id = {known["vehicle_id"]: key for key, known in self._known.items()}
        keys: dict[str, str] = {}
        changed = False
        for vehicle in vehicles:
            vin_hash = self._hash(vehicle)
            key = by_id.get(vehicle.id)
            if key is None:
                key = self._relinked(vehicle, vin_hash, present) or vehicle.id
            known = _Known(vehicle_id=vehicle.id, user_id=vehicle.user_id, vin_hash=vin_hash)
            before = self._known.get(key)
            if before is not None and vin_hash is None:
                # A poll without the VIN must not forget the one that was seen.
                known["vin_hash"] = before["vin_hash"]
            if before != known:
                self._known[key] = known
                changed = True
            keys[vehicle.id] = key
        if changed:
            self._store.async_delay_save(self._data, 1)
        return keys

    def _relinked(self, vehicle: Vehicle, vin_hash: str | None, present: set[str]) -> str | None:
        """The key of the same user's car with the same VIN whose id is no longer there."""
        if vin_hash is None:
            return None
        for key, known in self._known.items():
            if (
                known["vin_hash"] == vin_hash
                and known["user_id"] == vehicle.user_id
                and known["vehicle_id"] not in present
            ):
                return key
        return None

    def _hash(self, vehicle: Vehicle) -> str | None:
        vin = vehicle.information.vin
        return hashlib.sha256(f"{self._salt}{vin}".encode()).hexdigest() if vin else None

    def _data(self) -> _Stored:
        return _Stored(salt=self._salt, vehicles=self._known)
