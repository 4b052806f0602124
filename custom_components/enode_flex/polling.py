"""How often Enode is asked for what: the one table of intervals (contract, 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from .const import (
    CONF_POLLING_INTERVAL_ACTIVE,
    CONF_POLLING_INTERVAL_IDLE,
    DEFAULT_POLLING_INTERVAL_ACTIVE,
    DEFAULT_POLLING_INTERVAL_IDLE,
    STALE_AFTER,
)

#: A command, a plug-in or a plug-out was seen: the session is read again after these times.
REREAD_AFTER = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30))
#: While somebody waits for the result of a command, it is read this often after that.
REREAD_EVERY = timedelta(seconds=20)

#: Settled sessions are read this often, and once when a session leaves ACTIVE.
HISTORY_INTERVAL = timedelta(hours=1)


def rereads(watch_for: timedelta = timedelta(0)) -> list[timedelta]:
    """When to read a session again after something happened, and how often while somebody waits."""
    times = list(REREAD_AFTER)
    while times[-1] + REREAD_EVERY < watch_for:
        times.append(times[-1] + REREAD_EVERY)
    return times


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingPlan:
    """Intervals of one entry.

    ``sessions_active`` and ``sessions_idle``: the live session while it is ACTIVE, and otherwise.
    ``vehicles_active`` and ``vehicles_idle``: the vehicles while any session is ACTIVE, and otherwise.
    ``stale_after``: without a successful read for this long, values count as lost.
    """

    sessions_active: timedelta
    sessions_idle: timedelta
    vehicles_active: timedelta
    vehicles_idle: timedelta
    stale_after: timedelta

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """The plan that the entry's options ask for (seconds; defaults: 60 while active, 300 otherwise)."""
        active = timedelta(seconds=options.get(CONF_POLLING_INTERVAL_ACTIVE, DEFAULT_POLLING_INTERVAL_ACTIVE))
        idle = max(active, timedelta(seconds=options.get(CONF_POLLING_INTERVAL_IDLE, DEFAULT_POLLING_INTERVAL_IDLE)))
        return cls(
            sessions_active=active,
            sessions_idle=idle,
            # Enode's own cache moves every 2 to 5 minutes while a car charges: asking as often as for sessions gains
            # nothing.
            vehicles_active=min(idle, 2 * active),
            vehicles_idle=idle,
            stale_after=max(STALE_AFTER, 3 * idle),
        )
