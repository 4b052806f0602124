"""What Enode's cloud sees of a car, and when it looks (contract 10)."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta

from .car import Car, Condition
from .model import Capability, Seen
from .settings import WorldSettings
from .units import MICROJOULES_PER_KWH, floor_second
from .visit import Visit

# Enode's dotted names of what is seen, for updatedFields (contract 7.2).
_FIELDS = {
    "last_seen": "lastSeen",
    "is_reachable": "isReachable",
    "battery_level": "chargeState.batteryLevel",
    "range_km": "chargeState.range",
    "is_plugged_in": "chargeState.isPluggedIn",
    "is_charging": "chargeState.isCharging",
    "is_fully_charged": "chargeState.isFullyCharged",
    "battery_capacity_kwh": "chargeState.batteryCapacity",
    "charge_limit": "chargeState.chargeLimit",
    "charge_rate_kw": "chargeState.chargeRate",
    "charge_time_remaining_min": "chargeState.chargeTimeRemaining",
    "charge_state_updated": "chargeState.lastUpdated",
    "max_current": "chargeState.maxCurrent",
    "power_delivery_state": "chargeState.powerDeliveryState",
    "plugged_in_charger_id": "chargeState.pluggedInChargerId",
    "location_id": "location.id",
    "latitude": "location.latitude",
    "longitude": "location.longitude",
    "location_updated": "location.lastUpdated",
    "odometer_km": "odometer.distance",
    "odometer_updated": "odometer.lastUpdated",
}
_VOLTS = 230


class Cloud:
    """Decides when to look at one car, and keeps what was seen."""

    def __init__(self, car: Car, settings: WorldSettings, capabilities: dict[str, Capability]) -> None:
        """Look at once."""
        self.seen_visit: Visit | None = None
        self.connected = True
        self._car = car
        self._settings = settings
        self._capabilities = capabilities
        self._pending: list[datetime] = []
        self._last_look = car.now
        self._noticed: Condition = car.condition
        self._seen_condition: Condition = car.condition
        self._quiet_since = car.now
        self._next_look = car.now + self._interval()
        self._location_updated = self._odometer_updated = floor_second(car.now)
        self._seen_place, self._seen_odometer = self._whereabouts()
        self.seen = self._picture(car.now)

    def next_due(self, *, told: Callable[[], bool]) -> datetime | None:
        """Return when the cloud looks next; `told` says whether anybody listens to looks that change nothing else."""
        if not self.connected:
            return None
        dues = list(self._pending)
        if self._settings.cloud_delay is None:
            dues.append(self._next_look)
        elif self._sees_charging and told():
            # The picture moves by itself then (`refresh_numbers`): a look is only worth its event.
            dues.append(self._last_look + self._settings.cloud_charging)
        return min(dues, default=None)

    @property
    def _sees_charging(self) -> bool:
        return self._seen_condition.power_delivery_state == "PLUGGED_IN:CHARGING"

    def _interval(self) -> timedelta:
        """Return how long Enode waits after a look, by what it saw then."""
        if self._sees_charging:
            return self._settings.cloud_charging
        if self._last_look - self._quiet_since >= self._settings.asleep_after:
            return self._settings.cloud_asleep
        return self._settings.cloud_idle

    def notice(self, now: datetime, *, ordered: bool) -> bool:
        """Take note of a change of the car, so that it is seen in time; `ordered`: Enode itself caused it.

        Returns whether there was one.
        """
        condition = self._car.condition
        if condition == self._noticed:
            return False
        self._noticed = condition
        self._quiet_since = now
        if self._settings.cloud_delay is not None:
            self._pending.append(now + self._settings.cloud_delay)
        elif ordered:
            self._pending.append(now + self._settings.command_visible_after)
        return True

    def look_at(self, due: datetime) -> None:
        """Order a look."""
        self._pending.append(due)

    def look(self, now: datetime) -> None:
        """See the car as it is now."""
        self._pending = [due for due in self._pending if due > now]
        self._last_look = now
        self._seen_condition = self._car.condition
        # Fixed now: what the car does meanwhile cannot move a look into the past.
        self._next_look = now + self._interval()
        self.seen_visit = self._car.visit
        place, odometer = self._whereabouts()
        if (place, odometer) != (self._seen_place, self._seen_odometer):
            at = floor_second(now)
            self._location_updated = at if place != self._seen_place else self._location_updated
            self._odometer_updated = at if odometer != self._seen_odometer else self._odometer_updated
            self._seen_place, self._seen_odometer = place, odometer
        self.seen = self._picture(now)

    def refresh_numbers(self, now: datetime) -> None:
        """With a fixed delay: let the numbers follow the car, though nothing else is seen yet."""
        if not self.connected or self._settings.cloud_delay is None:
            return
        picture = self._picture(now)
        flows = self.seen.is_charging and picture.is_charging
        self.seen = replace(
            self.seen,
            last_seen=picture.last_seen,
            battery_level=picture.battery_level,
            range_km=picture.range_km,
            charge_state_updated=picture.charge_state_updated,
            charge_rate_kw=picture.charge_rate_kw if flows else None,
            charge_time_remaining_min=picture.charge_time_remaining_min if flows else None,
        )

    def set_connected(self, connected: bool, now: datetime) -> None:
        """Lose the car, or find it again."""
        self.connected = connected
        self.seen = replace(self.seen, is_reachable=connected)
        if connected:
            self._next_look = now + (self._settings.cloud_delay or self._settings.command_visible_after)
            self._pending = [self._next_look]

    def _whereabouts(self) -> tuple[str | None, int]:
        """Return the id of the location and what the odometer shows (km)."""
        return None if self._car.drive is not None else self._car.place.location_id, self._car.odometer // 1000

    def _can(self, name: str) -> bool:
        capability = self._capabilities.get(name)
        return capability is None or capability.is_capable

    def _picture(self, now: datetime) -> Seen:
        car = self._car
        battery = car.battery
        state = car.power_delivery_state
        charging = state == "PLUGGED_IN:CHARGING"
        remaining = None
        if charging:
            needed = battery.curve().time_to(battery.energy, battery.at(battery.limit), car.supply)
            remaining = None if needed is None else round(needed / 60_000_000)
        at = floor_second(now)
        place_id, odometer = self._whereabouts()
        tell, tell_place, tell_odometer = self._can("chargeState"), self._can("location"), self._can("odometer")
        return Seen(
            last_seen=at,
            is_reachable=self.connected,
            battery_level=battery.level if tell else None,
            range_km=battery.energy * 1000 // (MICROJOULES_PER_KWH * car.consumption_wh_km) if tell else None,
            is_plugged_in=car.visit is not None if tell else None,
            is_charging=charging if tell else None,
            is_fully_charged=(car.visit is not None and battery.is_full) if tell else None,
            battery_capacity_kwh=round(battery.capacity / MICROJOULES_PER_KWH, 3) if tell else None,
            charge_limit=battery.limit if tell else None,
            charge_rate_kw=round(car.watts / 1000, 2) if tell and charging else None,
            charge_time_remaining_min=remaining if tell else None,
            charge_state_updated=at if tell else None,
            max_current=round(car.onboard_watts / _VOLTS) if tell else None,
            power_delivery_state=state if tell else "UNKNOWN",
            plugged_in_charger_id=None,
            location_id=place_id if tell_place else None,
            latitude=car.place.latitude if tell_place else None,
            longitude=car.place.longitude if tell_place else None,
            location_updated=self._location_updated if tell_place else None,
            odometer_km=odometer if tell_odometer else None,
            odometer_updated=self._odometer_updated if tell_odometer else None,
        )


def changed_fields(before: Seen, after: Seen) -> tuple[str, ...]:
    """Return Enode's names of what differs between two looks."""
    return tuple(
        _FIELDS[field.name] for field in fields(Seen) if getattr(before, field.name) != getattr(after, field.name)
    )
