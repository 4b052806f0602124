"""Sessions as the tests of energy need them: quarters of an hour from some moment on, and what they cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from custom_components.enode_flex.api.models import (
    AggregatedStatistics,
    Session,
    SessionState,
    Statistics,
    TimeseriesEntry,
    Valuation,
)

QUARTER = timedelta(minutes=15)


def visit(
    name: str,
    start: datetime,
    kwh: Sequence[float],
    *,
    live: bool = False,
    told: float | None = None,
    cost: tuple[str, float, float] | None = None,
) -> Session:
    """A visit with the energy of its quarters; ``told``: another sum; ``cost``: currency, actual, savings."""
    series = tuple(
        TimeseriesEntry(start_at=start + number * QUARTER, end_at=start + (number + 1) * QUARTER, kwh=energy)
        for number, energy in enumerate(kwh)
    )
    return Session(
        id=name,
        policy_id="policy",
        state=SessionState.ACTIVE_REGULAR if live else SessionState.SETTLED,
        plugged_in_at=start,
        plugged_out_at=None if live else start + len(kwh) * QUARTER,
        statistics=Statistics(
            aggregated=AggregatedStatistics(kwh_sum=sum(kwh) if told is None else told), timeseries=series
        ),
        valuation=Valuation(currency=cost[0], actual=cost[1], baseline=cost[1] + cost[2], savings=cost[2])
        if cost
        else None,
    )
