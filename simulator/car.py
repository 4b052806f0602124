"""A car as it really is: where it stands, what it is plugged into, what flows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .battery import Battery
from .units import MICROSECOND, ceil_div, microseconds
from .visit import Meter, Stretch, Visit

INITIALIZING = timedelta(seconds=10)
# Driving never takes the last of the battery: somebody always finds a way to the next socket.
_LAST_PERCENT = 4
_STRONGEST_SOCKET = 22_000
_SHORTEST_DRIVE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a car can stand: a location (by id), or somewhere on the road (None). `watts` is what its socket gives."""

    location_id: str | None
    latitude: float
    longitude: float
    zone: str | None
    watts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Drive:
    """A drive under way; `watts` is what it takes from the battery."""

    ends_at: datetime
    to: Place
    watts: int
    metres: int


@dataclass(frozen=True, slots=True)
class Condition:
    """What a look at the car shows, apart from numbers that move by themselves."""

    visit: int | None
    power_delivery_state: str
    location_id: str | None
    driving: bool
    limit: int


@dataclass(kw_only=True, slots=True, eq=False)
class Car:
    """The physics of one car; `now` is how far it has lived, powers in W, `odometer` in metres."""

    now: datetime
    battery: Battery
    onboard_watts: int
    consumption_wh_km: int
    place: Place
    odometer: int
    visit: Visit | None = None
    drive: Drive | None = None
    # What it is told to do, and what keeps it from doing so.
    wanted: bool = False
    start_blocked: bool = False
    stop_blocked: bool = False
    throttle: int | None = None
    # Visits that ended and that the cloud has not been told of yet.
    ended: list[Visit] = field(default_factory=list)
    meters: dict[str | None, Meter] = field(default_factory=dict)
    visits: int = 0
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def supply(self) -> int:
        """What the place where it is plugged in gives it, in W."""
        if self.visit is None:
            return 0
        return self.visit.watts if self.throttle is None else min(self.visit.watts, self.throttle)

    @property
    def is_charging(self) -> bool:
        """Whether energy flows into the battery."""
        if self.visit is None or self.start_blocked or self.battery.is_full:
            return False
        return self.wanted or self.stop_blocked

    @property
    def watts(self) -> int:
        """The power that flows into the battery."""
        return self.battery.curve().watts(self.battery.energy, self.supply) if self.is_charging else 0

    @property
    def power_delivery_state(self) -> str:
        """Enode's word for what the cable does (contract 4)."""
        if self.visit is None:
            return "UNPLUGGED"
        if self.is_charging:
            return "PLUGGED_IN:CHARGING"
        if self.battery.is_full:
            return "PLUGGED_IN:COMPLETE"
        if self.now < self.visit.started_at + INITIALIZING:
            return "PLUGGED_IN:INITIALIZING"
        return "PLUGGED_IN:STOPPED"

    @property
    def condition(self) -> Condition:
        """What a look at the car shows, apart from numbers that move by themselves."""
        return Condition(
            self.visit.number if self.visit else None,
            self.power_delivery_state,
            None if self.drive else self.place.location_id,
            self.drive is not None,
            self.battery.limit,
        )

    @property
    def next_change(self) -> datetime | None:
        """When the car will next change by itself."""
        if self.drive is not None:
            return self.drive.ends_at
        if self.visit is None:
            return None
        due = None
        if self.is_charging:
            change = self.battery.curve().next_change(self.battery.energy)
            watts = self.watts
            if change is not None and watts > 0:
                due = self.now + ceil_div(change - self.battery.energy, watts) * MICROSECOND
        elif self.now < self.visit.started_at + INITIALIZING:
            due = self.visit.started_at + INITIALIZING
        return due

    def advance(self, to: datetime) -> int:
        """Live until `to`, at most the next change; returns the energy (microjoules) that was charged."""
        duration = microseconds(to - self.now)
        if duration <= 0:
            return 0
        charged = 0
        if self.drive is not None:
            self.battery.energy -= self.drive.watts * duration
            if to >= self.drive.ends_at:
                self.place = self.drive.to
                self.odometer += self.drive.metres
                self.drive = None
        elif self.visit is not None and (watts := self.watts) > 0:
            charged = watts * duration
            self.visit.meter.add(self.now, duration, watts)
            self.meters.setdefault(self.visit.zone, Meter()).add(self.now, duration, watts)
            self._stretch(self.visit, to).meter.add(self.now, duration, watts)
            self.battery.energy += charged
        self.now = to
        return charged

    def _stretch(self, visit: Visit, to: datetime) -> Stretch:
        """Return the stretch of consumption that goes on until `to`."""
        last = self.stretches[-1] if self.stretches else None
        if last is None or last.ended_at != self.now or last.location_id != visit.location_id:
            last = Stretch(location_id=visit.location_id, zone=visit.zone, started_at=self.now, ended_at=self.now)
            self.stretches.append(last)
        last.ended_at = to
        return last

    def stand_at(self, place: Place) -> None:
        """Stand somewhere as if by magic; ends a drive."""
        self.drive = None
        self.place = place

    def plug_in(self, *, managed: bool, watts: int | None = None) -> None:
        """Plug in where it stands; an unmanaged car begins to charge by itself."""
        supply = self.place.watts if watts is None else watts
        # More than an AC socket gives is direct current, which passes the onboard charger by.
        power = supply if supply > _STRONGEST_SOCKET else min(supply, self.onboard_watts)
        self.visits += 1
        self.visit = Visit(
            number=self.visits,
            started_at=self.now,
            battery_from=self.battery.energy,
            watts=power,
            location_id=self.place.location_id,
            zone=self.place.zone,
            managed=managed,
        )
        self.wanted = not managed

    def plug_out(self) -> None:
        """Plug out."""
        if self.visit is None:
            return
        self.visit.ended_at = self.now
        self.visit.battery_to = self.battery.energy
        self.ended.append(self.visit)
        self.visit = None
        self.wanted = False
        self.throttle = None

    def split_visit(self, *, managed: bool) -> None:
        """Go on plugged in as a new visit, because somebody else has the say from now on."""
        if self.visit is None:
            return
        watts = self.visit.watts
        self.plug_out()
        self.plug_in(managed=managed, watts=watts)

    def drive_off(self, *, to: Place, metres: int, duration: timedelta) -> None:
        """Plug out and drive; arrives by itself."""
        self.plug_out()
        duration = max(duration, _SHORTEST_DRIVE)
        span = microseconds(duration)
        wanted = metres * self.consumption_wh_km * 3_600_000
        spare = max(0, self.battery.energy - self.battery.at(_LAST_PERCENT))
        self.drive = Drive(ends_at=self.now + duration, to=to, watts=min(wanted, spare) // span, metres=metres)
