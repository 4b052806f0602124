"""The card's way to the sessions: websocket commands that tell one vehicle, and tell it again whenever it changes."""

from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.loader import async_get_integration
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .coordinator import HISTORY_HELD, EnodeFlexCoordinator
from .payload import VERSION, EntryState, Json, absent_payload, session_payload
from .surroundings import (
    async_device,
    async_may_read,
    async_surroundings,
    async_vehicle_key,
    async_vehicle_payload,
)

TYPE_CAPABILITIES: Final = f"{DOMAIN}/capabilities"
TYPE_SUBSCRIBE: Final = f"{DOMAIN}/subscribe_session"
TYPE_HISTORY: Final = f"{DOMAIN}/history"

#: What is told of the past unless a number is asked for.
DEFAULT_HISTORY: Final = 14


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, _handle_capabilities)
    websocket_api.async_register_command(hass, _handle_subscribe)
    websocket_api.async_register_command(hass, _handle_history)


@websocket_api.websocket_command({vol.Required("type"): TYPE_CAPABILITIES})
@websocket_api.async_response
async def _handle_capabilities(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Tell the version of the snapshot and the commands that there are."""
    integration = await async_get_integration(hass, DOMAIN)
    connection.send_result(
        msg["id"],
        {
            "version": VERSION,
            "integration": str(integration.version),
            "commands": [TYPE_CAPABILITIES, TYPE_SUBSCRIBE, TYPE_HISTORY],
        },
    )


@websocket_api.websocket_command(
    {
        vol.Required("type"): TYPE_SUBSCRIBE,
        vol.Exclusive("entity_id", "vehicle"): cv.entity_id,
        vol.Exclusive("device_id", "vehicle"): cv.string,
    }
)
@callback
def _handle_subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Push the snapshot of a vehicle now and on every change."""
    if (key := _readable_key(hass, connection, msg)) is None:
        return
    subscription = _Subscription(hass, connection, msg["id"], key)
    connection.subscriptions[msg["id"]] = subscription.stop
    connection.send_result(msg["id"])
    subscription.start()


@websocket_api.websocket_command(
    {
        vol.Required("type"): TYPE_HISTORY,
        vol.Exclusive("entity_id", "vehicle"): cv.entity_id,
        vol.Exclusive("device_id", "vehicle"): cv.string,
        vol.Optional("limit", default=DEFAULT_HISTORY): vol.All(int, vol.Range(min=1, max=HISTORY_HELD)),
    }
)
@callback
def _handle_history(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Tell the last settled sessions, newest first, without their quarters of an hour."""
    if (key := _readable_key(hass, connection, msg)) is None:
        return
    now = dt_util.utcnow()
    coordinator = _coordinator_of(hass, key)
    sessions = coordinator.data.vehicles[key].history[: msg["limit"]] if coordinator is not None else ()
    connection.send_result(
        msg["id"],
        {"version": VERSION, "sessions": [session_payload(session, now=now, series=False) for session in sessions]},
    )


def _readable_key(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> str | None:
    """Key of the vehicle that a message names; None after the error was sent.

    Raises:
        Unauthorized: the user may not see the vehicle.
    """
    entity_id, device_id = msg.get("entity_id"), msg.get("device_id")
    key = async_vehicle_key(hass, entity_id=entity_id, device_id=device_id)
    if key is None:
        connection.send_error(
            msg["id"], websocket_api.ERR_NOT_FOUND, f"{entity_id or device_id} is no vehicle of this integration"
        )
        return None
    if not async_may_read(hass, connection.user, key):
        raise Unauthorized(user_id=connection.user.id, entity_id=entity_id, permission=POLICY_READ)
    return key


@callback
def _coordinator_of(hass: HomeAssistant, key: str) -> EnodeFlexCoordinator | None:
    """The coordinator that has the vehicle now; None while its entry is not loaded."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        coordinator: EnodeFlexCoordinator = entry.runtime_data
        if key in coordinator.data.vehicles:
            return coordinator
    return None


class _Subscription:
    """Somebody who looks at a vehicle.

    It belongs to the vehicle's key, not to a coordinator: a reload, an unload and the removal of the entry are told
    like every other change, and it goes on when the vehicle is back.
    """

    def __init__(self, hass: HomeAssistant, connection: ActiveConnection, message_id: int, key: str) -> None:
        self._hass = hass
        self._connection = connection
        self._message_id = message_id
        self._key = key
        self._coordinator: EnodeFlexCoordinator | None = None
        self._stop_listening: CALLBACK_TYPE | None = None
        self._stops: list[CALLBACK_TYPE] = []
        self._told: Json | None = None

    @callback
    def start(self) -> None:
        """Tell the vehicle and listen for its changes."""
        self._stops = [
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_entry_change),
            self._hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._handle_device_change),
        ]
        self._follow()

    @callback
    def stop(self) -> None:
        """Listen no more."""
        self._leave()
        while self._stops:
            self._stops.pop()()

    @callback
    def _handle_entry_change(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            self._follow()

    @callback
    def _handle_device_change(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """The owner may have given the car another name, or have deleted it."""
        if self._told is not None and event.data["device_id"] == self._told["vehicle"]["device_id"]:
            self._push()

    @callback
    def _follow(self) -> None:
        """Listen to the coordinator that has the vehicle now, and tell what there is to tell."""
        coordinator = _coordinator_of(self._hass, self._key)
        if coordinator is not self._coordinator:
            self._leave()
            self._coordinator = coordinator
            if coordinator is not None:
                self._stop_listening = coordinator.async_add_listener(self._push)
        self._push()

    @callback
    def _leave(self) -> None:
        self._coordinator = None
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    @callback
    def _push(self) -> None:
        """Send the vehicle, unless it is as it was when it was sent last: the coordinator serves other ones too."""
        payload = self._payload()
        told = {name: value for name, value in payload.items() if name not in {"now", "as_of"}}
        if told != self._told:
            self._told = told
            self._connection.send_event(self._message_id, payload)

    @callback
    def _payload(self) -> Json:
        coordinator = self._coordinator
        if coordinator is not None and self._key in coordinator.data.vehicles:
            return async_vehicle_payload(self._hass, coordinator, self._key, user=self._connection.user)
        device = async_device(self._hass, self._key)
        entry = self._hass.config_entries.async_get_entry(device.config_entry_id) if device is not None else None
        absent = entry is not None and entry.state is not ConfigEntryState.LOADED
        return absent_payload(
            async_surroundings(self._hass, self._key, user=self._connection.user),
            now=dt_util.utcnow(),
            entry=EntryState.NOT_LOADED if absent else EntryState.REMOVED,
        )
