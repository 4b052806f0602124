"""Enode Flex: an electric car's smart-charging sessions in Home Assistant."""

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from .api import EnodeClient
from .const import CONF_BASE_URL, CONF_TOKEN_URL, CONF_USER_ID, DOMAIN, PLATFORMS
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .frontend_module import async_setup_frontend
from .happenings import HappeningWatcher
from .identity import VehicleIdentities
from .importer import HistoryImporter
from .issues import IssueManager, async_forget_issues
from .ledger import Ledgers
from .services import async_setup_services
from .sources import Account
from .told import ToldStore
from .visit_storage import VisitStorage
from .websocket import async_setup_websocket

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register actions, websocket commands and the card: they exist whether or not an entry is loaded, and say so."""
    async_setup_services(hass)
    async_setup_websocket(hass)
    await async_setup_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> bool:
    """Connect to Enode and read everything once.

    Raises:
        ConfigEntryAuthFailed: Enode does not take the credentials.
        ConfigEntryNotReady: Enode cannot be reached.
    """
    client = EnodeClient(
        async_get_clientsession(hass),
        base_url=entry.data[CONF_BASE_URL],
        token_url=entry.data[CONF_TOKEN_URL],
        client_id=entry.data[CONF_CLIENT_ID],
        client_secret=entry.data[CONF_CLIENT_SECRET],
    )
    coordinator = EnodeFlexCoordinator(
        hass, entry, Account(client, user_id=entry.data[CONF_USER_ID], storage=VisitStorage(hass, entry.entry_id))
    )
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    # A coordinator polls only while somebody listens: statistics, events and repairs must go on with every entity
    # disabled.
    entry.async_on_unload(coordinator.async_add_listener(_keep_polling))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await HappeningWatcher(hass, entry).async_start()
    HistoryImporter(hass, entry).async_start()
    await IssueManager(hass, entry).async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> bool:
    """Unload the platforms; what the entry registered goes with it."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: EnodeFlexConfigEntry) -> None:
    """Forget what was stored for the entry. Its external statistics stay: they are the owner's history."""
    await VehicleIdentities(hass, entry.entry_id).async_remove()
    await Ledgers(hass, entry.entry_id).async_remove()
    await VisitStorage(hass, entry.entry_id).async_remove()
    await ToldStore(hass, entry.entry_id).async_remove()
    await async_forget_issues(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a person delete the device of a vehicle that Enode no longer lists."""
    if not hasattr(entry, "runtime_data"):
        return True
    present = entry.runtime_data.data.vehicles
    return not any(domain == DOMAIN and key in present for domain, key in device.identifiers)


@callback
def _keep_polling() -> None:
    """Listen to nothing."""
