"""Setting the integration up: which Enode, which credentials, whose cars."""

from collections.abc import Mapping, Sequence
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
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
from .api.models import User, Vehicle
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
    REPOSITORY_URL,
)
from .exceptions import translation_of

_LOGGER = logging.getLogger(__name__)

_CUSTOM = "custom"
_ADDRESSES = (CONF_BASE_URL, CONF_TOKEN_URL)
#: Texts must not hold addresses themselves: hassfest refuses them.
_CREDENTIALS_URL = f"{REPOSITORY_URL}#where-the-credentials-come-from"
_EXAMPLES = {"base_url": "http://127.0.0.1:8124", "token_url": "http://127.0.0.1:8124/oauth2/token"}
_PASSWORD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_TEXT = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT, autocomplete="off"))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))

SECRET_SCHEMA = vol.Schema({vol.Required(CONF_CLIENT_SECRET): _PASSWORD})
CREDENTIALS_SCHEMA = vol.Schema({vol.Required(CONF_CLIENT_ID): _TEXT}).extend(SECRET_SCHEMA.schema)
USER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_ENVIRONMENT, default="production"): SelectSelector(
            SelectSelectorConfig(
                options=[*ENVIRONMENTS, _CUSTOM], translation_key="environment", mode=SelectSelectorMode.DROPDOWN
            )
        ),
    }
).extend(CREDENTIALS_SCHEMA.schema)
CUSTOM_SCHEMA = vol.Schema({vol.Required(CONF_BASE_URL): _URL, vol.Required(CONF_TOKEN_URL): _URL})

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
            self._data = _tidy(user_input)
            if self._data[CONF_ENVIRONMENT] == _CUSTOM:
                return await self.async_step_custom()
            environment = ENVIRONMENTS[self._data[CONF_ENVIRONMENT]]
            self._data |= {CONF_BASE_URL: environment.base_url, CONF_TOKEN_URL: environment.token_url}
            errors, placeholders = await self._try_credentials()
            if not errors:
                return await self.async_step_follow()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(USER_SCHEMA, self._data),
            errors=errors,
            description_placeholders={"credentials_url": _CREDENTIALS_URL, **placeholders},
        )

    async def async_step_custom(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the addresses of an Enode of one's own, such as the simulator; mend the credentials too."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        schema = CUSTOM_SCHEMA
        if user_input is not None:
            self._data |= _tidy(user_input)
            errors = _wrong_addresses(self._data)
            if not errors:
                errors, placeholders = await self._try_credentials()
                if not errors:
                    return await self.async_step_follow()
                # Whatever was wrong, it must be possible to mend it without starting over.
                schema = CUSTOM_SCHEMA.extend(CREDENTIALS_SCHEMA.schema)
        return self.async_show_form(
            step_id="custom",
            data_schema=self.add_suggested_values_to_schema(schema, self._data),
            errors=errors,
            description_placeholders=_EXAMPLES | placeholders,
        )

    async def async_step_follow(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whose cars to follow, where the client has several users."""
        if not self._users:
            return self.async_abort(reason="no_users")
        # Only what can be chosen is offered: who was followed before, the user has long forgotten.
        free = [user for user in self._users if self._conflict(user.id) is None]
        if user_input is None and free and len(self._users) > 1:
            return await self._ask_whom_to_follow(free)
        chosen = self._users[0].id if user_input is None else user_input[CONF_USER_ID]
        user_id = None if chosen == ALL_USERS else chosen
        # Also after the form: another flow may have come first.
        if (conflict := self._conflict(user_id)) is not None:
            return self.async_abort(reason=conflict)
        await self.async_set_unique_id(unique_id_of(self._data[CONF_BASE_URL], self._data[CONF_CLIENT_ID], user_id))
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=f"Enode ({user_id})" if user_id else "Enode", data=self._data | {CONF_USER_ID: user_id}
        )

    async def _ask_whom_to_follow(self, free: list[User]) -> ConfigFlowResult:
        cars = await self._cars_of_users()
        choices = [
            SelectOptionDict(value=user.id, label=_label(user, cars.get(user.id, ())))
            for user in sorted(free, key=lambda user: user.id)
        ]
        if self._conflict(None) is None:
            choices.insert(0, SelectOptionDict(value=ALL_USERS, label=ALL_USERS))
        return self.async_show_form(
            step_id="follow",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_USER_ID, default=choices[0]["value"]): SelectSelector(
                        SelectSelectorConfig(
                            options=choices, translation_key="user_id", mode=SelectSelectorMode.DROPDOWN
                        )
                    )
                }
            ),
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
            self._data = {**entry.data, **_tidy(user_input)}
            errors, placeholders = await self._try_credentials(still_follows=entry.data[CONF_USER_ID])
            if not errors:
                return self.async_update_reload_and_abort(entry, data=self._data)
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(SECRET_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"client_id": entry.data[CONF_CLIENT_ID], **placeholders},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the secret or, of a custom Enode, the addresses; client and user stay what they are."""
        entry = self._get_reconfigure_entry()
        schema = CREDENTIALS_SCHEMA
        if entry.data[CONF_ENVIRONMENT] == _CUSTOM:
            schema = schema.extend(CUSTOM_SCHEMA.schema)
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            self._data = {**entry.data, **_tidy(user_input)}
            errors = _wrong_addresses(self._data)
            if self._data[CONF_CLIENT_ID] != entry.data[CONF_CLIENT_ID]:
                errors[CONF_CLIENT_ID] = "wrong_account"
            if not errors:
                errors, placeholders = await self._try_credentials(still_follows=entry.data[CONF_USER_ID])
            if not errors:
                return self._finish_reconfigure(entry)
        shown = {key: value for key, value in entry.data.items() if key != CONF_CLIENT_SECRET} | (user_input or {})
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
            description_placeholders=_EXAMPLES | placeholders,
        )

    def _finish_reconfigure(self, entry: ConfigEntry) -> ConfigFlowResult:
        user_id = self._data[CONF_USER_ID]
        if (conflict := self._conflict(user_id, beside=entry)) is not None:
            return self.async_abort(reason=conflict)
        unique_id = unique_id_of(self._data[CONF_BASE_URL], self._data[CONF_CLIENT_ID], user_id)
        return self.async_update_reload_and_abort(entry, unique_id=unique_id, data=self._data)

    def _client(self) -> EnodeClient:
        return EnodeClient(
            async_get_clientsession(self.hass),
            base_url=self._data[CONF_BASE_URL],
            token_url=self._data[CONF_TOKEN_URL],
            client_id=self._data[CONF_CLIENT_ID],
            client_secret=self._data[CONF_CLIENT_SECRET],
        )

    async def _try_credentials(self, *, still_follows: str | None = None) -> tuple[dict[str, str], dict[str, str]]:
        """Try what was entered against the API: errors and placeholders for the form, both empty when it works.

        ``still_follows``: the user that an existing entry follows, which the account must have.
        """
        try:
            self._users = list(await self._client().users())
        except EnodeError as error:
            told = translation_of(error)
            return {"base": told["translation_key"]}, told["translation_placeholders"]
        except Exception:
            _LOGGER.exception("Unexpected error while trying the credentials")
            return {"base": "unknown"}, {}
        if still_follows is not None and all(user.id != still_follows for user in self._users):
            return {"base": "user_missing"}, {"user_id": still_follows}
        return {}, {}

    async def _cars_of_users(self) -> dict[str, list[str]]:
        """Names of the cars by user, for ids alone tell a person little; empty if Enode does not tell them."""
        cars: dict[str, list[str]] = {}
        try:
            for vehicle in await self._client().vehicles():
                if vehicle.user_id and (name := _name(vehicle)):
                    cars.setdefault(vehicle.user_id, []).append(name)
        except EnodeError as error:
            _LOGGER.debug("The cars of the users are not known: %s", error)
        return cars

    def _conflict(self, user_id: str | None, *, beside: ConfigEntry | None = None) -> str | None:
        """Why a user (None: all) cannot be followed beside the other entries; None if nothing stands against it.

        All users and single users of one client exclude each other: every car would stand there twice.
        """
        followed = [
            entry.data[CONF_USER_ID]
            for entry in self._async_current_entries(include_ignore=False)
            if (beside is None or entry.entry_id != beside.entry_id)
            and entry.data[CONF_BASE_URL] == self._data[CONF_BASE_URL]
            and entry.data[CONF_CLIENT_ID] == self._data[CONF_CLIENT_ID]
        ]
        if user_id in followed:
            return "already_configured"
        if followed and (user_id is None or None in followed):
            return "already_followed"
        return None


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


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed or pasted, without the blanks around it; addresses written in the one usual way."""
    tidy = {key: value.strip() if isinstance(value, str) else value for key, value in values.items()}
    for field in _ADDRESSES:
        if field in tidy and (url := _url(tidy[field])) is not None:
            tidy[field] = str(url)
    if CONF_BASE_URL in tidy:
        tidy[CONF_BASE_URL] = tidy[CONF_BASE_URL].rstrip("/")
    return tidy


def _wrong_addresses(data: Mapping[str, Any]) -> dict[str, str]:
    """Errors of the addresses, by field."""
    return {field: "invalid_url" for field in _ADDRESSES if _url(data[field]) is None}


def _url(text: str) -> URL | None:
    """The address that a text is; None for one to which no request can go.

    A user name in it would contradict the credentials, and what follows ? or # would end up in every path.
    """
    try:
        url = URL(text)
    except ValueError:
        return None
    is_plain = not (url.user or url.password or url.query_string or url.fragment) and " " not in text
    return url if is_plain and url.scheme in ("http", "https") and url.host else None


def _name(vehicle: Vehicle) -> str:
    information = vehicle.information
    return " ".join(word for word in (information.brand, information.model) if word)


def _label(user: User, cars: Sequence[str]) -> str:
    return f"{user.id} ({', '.join(sorted(cars))})" if cars else user.id
