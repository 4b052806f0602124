"""Conditions for automations: they ask what is known of the vehicles at this moment, without a request."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import Condition, ConditionConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .charging import Charging, ChargingStatus, will_be_ready
from .targets import async_look_at, async_vehicles_of

CONF_BEHAVIOR = "behavior"

_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default=dict): vol.Schema(
            {vol.Optional(CONF_BEHAVIOR, default="any"): vol.In(["any", "all"])}
        ),
    }
)


class VehicleCondition(Condition):
    """Whether something holds for any or all of the vehicles; what is not known does not hold."""

    @staticmethod
    @abstractmethod
    def _holds(charging: Charging) -> bool:
        """Whether it holds for one vehicle."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        validated: ConfigType = _SCHEMA(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Keep the target; what it means is asked at each check."""
        super().__init__(hass, config)
        self._target: Mapping[str, Any] = config.target or {}
        self._all = (config.options or {}).get(CONF_BEHAVIOR) == "all"

    @override
    def _async_check(self, **kwargs: Any) -> bool:
        answers = [
            look is not None and self._holds(look[1].charging)
            for look in (async_look_at(self._hass, key) for key in async_vehicles_of(self._hass, self._target))
        ]
        return bool(answers) and (all(answers) if self._all else any(answers))


class IsReadyInTimeCondition(VehicleCondition):
    """The car will be ready in time."""

    @staticmethod
    @override
    def _holds(charging: Charging) -> bool:
        return will_be_ready(charging) is True


class IsChargingCondition(VehicleCondition):
    """Power flows."""

    @staticmethod
    @override
    def _holds(charging: Charging) -> bool:
        return charging.charging is True


class HasErrorCondition(VehicleCondition):
    """An error stands: one of those that the trigger for failed charging tells."""

    @staticmethod
    @override
    def _holds(charging: Charging) -> bool:
        return charging.charging_error or charging.charging_status is ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED


class IsInSmartChargeWindowCondition(VehicleCondition):
    """A planned block runs."""

    @staticmethod
    @override
    def _holds(charging: Charging) -> bool:
        return charging.smart_charge_window


CONDITIONS: dict[str, type[Condition]] = {
    "is_ready_in_time": IsReadyInTimeCondition,
    "is_charging": IsChargingCondition,
    "has_error": HasErrorCondition,
    "is_in_smart_charge_window": IsInSmartChargeWindowCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """The conditions that the editor offers."""
    return CONDITIONS
