"""Flows that help to mend an issue, and look again before they let it go."""

from collections.abc import Iterable
from contextlib import suppress
import logging
from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .api.errors import EnodeError
from .api.models import Intervention
from .charging import ErrorWord
from .const import DOMAIN
from .coordinator import EnodeFlexConfigEntry
from .interventions import async_intervention, enode_language
from .issues import IssueKind, vehicle_name
from .snapshot import VehicleSnapshot

_LOGGER = logging.getLogger(__name__)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """The flow for an issue; a plain confirmation where its entry or vehicle is gone."""
    entry: EnodeFlexConfigEntry | None = hass.config_entries.async_get_entry(str((data or {}).get("entry_id")))
    if data is None or entry is None or entry.state is not ConfigEntryState.LOADED:
        return ConfirmRepairFlow()
    kind, about = IssueKind(str(data["kind"])), str(data["about"])
    return FixFlow(entry, kind, about)


class FixFlow(RepairsFlow):
    """One form: what is wrong and what to do; submitting it looks again."""

    def __init__(self, entry: EnodeFlexConfigEntry, kind: IssueKind, about: str) -> None:
        """Make the flow for an issue of an entry; ``about``: the vehicle's key, or the vendor."""
        self._entry = entry
        self._kind = kind
        self._about = about

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the only form, and what is true now: the vehicle's data may be minutes older than the issue."""
        with suppress(EnodeError):
            await self._entry.runtime_data.async_read_all_now()
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Tell what to do; look again when the person says that it is done."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                if await self._async_is_mended():
                    return self.async_create_entry(data={})
                errors["base"] = "still_there"
            except EnodeError as error:
                _LOGGER.warning("Whether an issue is mended could not be found out (%s)", error)
                errors["base"] = "cannot_check"
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=await self._async_placeholders(),
        )

    @property
    def _snapshot(self) -> VehicleSnapshot | None:
        return self._entry.runtime_data.data.vehicles.get(self._about)

    async def _async_is_mended(self) -> bool:
        """Read anew what the issue is about, and whether it is gone."""
        coordinator = self._entry.runtime_data
        if self._kind is IssueKind.CREDENTIALS_INVALID:
            users = await coordinator.account.async_users()
            accounts = [account for user in users for account in user.linked_vendors if account.vendor == self._about]
            return all(account.is_valid is not False for account in accounts)
        await coordinator.async_read_all_now()
        if self._kind is IssueKind.FLEX_ACCESS_LOST:
            return coordinator.account.flex_refused_since is None
        snapshot = self._snapshot
        if snapshot is None:
            return True
        if self._kind is IssueKind.VEHICLE_UNREACHABLE:
            return snapshot.vehicle.is_reachable is not False
        return snapshot.charging.error is not ErrorWord.MISSING_CAPABILITIES

    async def _async_placeholders(self) -> dict[str, str]:
        """Names, instructions and, where a new link mends it, the link: asked for now, never stored."""
        snapshot = self._snapshot
        placeholders = {
            "vehicle": vehicle_name(self.hass, self._entry, self._about) if snapshot is not None else "-",
            "vendor": self._about.title() if self._kind is IssueKind.CREDENTIALS_INVALID else "-",
            "capabilities": "-",
            "instructions": "",
            "link": "",
        }
        texts = await async_get_translations(self.hass, self.hass.config.language, "common", [DOMAIN])

        def text(key: str, **values: str) -> str:
            return texts[f"component.{DOMAIN}.common.{key}"].format(**values)

        wants_link = self._kind in (IssueKind.CREDENTIALS_INVALID, IssueKind.VEHICLE_UNREACHABLE)
        if self._kind is IssueKind.MISSING_CAPABILITIES and snapshot is not None:
            names = snapshot.charging.missing_capabilities
            placeholders["capabilities"] = "\n".join(
                f"- {texts.get(f'component.{DOMAIN}.common.capability_{_slug(name)}', name)}" for name in names
            )
            interventions = await self._async_interventions(snapshot, names)
            # Several capabilities often lack the same: it is told once.
            placeholders["instructions"] = "\n\n".join(
                dict.fromkeys(
                    f"**{it.title or ''}**\n\n{it.description or ''}\n\n_{text(_who(it))}_" for it in interventions
                )
            )
            wants_link = any(it.action == "Link" for it in interventions)
        vehicle = snapshot or next(
            (it for it in self._entry.runtime_data.data.vehicles.values() if it.vehicle.vendor == self._about), None
        )
        if wants_link and vehicle is not None:
            try:
                link = await self._entry.runtime_data.account.async_relink(
                    vehicle.vehicle, enode_language(self.hass.config.language)
                )
                placeholders["link"] = text("repair_link", url=link)
            except EnodeError as error:
                _LOGGER.debug("No link for a new connection (%s)", error)
        return placeholders

    async def _async_interventions(self, snapshot: VehicleSnapshot, names: Iterable[str]) -> list[Intervention]:
        """Enode's own instructions for the capabilities that are missing, each once."""
        capabilities = snapshot.vehicle.capabilities
        wanted = [
            it
            for name, capability in capabilities.items()
            if capability.is_capable is False or name in names
            for it in capability.intervention_ids
        ]
        found: list[Intervention] = []
        for intervention_id in dict.fromkeys(wanted):
            try:
                found.append(await async_intervention(self.hass, self._entry, intervention_id))
            except EnodeError as error:
                _LOGGER.debug("An intervention could not be read (%s)", error)
        return found


def _who(intervention: Intervention) -> str:
    """Key of the sentence that says who must act."""
    return "repair_third_party" if intervention.agent == "ThirdParty" else "repair_user"


def _slug(name: str) -> str:
    """A capability of Enode's as a translation key: ``startCharging`` is ``startcharging``."""
    return "".join(character for character in name.lower() if character.isalnum())
