"""Sensors: a table of names, each with a function of the vehicle's snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .charging import ChargingStatus, ErrorWord, OutcomeWord, SessionStateWord, TargetSourceWord
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .entity import EnodeFlexEntity, async_add_for_each_vehicle
from .snapshot import VehicleSnapshot
from .sources import SourceName

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EnodeFlexSensorDescription(SensorEntityDescription):
    """A sensor: its value, and few, small attributes that explain it.

    ``exists_fn``: the entity is made as soon as this holds; without it, at once. ``unit_fn``: the unit, if it is data.
    """

    value_fn: Callable[[VehicleSnapshot], StateType | datetime]
    attributes_fn: Callable[[VehicleSnapshot], Mapping[str, Any]] | None = None
    last_reset_fn: Callable[[VehicleSnapshot], datetime | None] | None = None
    unit_fn: Callable[[VehicleSnapshot], str | None] | None = None
    exists_fn: Callable[[VehicleSnapshot], bool] | None = None
    from_vehicle: bool = False


def _words(
    words: type[SessionStateWord | ChargingStatus | ErrorWord | OutcomeWord | TargetSourceWord | SourceName],
) -> list[str]:
    return [word.value for word in words]


def _raw(raw_fn: Callable[[VehicleSnapshot], str | None]) -> Callable[[VehicleSnapshot], Mapping[str, Any]]:
    """The attribute that keeps a word of Enode's that is not known here."""
    return lambda snapshot: {"raw": raw} if (raw := raw_fn(snapshot)) is not None else {}


def _outcome_attributes(snapshot: VehicleSnapshot) -> Mapping[str, Any]:
    charging = snapshot.charging
    return {
        "ready_by": charging.ready_by,
        "minimum_charge_target": charging.minimum_charge_target,
        "battery_level_at_ready_by": charging.battery_level_at_ready_by,
        "target_reached_at": charging.target_reached_at,
        "missing_percent": charging.missing_percent,
        "missing_kwh": charging.missing_kwh,
        **({"raw": charging.outcome_raw} if charging.outcome_raw is not None else {}),
    }


def _error_attributes(snapshot: VehicleSnapshot) -> Mapping[str, Any]:
    charging = snapshot.charging
    return {
        "missing_capabilities": ", ".join(charging.missing_capabilities) or None,
        **({"raw": charging.error_raw} if charging.error_raw is not None else {}),
    }


def _has_currency(snapshot: VehicleSnapshot) -> bool:
    """An amount of money is an entity from the first valuation on: before, its unit is not known."""
    return snapshot.currency is not None


def _in_currency(snapshot: VehicleSnapshot, amount: float | None) -> float | None:
    """An amount in the entity's currency; one in another currency is told by the statistics alone."""
    return amount if snapshot.charging.currency == snapshot.currency else None


