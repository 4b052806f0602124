"""Setting the integration up: which Enode, which credentials, whose cars."""

from collections.abc import Mapping
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from .api import ENVIRONMENTS, EnodeClient
from .api.errors import EnodeError
from .api.models import User
from .const import (
    ALL_USERS,
    CONF_BASE_URL,
    CONF_ENVIRONMENT,
    CONF_POLLING_INTERVAL_ACTIVE,
    CONF_POLLING_INTERVAL_IDLE,
    CONF_TOKEN_URL,
    CONF_USER_ID,
    DEFAULT_POLLING_INTERVAL_ACTIVE,
    DEFAULT_POLLING_INTERVAL_IDLE,
    DOMAIN,
    MAX_POLLING_INTERVAL,
    MIN_POLLING_INTERVAL,
)
from .exceptions import translation_key

_LOGGER = logging.getLogger(__name__)

_CUSTOM = "custom"
_PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_TEXT = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT, autocomplete="off"))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))

USER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_ENVIRONMENT, default="production"): SelectSelector(
            SelectSelectorConfig(
                options=[*ENVIRONMENTS, _CUSTOM], translation_key="environment", mode=SelectSelectorMode.DROPDOWN
            )
        ),
        vol.Required(CONF_CLIENT_ID): _TEXT,
        vol.Required(CONF_CLIENT_SECRET): _PASSWORD,
    }
)
CUSTOM_SCHEMA = vol.Schema({vol.Required(CONF_BASE_URL): _URL, vol.Required(CONF_TOKEN_URL): _URL})
SECRET_SCHEMA = vol.Schema({vol.Required(CONF_CLIENT_SECRET): _PASSWORD})

_SECONDS = vol.All(
    NumberSelector(
        NumberSelectorConfig(
            min=MIN_POLLING_INTERVAL,
            max=MAX_POLLING_INTERVAL,
            step=10,
            unit_of_measurement="s",
            mode=NumberSelectorMode.BOX,
        )
    ),
    vol.Coerce(int),
)
OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_POLLING_INTERVAL_ACTIVE, default=DEFAULT_POLLING_INTERVAL_ACTIVE): _SECONDS,
        vol.Required(CONF_POLLING_INTERVAL_IDLE, default=DEFAULT_POLLING_INTERVAL_IDLE): _SECONDS,
    }
)


def unique_id_of(base_url: str, client_id: str, user_id: str | None) -> str:
    """What makes an entry unique: the Enode it talks to, the client, and the user (or all of them)."""
    return "|".join((base_url, client_id, user_id or ALL_USERS))


