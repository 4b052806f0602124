"""Every answer obeys the contract, in many situations; so do the contract's own samples."""

from datetime import timedelta
import json
from pathlib import Path

import pytest

from simulator import scenario
from simulator.clock import ManualClock
from simulator.server import START, Simulator
from tests.simulator.caller import Caller
from tests.simulator.contract import (
    ACTION,
    ENERGY,
    INTERVENTION,
    LINK,
    LOCATION,
    POLICY,
    PROBLEM,
    SESSION,
    USER,
    USER_DETAILS,
    VEHICLE,
    VENDOR_HEALTH,
    page,
    violations,
)

SAMPLES = json.loads((Path(__file__).parents[1] / "fixtures" / "enode-samples.json").read_text())
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_obey_the_contract(name):
    assert violations(SESSION, SAMPLES[name]) == []


@pytest.mark.parametrize(
    ("sample", "path", "value"),
    [
        ("A_upcoming", ("blocks",), SAMPLES["B_reserve"]["blocks"]),
        ("A_upcoming", ("outcome", "latest"), SAMPLES["B_reserve"]["outcome"]["latest"]),
        ("A_upcoming", ("pluggedInAt",), "2026-11-23T16:40:00Z"),
        ("B_reserve", ("statistics", "aggregated"), None),
        ("B_reserve", ("outcome", "latest", "batteryLevelAtReadyBy"), 70),
        ("C_regular_idle", ("state",), "ACTIVE"),
        ("C_regular_idle", ("blocks", 1, "startAt"), "2026-11-23T17:00:00Z"),
        ("C_regular_idle", ("statistics", "timeseries", 1, "endAt"), "2026-11-23T17:10:00Z"),
        ("D_immediate", ("target", "latest", "source"), "POLICY"),
        ("D_immediate", ("outcome", "latest"), {**SAMPLES["A_upcoming"]["target"]["latest"], "targetId": 2}),
        ("E_off_target", ("outcome", "latest", "batteryLevelAtReadyBy"), None),
        ("F_start_fail", ("error", "latest", "type"), "FAIL"),
        ("G_settled", ("pluggedOutAt",), None),
        ("G_settled", ("valuation", "tariffCost", "savings"), 1.0),
        ("H_unmanaged", ("state",), "ACTIVE:REGULAR"),
        ("H_unmanaged", ("newKey",), 1),
    ],
)
def test_the_checker_finds_what_is_wrong(sample, path, value):
    document = json.loads(json.dumps(SAMPLES[sample]))
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    assert violations(SESSION, document) != []


async def check_everything(api):
    """Ask for everything a client can see, and return the sessions by state."""
    await api.log_in()  # the last token may have expired while the clock was moved
    vehicles = await api.get("/vehicles")
    assert violations(page(VEHICLE), vehicles) == []
    for vehicle in vehicles["data"]:
        assert await api.get(f"/vehicles/{vehicle['id']}") == vehicle
    for path, rule in (("/users", USER), ("/locations", LOCATION), ("/interventions", INTERVENTION)):
        assert violations(page(rule), await api.get(path)) == []
    policies = await api.get("/flex/vehicle-policies")
    assert violations(page(POLICY), policies) == []
    found = {}
    for policy in policies["data"]:
        assert await api.get(f"/flex/vehicle-policies/{policy['id']}") == policy
        answer = await api("GET", f"/flex/vehicle-policies/{policy['id']}/session")
        if answer.status == 404:
            assert violations(PROBLEM, answer.json) == []
            continue
        assert violations(SESSION, answer.json) == []
        found.setdefault(answer.json["state"], []).append(answer.json)
    sessions = await api.get("/flex/vehicle-policies/sessions?pageSize=500")
    assert violations(page(SESSION), sessions) == []
    for session in sessions["data"]:
        assert violations(ENERGY, session) == []
        found.setdefault(session["state"], []).append(session)
    return found


async def test_standard_world(api):
    found = await check_everything(api)
    assert len(found["SETTLED"]) >= 60
    assert {session["policyId"] is None for session in found["SETTLED"]} == {True, False}
    assert len({session["policyId"] for session in found["UPCOMING"]}) >= 3


async def test_a_night_of_charging(sim, api, car):
    sim.world.set_battery(car, 20)
    sim.world.plug_in(car)
    states = set()
    for minutes in (1, 5, 9, 15, 45, *[60] * 14):
        sim.advance(timedelta(minutes=minutes))
        states.update(await check_everything(api))
    assert {"ACTIVE:BATTERY_RESERVE", "ACTIVE:REGULAR"} <= states
    sim.world.plug_out(car)
    sim.advance(timedelta(seconds=10))
    found = await check_everything(api)
    newest = max(found["SETTLED"], key=lambda session: session["pluggedOutAt"])
    assert newest["vehicleId"] == car
    assert newest["valuation"]["currency"] == "NOK"
    sim.advance(HOUR)
    await check_everything(api)


