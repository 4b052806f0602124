"""Charging statistics (contract 8.8): energy and cost of spans of time, and unbroken stretches of consumption."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from .model import Session
from .units import MICROJOULES_PER_KWH, QUARTER, quarter_of
from .visit import Stretch

type Resolution = Literal["QUARTER_HOUR", "HALF_HOUR", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"]
RESOLUTIONS: tuple[str, ...] = get_args(Resolution.__value__)
type PriceAt = Callable[[str | None, datetime], float]

_SHORT = {"QUARTER_HOUR": QUARTER, "HALF_HOUR": 2 * QUARTER, "HOUR": 4 * QUARTER}
_QUARTERS_PER_HOUR = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How a figure varied."""

    least: float
    most: float
    mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Consumed:
    """Energy (kWh), power (kW) and cost of a span of time; prices per kWh."""

    kwh: float
    kw: Spread
    price: Spread
    cost: float
    non_smart_price: Spread | None
    savings: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarter:
    """What one quarter hour consumed: microjoules at a price, and the price that charging at once would have had."""

    start: datetime
    energy: int
    price: float
    non_smart_price: float | None


def quarters(
    stretches: Iterable[Stretch], *, price: PriceAt, saved: Iterable[tuple[Session, float]], until: datetime
) -> Iterator[Quarter]:
    """Return the quarter hours that are over and known at `until`, in order of time.

    `saved`: visits that smart charging controlled, with the mean price that each would have had without it.
    """
    visits = list(saved)
    for stretch in stretches:
        for start, energy in stretch.meter.items():
            if start + QUARTER > until:
                break
            told = next((mean for session, mean in visits if _covers(session, start)), None)
            yield Quarter(start=start, energy=energy, price=price(stretch.zone, start), non_smart_price=told)


def consumed(parts: Iterable[Quarter]) -> Consumed | None:
    """Sum quarter hours up; None where nothing was consumed."""
    told = [part for part in parts if part.energy]
    if not told:
        return None
    energy = [part.energy / MICROJOULES_PER_KWH for part in told]
    total = sum(energy)
    cost = sum(kwh * part.price for kwh, part in zip(energy, told, strict=True))
    smart = [(kwh, part) for kwh, part in zip(energy, told, strict=True) if part.non_smart_price is not None]
    non_smart, savings = None, None
    if smart:
        prices = [part.non_smart_price or 0.0 for _, part in smart]
        mean = sum(kwh * price for (kwh, _), price in zip(smart, prices, strict=True)) / sum(kwh for kwh, _ in smart)
        non_smart = Spread(least=min(prices), most=max(prices), mean=round(mean, 6))
        savings = round(sum(kwh * ((part.non_smart_price or 0.0) - part.price) for kwh, part in smart), 6)
    powers = [kwh * _QUARTERS_PER_HOUR for kwh in energy]
    rates = [part.price for part in told]
    return Consumed(
        kwh=round(total, 6),
        kw=Spread(least=round(min(powers), 6), most=round(max(powers), 6), mean=round(sum(powers) / len(powers), 6)),
        price=Spread(least=min(rates), most=max(rates), mean=round(cost / total, 6)),
        cost=round(cost, 6),
        non_smart_price=non_smart,
        savings=savings,
    )


def bucket_of(moment: datetime, resolution: str, offset: timedelta) -> datetime:
    """Return the start of the span in which a moment lies; days and longer ones begin at midnight of `offset`."""
    short = _SHORT.get(resolution)
    if short is not None:
        return quarter_of(moment) - (quarter_of(moment) - moment.replace(minute=0, second=0, microsecond=0)) % short
    local = (moment + offset).replace(hour=0, minute=0, second=0, microsecond=0)
    if resolution == "WEEK":
        local -= timedelta(days=local.weekday())
    elif resolution == "MONTH":
        local = local.replace(day=1)
    elif resolution == "YEAR":
        local = local.replace(month=1, day=1)
    return local - offset


def _covers(session: Session, moment: datetime) -> bool:
    if session.visit is None:
        return False
    ended = session.visit.ended_at
    return quarter_of(session.visit.started_at) <= moment and (ended is None or moment < ended)
