from base64 import b64encode
from datetime import timedelta

import pytest

from simulator.auth import Client
from simulator.server import Simulator
from tests.simulator.caller import Caller
from tests.simulator.contract import PROBLEM, TOKEN, TOKEN_ERROR, violations

GRANT = {"grant_type": "client_credentials"}


async def test_basic_credentials_get_a_token(sim, api):
    answer = await api.ask_token()
    assert answer.status == 200
    assert violations(TOKEN, answer.json) == []
    assert answer.json["expires_in"] == 3599
    assert answer.headers["Cache-Control"] == "no-store"


async def test_credentials_in_the_form_get_a_token(sim, api):
    form = {**GRANT, "client_id": sim.client_id, "client_secret": sim.client_secret}
    answer = await api.raw("POST", "/oauth2/token", data=form)
    assert violations(TOKEN, answer.json) == []
    assert sim.requests[-1].body == {**GRANT, "client_id": sim.client_id}


async def test_percent_encoded_credentials_are_understood(sim, api):
    sim.auth.add_client(Client(id="a:b", secret="c d+é"))
    basic = b64encode(b"a%3Ab:c+d%2B%C3%A9").decode()
    answer = await api.raw("POST", "/oauth2/token", data=GRANT, headers={"Authorization": f"Basic {basic}"})
    assert answer.status == 200


@pytest.mark.parametrize(
    "authorization", [None, "Basic !", "Basic " + b64encode(b"demo-client").decode(), "Bearer demo-secret"]
)
async def test_unreadable_credentials_are_refused(api, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await api.raw("POST", "/oauth2/token", data=GRANT, headers=headers)
    assert answer.status == 401
    assert answer.json["error"] == "invalid_client"


@pytest.mark.parametrize(("client_id", "secret"), [("demo-client", "wrong"), ("nobody", "demo-secret")])
async def test_wrong_credentials_are_refused(api, client_id, secret):
    answer = await api.ask_token(client_id, secret)
    assert answer.status == 401
    assert violations(TOKEN_ERROR, answer.json) == []
    assert answer.json["error"] == "invalid_client"
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("form", "error"), [({"scope": ""}, "invalid_request"), ({"grant_type": "password"}, "unsupported_grant_type")]
)
async def test_other_grants_are_refused(api, form, error):
    answer = await api.ask_token(form=form)
    assert (answer.status, answer.json["error"]) == (400, error)


async def test_a_json_body_gets_no_token(sim, api):
    body = {**GRANT, "client_id": sim.client_id, "client_secret": sim.client_secret}
    answer = await api.raw("POST", "/oauth2/token", json=body)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


async def test_the_token_endpoint_takes_post_only(api):
    answer = await api.raw("GET", "/oauth2/token")
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=", "Bearer"])
async def test_calls_without_a_valid_token_are_refused(api, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/vehicles", "/flex/vehicle-policies", "/health/ready", "/nonsense"):
        answer = await api.raw("GET", path, headers=headers)
        assert answer.status == 401
        assert violations(PROBLEM, answer.json) == []


async def test_a_token_expires_by_the_clock(sim, api):
    sim.auth.expires_in = 60
    await api.log_in()
    sim.advance(timedelta(seconds=59))
    assert (await api("GET", "/vehicles")).status == 200
    sim.advance(timedelta(seconds=1))
    assert (await api("GET", "/vehicles")).status == 401


async def test_revoked_tokens_are_worthless_at_once(sim, api):
    sim.auth.add_client(Client(id="other", secret="secret"))
    async with Caller(sim) as other:
        await other.log_in("other", "secret")
        await api.log_in()
        sim.auth.revoke_tokens("other")
        assert (await other("GET", "/vehicles")).status == 401
        assert (await api("GET", "/vehicles")).status == 200
        sim.auth.revoke_tokens()
        assert (await api("GET", "/vehicles")).status == 401


async def test_a_new_secret_kills_the_old_one(sim, api):
    new = sim.auth.rotate_secret(sim.client_id)
    assert (await api.ask_token()).status == 401
    assert (await api.ask_token(sim.client_id, new)).status == 200


async def test_the_removed_user_header_is_refused(api):
    answer = await api("GET", "/vehicles", headers={"Enode-User-Id": "home"})
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []


@pytest.mark.parametrize("headers", [{}, {"Enode-Version": "2024-10-01"}, {"Enode-Version": "2024-01-01"}])
async def test_any_version_is_accepted(api, headers):
    assert (await api("GET", "/vehicles", headers=headers)).status == 200


async def test_a_client_sees_its_own_users_only(socket_enabled):
    neighbour = Client(id="second", secret="secret", users=frozenset({"neighbour"}))
    async with Simulator(clients=[neighbour]) as sim, Caller(sim) as first, Caller(sim) as second:
        await second.log_in("second", "secret")
        everything = {path: (await first.get(path))["data"] for path in _LISTS}
        own = {path: (await second.get(path))["data"] for path in _LISTS}
        assert [vehicle["userId"] for vehicle in own["/vehicles"]] == ["neighbour"]
        assert [user["id"] for user in own["/users"]] == ["neighbour"]
        assert [place["userId"] for place in own["/locations"]] == ["neighbour"]
        assert {policy["vehicleId"] for policy in own["/flex/vehicle-policies"]} == {own["/vehicles"][0]["id"]}
        foreign = next(item["id"] for item in everything["/vehicles"] if item["userId"] == "home")
        for method, path in (
            ("GET", f"/vehicles/{foreign}"),
            ("POST", f"/vehicles/{foreign}/refresh-hint"),
            ("GET", "/users/home"),
        ):
            assert (await second(method, path)).status == 404
        sessions = await second.get("/flex/vehicle-policies/sessions?pageSize=1000")
        assert {session["vehicleId"] for session in sessions["data"]} == {own["/vehicles"][0]["id"]}
        assert (await second.get("/users/home/vehicles"))["data"] == []


_LISTS = ("/vehicles", "/users", "/locations", "/flex/vehicle-policies")


def test_a_secret_is_in_no_repr():
    assert "demo-secret" not in repr(Client())
