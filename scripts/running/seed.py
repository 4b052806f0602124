"""Seeds a Home Assistant 2026.11 configuration folder: an owner with a token, onboarding done.

usage: python -m scripts.running.seed FOLDER     (prints one JSON object: token, username, password)

The user is made by Home Assistant's own code; onboarding and the core's settings are written as files.
"""

import asyncio
from datetime import timedelta
import json
from pathlib import Path
import sys

from homeassistant import runner
from homeassistant.auth import auth_manager_from_config
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.auth.providers.homeassistant import HassAuthProvider
from homeassistant.config_entries import ConfigEntries
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .storage import put

USERNAME = PASSWORD = "demo"  # noqa: S105 - printed for everybody to use, on loopback


async def _make_owner(folder: Path) -> str:
    """Make the owner and return a token that lives for years."""
    hass = HomeAssistant(str(folder))
    hass.config_entries = ConfigEntries(hass, {})
    await hass.config_entries.async_initialize()
    dr.async_setup(hass)
    await asyncio.gather(dr.async_load(hass), er.async_load(hass))
    hass.auth = await auth_manager_from_config(hass, [{"type": "homeassistant"}], [])
    provider = hass.auth.auth_providers[0]
    if not isinstance(provider, HassAuthProvider):
        raise TypeError("Home Assistant's own login is expected to be the first provider")
    await provider.async_initialize()
    await provider.async_add_auth(USERNAME, PASSWORD)
    user = await hass.auth.async_create_user("Demo", group_ids=[GROUP_ID_ADMIN])
    credentials = await provider.async_get_or_create_credentials({"username": USERNAME})
    await hass.auth.async_link_user(user, credentials)
    refresh = await hass.auth.async_create_refresh_token(
        user,
        client_name="demo",
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=3650),
    )
    token = hass.auth.async_create_access_token(refresh)
    # Forced: an instance that never ran would otherwise return early and leave the auth store unwritten.
    await hass.async_stop(force=True)
    return token


async def main(folder: Path) -> None:
    """Seed the folder and print how to log in."""
    token = await _make_owner(folder)
    put(folder, "onboarding", {"done": ["user", "core_config", "analytics", "integration"]}, 4)
    core = {
        "latitude": 59.91,
        "longitude": 10.75,
        "elevation": 0,
        "unit_system_v2": "metric",
        "location_name": "Home",
        "time_zone": "Europe/Oslo",
        "external_url": None,
        "internal_url": None,
        "currency": "NOK",
        "country": "NO",
        "language": "en",
        "radius": 100,
    }
    put(folder, "core.config", core, 1, 4)
    print(json.dumps({"token": token, "username": USERNAME, "password": PASSWORD}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])), loop_factory=runner.create_event_loop)
