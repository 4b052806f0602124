"""Triggers for automations: picked from the editor's list, for vehicles by device, area, label, floor or entity."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig, TriggerNotTriggeredReporter
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .charging import ErrorHappening, Happening, will_be_ready
from .happenings import SIGNAL_HAPPENED, SIGNAL_LOOKED, Happened, async_announced, async_set_announced
from .snapshot import VehicleSnapshot
from .targets import async_look_at, async_vehicles_of

CONF_MINUTES = "minutes"
DEFAULT_MINUTES = 60

_SCHEMA = vol.Schema(
    {vol.Required(CONF_TARGET): cv.TARGET_FIELDS, vol.Optional(CONF_OPTIONS, default=dict): vol.Schema({})}
)
_READY_BY_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default=dict): vol.Schema(
            {vol.Optional(CONF_MINUTES, default=DEFAULT_MINUTES): vol.All(vol.Coerce(int), vol.Range(min=1, max=1440))}
        ),
    }
)


class _VehicleTrigger(Trigger):
    """A trigger for some vehicles."""

    _schema: ClassVar[vol.Schema] = _SCHEMA

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        validated: ConfigType = cls._schema(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Keep the target; what it means is asked when something happens."""
        super().__init__(hass, config)
        self._target: Mapping[str, Any] = config.target or {}
        self._options: Mapping[str, Any] = config.options or {}


class HappeningTrigger(_VehicleTrigger):
    """Fires when something of ``_kinds`` happens to one of the vehicles."""

    _kinds: ClassVar[frozenset[Happening | ErrorHappening]]

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        @callback
        def happened(it: Happened) -> None:
            if it.kind not in self._kinds:
                return
            device_id = async_vehicles_of(self._hass, self._target).get(it.key)
            if device_id is None:
                return
            variables: dict[str, Any] = {"device_id": device_id, "type": it.kind.value, **it.data}
            if it.windows is not None:
                variables["old_windows"], variables["new_windows"] = map(list, it.windows)
            run_action(variables, it.kind.value.replace("_", " "))

        return async_dispatcher_connect(self._hass, SIGNAL_HAPPENED, happened)


class ChargingFailedTrigger(HappeningTrigger):
    """Charging failed, in whatever way."""

    _kinds = frozenset(set(ErrorHappening) - {ErrorHappening.RESOLVED})


class ChargingErrorResolvedTrigger(HappeningTrigger):
    """An error that was told is over."""

    _kinds = frozenset({ErrorHappening.RESOLVED})


class WentOffTargetTrigger(HappeningTrigger):
    """The car will not be ready in time, which was not so before."""

    _kinds = frozenset({Happening.WENT_OFF_TARGET})


class PlanChangedTrigger(HappeningTrigger):
    """The blocks to come were planned anew."""

    _kinds = frozenset({Happening.PLAN_CHANGED})


class SessionStartedTrigger(HappeningTrigger):
    """The car was plugged in where sessions are managed."""

    _kinds = frozenset({Happening.PLUGGED_IN})


class SessionEndedTrigger(HappeningTrigger):
    """The session is settled."""

    _kinds = frozenset({Happening.UNPLUGGED})


class ReadyByApproachedTrigger(_VehicleTrigger):
    """Fires some minutes before the car is to be ready, if it will not be: once for each ready-by."""

    _schema = _READY_BY_SCHEMA

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        minutes: int = self._options.get(CONF_MINUTES, DEFAULT_MINUTES)
        lead = str(minutes)
        timers: dict[str, CALLBACK_TYPE] = {}
        done: dict[str, str] = {}

        @callback
        def looked(key: str) -> None:
            if (timer := timers.pop(key, None)) is not None:
                timer()
            device_id = async_vehicles_of(self._hass, self._target).get(key)
            look = async_look_at(self._hass, key)
            if device_id is None or look is None or (ready_by := look[1].charging.ready_by) is None:
                return
            coordinator, snapshot = look
            entry_id = coordinator.config_entry.entry_id
            now, due, name = dt_util.utcnow(), ready_by - timedelta(minutes=minutes), ready_by.isoformat()
            known = async_announced(self._hass, entry_id, key, lead)
            # What is stored is asked once, for what was before a restart: others with the same lead time write it, too.
            # An instant that nobody waited for is not made up for: a new automation must not fire at once.
            done.setdefault(key, known if known is not None else name if now >= due else "")
            if now < due:
                if known is None:
                    # From now on it is known after a restart that this instant was waited for.
                    async_set_announced(self._hass, entry_id, key, lead, "")

                @callback
                def arrived(_now: datetime) -> None:
                    timers.pop(key, None)
                    looked(key)

                timers[key] = async_call_later(
                    self._hass, due - now, HassJob(arrived, "ready-by approached", cancel_on_shutdown=True)
                )
                return
            if now >= ready_by or done[key] == name or will_be_ready(snapshot.charging):
                return
            done[key] = name
            async_set_announced(self._hass, entry_id, key, lead, name)
            charging = snapshot.charging
            run_action(
                {
                    "device_id": device_id,
                    "ready_by": name,
                    "minutes": minutes,
                    "outcome": charging.outcome,
                    "battery_level": charging.battery_level,
                    "battery_level_at_ready_by": charging.battery_level_at_ready_by,
                    "minimum_charge_target": charging.minimum_charge_target,
                    **_missing(snapshot),
                    "plugged_in": charging.plugged_in,
                },
                f"{minutes} min before ready-by",
            )

        disconnect = async_dispatcher_connect(self._hass, SIGNAL_LOOKED, looked)
        for key in async_vehicles_of(self._hass, self._target):
            looked(key)

        @callback
        def detach() -> None:
            disconnect()
            for timer in timers.values():
                timer()

        return detach


def _missing(snapshot: VehicleSnapshot) -> dict[str, float | None]:
    """How much the car will lack: as Enode projects it, else what it lacks now, if it is not plugged in."""
    charging = snapshot.charging
    percent, kwh = charging.missing_percent, charging.missing_kwh
    if percent is None and charging.plugged_in is False:
        level, target = charging.battery_level, charging.minimum_charge_target
        capacity = snapshot.vehicle.charge_state.battery_capacity
        percent = max(0.0, target - level) if level is not None and target is not None else None
        kwh = round(percent / 100 * capacity, 2) if percent is not None and capacity else None
    return {"missing_percent": percent, "missing_kwh": kwh}


TRIGGERS: dict[str, type[Trigger]] = {
    "charging_failed": ChargingFailedTrigger,
    "charging_error_resolved": ChargingErrorResolvedTrigger,
    "went_off_target": WentOffTargetTrigger,
    "plan_changed": PlanChangedTrigger,
    "session_started": SessionStartedTrigger,
    "session_ended": SessionEndedTrigger,
    "ready_by_approached": ReadyByApproachedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """The triggers that the editor offers."""
    return TRIGGERS
