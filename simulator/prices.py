"""Seeded prices of electricity by zone: dear in the morning and the evening, cheap at night."""

from datetime import datetime, timedelta
from math import cos, pi
from random import Random

from .units import quarter_of

CURRENCY = {"NO": "NOK", "SE": "NOK", "DK": "NOK", "FI": "NOK", "EE": "NOK", "LV": "NOK", "LT": "NOK"}
_HOUR = timedelta(hours=1)


class Prices:
    """Hourly prices, the same for the same seed, zone and hour."""

    def __init__(self, seed: int, *, shift: timedelta = timedelta()) -> None:
        """Make prices; `shift` moves the shape of the day so much later (the demo's evening is always now)."""
        self.seed = seed
        self.shift = shift
        self._days: dict[tuple[str, int], list[float]] = {}

    def price(self, zone: str, at: datetime) -> float:
        """Return the price per kWh in the zone's currency in the quarter of `at` (UTC)."""
        quarter = quarter_of(at)
        key = (zone, quarter.toordinal())
        day = self._days.get(key)
        if day is None:
            day = self._days[key] = self._make_day(zone, quarter.replace(hour=0, minute=0))
        return day[quarter.hour]

    def currency(self, zone: str) -> str:
        """Return the ISO 4217 code of the zone's prices: NOK in the Nordics and Baltics, EUR elsewhere."""
        return CURRENCY.get(zone[:2], "EUR")

    def _make_day(self, zone: str, midnight: datetime) -> list[float]:
        rng = Random(f"{self.seed}:price:{zone}:{midnight.date().isoformat()}")
        scale = 1.0 if self.currency(zone) == "NOK" else 0.1
        level = rng.uniform(0.7, 1.5)
        prices = []
        for hour in range(24):
            # Central European clock time, without its summer time: prices need not be that exact.
            moment = midnight + hour * _HOUR - self.shift + _HOUR
            clock = moment.hour + moment.minute / 60
            dear = 0.35 * _peak(clock, 8, 3) + 0.55 * _peak(clock, 18.5, 3.5)
            cheap = 0.4 * _peak(clock, 22.5, 2) + 0.42 * _peak(clock, 3.5, 3.5)
            shape = 0.75 + dear - cheap
            prices.append(round(scale * max(0.02, level * shape + rng.uniform(-0.06, 0.06)), 4))
        return prices


def _peak(clock: float, middle: float, width: float) -> float:
    distance = abs((clock - middle + 12) % 24 - 12)
    return 0.0 if distance >= width else (1 + cos(pi * distance / width)) / 2
