from datetime import timedelta
from html.parser import HTMLParser

from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import scenario
from simulator.clock import ManualClock, SystemClock
from simulator.faults import Fault
from simulator.server import START, Simulator
from tests.simulator.caller import Caller
from tests.simulator.contract import PROBLEM, SESSION, VEHICLE, violations


@pytest.fixture
def do(api, car):
    """Do something to car 1 through the control interface."""

    async def run(action, body=None, *, status=200):
        answer = await api.control("POST", f"vehicles/{car}/{action}", body)
        assert answer.status == status, answer.text
        return answer.json

    return run


@pytest.fixture
def see(sim, api, car, policy):
    """Let a minute pass and read vehicle and live session of car 1 as a client does."""

    async def run():
        sim.advance(timedelta(minutes=1))
        return await api.get(f"/vehicles/{car}"), await api.get(f"/flex/vehicle-policies/{policy}/session")

    return run


async def test_plug_in_and_out(sim, do, see, api, car, policy):
    await do("set_battery", {"level": 40})
    await do("plug_in")
    vehicle, session = await see()
    assert vehicle["chargeState"]["isPluggedIn"] is True
    assert vehicle["chargeState"]["batteryLevel"] == 40
    assert session["state"].startswith("ACTIVE")
    problem = await do("plug_in", status=409)
    assert violations(PROBLEM, problem) == []
    await do("plug_out")
    sim.advance(timedelta(seconds=10))
    assert (await api.get(f"/vehicles/{car}"))["chargeState"]["isPluggedIn"] is False
    await do("plug_out", status=409)


async def test_plug_in_elsewhere(sim, do, api, car, policy):
    await do("plug_in", {"location_id": "road"})
    sim.advance(timedelta(minutes=1))
    assert (await api.get(f"/vehicles/{car}"))["location"]["id"] is None
    assert (await api.get(f"/flex/vehicle-policies/{policy}/session"))["state"] == "UPCOMING"


async def test_errors_are_raised_and_cleared(do, see):
    await do("set_battery", {"level": 40})
    await do("plug_in")
    await see()
    for error in ("START_FAIL", "STOP_FAIL"):
        await do("raise_error", {"error": error})
        assert (await see())[1]["error"]["latest"] == {"type": error}
        await do("clear_error")
        assert (await see())[1]["error"]["latest"] is None


async def test_capabilities_are_dropped_and_restored(do, see, api):
    await do("plug_in")
    dropped = await do("drop_capabilities", {"names": ["startCharging"]})
    vehicle, session = await see()
    assert vehicle["capabilities"]["startCharging"] == {"isCapable": False, "interventionIds": dropped["result"]}
    assert session["error"]["latest"] == {"type": "MISSING_CAPABILITIES", "missingCapabilities": ["startCharging"]}
    assert (await api("GET", f"/interventions/{dropped['result'][0]}")).status == 200
    await do("restore_capabilities")
    vehicle, session = await see()
    assert vehicle["capabilities"]["startCharging"] == {"isCapable": True, "interventionIds": []}
    assert session["error"]["latest"] is None


async def test_off_target_and_back(do, see):
    await do("set_battery", {"level": 20})
    await do("plug_in")
    await do("go_off_target", {"on": True})
    assert (await see())[1]["outcome"]["latest"]["state"] == "OFF_TARGET"
    await do("go_off_target", {"on": False})
    assert (await see())[1]["outcome"]["latest"]["state"] == "ON_TARGET"


@pytest.mark.parametrize("mode", ["refuse", "fail"])
async def test_immediate_start_is_refused_or_fails(do, see, api, mode):
    await do("set_battery", {"level": 40})
    await do("plug_in")
    _, session = await see()
    await do("refuse_immediate_start", {"reason": "No way", "mode": mode})
    answer = await api("PUT", f"/flex/sessions/{session['id']}/target", {"type": "IMMEDIATE_START"})
    if mode == "refuse":
        assert (answer.status, answer.json["detail"]) == (422, "No way")
    else:
        assert answer.status == 200
        assert (await see())[1]["error"]["latest"] == {"type": "START_FAIL"}


