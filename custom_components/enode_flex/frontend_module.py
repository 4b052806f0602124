"""Serving the dashboard card and announcing it to the frontend."""

import hashlib
import logging
from pathlib import Path
from typing import Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parent / "frontend"
ENTRY_FILE: Final = "enode-flex-card.js"


async def async_setup_frontend(hass: HomeAssistant) -> None:
    """Serve the card and have every page load it. Without a frontend there is nothing to do.

    The path holds a hash of all files: browsers keep them for a month, and an update must reach all of them at once.
    A failure here is logged and costs the card alone.
    """
    if "frontend" not in hass.config.components:
        return
    # Imported here, for the frontend's own package need not be installed where nobody looks.
    from homeassistant.components.frontend import add_extra_js_url  # noqa: PLC0415

    try:
        base = f"/{DOMAIN}/{await hass.async_add_executor_job(_content_hash)}"
        await hass.http.async_register_static_paths([StaticPathConfig(base, str(FOLDER), cache_headers=True)])
        add_extra_js_url(hass, f"{base}/{ENTRY_FILE}")
    except Exception:
        # Whatever a future Home Assistant changes here: sessions, entities and actions must go on.
        _LOGGER.exception("The dashboard card could not be registered; everything else works without it")


def _content_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.js")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
