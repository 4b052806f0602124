"""Enode's own instructions for owners, in the nearest language, kept for a day (contract, 6)."""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api.models import Intervention
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry

#: The languages that Enode offers; the first of a language is taken where the country is not told.
LANGUAGES = (
    "en-US", "en-GB", "de-DE", "fr-FR", "nl-NL", "nl-BE", "nb-NO", "sv-SE", "da-DK", "fi-FI", "es-ES", "it-IT", "pt-PT",
    "pl-PL", "ro-RO", "ja-JP", "lv-LV", "lt-LT",
)  # fmt: skip

KEPT_FOR = timedelta(days=1)

type _Cache = dict[tuple[str, str, str], tuple[datetime, Intervention]]
_CACHE: HassKey[_Cache] = HassKey(f"{DOMAIN}_interventions")


def enode_language(language: str) -> str:
    """The nearest of Enode's languages: the same, else one of the same tongue, else English."""
    if language in LANGUAGES:
        return language
    tongue = {"no": "nb", "nn": "nb"}.get(language.split("-", maxsplit=1)[0], language.split("-", maxsplit=1)[0])
    return next((offered for offered in LANGUAGES if offered.split("-")[0] == tongue), LANGUAGES[0])


async def async_intervention(hass: HomeAssistant, entry: EnodeFlexConfigEntry, intervention_id: str) -> Intervention:
    """One instruction in the server's language, from Enode at most once a day.

    Raises:
        EnodeError: it could not be read.
    """
    cache = hass.data.setdefault(_CACHE, {})
    language = enode_language(hass.config.language)
    key = (entry.entry_id, intervention_id, language)
    now = dt_util.utcnow()
    if key in cache and now - cache[key][0] < KEPT_FOR:
        return cache[key][1]
    found = await entry.runtime_data.account.async_intervention(intervention_id, language)
    cache[key] = (now, found)
    return found
