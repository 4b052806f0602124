"""The integration's actions: Home Assistant's words on one side, commands.py and charging/ on the other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import ATTR_DEVICE_ID, Platform
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er, service
import voluptuous as vol

from .commands import Outcome, Result, async_immediate_start, async_resume_schedule
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator

SERVICE_IMMEDIATE_START = "immediate_start"
SERVICE_RESUME_SCHEDULE = "resume_schedule"

ATTR_WAIT = "wait"

DEFAULT_WAIT = 60
MAX_WAIT = 300

_COMMAND_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): vol.All(cv.ensure_list, vol.Length(min=1), [cv.string]),
        vol.Optional(ATTR_WAIT, default=DEFAULT_WAIT): vol.All(vol.Coerce(float), vol.Range(min=0, max=MAX_WAIT)),
    }
)

type _Command = Callable[..., Awaitable[Outcome]]


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
    for name, command in (
        (SERVICE_IMMEDIATE_START, async_immediate_start),
        (SERVICE_RESUME_SCHEDULE, async_resume_schedule),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            partial(_async_handle_command, command),
            schema=_COMMAND_SCHEMA,
            supports_response=SupportsResponse.OPTIONAL,
        )


async def _async_handle_command(command: _Command, call: ServiceCall) -> ServiceResponse:
    """Run a command for every chosen vehicle side by side; each runs to its end whatever becomes of the others."""
    chosen = [_chosen(call, device_id) for device_id in dict.fromkeys(call.data[ATTR_DEVICE_ID])]
    await _async_check_permission(call, chosen)
    outcomes = await asyncio.gather(*(command(it.coordinator, it.key, wait=call.data[ATTR_WAIT]) for it in chosen))
    if call.return_response:
        return {
            "vehicles": {it.device.id: _answer(outcome) for it, outcome in zip(chosen, outcomes, strict=True)},
        }
    failed = [(it, outcome) for it, outcome in zip(chosen, outcomes, strict=True) if outcome.translation is not None]
    if len(chosen) == 1:
        outcomes[0].raise_for_result()
    elif failed:
        kind = ServiceValidationError if all(it.result is Result.INVALID for _, it in failed) else HomeAssistantError
        raise kind(
            translation_domain=DOMAIN,
            translation_key="some_failed",
            translation_placeholders={"failures": "; ".join(f"{it.name}: {outcome.reason}" for it, outcome in failed)},
        )
    return None


def _chosen(call: ServiceCall, device_id: str) -> _Chosen:
    """The vehicle behind a device.

    Raises:
        ServiceValidationError: no such device, not one of this integration's, or its entry is not loaded.
    """
    entry: EnodeFlexConfigEntry
    device, entry = service.async_get_device_and_config_entry(call.hass, DOMAIN, device_id, include_child_devices=False)
    key = next((key for domain, key in device.identifiers if domain == DOMAIN), None)
    if key is None or key not in entry.runtime_data.data.vehicles:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="vehicle_gone")
    return _Chosen(device=device, coordinator=entry.runtime_data, key=key)


async def _async_check_permission(call: ServiceCall, chosen: Iterable[_Chosen]) -> None:
    """Plain actions check no permission: whoever may not press the vehicle's button may not use its action either.

    Raises:
        Unauthorized: the user may not control one of the vehicles.
    """
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=POLICY_CONTROL)
    if user.is_admin:
        return
    registry = er.async_get(call.hass)
    for it in chosen:
        entity_id = registry.async_get_entity_id(Platform.BUTTON, DOMAIN, f"{it.key}_{SERVICE_IMMEDIATE_START}")
        if entity_id is None or not user.permissions.check_entity(entity_id, POLICY_CONTROL):
            raise Unauthorized(context=call.context, user_id=user.id, entity_id=entity_id, permission=POLICY_CONTROL)


def _answer(outcome: Outcome) -> dict[str, Any]:
    """What the action tells of one vehicle: times as ISO 8601 in UTC."""
    charging = outcome.snapshot.charging
    return {
        "result": outcome.result.value,
        "reason": outcome.reason,
        "session_state": charging.session_state.value if charging.session_state else None,
        "target_reached_at": charging.target_reached_at.isoformat() if charging.target_reached_at else None,
    }
