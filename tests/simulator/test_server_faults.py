import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
import json

from aiohttp import ClientPayloadError, ServerDisconnectedError
import pytest

from simulator.faults import Fault, rate_limited
from simulator.mutations import drop_at, null_at
from tests.simulator.contract import PROBLEM, VEHICLE, page, violations


async def test_a_status_with_a_problem(sim, api):
    sim.faults.add(Fault(method="GET", path="/vehicles", status=503, title="Sorry", detail="Later"))
    answer = await api("GET", "/vehicles")
    assert answer.status == 503
    assert violations(PROBLEM, answer.json) == []
    assert (answer.json["title"], answer.json["detail"]) == ("Sorry", "Later")
    assert (await api("GET", "/users")).status == 200
    sim.faults.clear()
    assert (await api("GET", "/vehicles")).status == 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503])
async def test_every_status(sim, api, status):
    await api.log_in()
    sim.faults.add(Fault(status=status))
    answer = await api("GET", "/vehicles")
    assert answer.status == status
    assert violations(PROBLEM, answer.json) == []
    assert sim.requests[-1].status == status


async def test_the_token_endpoint_can_fail_too(sim, api):
    sim.faults.add(Fault(path="/oauth2/token", status=503))
    assert (await api.ask_token()).status == 503


async def test_unauthorised_in_the_middle(sim, api):
    assert (await api("GET", "/vehicles")).status == 200
    sim.faults.add(Fault(status=401, path="/vehicles", count=1))
    assert (await api("GET", "/vehicles")).status == 401
    assert (await api("GET", "/vehicles")).status == 200


@pytest.mark.parametrize(
    ("path", "hit", "missed"),
    [
        ("/vehicles/{vehicleId}", "/vehicles/x", "/vehicles/x/charging"),
        ("/flex/*", "/flex/vehicle-policies/x/session", "/vehicles"),
        ("/flex/vehicle-policies/{policyId}/session", "/flex/vehicle-policies/x/session", "/flex/vehicle-policies/x"),
        ("/users/a.b", "/users/a.b", "/users/axb"),
        ("*", "/anything", None),
    ],
)
def test_paths(path, hit, missed):
    fault = Fault(path=path, status=500)
    assert fault.matches("GET", hit)
    assert missed is None or not fault.matches("GET", missed)


def test_methods():
    fault = Fault(method="PUT", status=500)
    assert fault.matches("PUT", "/a")
    assert not fault.matches("GET", "/a")


async def test_count_and_duration(sim, api):
    sim.faults.add(Fault(path="/vehicles", status=500, count=2))
    assert [(await api("GET", "/vehicles")).status for _ in range(3)] == [500, 500, 200]
    assert len(sim.faults) == 0
    sim.faults.add(Fault(path="/vehicles", status=500, duration=timedelta(minutes=1)))
    assert (await api("GET", "/vehicles")).status == 500
    sim.advance(timedelta(minutes=1))
    assert (await api("GET", "/vehicles")).status == 200


async def test_one_fault_can_be_removed(sim, api):
    number = sim.faults.add(Fault(path="/vehicles", status=500))
    assert sim.faults.remove(number)
    assert not sim.faults.remove(number)
    assert (await api("GET", "/vehicles")).status == 200


@pytest.mark.parametrize("wrong", [{"path": "vehicles"}, {"count": 0}, {"latency": -1}])
def test_a_fault_that_could_never_strike_is_refused(wrong):
    with pytest.raises(ValueError, match="A fault's"):
        Fault(**wrong)


async def test_latency_holds_the_answer_back(sim, api):
    await api.log_in()
    sim.faults.add(Fault(path="/vehicles", latency=30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await api("GET", "/vehicles")
    assert (await api("GET", "/users")).status == 200
    sim.faults.clear()
    sim.faults.add(Fault(path="/vehicles", latency=0.01))
    assert (await api("GET", "/vehicles")).status == 200


async def test_a_cut_connection(sim, api, car):
    await api.log_in()
    sim.faults.add(Fault(path="/vehicles/*", cut="before"))
    with pytest.raises((ServerDisconnectedError, ConnectionResetError)):
        await api("GET", f"/vehicles/{car}")
    assert sim.requests[-1].status is None
    assert (await api("GET", "/users")).status == 200


@pytest.mark.parametrize(("cut", "obeyed"), [("before", False), ("after", True)])
async def test_a_cut_before_or_after_the_world_obeyed(sim, api, policy, cut, obeyed):
    path = f"/flex/vehicle-policies/{policy}"
    await api.log_in()
    sim.faults.add(Fault(method="PATCH", cut=cut))
    with pytest.raises((ServerDisconnectedError, ConnectionResetError)):
        await api("PATCH", path, {"batteryReserve": 61})
    assert ((await api.get(path))["batteryReserve"] == 61) is obeyed


async def test_a_lost_answer(sim, api, policy):
    path = f"/flex/vehicle-policies/{policy}"
    sim.faults.add(Fault(method="PATCH", status=502, after_handling=True))
    assert (await api("PATCH", path, {"batteryReserve": 62})).status == 502
    assert (await api.get(path))["batteryReserve"] == 62


async def test_half_an_answer(sim, api):
    await api.log_in()
    sim.faults.add(Fault(path="/vehicles", cut="middle"))
    with pytest.raises(ClientPayloadError):
        await api("GET", "/vehicles")


@pytest.mark.parametrize(
    ("body", "content_type"), [("html", "text/html"), ("malformed", "application/json"), ("empty", "")]
)
@pytest.mark.parametrize("status", [None, 502])
async def test_bodies_that_are_no_json(sim, api, body, content_type, status):
    sim.faults.add(Fault(path="/vehicles", body=body, status=status))
    answer = await api("GET", "/vehicles")
    assert answer.status == (status or 200)
    assert answer.headers.get("Content-Type", "").startswith(content_type)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)
    assert bool(answer.text) is (body != "empty")


async def test_rate_limit_in_seconds_and_as_a_date(sim, api):
    sim.faults.add(rate_limited(17, path="/vehicles", count=1))
    answer = await api("GET", "/vehicles")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "17")
    sim.faults.add(rate_limited(17, path="/vehicles", as_date=True))
    answer = await api("GET", "/vehicles")
    assert parsedate_to_datetime(answer.headers["Retry-After"]) == sim.clock.now() + timedelta(seconds=17)
    assert violations(PROBLEM, answer.json) == []