SENSORS: tuple[EnodeFlexSensorDescription, ...] = (
    EnodeFlexSensorDescription(
        key="session_state",
        device_class=SensorDeviceClass.ENUM,
        options=_words(SessionStateWord),
        value_fn=lambda snapshot: snapshot.charging.session_state,
        attributes_fn=_raw(lambda snapshot: snapshot.charging.session_state_raw),
    ),
    EnodeFlexSensorDescription(
        key="charging_status",
        device_class=SensorDeviceClass.ENUM,
        options=_words(ChargingStatus),
        value_fn=lambda snapshot: snapshot.charging.charging_status,
    ),
    EnodeFlexSensorDescription(
        key="battery_level",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        from_vehicle=True,
        value_fn=lambda snapshot: snapshot.charging.battery_level,
    ),
    EnodeFlexSensorDescription(
        key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda snapshot: snapshot.charging.session_energy,
        last_reset_fn=lambda snapshot: snapshot.charging.plugged_in_at,
    ),
    EnodeFlexSensorDescription(
        key="energy_total",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value_fn=lambda snapshot: snapshot.energy_total,
    ),
    EnodeFlexSensorDescription(
        key="planned_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda snapshot: snapshot.charging.planned_energy,
    ),
    EnodeFlexSensorDescription(
        key="charge_power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=1,
        value_fn=lambda snapshot: snapshot.charging.charge_power,
    ),
    EnodeFlexSensorDescription(
        key="ready_by",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.charging.ready_by,
    ),
    EnodeFlexSensorDescription(
        key="outcome",
        device_class=SensorDeviceClass.ENUM,
        options=_words(OutcomeWord),
        value_fn=lambda snapshot: snapshot.charging.outcome,
        attributes_fn=_outcome_attributes,
    ),
    EnodeFlexSensorDescription(
        key="minimum_charge_target",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda snapshot: snapshot.charging.minimum_charge_target,
    ),
    EnodeFlexSensorDescription(
        key="battery_reserve",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda snapshot: snapshot.charging.battery_reserve,
    ),
    EnodeFlexSensorDescription(
        key="target_source",
        device_class=SensorDeviceClass.ENUM,
        options=_words(TargetSourceWord),
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.charging.target_source,
        attributes_fn=_raw(lambda snapshot: snapshot.charging.target_source_raw),
    ),
    EnodeFlexSensorDescription(
        key="battery_level_at_ready_by",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda snapshot: snapshot.charging.battery_level_at_ready_by,
    ),
    EnodeFlexSensorDescription(
        key="target_reached_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.charging.target_reached_at,
    ),
    EnodeFlexSensorDescription(
        key="next_charge_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.charging.next_charge_start,
    ),
    EnodeFlexSensorDescription(
        key="charge_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.charging.charge_end,
    ),
    EnodeFlexSensorDescription(
        key="plugged_in_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.charging.plugged_in_at,
    ),
    EnodeFlexSensorDescription(
        key="plugged_out_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.charging.plugged_out_at,
    ),
    EnodeFlexSensorDescription(
        key="battery_level_at_plug_in",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda snapshot: snapshot.charging.battery_level_at_plug_in,
    ),
    EnodeFlexSensorDescription(
        key="error",
        device_class=SensorDeviceClass.ENUM,
        options=_words(ErrorWord),
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.charging.error,
        attributes_fn=_error_attributes,
    ),
    EnodeFlexSensorDescription(
        key="session_cost",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value_fn=lambda snapshot: _in_currency(snapshot, snapshot.charging.session_cost),
        last_reset_fn=lambda snapshot: snapshot.charging.plugged_in_at,
        unit_fn=lambda snapshot: snapshot.currency,
        exists_fn=_has_currency,
    ),
    EnodeFlexSensorDescription(
        key="session_savings",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value_fn=lambda snapshot: _in_currency(snapshot, snapshot.charging.session_savings),
        last_reset_fn=lambda snapshot: snapshot.charging.plugged_in_at,
        unit_fn=lambda snapshot: snapshot.currency,
        exists_fn=_has_currency,
    ),
    EnodeFlexSensorDescription(
        key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # A new state at every look at the car, which few people read.
        entity_registry_enabled_default=False,
        from_vehicle=True,
        value_fn=lambda snapshot: snapshot.charging.last_seen,
    ),
    EnodeFlexSensorDescription(
        key="session_source",
        device_class=SensorDeviceClass.ENUM,
        options=_words(SourceName),
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.source,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of every vehicle."""
    for exists_fn in dict.fromkeys(description.exists_fn for description in SENSORS):
        async_add_for_each_vehicle(entry, async_add_entities, partial(_sensors, exists_fn), exists_fn)


def _sensors(
    exists_fn: Callable[[VehicleSnapshot], bool] | None, coordinator: EnodeFlexCoordinator, key: str
) -> list[EnodeFlexSensor]:
    """The sensors that exist on this condition."""
    return [
        EnodeFlexSensor(coordinator, key, description) for description in SENSORS if description.exists_fn is exists_fn
    ]


class EnodeFlexSensor(EnodeFlexEntity, SensorEntity):
    """A sensor of a vehicle."""

    entity_description: EnodeFlexSensorDescription

    def __init__(self, coordinator: EnodeFlexCoordinator, key: str, description: EnodeFlexSensorDescription) -> None:
        super().__init__(coordinator, key, description, from_vehicle=description.from_vehicle)

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value_fn(self.snapshot)

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        if self.entity_description.unit_fn is None:
            return super().native_unit_of_measurement
        return self.entity_description.unit_fn(self.snapshot)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        if self.entity_description.attributes_fn is None:
            return None
        return self.entity_description.attributes_fn(self.snapshot)

    @property
    @override
    def last_reset(self) -> datetime | None:
        if self.entity_description.last_reset_fn is None:
            return None
        return self.entity_description.last_reset_fn(self.snapshot)
