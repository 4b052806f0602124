from datetime import timedelta

import pytest

from tests.simulator.contract import POLICY, PROBLEM, SESSION, violations

SESSIONS = "/flex/vehicle-policies/sessions"


@pytest.fixture
def home(sim):
    return next(place.id for place in sim.world.locations.values() if place.user_id == "home" and place.name == "Home")


async def test_a_policy_is_made_changed_and_deleted(sim, api, car, policy, home):
    assert (await api("DELETE", f"/flex/vehicle-policies/{policy}")).status == 204
    assert (await api("GET", f"/flex/vehicle-policies/{policy}")).status == 404
    made = await api("POST", "/flex/vehicle-policies", {"vehicleId": car, "locationId": home})
    assert made.status == 200
    assert violations(POLICY, made.json) == []
    path = f"/flex/vehicle-policies/{made.json['id']}"
    change = {"batteryReserve": 55, "schedule": {"friday": {"deadline": "24:00", "minimumChargeTarget": 70}}}
    changed = await api("PATCH", path, change)
    assert changed.status == 200
    assert changed.json["batteryReserve"] == 55
    assert changed.json["schedule"]["friday"] == {"deadline": "24:00", "minimumChargeTarget": 70}
    assert changed.json["schedule"]["monday"] == made.json["schedule"]["monday"]
    assert await api.get(path) == changed.json
    again = await api("POST", "/flex/vehicle-policies", {"vehicleId": car, "locationId": home})
    assert again.status == 409


@pytest.mark.parametrize(
    "body",
    [
        {"batteryReserve": 101},
        {"batteryReserve": "30"},
        {"schedule": []},
        {"schedule": {"friday": {"deadline": "7:00"}}},
        {"schedule": {"freitag": {"deadline": "07:00"}}},
        {"deadline": "07:00"},
        [],
    ],
)
async def test_a_policy_refuses_nonsense(api, policy, body):
    path = f"/flex/vehicle-policies/{policy}"
    before = await api.get(path)
    answer = await api("PATCH", path, body)
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []
    assert answer.json["issues"]
    assert await api.get(path) == before


@pytest.mark.parametrize("body", [{}, {"vehicleId": 1, "locationId": "x"}, {"vehicleId": ""}])
async def test_a_policy_needs_a_vehicle_and_a_location(api, body):
    answer = await api("POST", "/flex/vehicle-policies", body)
    assert (answer.status, answer.json["issues"][0]["path"]) == (400, ["vehicleId"])


async def test_a_body_that_is_no_json_is_refused(api, policy):
    await api.log_in()
    answer = await api.raw(
        "PATCH",
        f"/flex/vehicle-policies/{policy}",
        data="{",
        headers={"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
    )
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []


async def test_sessions_are_filtered(sim, api, car, policy, home):
    everything = (await api.get(f"{SESSIONS}?pageSize=1000"))["data"]
    for query, key, value in (
        (f"vehicleId={car}", "vehicleId", car),
        (f"policyId={policy}", "policyId", policy),
        (f"locationId={home}", "locationId", home),
    ):
        found = (await api.get(f"{SESSIONS}?pageSize=1000&{query}"))["data"]
        assert found == [session for session in everything if session[key] == value]
        assert 0 < len(found) < len(everything)
    both = (await api.get(f"{SESSIONS}?pageSize=1000&vehicleId={car}&policyId={policy}"))["data"]
    assert all((session["vehicleId"], session["policyId"]) == (car, policy) for session in both)
    assert both
    assert (await api.get(f"{SESSIONS}?vehicleId=nope"))["data"] == []


async def test_sessions_come_newest_first_in_pages(api, car, policy):
    ids, cursor, pages = [], "", 0
    while True:
        answer = await api.get(f"{SESSIONS}?vehicleId={car}&pageSize=25{cursor}")
        ids += [session["id"] for session in answer["data"]]
        pages += 1
        if answer["pagination"]["after"] is None:
            break
        cursor = f"&after={answer['pagination']['after']}"
    whole = (await api.get(f"{SESSIONS}?vehicleId={car}&pageSize=1000"))["data"]
    assert ids == [session["id"] for session in whole]
    assert pages > 2
    # By creation: an unmanaged session is made when it ends, a managed one long before it begins.
    plugged_in = [session["pluggedInAt"] for session in whole if session["policyId"] == policy][1:]
    assert plugged_in == sorted(plugged_in, reverse=True)
    assert len((await api.get(f"{SESSIONS}?vehicleId={car}"))["data"]) == 50


async def test_a_target_needs_an_active_session(sim, api, car, policy):
    live = await api.get(f"/flex/vehicle-policies/{policy}/session")
    path = f"/flex/sessions/{live['id']}/target"
    answer = await api("PUT", path, {"type": "IMMEDIATE_START"})
    assert answer.status == 409
    assert violations(PROBLEM, answer.json) == []
    sim.world.plug_in(car)
    sim.advance(timedelta(minutes=1))
    for body in ({}, {"type": "SOON"}, {"type": "IMMEDIATE_START", "readyBy": None}):
        answer = await api("PUT", path, body)
        assert answer.status == 400
        assert violations(PROBLEM, answer.json) == []


async def test_a_refused_immediate_start_tells_the_reason(sim, api, car, policy):
    sim.world.set_battery(car, 40)
    sim.world.plug_in(car)
    sim.advance(timedelta(minutes=1))
    sim.world.refuse_immediate_start(car, "The car sleeps")
    live = await api.get(f"/flex/vehicle-policies/{policy}/session")
    answer = await api("PUT", f"/flex/sessions/{live['id']}/target", {"type": "IMMEDIATE_START"})
    assert answer.status == 422
    assert answer.json["detail"] == "The car sleeps"
    assert violations(PROBLEM, answer.json) == []


@pytest.mark.parametrize("status", ["403", "404"])
async def test_flex_can_be_switched_off(sim, api, policy, status):
    sim.client.flex = status
    for method, path in (
        ("GET", "/flex/vehicle-policies"),
        ("GET", SESSIONS),
        ("GET", f"/flex/vehicle-policies/{policy}/session"),
        ("PUT", "/flex/sessions/x/target"),
        ("GET", "/flex/anything"),
    ):
        answer = await api(method, path)
        assert answer.status == int(status)
        assert violations(PROBLEM, answer.json) == []
    assert (await api("GET", "/vehicles")).status == 200
    sim.client.flex = "on"
    assert (await api("GET", "/flex/vehicle-policies")).status == 200


async def test_a_relinked_vehicle_has_a_new_id(sim, api, car, policy):
    new = sim.world.relink(car)
    vehicles = {vehicle["id"]: vehicle for vehicle in (await api.get("/vehicles"))["data"]}
    assert car not in vehicles
    assert (await api.get(f"/flex/vehicle-policies/{policy}"))["vehicleId"] == new
    live = await api.get(f"/flex/vehicle-policies/{policy}/session")
    assert live["vehicleId"] == new
    assert violations(SESSION, live) == []
