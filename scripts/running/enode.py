"""Sets the integration up against the simulator, through its own flows, anew at each start.

A simulated Enode begins its world at its start: the same cars with another past. What Home Assistant remembers of the
world before would contradict it, so the entry of an earlier start goes, with the statistics that came from it. Devices,
entities and what a person made of them (names, areas, automations) stay, for Home Assistant knows the cars again.
"""

from typing import Any

from .errors import DemoError
from .home_assistant import HomeAssistantClient
from .state import DOMAIN

CLIENT_ID, CLIENT_SECRET = "demo-client", "demo-secret"
USER_ID = "home"
#: The lower bound of the polling options (seconds).
POLLING_INTERVAL = 30
_ENTRIES = "/api/config/config_entries/entry"
_FLOW = "/api/config/config_entries/flow"
_OPTIONS_FLOW = "/api/config/config_entries/options/flow"


async def forget_entry(client: HomeAssistantClient, entry_id: str) -> None:
    """Remove the entry of an earlier start and the sums of its world."""
    if any(entry["entry_id"] == entry_id for entry in await client.command("config_entries/get", domain=DOMAIN)):
        own = {
            entity["entity_id"]
            for entity in await client.command("config/entity_registry/list")
            if entity["config_entry_id"] == entry_id
        }
        await client.request("DELETE", f"{_ENTRIES}/{entry_id}")
        sums = [
            statistic["statistic_id"]
            for statistic in await client.command("recorder/list_statistic_ids", statistic_type="sum")
        ]
        stale = [name for name in sums if name in own or name.startswith(f"{DOMAIN}:")]
        if stale:
            await client.command("recorder/clear_statistics", statistic_ids=stale)


async def make_entry(client: HomeAssistantClient, simulator_url: str) -> str:
    """Walk the integration's config flow as a person would; the entry's id.

    Raises:
        DemoError: the flow does not end in an entry.
        HomeAssistantError: a form shows an error, or asks for a field that is not known here.
    """
    known: dict[str, Any] = {
        "environment": "custom",
        "base_url": simulator_url,
        "token_url": f"{simulator_url}/oauth2/token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "user_id": USER_ID,
    }
    result = await client.finish_flow(_FLOW, {"handler": DOMAIN}, known)
    if result["type"] != "create_entry":
        raise DemoError(
            f"the integration could not be set up ({result.get('reason')}): start with --reset to forget what is there"
        )
    entry_id: str = result["result"]["entry_id"]
    return entry_id


async def set_options(client: HomeAssistantClient, entry_id: str) -> None:
    """Let Home Assistant ask as often as the options allow."""
    known = {"polling_interval_active": POLLING_INTERVAL, "polling_interval_idle": POLLING_INTERVAL}
    await client.finish_flow(_OPTIONS_FLOW, {"handler": entry_id}, known)