class EnodeFlexConfigFlow(ConfigFlow, domain=DOMAIN):
    """Ask for credentials, try them, ask whose cars, and store only what worked."""

    VERSION = 1

    def __init__(self) -> None:
        self._data: dict[str, Any] = {}
        self._users: list[User] = []

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlowWithReload:
        return EnodeFlexOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for environment and credentials."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            self._data = _stripped(user_input)
            if self._data[CONF_ENVIRONMENT] == _CUSTOM:
                return await self.async_step_custom()
            environment = ENVIRONMENTS[self._data[CONF_ENVIRONMENT]]
            self._data |= {CONF_BASE_URL: environment.base_url, CONF_TOKEN_URL: environment.token_url}
            errors, placeholders = await self._try_credentials()
            if not errors:
                return await self.async_step_follow()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(USER_SCHEMA, _without_secret(self._data)),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_custom(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the addresses of an Enode of one's own, such as the simulator; mend the credentials too."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        schema = CUSTOM_SCHEMA
        if user_input is not None:
            self._data |= _stripped(user_input)
            errors = {
                field: "invalid_url" for field in (CONF_BASE_URL, CONF_TOKEN_URL) if not _is_url(self._data[field])
            }
            if not errors:
                errors, placeholders = await self._try_credentials()
                if not errors:
                    return await self.async_step_follow()
            if "base" in errors:
                # Whatever was wrong, it must be possible to mend it without starting over.
                schema = CUSTOM_SCHEMA.extend(
                    {vol.Required(CONF_CLIENT_ID): _TEXT, vol.Required(CONF_CLIENT_SECRET): _PASSWORD}
                )
        return self.async_show_form(
            step_id="custom",
            data_schema=self.add_suggested_values_to_schema(schema, _without_secret(self._data)),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def async_step_follow(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whose cars to follow, where the client has several users."""
        if user_input is None and len(self._users) != 1:
            if not self._users:
                return self.async_abort(reason="no_users")
            options = [user.id for user in self._users]
            return self.async_show_form(
                step_id="follow",
                data_schema=vol.Schema(
                    {
                        vol.Required(CONF_USER_ID, default=ALL_USERS): SelectSelector(
                            SelectSelectorConfig(
                                options=[ALL_USERS, *options],
                                translation_key="user_id",
                                mode=SelectSelectorMode.DROPDOWN,
                            )
                        )
                    }
                ),
            )
        chosen = self._users[0].id if user_input is None else user_input[CONF_USER_ID]
        user_id = None if chosen == ALL_USERS else chosen
        await self.async_set_unique_id(unique_id_of(self._data[CONF_BASE_URL], self._data[CONF_CLIENT_ID], user_id))
        self._abort_if_unique_id_configured()
        self._abort_if_followed_already(user_id)
        return self.async_create_entry(
            title=f"Enode ({user_id})" if user_id else "Enode", data=self._data | {CONF_USER_ID: user_id}
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Enode no longer takes the secret."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the new secret."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            self._data = {**entry.data, **_stripped(user_input)}
            errors, placeholders = await self._try_credentials(still_follows=entry.data[CONF_USER_ID])
            if not errors:
                return self.async_update_reload_and_abort(entry, data=self._data)
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=SECRET_SCHEMA,
            errors=errors,
            description_placeholders={"client_id": entry.data[CONF_CLIENT_ID], **placeholders},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the secret or, of a custom Enode, the addresses; client and user stay what they are."""
        entry = self._get_reconfigure_entry()
        is_custom = entry.data[CONF_ENVIRONMENT] == _CUSTOM
        schema = vol.Schema({vol.Required(CONF_CLIENT_ID): _TEXT}).extend(SECRET_SCHEMA.schema)
        if is_custom:
            schema = schema.extend(CUSTOM_SCHEMA.schema)
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            self._data = {**entry.data, **_stripped(user_input)}
            if self._data[CONF_CLIENT_ID] != entry.data[CONF_CLIENT_ID]:
                return self.async_abort(reason="wrong_account")
            errors = {
                field: "invalid_url" for field in (CONF_BASE_URL, CONF_TOKEN_URL) if not _is_url(self._data[field])
            }
            if not errors:
                errors, placeholders = await self._try_credentials(still_follows=entry.data[CONF_USER_ID])
            if not errors:
                unique_id = unique_id_of(
                    self._data[CONF_BASE_URL], self._data[CONF_CLIENT_ID], self._data[CONF_USER_ID]
                )
                if unique_id != entry.unique_id and any(
                    other.unique_id == unique_id for other in self._async_current_entries(include_ignore=False)
                ):
                    return self.async_abort(reason="already_configured")
                return self.async_update_reload_and_abort(entry, unique_id=unique_id, data=self._data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                schema, _without_secret({**entry.data, **(user_input or {})})
            ),
            errors=errors,
            description_placeholders=placeholders,
        )

    async def _try_credentials(self, *, still_follows: str | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """Try what was entered against the API: errors and placeholders for the form, both empty when it works.

        ``still_follows``: the user that an existing entry follows, which the account must have.
        """
        client = EnodeClient(
            async_get_clientsession(self.hass),
            base_url=self._data[CONF_BASE_URL],
            token_url=self._data[CONF_TOKEN_URL],
            client_id=self._data[CONF_CLIENT_ID],
            client_secret=self._data[CONF_CLIENT_SECRET],
        )
        try:
            self._users = list(await client.users())
        except EnodeError as error:
            reason = ": ".join(dict.fromkeys(word for word in (error.title, error.detail) if word))
            return {"base": translation_key(error)}, {"reason": reason or str(error.status or "-")}
        except Exception:
            _LOGGER.exception("Unexpected error while trying the credentials")
            return {"base": "unknown"}, {}
        if still_follows is not None and all(user.id != still_follows for user in self._users):
            return {"base": "user_missing"}, {"user_id": still_follows}
        return {}, {}

    def _abort_if_followed_already(self, user_id: str | None) -> None:
        """All users and single users of one client exclude each other: every car would stand there twice."""
        same_client = [
            entry
            for entry in self._async_current_entries(include_ignore=False)
            if entry.data[CONF_BASE_URL] == self._data[CONF_BASE_URL]
            and entry.data[CONF_CLIENT_ID] == self._data[CONF_CLIENT_ID]
        ]
        if same_client and (user_id is None or any(entry.data[CONF_USER_ID] is None for entry in same_client)):
            raise AbortFlow("already_followed")


class EnodeFlexOptionsFlow(OptionsFlowWithReload):
    """How often Enode is asked."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the polling intervals."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_POLLING_INTERVAL_IDLE] >= user_input[CONF_POLLING_INTERVAL_ACTIVE]:
                return self.async_create_entry(data=user_input)
            errors[CONF_POLLING_INTERVAL_IDLE] = "idle_shorter_than_active"
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, user_input or self.config_entry.options),
            errors=errors,
        )


def _stripped(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed or pasted, without the blanks around it; addresses without a slash at the end."""
    stripped = {key: value.strip() if isinstance(value, str) else value for key, value in values.items()}
    if CONF_BASE_URL in stripped:
        stripped[CONF_BASE_URL] = stripped[CONF_BASE_URL].rstrip("/")
    return stripped


def _without_secret(values: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown again in a form."""
    return {key: value for key, value in values.items() if key != CONF_CLIENT_SECRET}


def _is_url(text: str) -> bool:
    try:
        url = URL(text)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.host)