async def test_immediate_start_and_back(sim, api, car, policy):
    sim.world.set_battery(car, 40)
    sim.world.plug_in(car)
    sim.advance(HOUR)
    path = f"/flex/vehicle-policies/{policy}/session"
    before = await api.get(path)
    answer = await api("PUT", f"/flex/sessions/{before['id']}/target", {"type": "IMMEDIATE_START"})
    assert answer.status == 200
    assert violations(SESSION, answer.json) == []
    assert answer.json["target"]["latest"]["type"] == "IMMEDIATE_START"
    sim.advance(timedelta(minutes=20))
    assert (await api.get(path))["state"] == "ACTIVE:IMMEDIATE_START"
    await check_everything(api)
    answer = await api("PUT", f"/flex/sessions/{before['id']}/target", {"type": "REGULAR"})
    assert answer.status == 200
    sim.advance(timedelta(minutes=2))
    assert (await api.get(path))["state"] == "ACTIVE:REGULAR"
    await check_everything(api)


@pytest.mark.parametrize("error", ["START_FAIL", "STOP_FAIL", "MISSING_CAPABILITIES"])
async def test_errors(sim, api, car, policy, error):
    sim.world.set_battery(car, 40)
    sim.world.plug_in(car)
    sim.advance(HOUR)
    if error == "MISSING_CAPABILITIES":
        sim.world.drop_capabilities(car, ["startCharging", "stopCharging"])
    else:
        sim.world.raise_error(car, error)
    sim.advance(timedelta(minutes=1))
    await check_everything(api)
    session = await api.get(f"/flex/vehicle-policies/{policy}/session")
    assert session["error"]["latest"]["type"] == error
    sim.advance(8 * HOUR)
    await check_everything(api)
    sim.world.clear_error(car)
    sim.world.restore_capabilities(car)
    sim.advance(timedelta(minutes=1))
    await check_everything(api)
    session = await api.get(f"/flex/vehicle-policies/{policy}/session")
    assert session["error"]["latest"] is None


async def test_off_target_unreachable_and_on_the_road(sim, api, car, policy):
    sim.world.set_battery(car, 20)
    sim.world.plug_in(car)
    sim.world.go_off_target(car)
    sim.advance(timedelta(minutes=5))
    session = await api.get(f"/flex/vehicle-policies/{policy}/session")
    assert session["outcome"]["latest"]["state"] == "OFF_TARGET"
    sim.world.set_reachable(car, False)
    sim.advance(HOUR)
    await check_everything(api)
    assert (await api.get(f"/vehicles/{car}"))["isReachable"] is False
    sim.world.set_reachable(car, True)
    sim.world.go_off_target(car, False)
    sim.world.plug_out(car)
    sim.advance(HOUR)
    sim.world.plug_in(car, "road")
    sim.advance(timedelta(minutes=20))
    await check_everything(api)
    sim.world.plug_out(car)
    sim.advance(timedelta(minutes=5))
    found = await check_everything(api)
    newest = max(found["SETTLED"], key=lambda item: item["pluggedOutAt"])
    assert (newest["vehicleId"], newest["policyId"]) == (car, None)
    assert newest["statistics"]["aggregated"]["kwhSum"] > 1


async def test_a_cloud_that_looks_as_seldom_as_enodes(api, sim, car):
    sim.world.settings.cloud_delay = None
    sim.world.plug_in(car)
    for _ in range(12):
        sim.advance(timedelta(minutes=47))
        await check_everything(api)


async def test_the_demo_world(socket_enabled):
    async with Simulator(scenario.demo(ManualClock(START))) as sim, Caller(sim) as api:
        found = await check_everything(api)
        (active,) = (session for state, sessions in found.items() if "ACTIVE" in state for session in sessions[:1])
        assert active["blocks"][0]["endAt"] < "2026-11-23T16:00:00Z" < active["blocks"][-1]["startAt"]


async def test_orders_to_a_vehicle(sim, api, car):
    sim.world.set_battery(car, 40)
    sim.world.plug_in(car, "road")
    sim.advance(timedelta(minutes=1))
    answer = await api("POST", f"/vehicles/{car}/charging", {"action": "STOP"})
    assert answer.status == 200
    assert violations(ACTION, answer.json) == []
    assert answer.json["state"] == "PENDING"
    again = await api("POST", f"/vehicles/{car}/charging", {"action": "STOP"})
    assert again.json["id"] == answer.json["id"]
    path = f"/vehicles/actions/{answer.json['id']}"
    cancelled = await api("POST", f"{path}/cancel")
    assert (cancelled.status, cancelled.json["state"]) == (200, "CANCELLED")
    assert violations(ACTION, cancelled.json) == []
    resolved = await api("POST", f"{path}/cancel")
    assert (resolved.status, resolved.json) == (409, cancelled.json)
    assert await api.get(path) == cancelled.json
    await api("POST", f"/vehicles/{car}/charging", {"action": "STOP"})
    sim.advance(timedelta(minutes=2))
    assert (await api.get(f"/vehicles/{car}"))["chargeState"]["powerDeliveryState"] == "PLUGGED_IN:STOPPED"


