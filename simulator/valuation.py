"""What a session cost, and what it would have cost if the car had charged at once (contract 8.3)."""

from collections.abc import Callable
from datetime import datetime

from .battery import PowerCurve
from .model import Valuation
from .units import MICROJOULES_PER_KWH, MICROSECOND, ceil_div
from .visit import Meter, Visit

type PriceAt = Callable[[datetime], float]


def value(visit: Visit, *, capacity: int, price: PriceAt, currency: str, factor: float = 1.0) -> Valuation:
    """Return the costs by quarter hours, rounded to hundredths; savings are the difference of the rounded costs."""
    actual = round(_cost(visit.meter, price) * factor, 2)
    baseline = round(_cost(_at_once(visit, capacity), price) * factor, 2)
    return Valuation(currency=currency, actual=actual, baseline=baseline, savings=round(baseline - actual, 2))


def _cost(meter: Meter, price: PriceAt) -> float:
    return sum(energy / MICROJOULES_PER_KWH * price(quarter) for quarter, energy in meter.items())


def _at_once(visit: Visit, capacity: int) -> Meter:
    # A limit beyond the capacity: the same energy must fit, even if the car's limit was moved meanwhile.
    curve = PowerCurve(capacity=capacity, limit=2 * capacity)
    meter = Meter()
    now, energy, goal = visit.started_at, visit.battery_from, visit.battery_from + visit.meter.total
    while energy < goal:
        watts = curve.watts(energy, visit.watts)
        change = min(goal, curve.next_change(energy) or goal)
        duration = ceil_div(change - energy, watts)
        meter.add(now, duration, watts)
        energy += watts * duration
        now += duration * MICROSECOND
    return meter
