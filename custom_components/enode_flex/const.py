"""Names and numbers that more than one file of the integration uses."""

from datetime import timedelta
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "enode_flex"

PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
]

#: Every URL of the project starts here (a test compares manifest, README, blueprints and card with it).
REPOSITORY_URL: Final = "https://github.com/enode-flex/enode-flex-home-assistant"

CONF_ENVIRONMENT: Final = "environment"
CONF_BASE_URL: Final = "base_url"
CONF_TOKEN_URL: Final = "token_url"  # noqa: S105 - an address, not a secret
CONF_USER_ID: Final = "user_id"

#: How the choice "every user of this client" is written in a form and in the entry's unique id.
ALL_USERS: Final = "all"

CONF_POLLING_INTERVAL_ACTIVE: Final = "polling_interval_active"
CONF_POLLING_INTERVAL_IDLE: Final = "polling_interval_idle"
DEFAULT_POLLING_INTERVAL_ACTIVE: Final = 60
DEFAULT_POLLING_INTERVAL_IDLE: Final = 300
MIN_POLLING_INTERVAL: Final = 30
MAX_POLLING_INTERVAL: Final = 3600

#: Nothing could be read for this long: values are told as unavailable. One missed poll never does that.
STALE_AFTER: Final = timedelta(minutes=30)
