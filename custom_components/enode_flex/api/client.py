"""Enode's API, one method a call (contract, 3, 5, 6, 7.1 and 8).

Every method raises an ``errors.EnodeError`` where Enode refuses, cannot be reached or answers with something else.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import aiohttp

from . import endpoints, wire
from .auth import TokenKeeper
from .errors import ConflictError, MalformedAnswerError
from .models import (
    ChargeAction,
    ChargingBucket,
    ChargingStretch,
    DaySchedule,
    Intervention,
    Location,
    Policy,
    Session,
    SmartChargingPlan,
    SmartChargingPolicy,
    SmartChargingStatus,
    SmartOverride,
    TargetType,
    User,
    Vehicle,
    Webhook,
    WebhookTest,
)
from .reading import read
from .transport import Transport, document_of, object_of

#: Seconds that one request may take, connection included.
DEFAULT_TIMEOUT: Final = 30.0

type Resolution = Literal["QUARTER_HOUR", "HALF_HOUR", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"]


class EnodeClient:
    """One set of credentials for one environment of Enode. It sees every user of the client (contract, 2.2)."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        """Use the given session, which stays the caller's; ``timeout`` is in seconds and holds for each request."""
        tokens = TokenKeeper(
            session, token_url=token_url, client_id=client_id, client_secret=client_secret, timeout=timeout
        )
        self._api = Transport(session, base_url=base_url, tokens=tokens, timeout=timeout)

    async def ready(self) -> bool:
        """Whether Enode calls itself ready (contract, 3): 204 yes, 503 no."""
        answer = await self._api.call(endpoints.READY, also=(503,))
        return answer.is_success

    # Sections 3 to 5 of the contract: vehicles and their actions

    async def vehicles(self) -> tuple[Vehicle, ...]:
        """All vehicles of all users."""
        return await self._api.all(Vehicle, endpoints.VEHICLES)

    async def user_vehicles(self, user_id: str) -> tuple[Vehicle, ...]:
        """All vehicles of one user; none for a user that Enode does not know (contract, 2.5)."""
        return await self._api.all(Vehicle, endpoints.USER_VEHICLES, {"user_id": user_id})

    async def vehicle(self, vehicle_id: str) -> Vehicle:
        """One vehicle, from Enode's cache (contract, 10)."""
        return await self._api.one(Vehicle, endpoints.VEHICLE, {"vehicle_id": vehicle_id})

    async def refresh_hint(self, vehicle_id: str) -> None:
        """Ask Enode to look at the vehicle sooner. To be used with care: it overrides Enode's own timing."""
        await self._api.call(endpoints.REFRESH_HINT, {"vehicle_id": vehicle_id})

    async def charge(self, vehicle_id: str, kind: Literal["START", "STOP"]) -> ChargeAction:
        """Order a start or stop; the action that comes back is worked on afterwards (contract, 5).

        Raises:
            InvalidRequestError: 400 where it cannot be or already is so, 422 while a plan controls the vehicle.
        """
        return await self._api.one(ChargeAction, endpoints.CHARGE, {"vehicle_id": vehicle_id}, body={"action": kind})

    async def charge_action(self, action_id: str) -> ChargeAction:
        """What has become of an action (contract, 5)."""
        return await self._api.one(ChargeAction, endpoints.CHARGE_ACTION, {"action_id": action_id})

    async def cancel_charge_action(self, action_id: str) -> ChargeAction:
        """Cancel an action. One that has ended already comes back as it ended (contract, 3).

        Raises:
            ConflictError: it has ended and Enode does not tell how.
        """
        endpoint = endpoints.CANCEL_CHARGE_ACTION
        answer = await self._api.call(endpoint, {"action_id": action_id}, also=(409,))
        try:
            return object_of(ChargeAction, answer, endpoint=endpoint)
        except MalformedAnswerError as error:
            if answer.is_success:
                raise
            raise ConflictError(status=answer.status, endpoint=str(endpoint), detail=error.detail) from None

    # Section 6 of the contract: users, locations, interventions

    async def users(self) -> tuple[User, ...]:
        """All users of the client, without their vendors."""
        return await self._api.all(User, endpoints.USERS)

    async def user(self, user_id: str) -> User:
        """One user with the linked vendors."""
        return await self._api.one(User, endpoints.USER, {"user_id": user_id})

    async def locations(self) -> tuple[Location, ...]:
        """All locations of all users."""
        return await self._api.all(Location, endpoints.LOCATIONS)

    async def user_locations(self, user_id: str) -> tuple[Location, ...]:
        """All locations of one user."""
        return await self._api.all(Location, endpoints.USER_LOCATIONS, {"user_id": user_id})

    async def location(self, location_id: str) -> Location:
        """One location."""
        return await self._api.one(Location, endpoints.LOCATION, {"location_id": location_id})

    async def interventions(self) -> tuple[Intervention, ...]:
        """All interventions that Enode knows of."""
        return await self._api.all(Intervention, endpoints.INTERVENTIONS)

    async def intervention(self, intervention_id: str, language: str | None = None) -> Intervention:
        """One intervention, in a language such as ``nb-NO`` (contract, 6 lists them)."""
        return await self._api.one(
            Intervention, endpoints.INTERVENTION, {"intervention_id": intervention_id}, query={"language": language}
        )

    async def relink(self, asset_id: str, language: str, redirect_uri: str) -> str:
        """Return an address at which the owner links the asset anew: single use, 24 h, not to be stored or logged.

        Raises:
            InvalidRequestError: Enode does not know the asset, or it is linked already.
        """
        endpoint = endpoints.RELINK
        body = {"language": language, "redirectUri": redirect_uri}
        answer = await self._api.call(endpoint, {"asset_id": asset_id}, body=body)
        document = document_of(answer, endpoint=endpoint)
        url = (document.get("linkUrl") or document.get("link_url")) if isinstance(document, Mapping) else None
        if not isinstance(url, str):
            raise MalformedAnswerError(detail="No link", status=answer.status, endpoint=str(endpoint))
        return url

    # Sections 8.1 to 8.7: policies and sessions of Flex

    async def policies(self) -> tuple[Policy, ...]:
        """All policies of all users.

        Raises:
            ForbiddenError, NotFoundError: this client has no Flex (contract, 8.8).
        """
        return await self._api.all(Policy, endpoints.POLICIES)

    async def policy(self, policy_id: str) -> Policy:
        """One policy."""
        return await self._api.one(Policy, endpoints.POLICY, {"policy_id": policy_id})

    async def create_policy(self, vehicle_id: str, location_id: str) -> Policy:
        """Create the policy of a vehicle at a location."""
        body = wire.new_policy_body(vehicle_id, location_id)
        return await self._api.one(Policy, endpoints.CREATE_POLICY, body=body)

    async def patch_policy(
        self,
        policy_id: str,
        *,
        battery_reserve: float | None = None,
        schedule: Mapping[str, DaySchedule] | None = None,
    ) -> Policy:
        """Change a policy and return it as it is now: reserve in percent, days of the schedule by weekday.

        What is None is not sent. Whether Enode keeps days that a sent schedule does not name is not known: send all.
        """
        endpoint = endpoints.PATCH_POLICY
        body = wire.policy_body(battery_reserve, schedule)
        answer = await self._api.call(endpoint, {"policy_id": policy_id}, body=body)
        # What a change answers with is inferred: where it is no policy, ask for it.
        changed = read(Policy, document_of(answer, endpoint=endpoint))
        return changed if changed is not None else await self.policy(policy_id)

    async def delete_policy(self, policy_id: str) -> None:
        """Delete a policy; what Enode answers with is not known and not read."""
        await self._api.call(endpoints.DELETE_POLICY, {"policy_id": policy_id})

    async def sessions(
        self,
        *,
        vehicle_id: str | None = None,
        location_id: str | None = None,
        policy_id: str | None = None,
        limit: int | None = None,
        until: Callable[[Session], bool] | None = None,
    ) -> tuple[Session, ...]:
        """Sessions in Enode's order, which is thought to be newest first but not known to be.

        For a history read piece by piece: once ``until`` holds for a session, the rest of its page is still returned,
        but no further page is asked for. ``limit`` cuts after so many sessions.
        """
        query = {"vehicleId": vehicle_id, "locationId": location_id, "policyId": policy_id}
        return await self._api.all(Session, endpoints.SESSIONS, query=query, limit=limit, until=until)

    async def live_session(self, policy_id: str) -> Session | None:
        """The session of a policy that is not settled, None if there is none.

        Enode may say "none" with 404, 204, null or {} (contract, 12). A 404 may as well mean that the policy, or Flex
        itself, is not there: the answers cannot be told apart, so ask ``policies`` for that.

        Raises:
            ForbiddenError: this client may not read it.
        """
        endpoint = endpoints.LIVE_SESSION
        answer = await self._api.call(endpoint, {"policy_id": policy_id}, also=(404,))
        if not answer.is_success:
            return None
        document = document_of(answer, endpoint=endpoint)
        if document is None or document == {}:
            return None
        if not isinstance(document, Mapping):
            raise MalformedAnswerError(detail="No Session", status=answer.status, endpoint=str(endpoint))
        return self._api.read(Session, document)

    async def set_target(self, session_id: str, kind: TargetType | str) -> None:
        """Change what a session aims at: IMMEDIATE_START to charge now, REGULAR to return to the schedule.

        What Enode answers with is not known and not read: read the session again (contract, 8.7 and 9.I).
        """
        await self._api.call(endpoints.SET_TARGET, {"session_id": session_id}, body=wire.target_body(kind))

    # Section 8.8: classic smart charging and charging statistics

    async def smart_charging_policy(self, vehicle_id: str) -> SmartChargingPolicy:
        """What the owner wants of classic smart charging."""
        return await self._api.one(SmartChargingPolicy, endpoints.SMART_CHARGING_POLICY, {"vehicle_id": vehicle_id})

    async def put_smart_charging_policy(
        self,
        vehicle_id: str,
        *,
        is_enabled: bool | None = None,
        deadline: str | None = None,
        minimum_charge_limit: float | None = None,
    ) -> SmartChargingPolicy:
        """Change the classic policy: ``deadline`` HH:mm, limit in percent; what is None stays.

        Raises:
            InvalidRequestError: Enode finds it impossible.
        """
        body = wire.smart_charging_policy_body(is_enabled, deadline, minimum_charge_limit)
        return await self._api.one(
            SmartChargingPolicy, endpoints.PUT_SMART_CHARGING_POLICY, {"vehicle_id": vehicle_id}, body=body
        )

    async def smart_charging_status(self, vehicle_id: str) -> SmartChargingStatus:
        """What classic smart charging does with a vehicle."""
        return await self._api.one(SmartChargingStatus, endpoints.SMART_CHARGING_STATUS, {"vehicle_id": vehicle_id})

    async def smart_charging_plan(self, vehicle_id: str, plan_id: str = "latest") -> SmartChargingPlan:
        """One plan of classic smart charging, the latest if no other is named."""
        ids = {"vehicle_id": vehicle_id, "plan_id": plan_id}
        return await self._api.one(SmartChargingPlan, endpoints.SMART_CHARGING_PLAN, ids)

    async def start_smart_override(self, vehicle_id: str) -> SmartOverride:
        """Charge now, beside classic smart charging."""
        return await self._api.one(SmartOverride, endpoints.START_SMART_OVERRIDE, {"vehicle_id": vehicle_id})

    async def end_smart_override(self, vehicle_id: str) -> SmartOverride:
        """Return to plan or schedule; does not by itself stop the car.

        Raises:
            NotFoundError: no override is active.
        """
        return await self._api.one(SmartOverride, endpoints.END_SMART_OVERRIDE, {"vehicle_id": vehicle_id})

    async def charging_statistics(
        self,
        user_id: str,
        *,
        start: datetime,
        end: datetime | None = None,
        vehicle_id: str | None = None,
        location_id: str | None = None,
        resolution: Resolution = "QUARTER_HOUR",
    ) -> tuple[ChargingBucket, ...]:
        """Energy and cost of a user's vehicles, or of one of them, in spans of time in UTC.

        Raises:
            NotFoundError: Enode does not know the vehicle.
        """
        query = _span(start, end, vehicle_id, location_id) | {"resolution": resolution}
        return await self._api.all(ChargingBucket, endpoints.CHARGING_STATISTICS, {"user_id": user_id}, query=query)

    async def charging_stretches(
        self,
        user_id: str,
        *,
        start: datetime,
        end: datetime | None = None,
        vehicle_id: str | None = None,
        location_id: str | None = None,
    ) -> tuple[ChargingStretch, ...]:
        """Unbroken stretches of consumption of a user's vehicles, or of one of them; up to 15 min late."""
        query = _span(start, end, vehicle_id, location_id)
        return await self._api.all(ChargingStretch, endpoints.CHARGING_STRETCHES, {"user_id": user_id}, query=query)

    # Section 7.1: webhooks

    async def webhooks(self) -> tuple[Webhook, ...]:
        """All webhooks of the client."""
        return await self._api.all(Webhook, endpoints.WEBHOOKS)

    async def webhook(self, webhook_id: str) -> Webhook:
        """One webhook."""
        return await self._api.one(Webhook, endpoints.WEBHOOK, {"webhook_id": webhook_id})

    async def create_webhook(
        self,
        url: str,
        secret: str,
        events: Sequence[str] = ("*",),
        *,
        api_version: str | None = endpoints.API_VERSION,
        authentication: tuple[str, str] | None = None,
    ) -> Webhook:
        """Have events posted to ``url`` (https), signed with ``secret`` (6 to 256 characters).

        ``authentication``: name and value of a header to send along.

        Raises:
            InvalidRequestError: not valid, or there is such a webhook already.
        """
        body = wire.webhook_body(
            url=url, secret=secret, events=events, api_version=api_version, authentication=authentication
        )
        return await self._api.one(
            Webhook, endpoints.CREATE_WEBHOOK, body=body, secrets=_secrets(secret, authentication)
        )

    async def patch_webhook(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        secret: str | None = None,
        events: Sequence[str] | None = None,
        authentication: tuple[str, str] | None = None,
    ) -> Webhook:
        """Change a webhook, what is None stays; an inactive one becomes active again."""
        body = wire.webhook_body(url=url, secret=secret, events=events, api_version=None, authentication=authentication)
        return await self._api.one(
            Webhook,
            endpoints.PATCH_WEBHOOK,
            {"webhook_id": webhook_id},
            body=body,
            secrets=_secrets(secret, authentication),
        )

    async def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook."""
        await self._api.call(endpoints.DELETE_WEBHOOK, {"webhook_id": webhook_id})

    async def test_webhook(self, webhook_id: str) -> WebhookTest:
        """Have a test event sent now; a success makes an inactive webhook active again."""
        return await self._api.one(WebhookTest, endpoints.TEST_WEBHOOK, {"webhook_id": webhook_id})


def _span(
    start: datetime, end: datetime | None, vehicle_id: str | None, location_id: str | None
) -> dict[str, str | None]:
    return {
        "type": "vehicle",
        "startDate": wire.wire_time(start),
        "endDate": None if end is None else wire.wire_time(end),
        "id": vehicle_id,
        "locationId": location_id,
    }


def _secrets(secret: str | None, authentication: tuple[str, str] | None) -> tuple[str, ...]:
    return tuple(text for text in (secret, authentication and authentication[1]) if text)
