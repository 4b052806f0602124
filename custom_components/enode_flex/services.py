"""The integration's actions: Home Assistant's words on one side, commands.py, policies.py and payload.py on the other.

docs/actions.md describes each with an example.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv, device_registry as dr, service
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api.models import WEEKDAYS, DaySchedule
from .charging import Charging, SessionStateWord
from .commands import Outcome, Result, async_immediate_start, async_resume_schedule
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .past import async_past_sessions
from .payload import session_payload
from .policies import async_change_policy, async_policies, policy_payload
from .sources import PolicyChange
from .surroundings import async_may_control, async_may_read, async_vehicle_payload

SERVICE_IMMEDIATE_START: Final = "immediate_start"
SERVICE_RESUME_SCHEDULE: Final = "resume_schedule"
SERVICE_GET_SESSION: Final = "get_session"
SERVICE_GET_SESSIONS: Final = "get_sessions"
SERVICE_GET_POLICY: Final = "get_policy"
SERVICE_SET_POLICY: Final = "set_policy"

ATTR_WAIT: Final = "wait"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_LIMIT: Final = "limit"
ATTR_POLICY_ID: Final = "policy_id"
ATTR_BATTERY_RESERVE: Final = "battery_reserve"
ATTR_DAYS: Final = "days"
ATTR_DEADLINE: Final = "deadline"
ATTR_MINIMUM_CHARGE_TARGET: Final = "minimum_charge_target"

DEFAULT_WAIT: Final = 60
MAX_WAIT: Final = 300
DEFAULT_LIMIT: Final = 30
MAX_LIMIT: Final = 500

_PERCENT = vol.All(vol.Coerce(int), vol.Range(min=0, max=100))

_COMMAND_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): vol.All(cv.ensure_list, vol.Length(min=1), [cv.string]),
        vol.Optional(ATTR_WAIT, default=DEFAULT_WAIT): vol.All(vol.Coerce(float), vol.Range(min=0, max=MAX_WAIT)),
    }
)
_DEVICE_SCHEMA = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})
_SESSIONS_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Optional(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT)),
    }
)
_POLICY_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Optional(ATTR_POLICY_ID): cv.string,
        vol.Optional(ATTR_BATTERY_RESERVE): _PERCENT,
        vol.Optional(ATTR_DAYS, default=list(WEEKDAYS)): vol.All(
            cv.ensure_list, vol.Length(min=1), [vol.All(cv.string, vol.Lower, vol.In(WEEKDAYS))]
        ),
        vol.Optional(ATTR_DEADLINE): cv.time,
        vol.Optional(ATTR_MINIMUM_CHARGE_TARGET): _PERCENT,
    }
)

type _Command = Callable[..., Awaitable[Outcome]]
type _Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A device that an action was called for, and the vehicle behind it."""

    device: dr.DeviceEntry
    coordinator: EnodeFlexCoordinator
    key: str

    @property
    def name(self) -> str:
        """How the owner calls the vehicle."""
        return self.device.name_by_user or self.device.name or self.key


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    actions: tuple[tuple[str, _Handler, vol.Schema, SupportsResponse], ...] = (
        (
            SERVICE_IMMEDIATE_START,
            partial(_async_handle_command, async_immediate_start),
            _COMMAND_SCHEMA,
            SupportsResponse.OPTIONAL,
        ),
        (
            SERVICE_RESUME_SCHEDULE,
            partial(_async_handle_command, async_resume_schedule),
            _COMMAND_SCHEMA,
            SupportsResponse.OPTIONAL,
        ),
        (SERVICE_GET_SESSION, _async_get_session, _DEVICE_SCHEMA, SupportsResponse.ONLY),
        (SERVICE_GET_SESSIONS, _async_get_sessions, _SESSIONS_SCHEMA, SupportsResponse.ONLY),
        (SERVICE_GET_POLICY, _async_get_policy, _DEVICE_SCHEMA, SupportsResponse.ONLY),
        (SERVICE_SET_POLICY, _async_set_policy, _POLICY_SCHEMA, SupportsResponse.OPTIONAL),
    )
    for name, handler, schema, supports_response in actions:
        hass.services.async_register(DOMAIN, name, handler, schema=schema, supports_response=supports_response)