async def test_unreachable_relinked_and_removed(do, see, api, car):
    await do("set_reachable", {"reachable": False})
    assert (await see())[0]["isReachable"] is False
    await do("set_reachable", {"reachable": True})
    assert (await see())[0]["isReachable"] is True
    new = (await do("relink"))["result"]
    assert new != car
    assert (await api("GET", f"/vehicles/{car}")).status == 404
    assert (await api.control("POST", f"vehicles/{new}/remove")).status == 200
    assert (await api("GET", f"/vehicles/{new}")).status == 404


async def test_drive_and_charge_limit(sim, do, api, car):
    before = await api.get(f"/vehicles/{car}")
    await do("set_charge_limit", {"limit": 70})
    await do("drive", {"km": 30, "duration": 1800})
    sim.advance(timedelta(minutes=45))
    after = await api.get(f"/vehicles/{car}")
    assert after["chargeState"]["chargeLimit"] == 70
    assert after["odometer"]["distance"] == before["odometer"]["distance"] + 30
    assert after["chargeState"]["batteryLevel"] < before["chargeState"]["batteryLevel"]


@pytest.mark.parametrize(
    ("action", "body", "path"),
    [
        ("set_battery", {}, ["level"]),
        ("set_battery", {"level": "full"}, ["level"]),
        ("set_battery", {"level": True}, ["level"]),
        ("set_battery", {"level": None}, ["level"]),
        ("set_charge_limit", {"limit": 1.5}, ["limit"]),
        ("raise_error", {"error": "OOPS"}, ["error"]),
        ("raise_error", {"error": "START_FAIL", "clear_after": -1}, ["clear_after"]),
        ("drop_capabilities", {"names": "startCharging"}, ["names"]),
        ("go_off_target", {"on": 1}, ["on"]),
        ("plug_in", {"place": "home"}, ["place"]),
    ],
)
async def test_bodies_that_do_not_fit(do, action, body, path):
    problem = await do(action, body, status=400)
    assert violations(PROBLEM, problem) == []
    assert [issue["path"] for issue in problem["issues"]] == [path]


async def test_what_is_not_there(do, api):
    assert "plug_in" in (await do("teleport", status=404))["detail"]
    for method, path in (
        ("POST", "vehicles/nope/plug_in"),
        ("POST", "users/nope/vendors/VOLKSWAGEN"),
        ("POST", "sessions/nope/correct"),
        ("PATCH", "clients/nope"),
        ("DELETE", "faults/99"),
        ("GET", "nowhere"),
    ):
        answer = await api.control(method, path, {"factor": 2} if "correct" in path else {})
        assert answer.status == 404, path
        assert violations(PROBLEM, answer.json) == []


async def test_vendor_credentials_are_lost_and_found(api):
    for body, valid in (({}, False), ({"valid": True}, True)):
        assert (await api.control("POST", "users/home/vendors/VOLKSWAGEN", body)).status == 200
        vendors = {item["vendor"]: item["isValid"] for item in (await api.get("/users/home"))["linkedVendors"]}
        assert vendors == {"VOLKSWAGEN": valid, "HYUNDAI": True}


async def test_a_settled_session_is_corrected(api, policy):
    path = f"/flex/vehicle-policies/sessions?policyId={policy}&pageSize=3"
    before = (await api.get(path))["data"][1]
    assert before["state"] == "SETTLED"
    answer = await api.control("POST", f"sessions/{before['id']}/correct", {"factor": 1.5})
    assert answer.json == {"result": before["id"]}
    after = (await api.get(path))["data"][1]
    energy = before["statistics"]["aggregated"]["kwhSum"]
    assert after["statistics"]["aggregated"]["kwhSum"] == pytest.approx(1.5 * energy, rel=0.01)
    assert violations(SESSION, after) == []


async def test_the_clock_moves_forward(sim, api):
    answer = await api.control("POST", "clock", {"advance": 90})
    assert answer.json == {"now": "2026-11-23T16:01:30+00:00"}
    assert sim.world.now == sim.clock.now() == START + timedelta(seconds=90)
    await api.control("POST", "clock", {"to": "2026-11-23T18:00:00+01:00"})
    assert sim.clock.now() == START + timedelta(hours=1)
    for body in ({"to": "2026-11-23T10:00:00Z"}, {"to": "soon"}, {}, {"advance": 1, "to": "2026-11-24T10:00:00Z"}):
        assert (await api.control("POST", "clock", body)).status == 400
    assert sim.clock.now() == START + timedelta(hours=1)


