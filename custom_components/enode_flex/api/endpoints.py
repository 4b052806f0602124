"""Every address and path of Enode in one table, so that a path that moves is changed in one line.

Sources: Enode's OpenAPI where nothing else is said (contract, 3); the Flex paths are known from one gateway that
proxies Enode (contract, 8.1), so their confidence stands beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, override
from urllib.parse import quote

from .errors import InvalidRequestError

#: Version of the API that this client speaks (contract, 2.3).
API_VERSION: Final = "2024-10-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a set of credentials is valid (contract, 2.1)."""

    base_url: str
    token_url: str


ENVIRONMENTS: Final[Mapping[str, Environment]] = {
    "production": Environment(
        base_url="https://enode-api.production.enode.io",
        token_url="https://oauth.production.enode.io/oauth2/token",  # noqa: S106  # an address, no secret
    ),
    "sandbox": Environment(
        base_url="https://enode-api.sandbox.enode.io",
        token_url="https://oauth.sandbox.enode.io/oauth2/token",  # noqa: S106  # an address, no secret
    ),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path with places for ids. As text it is safe to log."""

    method: str
    template: str

    @override
    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    def path(self, ids: Mapping[str, str]) -> str:
        """Return the path with ids in their places.

        Raises:
            InvalidRequestError: an id that would lead to another path, such as an empty one.
        """
        if any(value in ("", ".", "..") for value in ids.values()):
            raise InvalidRequestError(detail="An id is missing", endpoint=str(self))
        return self.template.format_map({name: quote(value, safe="") for name, value in ids.items()})


#: Not below the base URL: environments and tests set it on its own.
TOKEN = Endpoint("POST", "/oauth2/token")

READY = Endpoint("GET", "/health/ready")

VEHICLES = Endpoint("GET", "/vehicles")
USER_VEHICLES = Endpoint("GET", "/users/{user_id}/vehicles")
VEHICLE = Endpoint("GET", "/vehicles/{vehicle_id}")
REFRESH_HINT = Endpoint("POST", "/vehicles/{vehicle_id}/refresh-hint")
CHARGE = Endpoint("POST", "/vehicles/{vehicle_id}/charging")
CHARGE_ACTION = Endpoint("GET", "/vehicles/actions/{action_id}")
CANCEL_CHARGE_ACTION = Endpoint("POST", "/vehicles/actions/{action_id}/cancel")

USERS = Endpoint("GET", "/users")
USER = Endpoint("GET", "/users/{user_id}")
RELINK = Endpoint("POST", "/assets/{asset_id}/relink")

LOCATIONS = Endpoint("GET", "/locations")
USER_LOCATIONS = Endpoint("GET", "/users/{user_id}/locations")
LOCATION = Endpoint("GET", "/locations/{location_id}")

INTERVENTIONS = Endpoint("GET", "/interventions")
INTERVENTION = Endpoint("GET", "/interventions/{intervention_id}")

WEBHOOKS = Endpoint("GET", "/webhooks")
CREATE_WEBHOOK = Endpoint("POST", "/webhooks")
WEBHOOK = Endpoint("GET", "/webhooks/{webhook_id}")
PATCH_WEBHOOK = Endpoint("PATCH", "/webhooks/{webhook_id}")
DELETE_WEBHOOK = Endpoint("DELETE", "/webhooks/{webhook_id}")
TEST_WEBHOOK = Endpoint("POST", "/webhooks/{webhook_id}/test")

# Flex. The prefix is confirmed by Enode's own pages; these paths by one client's code: medium confidence.
POLICIES = Endpoint("GET", "/flex/vehicle-policies")
CREATE_POLICY = Endpoint("POST", "/flex/vehicle-policies")
POLICY = Endpoint("GET", "/flex/vehicle-policies/{policy_id}")
PATCH_POLICY = Endpoint("PATCH", "/flex/vehicle-policies/{policy_id}")
DELETE_POLICY = Endpoint("DELETE", "/flex/vehicle-policies/{policy_id}")  # its answer: low
SESSIONS = Endpoint("GET", "/flex/vehicle-policies/sessions")  # paging beside `data`: inferred, medium; order: low
LIVE_SESSION = Endpoint("GET", "/flex/vehicle-policies/{policy_id}/session")  # status without a session: low
SET_TARGET = Endpoint("PUT", "/flex/sessions/{session_id}/target")  # its answer: low

# Classic smart charging and charging statistics: documented, high confidence (contract, 8.8).
SMART_CHARGING_POLICY = Endpoint("GET", "/vehicles/{vehicle_id}/smart-charging-policy")
PUT_SMART_CHARGING_POLICY = Endpoint("PUT", "/vehicles/{vehicle_id}/smart-charging-policy")
SMART_CHARGING_STATUS = Endpoint("GET", "/vehicles/{vehicle_id}/smart-charging-status")
SMART_CHARGING_PLAN = Endpoint("GET", "/vehicles/{vehicle_id}/smart-charging-plans/{plan_id}")
START_SMART_OVERRIDE = Endpoint("POST", "/vehicles/{vehicle_id}/smart-override")
END_SMART_OVERRIDE = Endpoint("DELETE", "/vehicles/{vehicle_id}/smart-override")
CHARGING_STATISTICS = Endpoint("GET", "/users/{user_id}/statistics/charging")
CHARGING_STRETCHES = Endpoint("GET", "/users/{user_id}/statistics/charging/sessions")