# -- commands ----------------------------------------------------------------------------------------------------------


async def _async_handle_command(command: _Command, call: ServiceCall) -> ServiceResponse:
    """Run a command for every chosen vehicle side by side; each runs to its end whatever becomes of the others."""
    device_ids = list(dict.fromkeys(call.data[ATTR_DEVICE_ID]))
    chosen: dict[str, _Chosen] = {}
    errors: dict[str, HomeAssistantError] = {}
    for device_id in device_ids:
        try:
            chosen[device_id] = _chosen(call.hass, device_id)
        except ServiceValidationError as error:
            errors[device_id] = error
    # Before anything is sent: a person who may not control one of them gets nothing done.
    await _async_check_control(call, *chosen.values())
    outcomes = dict(
        zip(
            chosen,
            await asyncio.gather(
                *(command(it.coordinator, it.key, wait=call.data[ATTR_WAIT]) for it in chosen.values())
            ),
            strict=True,
        )
    )
    if call.return_response:
        return {
            "vehicles": {
                device_id: _answer(outcomes[device_id]) if device_id in outcomes else _no_vehicle(errors[device_id])
                for device_id in device_ids
            }
        }
    errors |= {device_id: failed for device_id, it in outcomes.items() if (failed := it.error()) is not None}
    if not errors:
        return None
    if len(device_ids) == 1:
        raise errors[device_ids[0]]
    kind = HomeAssistantError
    if all(isinstance(error, ServiceValidationError) for error in errors.values()):
        kind = ServiceValidationError
    names = {device_id: chosen[device_id].name if device_id in chosen else device_id for device_id in errors}
    raise kind(
        translation_domain=DOMAIN,
        translation_key="some_failed",
        translation_placeholders={
            "failures": "; ".join(
                f"{names[device_id]}: {errors[device_id]}" for device_id in device_ids if device_id in errors
            )
        },
    )


def _answer(outcome: Outcome) -> dict[str, Any]:
    """What a command tells of one vehicle: times as ISO 8601 in UTC."""
    charging = outcome.snapshot.charging if outcome.snapshot is not None else None
    error = outcome.error()
    return {
        "result": outcome.result.value,
        "reason": outcome.reason,
        "message": str(error) if error is not None else None,
        "translation_key": error.translation_key if error is not None else None,
        "session_state": charging.session_state.value if charging is not None and charging.session_state else None,
        "target_reached_at": at.isoformat() if charging is not None and (at := _reached_at(charging)) else None,
    }


def _reached_at(charging: Charging) -> datetime | None:
    """When the target will be reached. Enode judges half a minute after an order; its plan tells the same at once."""
    if charging.target_reached_at is None and charging.session_state is SessionStateWord.ACTIVE_IMMEDIATE_START:
        return charging.charge_end
    return charging.target_reached_at


def _no_vehicle(error: HomeAssistantError) -> dict[str, Any]:
    """What a command tells of a device behind which there is no vehicle now."""
    return {
        "result": Result.INVALID.value,
        "reason": error.translation_key,
        "message": str(error),
        "translation_key": error.translation_key,
        "session_state": None,
        "target_reached_at": None,
    }


# -- sessions ----------------------------------------------------------------------------------------------------------


async def _async_get_session(call: ServiceCall) -> ServiceResponse:
    """The live session and all that follows from it: what is known now, without a request."""
    chosen = _chosen(call.hass, call.data[ATTR_DEVICE_ID])
    user = await _async_check_read(call, chosen)
    return async_vehicle_payload(call.hass, chosen.coordinator, chosen.key, user=user)


