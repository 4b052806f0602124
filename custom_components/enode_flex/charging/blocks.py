"""Blocks: which runs, which comes next, and when it is all over.

Enode sends past and future blocks in one list without a flag; the clock tells them apart (contract, 1.4). Future ones
are tentative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..api.models import Block
from .words import BlockWord, block_word


class Phase(StrEnum):
    """Where a block stands in time: past ones are final, the others may still change."""

    PAST = "past"
    RUNNING = "running"
    FUTURE = "future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A block with its times known: ``start_at`` <= t < ``end_at`` (UTC). ``kwh`` is never negative; None: not told.

    ``type`` None: a type that is not known here. ``raw_type``: Enode's word for it, whether known or not.
    """

    type: BlockWord | None
    raw_type: str | None
    start_at: datetime
    end_at: datetime
    kwh: float | None

    def phase(self, now: datetime) -> Phase:
        """Where the block stands at ``now``; its end does not belong to it."""
        if now >= self.end_at:
            return Phase.PAST
        return Phase.RUNNING if now >= self.start_at else Phase.FUTURE


def windows(blocks: Sequence[Block]) -> tuple[Window, ...]:
    """The usable blocks in order of time: those without both times, and empty or reversed ones, are left out.

    Overlapping blocks stay as they are: which one runs is decided by ``running``.
    """
    usable = [
        Window(
            type=block_word(block.type),
            raw_type=block.type,
            start_at=block.start_at,
            end_at=block.end_at,
            kwh=None if block.kwh_sum is None else max(0.0, block.kwh_sum),
        )
        for block in blocks
        if block.start_at is not None and block.end_at is not None and block.start_at < block.end_at
    ]
    return tuple(sorted(usable, key=lambda window: (window.start_at, window.end_at)))


def running_all(of: Sequence[Window], now: datetime) -> tuple[Window, ...]:
    """All blocks that run at ``now``, the one that started last at the end."""
    return tuple(window for window in of if window.phase(now) is Phase.RUNNING)


def running(of: Sequence[Window], now: datetime) -> Window | None:
    """The block that runs at ``now``; of overlapping ones the one that started last, for it is the newer plan."""
    found = running_all(of, now)
    return found[-1] if found else None


def coming(of: Sequence[Window], now: datetime) -> Window | None:
    """The next block that has not started; None when none is planned."""
    return next((window for window in of if window.phase(now) is Phase.FUTURE), None)


def last_end(of: Sequence[Window]) -> datetime | None:
    """When the last block ends; None without blocks."""
    return max((window.end_at for window in of), default=None)
