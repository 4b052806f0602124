"""A battery, and how it takes power. Whole numbers throughout (simulator/units.py)."""

from dataclasses import dataclass

from .units import MICROJOULES_PER_KWH, ceil_div

# Above these levels (percent) a battery takes only so many quarters of the supply.
_TAPER = ((90, 3), (95, 2))
_FULL_QUARTERS = 4


@dataclass(slots=True)
class Battery:
    """A battery: `capacity`, `energy` in microjoules, `limit` the charge limit in percent."""

    capacity: int
    energy: int
    limit: int = 100

    @classmethod
    def of(cls, *, kwh: float, level: float, limit: int = 100) -> Battery:
        """Return a battery of so many kWh at `level` percent."""
        capacity = round(kwh * MICROJOULES_PER_KWH)
        return cls(capacity=capacity, energy=round(capacity * level / 100), limit=limit)

    @property
    def level(self) -> int:
        """Whole percent, rounded down, as cars show it."""
        return level_of(self.energy, self.capacity)

    @property
    def is_full(self) -> bool:
        """Whether the charge limit is reached."""
        return self.energy >= self.at(self.limit)

    def at(self, percent: float) -> int:
        """Return the energy (microjoules) of a level."""
        if isinstance(percent, int):
            return ceil_div(self.capacity * percent, 100)
        return round(self.capacity * percent / 100)

    def curve(self) -> PowerCurve:
        """Return how the battery takes power up to its limit."""
        return PowerCurve(capacity=self.capacity, limit=self.at(self.limit))


def level_of(energy: int, capacity: int) -> int:
    """Return whole percent, rounded down."""
    return energy * 100 // capacity


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """How a battery of `capacity` takes power until it holds `limit` (both microjoules)."""

    capacity: int
    limit: int

    def watts(self, energy: int, supply: int) -> int:
        """Return the power (W) that it takes at this energy from a supply (W)."""
        if energy >= self.limit:
            return 0
        quarters = _FULL_QUARTERS
        for percent, taper in _TAPER:
            if energy * 100 >= self.capacity * percent:
                quarters = taper
        return supply * quarters // _FULL_QUARTERS

    def next_change(self, energy: int) -> int | None:
        """Return the energy at which the power changes next, None at the limit."""
        if energy >= self.limit:
            return None
        for percent, _ in _TAPER:
            threshold = ceil_div(self.capacity * percent, 100)
            if energy < threshold < self.limit:
                return threshold
        return self.limit

    def charge(self, energy: int, supply: int, duration: int) -> int:
        """Return the energy after charging for `duration` microseconds."""
        while duration > 0:
            watts = self.watts(energy, supply)
            change = self.next_change(energy)
            if watts <= 0 or change is None:
                break
            part = min(duration, ceil_div(change - energy, watts))
            energy += watts * part
            duration -= part
        return energy

    def time_to(self, energy: int, target: int, supply: int) -> int | None:
        """Return the microseconds of charging until `target` is held; None if it never is."""
        passed = 0
        while energy < target:
            watts = self.watts(energy, supply)
            change = self.next_change(energy)
            if watts <= 0 or change is None:
                return None
            part = ceil_div(min(change, target) - energy, watts)
            energy += watts * part
            passed += part
        return passed