async def _async_get_sessions(call: ServiceCall) -> ServiceResponse:
    """Settled sessions, newest first."""
    chosen = _chosen(call.hass, call.data[ATTR_DEVICE_ID])
    await _async_check_read(call, chosen)
    now = dt_util.utcnow()
    start = dt_util.as_utc(call.data[ATTR_START]) if ATTR_START in call.data else None
    end = dt_util.as_utc(call.data[ATTR_END]) if ATTR_END in call.data else now
    if start is not None and start >= end:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="end_before_start")
    limit: int = call.data[ATTR_LIMIT]
    sessions = await async_past_sessions(chosen.coordinator, chosen.key, start=start, end=end, limit=limit)
    return {"sessions": [session_payload(session, now=now, series=False) for session in sessions]}


# -- policies ----------------------------------------------------------------------------------------------------------


async def _async_get_policy(call: ServiceCall) -> ServiceResponse:
    """All policies of a vehicle."""
    chosen = _chosen(call.hass, call.data[ATTR_DEVICE_ID])
    await _async_check_read(call, chosen)
    policies = await async_policies(chosen.coordinator, chosen.key)
    current = chosen.coordinator.data.vehicles[chosen.key].policy
    return {
        "policies": [
            policy_payload(policy, current=current is not None and policy.id == current.id) for policy in policies
        ]
    }


async def _async_set_policy(call: ServiceCall) -> ServiceResponse:
    """Change a policy: what is not given stays."""
    chosen = _chosen(call.hass, call.data[ATTR_DEVICE_ID])
    await _async_check_control(call, chosen)
    deadline: time | None = call.data.get(ATTR_DEADLINE)
    day = DaySchedule(
        deadline=deadline.strftime("%H:%M") if deadline is not None else None,
        minimum_charge_target=call.data.get(ATTR_MINIMUM_CHARGE_TARGET),
    )
    change = PolicyChange(
        battery_reserve=call.data.get(ATTR_BATTERY_RESERVE),
        days=dict.fromkeys(call.data[ATTR_DAYS], day) if day != DaySchedule() else {},
    )
    if change == PolicyChange():
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_to_change")
    changed = await async_change_policy(chosen.coordinator, chosen.key, change, policy_id=call.data.get(ATTR_POLICY_ID))
    if not call.return_response:
        return None
    snapshot = chosen.coordinator.data.vehicles.get(chosen.key)
    current = snapshot.policy if snapshot is not None else None
    return {"policy": policy_payload(changed, current=current is not None and changed.id == current.id)}


# -- devices and permissions -------------------------------------------------------------------------------------------


def _chosen(hass: HomeAssistant, device_id: str) -> _Chosen:
    """The vehicle behind a device.

    Raises:
        ServiceValidationError: no such device, not one of this integration's, or its entry is not loaded.
    """
    entry: EnodeFlexConfigEntry
    device, entry = service.async_get_device_and_config_entry(hass, DOMAIN, device_id, include_child_devices=False)
    key = next((key for domain, key in device.identifiers if domain == DOMAIN), None)
    if key is None or key not in entry.runtime_data.data.vehicles:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="vehicle_gone")
    return _Chosen(device=device, coordinator=entry.runtime_data, key=key)


async def _async_user(call: ServiceCall, permission: str) -> User | None:
    """Who called; None for an automation or Home Assistant itself.

    Raises:
        UnknownUser: there is no such user.
    """
    if call.context.user_id is None:
        return None
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=permission)
    return user


async def _async_check_control(call: ServiceCall, *chosen: _Chosen) -> None:
    """Plain actions check no permission: whoever may not press the vehicle's button may not use its action either.

    Raises:
        Unauthorized: the user may not control one of the vehicles.
    """
    user = await _async_user(call, POLICY_CONTROL)
    if user is not None and not all(async_may_control(call.hass, user, it.key) for it in chosen):
        raise Unauthorized(context=call.context, user_id=user.id, permission=POLICY_CONTROL)


async def _async_check_read(call: ServiceCall, chosen: _Chosen) -> User | None:
    """Whoever may not see the vehicle's session state may not ask for it here either; returns who asks.

    Raises:
        Unauthorized: the user may not see the vehicle.
    """
    user = await _async_user(call, POLICY_READ)
    if user is not None and not async_may_read(call.hass, user, chosen.key):
        raise Unauthorized(context=call.context, user_id=user.id, permission=POLICY_READ)
    return user
