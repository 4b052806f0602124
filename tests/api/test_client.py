"""Every call: its method, path, query, headers and body, and what becomes of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
import inspect
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.enode_flex import api
from custom_components.enode_flex.api import (
    ENVIRONMENTS,
    ChargeAction,
    ConflictError,
    DaySchedule,
    EnodeClient,
    ForbiddenError,
    Intervention,
    Location,
    MalformedAnswerError,
    NotFoundError,
    Policy,
    ServerError,
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
    endpoints,
)

from .conftest import SAMPLES, FakeEnode, Reply, warnings_in

START = datetime(2026, 11, 23, 19, 15, tzinfo=timezone(timedelta(hours=1)))
END = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@dataclass
class Call:
    """A call of the client and the request it has to make."""

    make: Callable[[EnodeClient], Any]
    method: str
    path: str
    answer: Any
    expected: Any
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None


CALLS = {
    "vehicles": Call(lambda c: c.vehicles(), "GET", "/vehicles", [{"id": "v"}], (Vehicle(id="v"),)),
    "user_vehicles": Call(
        lambda c: c.user_vehicles("u"), "GET", "/users/u/vehicles", [{"id": "v"}], (Vehicle(id="v"),)
    ),
    "vehicle": Call(lambda c: c.vehicle("v"), "GET", "/vehicles/v", {"id": "v"}, Vehicle(id="v")),
    "refresh_hint": Call(lambda c: c.refresh_hint("v"), "POST", "/vehicles/v/refresh-hint", None, None),
    "charge": Call(
        lambda c: c.charge("v", "START"),
        "POST",
        "/vehicles/v/charging",
        {"id": "a", "state": "PENDING", "kind": "START"},
        ChargeAction(id="a", state="PENDING", kind="START"),
        body={"action": "START"},
    ),
    "charge_action": Call(
        lambda c: c.charge_action("a"), "GET", "/vehicles/actions/a", {"id": "a"}, ChargeAction(id="a")
    ),
    "cancel_charge_action": Call(
        lambda c: c.cancel_charge_action("a"), "POST", "/vehicles/actions/a/cancel", {"id": "a"}, ChargeAction(id="a")
    ),
    "users": Call(lambda c: c.users(), "GET", "/users", [{"id": "u", "scopes": ["x"]}], (User(id="u", scopes=("x",)),)),
    "user": Call(lambda c: c.user("u"), "GET", "/users/u", {"id": "u"}, User(id="u")),
    "locations": Call(lambda c: c.locations(), "GET", "/locations", [{"id": "l"}], (Location(id="l"),)),
    "user_locations": Call(
        lambda c: c.user_locations("u"), "GET", "/users/u/locations", [{"id": "l"}], (Location(id="l"),)
    ),
    "location": Call(
        lambda c: c.location("l"),
        "GET",
        "/locations/l",
        {"id": "l", "name": "Home", "timezoneName": "Europe/Oslo", "zone": "NO1", "latitude": 59.9},
        Location(id="l", name="Home", timezone_name="Europe/Oslo", zone="NO1"),
    ),
    "interventions": Call(lambda c: c.interventions(), "GET", "/interventions", [{"id": "i"}], (Intervention(id="i"),)),
    "intervention": Call(
        lambda c: c.intervention("i", "nb-NO"),
        "GET",
        "/interventions/i",
        {"id": "i"},
        Intervention(id="i"),
        query=(("language", "nb-NO"),),
    ),
    "intervention_in_any_language": Call(
        lambda c: c.intervention("i"), "GET", "/interventions/i", {"id": "i"}, Intervention(id="i")
    ),
    "relink": Call(
        lambda c: c.relink("v", "nb-NO", "https://ha.example/back"),
        "POST",
        "/assets/v/relink",
        {"linkUrl": "https://link.example/1", "linkToken": "t"},
        "https://link.example/1",
        body={"language": "nb-NO", "redirectUri": "https://ha.example/back"},
    ),
    "policies": Call(lambda c: c.policies(), "GET", "/flex/vehicle-policies", [{"id": "p"}], (Policy(id="p"),)),
    "policy": Call(lambda c: c.policy("p"), "GET", "/flex/vehicle-policies/p", {"id": "p"}, Policy(id="p")),
    "create_policy": Call(
        lambda c: c.create_policy("v", "l"),
        "POST",
        "/flex/vehicle-policies",
        {"id": "p"},
        Policy(id="p"),
        body={"vehicleId": "v", "locationId": "l"},
    ),
    "patch_policy": Call(
        lambda c: c.patch_policy(
            "p",
            battery_reserve=29.6,
            schedule={
                "monday": DaySchedule(deadline="07:00", minimum_charge_target=80.0),
                "friday": DaySchedule(deadline="24:00"),
            },
        ),
        "PATCH",
        "/flex/vehicle-policies/p",
        {"id": "p", "batteryReserve": 30},
        Policy(id="p", battery_reserve=30),
        body={
            "batteryReserve": 30,
            "schedule": {"monday": {"deadline": "07:00", "minimumChargeTarget": 80}, "friday": {"deadline": "24:00"}},
        },
    ),
    "patch_policy_with_its_reserve_alone": Call(
        lambda c: c.patch_policy("p", battery_reserve=0),
        "PATCH",
        "/flex/vehicle-policies/p",
        {"id": "p"},
        Policy(id="p"),
        body={"batteryReserve": 0},
    ),
    "patch_policy_with_its_schedule_alone": Call(
        lambda c: c.patch_policy("p", schedule={}),
        "PATCH",
        "/flex/vehicle-policies/p",
        {"id": "p"},
        Policy(id="p"),
        body={"schedule": {}},
    ),
    "delete_policy": Call(lambda c: c.delete_policy("p"), "DELETE", "/flex/vehicle-policies/p", None, None),
    "sessions": Call(
        lambda c: c.sessions(vehicle_id="v", location_id="l", policy_id="p"),
        "GET",
        "/flex/vehicle-policies/sessions",
        [SAMPLES["G_settled"]],
        (Session.from_dict(SAMPLES["G_settled"]),),
        query=(("vehicleId", "v"), ("locationId", "l"), ("policyId", "p")),
    ),
    "live_session": Call(
        lambda c: c.live_session("p"),
        "GET",
        "/flex/vehicle-policies/p/session",
        SAMPLES["B_reserve"],
        Session.from_dict(SAMPLES["B_reserve"]),
    ),
    "set_target": Call(
        lambda c: c.set_target("s", TargetType.IMMEDIATE_START),
        "PUT",
        "/flex/sessions/s/target",
        {"odd": 1},
        None,
        body={"type": "IMMEDIATE_START"},
    ),
    "smart_charging_policy": Call(
        lambda c: c.smart_charging_policy("v"),
        "GET",
        "/vehicles/v/smart-charging-policy",
        {"isEnabled": True, "deadline": "24:00", "minimumChargeLimit": 20},
        SmartChargingPolicy(is_enabled=True, deadline="24:00", minimum_charge_limit=20),
    ),
    "put_smart_charging_policy": Call(
        lambda c: c.put_smart_charging_policy("v", is_enabled=False, minimum_charge_limit=19.7),
        "PUT",
        "/vehicles/v/smart-charging-policy",
        {"isEnabled": False},
        SmartChargingPolicy(is_enabled=False),
        body={"isEnabled": False, "minimumChargeLimit": 20},
    ),
    "put_smart_charging_deadline": Call(
        lambda c: c.put_smart_charging_policy("v", deadline="07:00"),
        "PUT",
        "/vehicles/v/smart-charging-policy",
        {"deadline": "07:00"},
        SmartChargingPolicy(deadline="07:00"),
        body={"deadline": "07:00"},
    ),
    "smart_charging_status": Call(
        lambda c: c.smart_charging_status("v"),
        "GET",
        "/vehicles/v/smart-charging-status",
        {"state": "DISABLED", "vehicleId": "v"},
        SmartChargingStatus(state="DISABLED", vehicle_id="v"),
    ),
    "smart_charging_plan": Call(
        lambda c: c.smart_charging_plan("v"),
        "GET",
        "/vehicles/v/smart-charging-plans/latest",
        {"id": "plan"},
        SmartChargingPlan(id="plan"),
    ),
    "one_smart_charging_plan": Call(
        lambda c: c.smart_charging_plan("v", "plan"),
        "GET",
        "/vehicles/v/smart-charging-plans/plan",
        {"id": "plan"},
        SmartChargingPlan(id="plan"),
    ),
    "start_smart_override": Call(
        lambda c: c.start_smart_override("v"),
        "POST",
        "/vehicles/v/smart-override",
        {"createdAt": "2026-11-23T20:00:00Z", "endedAt": None},
        SmartOverride(created_at=END),
    ),
    "end_smart_override": Call(
        lambda c: c.end_smart_override("v"),
        "DELETE",
        "/vehicles/v/smart-override",
        {"endedAt": "2026-11-23T20:00:00Z"},
        SmartOverride(ended_at=END),
    ),
    "charging_statistics": Call(
        lambda c: c.charging_statistics("u", start=START, end=END, vehicle_id="v", resolution="HOUR"),
        "GET",
        "/users/u/statistics/charging",
        [],
        (),
        query=(
            ("type", "vehicle"),
            ("startDate", "2026-11-23T18:15:00.000Z"),
            ("endDate", "2026-11-23T20:00:00.000Z"),
            ("id", "v"),
            ("resolution", "HOUR"),
        ),
    ),
    "charging_stretches": Call(
        lambda c: c.charging_stretches("u", start=START, location_id="l"),
        "GET",
        "/users/u/statistics/charging/sessions",
        [],
        (),
        query=(("type", "vehicle"), ("startDate", "2026-11-23T18:15:00.000Z"), ("locationId", "l")),
    ),
    "webhooks": Call(lambda c: c.webhooks(), "GET", "/webhooks", [{"id": "w"}], (Webhook(id="w"),)),
    "webhook": Call(lambda c: c.webhook("w"), "GET", "/webhooks/w", {"id": "w"}, Webhook(id="w")),
    "create_webhook": Call(
        lambda c: c.create_webhook("https://x.example", "s3cr3t", ["user:vehicle:updated"]),
        "POST",
        "/webhooks",
        {"id": "w", "isActive": True, "apiVersion": None},
        Webhook(id="w", is_active=True),
        body={
            "url": "https://x.example",
            "secret": "s3cr3t",
            "events": ["user:vehicle:updated"],
            "apiVersion": "2024-10-01",
        },
    ),
    "patch_webhook": Call(
        lambda c: c.patch_webhook("w", url="https://y.example", authentication=("x-key", "value")),
        "PATCH",
        "/webhooks/w",
        {"id": "w"},
        Webhook(id="w"),
        body={"url": "https://y.example", "authentication": {"headerName": "x-key", "headerValue": "value"}},
    ),
    "delete_webhook": Call(lambda c: c.delete_webhook("w"), "DELETE", "/webhooks/w", None, None),
    "test_webhook": Call(
        lambda c: c.test_webhook("w"),
        "POST",
        "/webhooks/w/test",
        {"status": "SUCCESS", "description": "ok", "response": {"code": 204}},
        WebhookTest(status="SUCCESS", description="ok", response_code=204),
    ),
    "ready": Call(lambda c: c.ready(), "GET", "/health/ready", None, True),  # the answer
}


def wrapped(answer: Any) -> Reply:
    """The answer as Enode sends it: lists as pages, nothing as 204."""
    if answer is None:
        return Reply(status=204)
    return Reply(
        {"data": answer, "pagination": {"after": None, "before": None}} if isinstance(answer, list) else answer
    )


@pytest.mark.parametrize("name", CALLS)
async def test_call(enode: FakeEnode, client: EnodeClient, name: str) -> None:
    call = CALLS[name]
    enode.reply(call.method, call.path, wrapped(call.answer))
    assert await call.make(client) == call.expected
    (seen,) = enode.calls
    assert (seen.method, seen.path, tuple(seen.query)) == (call.method, call.path, call.query)
    assert (seen.json if seen.body else None) == call.body
    assert seen.headers["authorization"] == "Bearer token-1-of-the-client"
    assert seen.headers["enode-version"] == "2024-10-01"
    assert seen.headers["accept"] == "application/json"
    assert "enode-user-id" not in seen.headers
    if call.body is not None:
        assert seen.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if isinstance(call.answer, dict)])
async def test_object_wrapped_in_data(enode: FakeEnode, client: EnodeClient, name: str) -> None:
    call = CALLS[name]
    enode.reply(call.method, call.path, Reply({"data": call.answer}))
    assert await call.make(client) == call.expected


def test_every_method_has_a_call() -> None:
    methods = {name for name, _ in inspect.getmembers(EnodeClient, inspect.iscoroutinefunction)}
    assert methods <= CALLS.keys()


def test_every_path_is_used_and_stands_in_the_table_alone() -> None:
    table = {
        (endpoint.method, re.sub(r"\{\w+\}", "[^/]+", endpoint.template))
        for endpoint in vars(endpoints).values()
        if isinstance(endpoint, endpoints.Endpoint) and endpoint is not endpoints.TOKEN
    }
    called = {(call.method, call.path) for call in CALLS.values()}
    for method, template in table:
        assert any(method == used and re.fullmatch(template, path) for used, path in called), (method, template)
    folder = Path(api.__file__).parent
    others = [file for file in folder.glob("*.py") if file.name != "endpoints.py"]
    assert len(others) > 5
    for file in others:
        assert not re.search(r'"/(vehicles|users|flex|webhooks|locations|health)', file.read_text(encoding="utf-8")), (
            file
        )


def test_nothing_of_home_assistant_or_of_the_project_is_imported() -> None:
    for file in Path(api.__file__).parent.glob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if re.match(r"\s*(from|import) ", line):
                assert not re.match(r"\s*(from|import) (homeassistant|custom_components|\.\.)", line), (file, line)


def test_environments() -> None:
    assert {name: (where.base_url, where.token_url) for name, where in ENVIRONMENTS.items()} == {
        "production": (
            "https://enode-api.production.enode.io",
            "https://oauth.production.enode.io/oauth2/token",
        ),
        "sandbox": ("https://enode-api.sandbox.enode.io", "https://oauth.sandbox.enode.io/oauth2/token"),
    }


def test_public_names_are_there() -> None:
    assert all(hasattr(api, name) for name in api.__all__)
    assert len(set(api.__all__)) == len(api.__all__)


async def test_base_url_with_a_path_and_a_slash(enode: FakeEnode, make_client: Callable[..., EnodeClient]) -> None:
    enode.reply("GET", "/proxy/v1/vehicles/v", Reply({"id": "v"}))
    assert await make_client(base_url=f"{enode.base_url}/proxy/v1/").vehicle("v") == Vehicle(id="v")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404, body=b""),
        Reply({"title": "Not found"}, 404),
        Reply(status=204),
        Reply(None),
        Reply({}),
        Reply(body=b""),
        Reply({"data": None}),
        Reply({"data": {}}),
    ],
)
async def test_no_live_session(
    enode: FakeEnode, client: EnodeClient, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    enode.reply("GET", "/flex/vehicle-policies/p/session", reply)
    assert await client.live_session("p") is None
    assert warnings_in(caplog) == []


async def test_live_session_that_is_unreadable_is_none_with_a_warning(
    enode: FakeEnode, client: EnodeClient, caplog: pytest.LogCaptureFixture
) -> None:
    enode.reply("GET", "/flex/vehicle-policies/p/session", Reply({"state": "ACTIVE:REGULAR"}))
    assert await client.live_session("p") is None
    assert "Skipped an unreadable Session" in caplog.text


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({}, 403), ForbiddenError),
        (Reply({}, 500), ServerError),
        (Reply([]), MalformedAnswerError),
        (Reply("text"), MalformedAnswerError),
        (Reply(body=b"<html>"), MalformedAnswerError),
    ],
)
async def test_live_session_that_cannot_be_asked_for(
    enode: FakeEnode, client: EnodeClient, reply: Reply, error: type[Exception]
) -> None:
    enode.reply("GET", "/flex/vehicle-policies/p/session", reply)
    with pytest.raises(error):
        await client.live_session("p")


@pytest.mark.parametrize("reply", [Reply(status=204), Reply(body=b"<p>ok"), Reply(SAMPLES["D_immediate"]), Reply([1])])
async def test_answer_to_a_target_is_not_read(enode: FakeEnode, client: EnodeClient, reply: Reply) -> None:
    enode.reply("PUT", "/flex/sessions/s/target", reply)
    await client.set_target("s", "REGULAR")
    assert len(enode.calls) == 1


async def test_refused_target(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("PUT", "/flex/sessions/s/target", Reply({"title": "Conflict", "detail": "Session is settled"}, 409))
    with pytest.raises(ConflictError) as caught:
        await client.set_target("s", TargetType.IMMEDIATE_START)
    assert caught.value.detail == "Session is settled"


@pytest.mark.parametrize("reply", [Reply(status=204), Reply({}), Reply([])])
async def test_changed_policy_is_asked_for_where_the_answer_holds_none(
    enode: FakeEnode, client: EnodeClient, reply: Reply
) -> None:
    enode.reply("PATCH", "/flex/vehicle-policies/p", reply)
    enode.reply("GET", "/flex/vehicle-policies/p", Reply({"id": "p", "batteryReserve": 40}))
    assert await client.patch_policy("p", battery_reserve=40) == Policy(id="p", battery_reserve=40)


async def test_cancelling_what_has_ended_tells_how(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("POST", "/vehicles/actions/a/cancel", Reply({"id": "a", "state": "CONFIRMED"}, 409))
    assert await client.cancel_charge_action("a") == ChargeAction(id="a", state="CONFIRMED")


@pytest.mark.parametrize("reply", [Reply(status=409, body=b""), Reply({"title": "Conflict"}, 409)])
async def test_cancelling_what_has_ended_unknown_how(enode: FakeEnode, client: EnodeClient, reply: Reply) -> None:
    enode.reply("POST", "/vehicles/actions/a/cancel", reply)
    with pytest.raises(ConflictError) as caught:
        await client.cancel_charge_action("a")
    assert (caught.value.status, caught.value.endpoint) == (409, "POST /vehicles/actions/{action_id}/cancel")


async def test_cancelling_with_an_answer_that_is_no_action(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("POST", "/vehicles/actions/a/cancel", Reply([]))
    with pytest.raises(MalformedAnswerError):
        await client.cancel_charge_action("a")


async def test_unknown_action(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", "/vehicles/actions/a", Reply(status=404, body=b""))
    with pytest.raises(NotFoundError):
        await client.charge_action("a")


@pytest.mark.parametrize("answer", [{}, [], {"linkUrl": 3}, {"linkUrl": None}])
async def test_relink_without_a_link(enode: FakeEnode, client: EnodeClient, answer: Any) -> None:
    enode.reply("POST", "/assets/v/relink", Reply(answer))
    with pytest.raises(MalformedAnswerError, match="No link"):
        await client.relink("v", "en-GB", "https://x.example")


async def test_not_ready(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", "/health/ready", Reply(status=503, body=b""), Reply(status=500, body=b""))
    assert await client.ready() is False
    with pytest.raises(ServerError):
        await client.ready()


def test_client_tells_nothing_of_its_secret(make_client: Callable[..., EnodeClient]) -> None:
    client = make_client(client_secret="another-secret")
    assert "another-secret" not in repr(client) + repr(client._api)
