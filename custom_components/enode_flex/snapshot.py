"""The one immutable picture of each vehicle that everything above the coordinator reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .api.models import Policy, Session, Vehicle
from .charging import Charging
from .sources import SourceName


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleSnapshot:
    """What is known of one vehicle, and what it means.

    ``key``: the identity of the device (identity.py); ``vehicle.id`` is Enode's id of today.
    ``policies``, ``live_sessions``: all of them; ``policy``, ``live``: the ones that count (charging.select_*).
    ``history``: settled sessions, newest first, as far as they are held.
    ``energy_total``: what the vehicle's meter shows (kWh, ledger.py), None until its history was read.
    ``currency``: the one of the first valuation that was ever told.
    ``smart_charging``: whether classic smart charging is on; None where it is not the source.
    ``vehicle_available``, ``sessions_available``: the data behind is not older than the entry's stale_after.
    ``vehicle_at``, ``sessions_at``: when Enode was last read (UTC). They do not take part in comparisons, for a poll
    that brought nothing new must not wake every listener.
    """

    key: str
    vehicle: Vehicle
    source: SourceName
    policies: tuple[Policy, ...] = ()
    policy: Policy | None = None
    live_sessions: tuple[Session, ...] = ()
    live: Session | None = None
    history: tuple[Session, ...] = ()
    charging: Charging
    energy_total: float | None = None
    currency: str | None = None
    smart_charging: bool | None = None
    vehicle_available: bool = True
    sessions_available: bool = True
    vehicle_at: datetime | None = field(default=None, compare=False)
    sessions_at: datetime | None = field(default=None, compare=False)

    @property
    def last_settled(self) -> Session | None:
        """The session that ended last."""
        return self.history[0] if self.history else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """All vehicles of an entry by key."""

    vehicles: Mapping[str, VehicleSnapshot] = field(default_factory=dict)