async def test_the_machines_clock_cannot_be_moved(socket_enabled, freezer: FrozenDateTimeFactory):
    freezer.move_to(START)
    async with Simulator(scenario.standard(SystemClock())) as sim, Caller(sim) as api:
        answer = await api.control("POST", "clock", {"advance": 60})
        assert answer.status == 409
        assert violations(PROBLEM, answer.json) == []
        assert (await api.control("GET", "state")).json["clock"] == "system"


async def test_faults_come_and_go(sim, api):
    body = {"path": "/vehicles", "status": 429, "retry_after": 5, "count": 3, "duration": 60, "null": ["a.b"]}
    number = (await api.control("POST", "faults", body)).json["number"]
    (told,) = (await api.control("GET", "faults")).json
    assert told == {"number": number, "left": 3, **body}
    ((_, fault),) = sim.faults
    expected = Fault(path="/vehicles", status=429, retry_after=5, count=3, duration=timedelta(minutes=1), null=("a.b",))
    assert fault == expected
    assert (await api("GET", "/vehicles")).headers["Retry-After"] == "5"
    assert (await api.control("DELETE", f"faults/{number}")).status == 204
    assert (await api("GET", "/vehicles")).status == 200
    await api.control("POST", "faults", {"extra_keys": {"a": [1]}, "replace": {"x": "y"}, "latency": 0})
    await api.control("DELETE", "faults")
    assert len(sim.faults) == 0


@pytest.mark.parametrize(
    "body",
    [{"path": "vehicles"}, {"status": "500"}, {"cut": "now"}, {"replace": {"a": 1}}, {"nonsense": 1}, {"null": [1]}],
)
async def test_faults_that_could_not_strike(sim, api, body):
    answer = await api.control("POST", "faults", body)
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []
    assert len(sim.faults) == 0


async def test_a_fault_of_every_call_spares_the_control_interface(sim, api):
    sim.faults.add(Fault(status=500))
    assert (await api.control("GET", "state")).status == 200


async def test_switches(sim, api):
    told = (await api.control("GET", "switches")).json
    assert told["keys"] == "camelCase"
    assert {"running_block", "valuation", "no_live_session", "timeseries_start", "lists"} <= set(told)
    changed = await api.control("PATCH", "switches", {"keys": "snake_case", "running_block": "delivered"})
    assert changed.json == {**told, "keys": "snake_case", "running_block": "delivered"}
    assert sim.switches.keys == "snake_case"
    assert sim.world.settings.running_block_kwh == "delivered"
    answer = await api.control("PATCH", "switches", {"keys": "kebab-case", "single": "data"})
    assert answer.status == 400
    assert sim.switches.single == "bare"


async def test_settings_of_world_and_sender(sim, api):
    assert (await api.control("GET", "settings")).json["cloud_delay"] == 2
    changed = await api.control("PATCH", "settings", {"cloud_delay": None, "outcome_lag": 7.5})
    assert changed.json["outcome_lag"] == 7.5
    assert sim.world.settings.cloud_delay is None
    assert sim.world.settings.outcome_lag == timedelta(seconds=7.5)
    await api.control("PATCH", "sender", {"gaps": [1, 2], "duplicates": True})
    assert sim.webhooks.settings.gaps == (timedelta(seconds=1), timedelta(seconds=2))
    assert sim.webhooks.settings.duplicates is True


async def test_clients(sim, api):
    await api.log_in()
    answer = await api.control("PATCH", f"clients/{sim.client_id}", {"flex": "403"})
    assert answer.json == {"id": sim.client_id, "flex": "403", "classic": True, "users": None}
    assert (await api("GET", "/flex/vehicle-policies")).status == 403
    assert (await api.control("PATCH", f"clients/{sim.client_id}", {"flex": "off"})).status == 400
    await api.control("PATCH", f"clients/{sim.client_id}", {"flex": "on"})
    assert (await api("GET", "/flex/vehicle-policies")).status == 200
    assert (await api.control("POST", f"clients/{sim.client_id}/revoke_tokens")).status == 204
    assert (await api("GET", "/vehicles")).status == 401
    secret = (await api.control("POST", f"clients/{sim.client_id}/rotate_secret")).json["secret"]
    assert (await api.ask_token()).status == 401
    assert (await api.ask_token(sim.client_id, secret)).status == 200
    chosen = await api.control("POST", f"clients/{sim.client_id}/rotate_secret", {"secret": "chosen"})
    assert chosen.json == {"secret": "chosen"}


