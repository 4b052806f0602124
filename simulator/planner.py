"""The planner: the reserve first, then the cheapest quarters before ready-by (contract 8.7, 11.6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from .battery import PowerCurve
from .model import Block, BlockType
from .units import MICROSECOND, QUARTER, ceil_second, microseconds, quarter_of

# A first slot shorter than this is not worth waking a car for.
_SHORTEST_SLOT = timedelta(minutes=5)

type PriceAt = Callable[[datetime], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """What charges: the battery's curve and the power (W) of the place."""

    curve: PowerCurve
    watts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A piece of time within one quarter, with its price."""

    start: datetime
    end: datetime
    price: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """What a plan comes to: energy (microjoules) at ready-by, and when the target is reached, if ever."""

    energy_at_ready_by: int
    reached_at: datetime | None


def straight(now: datetime, energy: int, target: int, supply: Supply, kind: BlockType) -> list[Block]:
    """Return the one block that charges from now until `target` is held; none if nothing is missing."""
    target = min(target, supply.curve.limit)
    needed = supply.curve.time_to(energy, target, supply.watts)
    if not needed:
        return []
    end = ceil_second(now + needed * MICROSECOND)
    held = supply.curve.charge(energy, supply.watts, microseconds(end - now))
    return [Block(type=kind, start_at=now, end_at=end, planned=held - energy)]


def plan(
    *, now: datetime, ready_by: datetime, energy: int, reserve: int, target: int, supply: Supply, price: PriceAt
) -> list[Block]:
    """Return the blocks of a REGULAR target; energies in microjoules.

    What is missing to the reserve is charged at once; the rest in the cheapest quarters before ready-by. If the
    time is too short, everything is charged at once and may go on beyond ready-by.
    """
    blocks = straight(now, energy, reserve, supply, BlockType.BATTERY_RESERVE)
    if blocks:
        energy += blocks[-1].planned
        now = blocks[-1].end_at
    target = min(target, supply.curve.limit)
    needed = supply.curve.time_to(energy, target, supply.watts)
    if not needed:
        return blocks
    slots = _cheapest(_slots(now, ready_by, price), needed)
    if slots is None:
        return blocks + straight(now, energy, target, supply, BlockType.REGULAR)
    return blocks + _charge(_merge(slots), energy, target, supply)


def project(
    blocks: Sequence[Block], *, now: datetime, ready_by: datetime, energy: int, target: int, supply: Supply
) -> Projection:
    """Return what charging in the blocks from now on comes to."""
    at_ready_by = energy
    reached = now if energy >= target else None
    for block in blocks:
        start = max(now, block.start_at)
        if start >= block.end_at:
            continue
        if reached is None:
            needed = supply.curve.time_to(energy, target, supply.watts)
            if needed is not None and start + needed * MICROSECOND <= block.end_at:
                reached = ceil_second(start + needed * MICROSECOND)
        if start < ready_by:
            until = min(block.end_at, ready_by)
            at_ready_by = supply.curve.charge(energy, supply.watts, microseconds(until - start))
        energy = supply.curve.charge(energy, supply.watts, microseconds(block.end_at - start))
    return Projection(energy_at_ready_by=at_ready_by, reached_at=reached)


def _slots(start: datetime, end: datetime, price: PriceAt) -> list[Slot]:
    slots = []
    while start < end:
        until = min(quarter_of(start) + QUARTER, end)
        slots.append(Slot(start=start, end=until, price=price(start)))
        start = until
    return slots


def _cheapest(slots: list[Slot], needed: int) -> list[Slot] | None:
    """Return the cheapest slots that last long enough, in order of time; None if all together do not."""
    if slots and slots[0].end - slots[0].start < _SHORTEST_SLOT:
        slots = slots[1:]
    chosen: list[Slot] = []
    for slot in sorted(slots, key=lambda slot: (slot.price, slot.start)):
        needed -= microseconds(slot.end - slot.start)
        if needed <= 0:
            chosen.append(_without(slot, -needed, joins={other.start for other in chosen}))
            return sorted(chosen, key=lambda slot: slot.start)
        chosen.append(slot)
    return None


def _without(slot: Slot, spare: int, *, joins: set[datetime]) -> Slot:
    """Return the slot shorter by `spare` microseconds (down to full seconds), joined to the slot that follows."""
    cut = timedelta(seconds=spare // 1_000_000)
    if slot.end in joins:
        return replace(slot, start=slot.start + cut)
    return replace(slot, end=slot.end - cut)


def _merge(slots: list[Slot]) -> list[tuple[datetime, datetime]]:
    stretches: list[tuple[datetime, datetime]] = []
    begin = slots[0].start
    for slot, following in pairwise(slots):
        if slot.end != following.start:
            stretches.append((begin, slot.end))
            begin = following.start
    stretches.append((begin, slots[-1].end))
    return stretches


def _charge(stretches: list[tuple[datetime, datetime]], energy: int, target: int, supply: Supply) -> list[Block]:
    blocks = []
    for start, stretch_end in stretches:
        end = stretch_end
        needed = supply.curve.time_to(energy, target, supply.watts)
        if not needed:
            break
        end = min(end, ceil_second(start + needed * MICROSECOND))
        held = supply.curve.charge(energy, supply.watts, microseconds(end - start))
        blocks.append(Block(type=BlockType.REGULAR, start_at=start, end_at=end, planned=held - energy))
        energy = held
    return blocks