async def test_orders_that_cannot_be(sim, api, car):
    for body in ({}, {"action": "GO"}, {"action": None}):
        answer = await api("POST", f"/vehicles/{car}/charging", body)
        assert answer.status == 400
        assert violations(PROBLEM, answer.json) == []
    sim.world.set_battery(car, 40)
    sim.world.plug_in(car)
    sim.advance(timedelta(minutes=1))
    answer = await api("POST", f"/vehicles/{car}/charging", {"action": "START"})
    assert answer.status == 422
    assert violations(PROBLEM, answer.json) == []
    for method, path in (("GET", "/vehicles/actions/nope"), ("POST", "/vehicles/actions/nope/cancel")):
        answer = await api(method, path)
        assert (answer.status, answer.text) == (404, "")


async def test_users_links_and_health(sim, api, car):
    assert violations(USER_DETAILS, await api.get("/users/home")) == []
    answer = await api("GET", "/users/ghost")
    assert answer.status == 404
    assert answer.json["title"] == "User does not exist"
    assert answer.json["detail"] == "Could not find user with ID ghost"
    for path in ("/users/ghost/vehicles", "/users/ghost/locations"):
        assert await api.get(path) == {"data": [], "pagination": {"after": None, "before": None}}
    own = await api.get("/users/home/vehicles")
    assert len(own["data"]) == 2
    assert violations(page(LOCATION), await api.get("/users/home/locations")) == []
    assert violations(VENDOR_HEALTH, await api.get("/health/vehicles")) == []
    ready = await api("GET", "/health/ready")
    assert (ready.status, ready.text) == (204, "")
    hint = await api("POST", f"/vehicles/{car}/refresh-hint")
    assert (hint.status, hint.text) == (204, "")

    link = {"scopes": ["vehicle:read:data"], "language": "nb-NO", "redirectUri": "https://example.test/back"}
    answer = await api("POST", "/users/newcomer/link", link)
    assert answer.status == 200
    assert violations(LINK, answer.json) == []
    assert violations(USER_DETAILS, await api.get("/users/newcomer")) == []
    relink = {"language": "en-US", "redirectUri": "https://example.test/back"}
    assert violations(LINK, (await api("POST", f"/assets/{car}/relink", relink)).json) == []


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/users/home/link", {}, ["language", "redirectUri", "scopes"]),
        (
            "/users/home/link",
            {"scopes": ["vehicle:control:charging"], "language": "browser", "redirectUri": "a:b"},
            ["scopes"],
        ),
        ("/users/home/link", {"scopes": ["vehicle:read:data"], "language": "xx", "redirectUri": "a:b"}, ["language"]),
        (
            "/assets/{car}/relink",
            {"language": "browser", "redirectUri": "https://x.test/" + "a" * 500},
            ["redirectUri"],
        ),
        ("/assets/{car}/relink", {"language": "browser", "redirectUri": "a:b", "colorScheme": "red"}, ["colorScheme"]),
    ],
)
async def test_links_that_cannot_be(api, car, path, body, wrong):
    answer = await api("POST", path.format(car=car), body)
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []
    assert [issue["path"] for issue in answer.json["issues"]] == [[name] for name in wrong]


async def test_an_unknown_asset_cannot_be_linked_again(api):
    relink = {"language": "en-US", "redirectUri": "https://example.test/back"}
    assert (await api("POST", "/assets/nope/relink", relink)).status == 400


async def test_interventions_speak_the_language_asked_for(sim, api, car):
    sim.world.drop_capabilities(car, ["startCharging"])
    vehicle = await api.get(f"/vehicles/{car}")
    (intervention_id,) = vehicle["capabilities"]["startCharging"]["interventionIds"]
    english = await api.get(f"/interventions/{intervention_id}")
    norwegian = await api.get(f"/interventions/{intervention_id}?language=nb-NO")
    assert violations(INTERVENTION, english) == []
    assert english["resolution"]["title"] != norwegian["resolution"]["title"]
    assert await api.get(f"/interventions/{intervention_id}?language=ja-JP") == english
    assert await api.get(f"/interventions/{intervention_id}?language=nb") == norwegian
    assert (await api("GET", "/interventions/nope")).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/vehicles/nope"),
        ("POST", "/vehicles/nope/charging"),
        ("POST", "/vehicles/nope/refresh-hint"),
        ("GET", "/locations/nope"),
        ("GET", "/flex/vehicle-policies/nope"),
        ("PATCH", "/flex/vehicle-policies/nope"),
        ("DELETE", "/flex/vehicle-policies/nope"),
        ("GET", "/flex/vehicle-policies/nope/session"),
        ("PUT", "/flex/sessions/nope/target"),
        ("GET", "/webhooks/nope"),
        ("GET", "/nowhere"),
    ],
)
async def test_what_is_not_there_is_a_problem(api, method, path):
    answer = await api(method, path, {})
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert violations(PROBLEM, answer.json) == []
    assert answer.json["type"].endswith("/not-found")