async def test_unknown_words(sim, api):
    sim.faults.add(Fault(replace={"UPCOMING": "DREAMING", "REGULAR": "ODD"}))
    sessions = (await api.get("/flex/vehicle-policies/sessions"))["data"]
    assert "DREAMING" in {session["state"] for session in sessions}
    assert {block["type"] for session in sessions for block in session["blocks"]} & {"ODD", "REGULAR"} == {"ODD"}


async def test_extra_keys_at_every_level(sim, api):
    await api.log_in()
    sim.faults.add(Fault(path="/vehicles", extra_keys={"novelty": [1]}))
    answer = await api.get("/vehicles")
    assert answer["novelty"] == [1]
    assert answer["data"][0]["novelty"] == [1]
    assert answer["data"][0]["chargeState"]["novelty"] == [1]


async def test_null_and_missing(sim, api):
    sim.faults.add(Fault(path="/vehicles", null=("data.0.chargeState", "data.*.location.id"), drop=("data.1.vendor",)))
    first, second, *_ = (await api.get("/vehicles"))["data"]
    assert first["chargeState"] is None
    assert first["location"]["id"] is second["location"]["id"] is None
    assert second["chargeState"] is not None
    assert "vendor" not in second
    assert "vendor" in first
    sim.faults.clear()
    assert violations(page(VEHICLE), await api.get("/vehicles")) == []


def test_json_paths():
    document = {"a": [{"b": 1}, {"b": 2}], "c": {"d": 3}}
    assert null_at(document, "$.a.*.b") == {"a": [{"b": None}, {"b": None}], "c": {"d": 3}}
    assert null_at(document, "$") is None
    assert null_at(document, "a.5.b") == null_at(document, "x.y") == document
    assert drop_at(document, "c.d") == {"a": [{"b": 1}, {"b": 2}], "c": {}}
    assert drop_at(document, "*") == {}
    assert document == {"a": [{"b": 1}, {"b": 2}], "c": {"d": 3}}


async def test_faults_add_up(sim, api):
    sim.faults.add(Fault(path="/vehicles", latency=0.001, headers={"X-Slow": "1"}))
    sim.faults.add(Fault(path="/vehicles", extra_keys={"novelty": 1}))
    answer = await api("GET", "/vehicles")
    assert answer.json["novelty"] == 1
    assert answer.headers["X-Slow"] == "1"


async def test_an_unexpected_error_is_a_problem_and_logged(sim, api, caplog, monkeypatch):
    await api.log_in()

    def explode() -> None:
        raise RuntimeError("out of cheese")

    monkeypatch.setattr(sim.world, "run", explode)
    answer = await api("GET", "/vehicles")
    assert answer.status == 500
    assert violations(PROBLEM, answer.json) == []
    assert "out of cheese" not in answer.text
    assert any(record.exc_info and "out of cheese" in str(record.exc_info[1]) for record in caplog.records)


async def test_the_request_log(sim, api, policy):
    before = len(sim.requests)
    await api("PATCH", f"/flex/vehicle-policies/{policy}?x=1", {"batteryReserve": 33}, headers={"Enode-Version": "v"})
    await api.control("GET", "state")
    token, patch = list(sim.requests)[before:]
    assert (token.method, token.path, token.client_id) == ("POST", "/oauth2/token", None)
    assert (patch.method, patch.path, dict(patch.query)) == ("PATCH", f"/flex/vehicle-policies/{policy}", {"x": "1"})
    assert (patch.body, patch.status, patch.client_id) == ({"batteryReserve": 33}, 200, sim.client_id)
    assert patch.headers["Enode-Version"] == "v"
    assert patch.headers["Authorization"] == "Bearer"
    assert patch.at == sim.clock.now()
    assert isinstance(patch.at, datetime)
    assert sim.requests.count("PATCH") == 1
    assert sim.requests.of(path="/oauth2/token") == [token]
    sim.requests.clear()
    assert len(sim.requests) == 0


@pytest.mark.parametrize("charset", ["utf-8", "no-such-charset"])
async def test_a_body_that_cannot_be_read_is_a_problem(sim, api, policy, charset):
    await api.log_in()
    answer = await api.raw(
        "PATCH",
        f"/flex/vehicle-policies/{policy}",
        data=b"\xff",
        headers={"Authorization": f"Bearer {api.token}", "Content-Type": f"application/json; charset={charset}"},
    )
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []
    assert sim.requests[-1].body is None
