"""Events: what went wrong with charging, and what happened in the session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .charging import ErrorHappening, Happening
from .charging.changes import Scalar
from .coordinator import EnodeFlexConfigEntry
from .entity import EnodeFlexEntity, async_add_for_each_vehicle
from .happenings import Happened, signal_happened

PARALLEL_UPDATES = 0

_ERROR_ATTRIBUTES = (
    "session_id",
    "error",
    "since",
    "reason",
    "block_start",
    "block_end",
    "missing_capabilities",
    "during_downtime",
)
_AIM = ("minimum_charge_target", "ready_by", "target_source")
_PLAN = ("start", "end", "kwh", "count")
_SESSION_ATTRIBUTES = (
    "session_id",
    *_AIM,
    *(f"{when}_{name}" for when in ("old", "new") for name in (*_AIM, *_PLAN)),
    "plugged_in_at",
    "plugged_out_at",
    "energy",
    "battery_from",
    "battery_to",
    "outcome",
    "cost",
    "savings",
    "currency",
    "reason",
    "during_downtime",
)


@dataclass(frozen=True, kw_only=True)
class EnodeFlexEventDescription(EventEntityDescription):
    """An event: what of a happening it shows."""

    kinds: type[Happening | ErrorHappening]
    attributes_fn: Callable[[Happened], Mapping[str, Scalar]]


EVENTS: tuple[EnodeFlexEventDescription, ...] = (
    EnodeFlexEventDescription(
        key="charging_error",
        event_types=[kind.value for kind in ErrorHappening],
        kinds=ErrorHappening,
        attributes_fn=lambda happened: {name: happened.data.get(name) for name in _ERROR_ATTRIBUTES},
    ),
    EnodeFlexEventDescription(
        key="session",
        event_types=[kind.value for kind in Happening],
        kinds=Happening,
        attributes_fn=lambda happened: {name: happened.data.get(name) for name in _SESSION_ATTRIBUTES},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the events of every vehicle."""
    async_add_for_each_vehicle(
        entry,
        async_add_entities,
        lambda coordinator, key: [EnodeFlexEvent(coordinator, key, description) for description in EVENTS],
    )


class EnodeFlexEvent(EnodeFlexEntity, EventEntity):
    """One kind of happenings of a vehicle."""

    entity_description: EnodeFlexEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what happens to the vehicle."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, signal_happened(self.vehicle_key), self._async_happened)
        )

    @callback
    def _async_happened(self, happened: Happened) -> None:
        if not isinstance(happened.kind, self.entity_description.kinds):
            return
        known = self.entity_description.attributes_fn(happened)
        self._trigger_event(happened.kind.value, {name: value for name, value in known.items() if value is not None})
        self.async_write_ha_state()
