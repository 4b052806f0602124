"""The switches of contract 11.13."""

from datetime import timedelta
import json

import pytest

from tests.simulator.contract import POLICY, PROBLEM, SESSION, VEHICLE, violations

NOW = timedelta(minutes=40)


@pytest.fixture
def live(policy):
    return f"/flex/vehicle-policies/{policy}/session"


@pytest.fixture
def active(sim, car):
    """An active session, in the middle of its first block."""
    sim.world.set_battery(car, 10)
    sim.world.plug_in(car)
    sim.advance(NOW)


async def test_snake_case(sim, api, active, live, policy):
    camel = await api.get(live)
    sim.switches.keys = "snake_case"
    snake = await api.get(live)
    assert snake["plugged_in_at"] == camel["pluggedInAt"]
    assert snake["statistics"]["aggregated"]["kwh_sum"] == camel["statistics"]["aggregated"]["kwhSum"]
    assert snake["target"]["latest"]["minimum_charge_target"] == camel["target"]["latest"]["minimumChargeTarget"]
    assert "kwhSum" not in json.dumps(snake)
    assert "battery_reserve" in (await api.get(f"/flex/vehicle-policies/{policy}"))
    vehicles = await api.get("/vehicles")
    assert "chargeState" in vehicles["data"][0]
    sim.switches.everywhere = True
    assert "charge_state" in (await api.get("/vehicles"))["data"][0]


async def test_single_objects_in_data(sim, api, live, policy, car):
    bare = await api.get(live)
    sim.switches.single = "data"
    assert await api.get(live) == {"data": bare}
    assert violations(POLICY, (await api.get(f"/flex/vehicle-policies/{policy}"))["data"]) == []
    assert violations(VEHICLE, await api.get(f"/vehicles/{car}")) == []
    sim.switches.everywhere = True
    assert violations(VEHICLE, (await api.get(f"/vehicles/{car}"))["data"]) == []


async def test_lists_without_pagination_hold_everything(sim, api):
    path = "/flex/vehicle-policies/sessions"
    paged = await api.get(f"{path}?pageSize=1000")
    sim.switches.lists = "data"
    assert await api.get(path) == {"data": paged["data"]}
    sim.switches.lists = "bare"
    assert await api.get(path) == paged["data"]
    assert len(paged["data"]) > 50
    assert "pagination" in await api.get("/vehicles")


@pytest.mark.parametrize(
    ("switch", "status", "text"),
    [("404_empty", 404, ""), ("204", 204, ""), ("null", 200, "null"), ("empty", 200, "{}")],
)
async def test_no_live_session(sim, api, car, live, switch, status, text):
    sim.world.plug_in(car)
    sim.advance(timedelta(minutes=5))
    sim.world.plug_out(car)
    sim.advance(timedelta(seconds=10))
    answer = await api("GET", live)
    assert answer.status == 404
    assert violations(PROBLEM, answer.json) == []
    sim.switches.no_live_session = switch
    answer = await api("GET", live)
    assert (answer.status, answer.text) == (status, text)


@pytest.mark.parametrize("key", ["from", "start", "timestamp", "time", "at"])
async def test_time_series_key(sim, api, active, live, key):
    before = (await api.get(live))["statistics"]["timeseries"]
    sim.switches.timeseries_start = key
    after = (await api.get(live))["statistics"]["timeseries"]
    assert [entry[key] for entry in after] == [entry["startAt"] for entry in before]
    assert [set(entry) for entry in after] == [{key, "endAt", "kwh"}] * len(before)
    sim.switches.timeseries_end = False
    assert set((await api.get(live))["statistics"]["timeseries"][0]) == {key, "kwh"}


async def test_time_series_without_times(sim, api, active, live):
    sim.switches.timeseries_start = "none"
    assert all(set(entry) == {"kwh"} for entry in (await api.get(live))["statistics"]["timeseries"])


async def test_meaning_of_a_running_block(sim, api, active, live):
    planned = await api.get(live)
    sim.switches.running_block = "delivered"
    delivered = await api.get(live)
    assert planned["blocks"][0]["kwhSum"] > delivered["blocks"][0]["kwhSum"] > 0
    assert delivered["blocks"][0]["kwhSum"] == pytest.approx(delivered["statistics"]["aggregated"]["kwhSum"], abs=0.3)
    assert planned["blocks"][1:] == delivered["blocks"][1:]


async def test_valuation(sim, api, active, live, car):
    assert (await api.get(live))["valuation"] is None
    sim.switches.valuation_null = False
    assert "valuation" not in await api.get(live)
    sim.switches.valuation = "always"
    assert (await api.get(live))["valuation"]["currency"] == "NOK"
    sim.switches.valuation = "never"
    sim.switches.valuation_null = True
    sessions = await api.get(f"/flex/vehicle-policies/sessions?vehicleId={car}")
    assert {json.dumps(session["valuation"]) for session in sessions["data"]} == {"null"}


async def test_empty_latest(sim, api, live):
    sim.switches.empty_latest = "null"
    session = await api.get(live)
    assert (session["outcome"], session["error"]) == (None, None)
    assert session["target"]["latest"]["type"] == "REGULAR"


async def test_timestamps(sim, api, active, live, car):
    assert (await api.get(live))["pluggedInAt"] == "2026-11-23T16:00:00Z"
    assert (await api.get(f"/vehicles/{car}"))["lastSeen"].endswith(".000Z")
    sim.switches.milliseconds = True
    assert (await api.get(live))["pluggedInAt"] == "2026-11-23T16:00:00.000Z"
    assert violations(SESSION, await api.get(live)) == []
    sim.switches.milliseconds = False
    sim.switches.naive_timestamps = True
    assert (await api.get(live))["pluggedInAt"] == "2026-11-23T16:00:00"
    assert len((await api.get(f"/vehicles/{car}"))["lastSeen"]) == len("2026-11-23T16:00:00")


async def test_answer_to_a_target(sim, api, active, live):
    path = f"/flex/sessions/{(await api.get(live))['id']}/target"
    sim.switches.target_answer = "target"
    answer = await api("PUT", path, {"type": "IMMEDIATE_START"})
    assert set(answer.json) == {"id", "type", "minimumChargeTarget"}
    sim.switches.target_answer = "204"
    answer = await api("PUT", path, {"type": "REGULAR"})
    assert (answer.status, answer.text) == (204, "")
