"""External statistics: which one holds what, and reading and writing their hourly rows.

Reads run in the recorder's threads; writes join its queue. Amounts outside are kWh and units of money, inside they are
whole millionths (hourly.py).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, slugify
from homeassistant.util.unit_conversion import EnergyConverter

from .const import DOMAIN
from .hourly import Kind, Meter, Row
from .ledger import MICRO

#: So many rows are handed over at once before the event loop gets its turn.
ROWS_AT_ONCE = 250


@dataclass(slots=True)
class Recorded:
    """What a statistic holds from some hour on: the sum before it (millionths), and the rows."""

    before: int = 0
    rows: dict[datetime, Row] = field(default_factory=dict)


def has_recorder(hass: HomeAssistant) -> bool:
    """Whether this Home Assistant records anything: it may be set up without."""
    return "recorder" in hass.config.components


def statistic_id(key: str, meter: Meter, first_currency: str | None) -> str:
    """The id of a vehicle's statistic; only currencies after the first one appear in it."""
    name = f"{key} {meter.kind}"
    if meter.currency is not None and meter.currency != first_currency:
        name += f" {meter.currency}"
    return f"{DOMAIN}:{slugify(name)}"


async def async_last_hour(hass: HomeAssistant, of: str) -> datetime | None:
    """The hour of a statistic's last row (UTC), after everything queued was written."""
    instance = get_instance(hass)
    await instance.async_block_till_done()
    found = await instance.async_add_executor_job(get_last_statistics, hass, 1, of, False, {"sum"})
    rows = found.get(of, ())
    return dt_util.utc_from_timestamp(rows[0]["start"]) if rows else None


async def async_unit_of(hass: HomeAssistant, of: str) -> str | None:
    """The unit a statistic was written with; None when there is none."""

    def read() -> str | None:
        found = get_metadata(hass, statistic_ids={of}).get(of)
        return found[1]["unit_of_measurement"] if found is not None else None

    return await get_instance(hass).async_add_executor_job(read)


async def async_read(hass: HomeAssistant, of: str, since: datetime) -> Recorded:
    """What a statistic holds from ``since`` on."""
    return await get_instance(hass).async_add_executor_job(_read, hass, of, since)


def _read(hass: HomeAssistant, of: str, since: datetime) -> Recorded:
    found = statistics_during_period(hass, since, None, {of}, "hour", None, {"state", "sum", "change"}).get(of, [])
    if not found:
        last = get_last_statistics(hass, 1, of, False, {"sum"}).get(of, [])
        return Recorded(before=_micro(last[0].get("sum")) if last else 0)
    first = found[0]
    recorded = Recorded(before=_micro(first.get("sum")) - _micro(first.get("change")))
    for row in found:
        start = dt_util.utc_from_timestamp(row["start"])
        recorded.rows[start] = Row(start, _micro(row.get("state")), _micro(row.get("sum")))
    return recorded


async def async_write(hass: HomeAssistant, of: str, meter: Meter, vehicle_name: str, rows: Sequence[Row]) -> None:
    """Write rows, new ones and corrected ones, in slices."""
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=await _async_name(hass, of, meter, vehicle_name),
        source=DOMAIN,
        statistic_id=of,
        unit_class=EnergyConverter.UNIT_CLASS if meter.kind is Kind.ENERGY else None,
        unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR if meter.kind is Kind.ENERGY else meter.currency,
    )
    for first in range(0, len(rows), ROWS_AT_ONCE):
        slice_ = rows[first : first + ROWS_AT_ONCE]
        async_add_external_statistics(
            hass,
            metadata,
            [StatisticData(start=row.start, state=row.amount / MICRO, sum=row.sum / MICRO) for row in slice_],
        )
        await asyncio.sleep(0)


async def _async_name(hass: HomeAssistant, of: str, meter: Meter, vehicle_name: str) -> str:
    """The statistic's name in the server's language."""
    texts: Mapping[str, str] = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    # A statistic's id tells whether the currency must be named: only those after the first one carry it.
    second = meter.currency is not None and not of.endswith(f"_{meter.kind}")
    text = texts.get(f"component.{DOMAIN}.common.statistic_{meter.kind}{'_in_currency' if second else ''}")
    return text.format(vehicle=vehicle_name, currency=meter.currency) if text is not None else of


def _micro(amount: float | None) -> int:
    return round((amount or 0.0) * MICRO)