async def test_state_tells_everything_plainly(sim, api, do, car, policy):
    await do("set_battery", {"level": 40})
    await do("plug_in")
    await do("raise_error", {"error": "START_FAIL"})
    sim.switches.keys = "snake_case"
    sim.switches.naive_timestamps = True
    sim.advance(timedelta(minutes=1))
    await api.get("/vehicles")
    answer = await api.control("GET", "state")
    state = answer.json
    assert (state["now"], state["clock"]) == ("2026-11-23T16:01:00+00:00", "manual")
    told = next(vehicle for vehicle in state["vehicles"] if vehicle["id"] == car)
    assert (told["name"], told["place"], told["isPluggedIn"]) == ("Volkswagen ID.3", "Home", True)
    assert (told["batteryLevel"], told["failure"], told["offTarget"]) == (40, "START_FAIL", False)
    assert violations(VEHICLE, told["seen"]) == []
    assert violations(SESSION, told["session"]) == []
    assert told["session"]["policyId"] == policy
    assert state["requests"][0]["path"] == "/vehicles"
    assert sim.client_secret not in answer.text


async def test_state_tells_the_upcoming_session_where_the_car_stands(sim, api, car):
    cabin = next(place for place in sim.world.locations.values() if place.name == "Cabin")
    sim.world.stand_at(car, cabin.id)
    told = next(item for item in (await api.control("GET", "state")).json["vehicles"] if item["id"] == car)
    assert told["place"] == "Cabin"
    assert told["session"]["locationId"] == cabin.id


async def test_truth_and_requests(sim, api, do, car):
    truth = await api.control("GET", f"vehicles/{car}/truth")
    total = sum(quarter["kwh"] for quarter in truth.json)
    assert total == pytest.approx(sum(kwh for _, kwh in sim.world.truth(car)))
    assert total > 100
    assert any(quarter["cost"] for quarter in truth.json)
    await api.get("/vehicles?pageSize=2")
    told = (await api.control("GET", "requests")).json
    assert (told[-1]["method"], told[-1]["path"], told[-1]["query"]) == ("GET", "/vehicles", {"pageSize": "2"})
    await api.control("DELETE", "requests")
    assert (await api.control("GET", "requests")).json == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_other_web_pages_are_refused(sim, api, car, origin):
    answer = await api.raw("POST", f"/simulator/vehicles/{car}/plug_in", headers={"Origin": origin})
    assert answer.status == 403
    assert not sim.world.car(car).visit
    own = sim.base_url.removesuffix("/")
    assert (await api.raw("POST", f"/simulator/vehicles/{car}/plug_in", headers={"Origin": own})).status == 200


async def test_no_token_is_needed_and_no_world_error_escapes(api, car):
    answer = await api.raw("POST", f"/simulator/vehicles/{car}/set_battery", data="{")
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.actions: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.actions |= {found["data-action"]} if found.get("data-action") else set()
        self.ids += [found["id"]] if found.get("id") else []
        self.addresses += [found[name] for name in ("src", "href", "action") if found.get(name)]


async def test_the_page(api):
    assert (await api.raw("GET", "/simulator")).headers["Location"] == "/simulator/"
    answer = await api.raw("GET", "/simulator/")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    found = _Page()
    found.feed(answer.text)
    assert {
        "plug_in",
        "plug_out",
        "set_battery",
        "start_fails",
        "stop_fails",
        "missing_capabilities",
        "clear_error",
        "off_target",
        "refuse_immediate_start",
        "unreachable",
        "add_fault",
        "clear_faults",
        "advance",
    } <= found.actions
    assert "flex_off" in answer.text
    assert len(found.ids) == len(set(found.ids))
    assert found.addresses == ["data:,"]
    assert "://" not in answer.text


def test_the_manual_clock_is_the_default():
    assert isinstance(Simulator().clock, ManualClock)
