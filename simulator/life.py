"""The seeded life of a car: to work and back, to the cabin, now and then a fast charger on the road."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Literal

from .car import Place
from .schedule import zone

_SATURDAY = 5
_SUNDAY = 6
_FRIDAY = 4
_ROAD_KMH = 55


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """How somebody lives with a car; times are local, `jitter` is in minutes, 0 weeks or days = never."""

    timezone_name: str
    home: Place
    depart: time = time(7, 20)
    arrive: time = time(16, 40)
    jitter: int = 25
    commute_km: int = 36
    weekend_km: int = 50
    plug_in_chance: float = 0.95
    cabin: Place | None = None
    cabin_weeks: int = 0
    cabin_km: int = 150
    fast_charge_days: int = 0
    fast_charge_watts: int = 60_000
    road: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """One thing that happens to the car at a moment (UTC)."""

    at: datetime
    what: Literal["drive", "plug_in", "plug_out"]
    to: Place | None = None
    metres: int = 0
    duration: timedelta = timedelta()
    watts: int | None = None


class Life:
    """Tells what happens next; the same for the same seed and day, whatever came before."""

    def __init__(self, seed: str, habits: Habits, *, since: datetime) -> None:
        """Begin at `since` (UTC); deeds before it are left out."""
        self.habits = habits
        self._seed = seed
        self._since = since
        self._day = since.astimezone(zone(habits.timezone_name)).date()
        self._deeds = self._deeds_after(since)

    @property
    def next_due(self) -> datetime:
        """When the next thing happens."""
        while not self._deeds:
            self._day += timedelta(days=1)
            self._deeds = self._deeds_after(self._since)
        return self._deeds[0].at

    def take(self, now: datetime) -> Deed | None:
        """Return the next deed that is due, None if there is none yet."""
        return self._deeds.pop(0) if self.next_due <= now else None

    def _deeds_after(self, since: datetime) -> list[Deed]:
        return [deed for deed in self._make_day(self._day) if deed.at > since]

    def _make_day(self, day: date) -> list[Deed]:
        habits = self.habits
        rng = Random(f"{self._seed}:{day.isoformat()}")
        weekday = day.weekday()
        cabin = habits.cabin if self._is_cabin_week(day) else None
        leave = self._at(day, habits.depart, rng)
        back = self._at(day, habits.arrive, rng)
        if back <= leave + timedelta(hours=1):
            # Somebody who comes home in the morning and leaves in the evening: the day turned round.
            leave = back - timedelta(hours=4)
        every = habits.fast_charge_days
        fast = every > 0 and day.toordinal() % every == len(self._seed) % every
        km = habits.commute_km if weekday < _SATURDAY else habits.weekend_km
        metres = int(km * 1000 * rng.uniform(0.85, 1.2))
        plugs_in = rng.random() < habits.plug_in_chance
        if weekday == _FRIDAY and cabin is not None:
            there = self._trip(back, cabin, habits.cabin_km * 1000)
            away = self._there_and_back(leave, back - timedelta(minutes=30), metres, rng, fast=False)[:-1]
            return [*away, there, Deed(at=there.at + there.duration + timedelta(minutes=3), what="plug_in")]
        if weekday == _SATURDAY and cabin is not None:
            return []
        if weekday == _SUNDAY and cabin is not None:
            return self._way_home(self._at(day, time(14, 0), rng), rng)
        deeds = self._there_and_back(leave, back, metres, rng, fast=fast)
        if plugs_in:
            deeds.append(Deed(at=back + timedelta(minutes=4), what="plug_in"))
        return deeds

    def _is_cabin_week(self, day: date) -> bool:
        weeks = self.habits.cabin_weeks
        return weeks > 0 and (day.toordinal() - 1) // 7 % weeks == 0

    def _at(self, day: date, clock: time, rng: Random) -> datetime:
        local = datetime.combine(day, clock, tzinfo=zone(self.habits.timezone_name))
        return local.astimezone(UTC) + timedelta(seconds=rng.randint(-self.habits.jitter * 60, self.habits.jitter * 60))

    def _trip(self, at: datetime, to: Place, metres: int) -> Deed:
        return Deed(at=at, what="drive", to=to, metres=metres, duration=timedelta(hours=metres / 1000 / _ROAD_KMH))

    def _there_and_back(self, leave: datetime, back: datetime, metres: int, rng: Random, *, fast: bool) -> list[Deed]:
        """Drive off, stand somewhere, and be home at `back`; perhaps by way of a fast charger."""
        road = rng.choice(self.habits.road) if self.habits.road else None
        away = road or self.habits.home
        way_there = self._trip(leave, away, metres // 2)
        way_back = self._trip(back, self.habits.home, metres // 2)
        room = (back - leave) / 3
        way_there = _shorten(way_there, room)
        way_back = _shorten(way_back, room)
        way_back = _moved(way_back, back - way_back.duration)
        deeds = [way_there]
        if fast and road is not None:
            start = way_there.at + way_there.duration + timedelta(minutes=rng.randint(2, 20))
            minutes = min(timedelta(minutes=rng.randint(14, 34)), room / 2)
            deeds += [
                Deed(at=start, what="plug_in", watts=self.habits.fast_charge_watts),
                Deed(at=start + minutes, what="plug_out"),
            ]
        return [*deeds, way_back]

    def _way_home(self, leave: datetime, rng: Random) -> list[Deed]:
        """From the cabin home, with a fast charger half-way."""
        road = rng.choice(self.habits.road) if self.habits.road else self.habits.home
        first = self._trip(leave, road, self.habits.cabin_km * 500)
        arrived = first.at + first.duration
        stay = timedelta(minutes=rng.randint(15, 35))
        second = self._trip(arrived + stay + timedelta(minutes=4), self.habits.home, self.habits.cabin_km * 500)
        return [
            first,
            Deed(at=arrived + timedelta(minutes=2), what="plug_in", watts=self.habits.fast_charge_watts),
            Deed(at=arrived + timedelta(minutes=2) + stay, what="plug_out"),
            second,
            Deed(at=second.at + second.duration + timedelta(minutes=4), what="plug_in"),
        ]


def _shorten(deed: Deed, longest: timedelta) -> Deed:
    if deed.duration <= longest:
        return deed
    return Deed(at=deed.at, what=deed.what, to=deed.to, metres=deed.metres, duration=longest)


def _moved(deed: Deed, at: datetime) -> Deed:
    return Deed(at=at, what=deed.what, to=deed.to, metres=deed.metres, duration=deed.duration)
