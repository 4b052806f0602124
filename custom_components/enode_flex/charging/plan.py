"""Blocks as entries of a calendar: what was charged, and what is planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..api.models import Session, SessionState
from .blocks import Phase, Window, windows
from .series import energy_within, measures


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEntry:
    """One block, or the whole of an unmanaged charge (``window`` None), between two instants (UTC).

    ``uid`` stays the same while the plan moves: it is made of the session and the block's place in it.
    ``kwh``: what was charged in a past block, what is planned in the others; None: not told.
    ``tentative``: it may still change.
    """

    uid: str
    start_at: datetime
    end_at: datetime
    window: Window | None
    kwh: float | None
    tentative: bool


def plan_entries(sessions: Iterable[Session], now: datetime) -> tuple[PlanEntry, ...]:
    """All entries of some sessions in order of time; each session once, an unknown kind of block included."""
    entries: dict[str, PlanEntry] = {}
    for session in sessions:
        entries |= {entry.uid: entry for entry in _entries(session, now)}
    return tuple(sorted(entries.values(), key=lambda entry: (entry.start_at, entry.end_at, entry.uid)))


def _entries(session: Session, now: datetime) -> Iterable[PlanEntry]:
    settled = session.state == SessionState.SETTLED
    blocks = windows(session.blocks)
    for number, window in enumerate(blocks):
        yield PlanEntry(
            uid=f"{session.id}-{number}",
            start_at=window.start_at,
            end_at=window.end_at,
            window=window,
            kwh=window.kwh,
            # Past blocks are final, and all of them once the session is settled (contract, 8.3).
            tentative=not settled and window.phase(now) is not Phase.PAST,
        )
    if not blocks and settled:
        charged = [measure for measure in measures(session) if measure.kwh > 0]
        if charged:
            start, end = charged[0].start_at, charged[-1].end_at
            yield PlanEntry(
                uid=session.id,
                start_at=start,
                end_at=end,
                window=None,
                kwh=energy_within(charged, start, end),
                tentative=False,
            )


def overlapping(entries: Iterable[PlanEntry], start: datetime, end: datetime) -> tuple[PlanEntry, ...]:
    """Those entries that share time with a span."""
    return tuple(entry for entry in entries if entry.start_at < end and entry.end_at > start)
