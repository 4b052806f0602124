"""Settled sessions of a span of time, read from Enode where it reaches back beyond what is held."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from .api.models import Session
from .coordinator import HISTORY_HELD, EnodeFlexCoordinator
from .exceptions import translated_errors

#: How far a question without a start looks back: a year of sessions is what one can be asked for at once.
LOOKS_BACK: Final = timedelta(days=366)


async def async_past_sessions(
    coordinator: EnodeFlexCoordinator, key: str, *, start: datetime | None, end: datetime, limit: int
) -> tuple[Session, ...]:
    """Sessions of a vehicle that ended from ``start`` (by default a year before ``end``) until before ``end``.

    Newest first, at most ``limit``.

    Raises:
        HomeAssistantError: they are not held and could not be read.
    """
    snapshot = coordinator.data.vehicles[key]
    since = start if start is not None else end - LOOKS_BACK
    held = _within(snapshot.history, since, end)
    oldest = snapshot.history[-1].plugged_out_at if snapshot.history else None
    reaches_back = len(snapshot.history) < HISTORY_HELD or (oldest is not None and oldest < since)
    if len(held) < limit and not reaches_back:
        with translated_errors():
            # The limit counts from the newest: it helps only where the span reaches up to now.
            cut = limit if end >= dt_util.utcnow() else None
            read = await coordinator.account.async_history(snapshot.vehicle, since=since, limit=cut)
        held = _within(read, since, end)
    return held[:limit]


def _within(sessions: tuple[Session, ...], start: datetime, end: datetime) -> tuple[Session, ...]:
    return tuple(it for it in sessions if it.plugged_out_at is not None and start <= it.plugged_out_at < end)
