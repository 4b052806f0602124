from datetime import timedelta
from itertools import pairwise

import pytest

from tests.simulator import contract
from tests.simulator.contract import violations


@pytest.fixture
def smart(sim, car) -> str:
    """Car 1 on classic smart charging, at 50 % and plugged in."""
    sim.world.set_charge_limit(car, 80)
    sim.world.set_battery(car, 50)
    sim.world.set_smart_charging(car, True, deadline="07:00", minimum_charge_limit=20)
    sim.world.plug_in(car)
    sim.advance(timedelta(seconds=5))
    return car


def statistics(user: str, what: str, **query) -> str:
    text = "&".join(f"{name}={value}" for name, value in {"type": "vehicle", **query}.items())
    return f"/users/{user}/statistics/{what}?{text}"


def at(sim, **ago) -> str:
    return (sim.clock.now() - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_policy(api, sim, car):
    path = f"/vehicles/{car}/smart-charging-policy"
    told = await api.get(path)
    assert violations(contract.SMART_POLICY, told) == []
    assert told == {"isEnabled": False, "deadline": None, "minimumChargeLimit": 0}
    assert (await api("PUT", path, {"isEnabled": True})).status == 400
    for policy in [it for it in sim.world.policies.values() if it.vehicle_id == car]:
        sim.world.delete_policy(policy.id)
    answer = await api("PUT", path, {"isEnabled": True, "deadline": "24:00", "minimumChargeLimit": 25})
    assert answer.status == 200
    assert answer.json == {"isEnabled": True, "deadline": "24:00", "minimumChargeLimit": 25}
    assert (await api.get(f"/vehicles/{car}"))["smartChargingPolicy"] == answer.json


async def test_status_and_plan_are_as_documented(api, sim, smart):
    path = f"/vehicles/{smart}"
    for hours in (0, 4, 4, 4, 4):
        sim.advance(timedelta(hours=hours))
        await api.log_in()
        told = await api.get(f"{path}/smart-charging-status")
        assert violations(contract.SMART_STATUS, told) == []
    latest = await api.get(f"{path}/smart-charging-plans/latest")
    assert violations(contract.SMART_PLAN, latest) == []
    assert await api.get(f"{path}/smart-charging-plans/{latest['id']}") == latest
    assert (await api("GET", f"{path}/smart-charging-plans/none")).status == 404


async def test_override(api, sim, smart):
    path = f"/vehicles/{smart}/smart-override"
    assert (await api("DELETE", path)).status == 404
    answer = await api("POST", path)
    assert answer.status == 200
    assert violations(contract.SMART_OVERRIDE, answer.json) == []
    sim.advance(timedelta(seconds=30))
    status = await api.get(f"/vehicles/{smart}/smart-charging-status")
    assert violations(contract.SMART_STATUS, status) == []
    assert (status["state"], status["smartOverride"]["endedAt"]) == ("PLAN:EXECUTING:OVERRIDDEN", None)
    assert (await api("DELETE", path)).json["endedAt"] is not None
    assert (await api("DELETE", path)).status == 404


async def test_refused_override(api, sim, car, smart):
    sim.world.refuse_immediate_start(smart, "The grid says no")
    answer = await api("POST", f"/vehicles/{smart}/smart-override")
    assert (answer.status, answer.json["detail"]) == (422, "The grid says no")


async def test_a_client_without_classic(api, sim, smart):
    await api.control("PATCH", f"clients/{sim.client_id}", {"classic": False})
    assert (await api("GET", f"/vehicles/{smart}/smart-charging-status")).status == 403


async def test_switched_by_the_control_interface(api, car):
    answer = await api.control("POST", f"vehicles/{car}/set_smart_charging", {"on": True, "deadline": "06:30"})
    assert answer.status == 200
    assert (await api.get(f"/vehicles/{car}"))["smartChargingPolicy"]["deadline"] == "06:30"


@pytest.mark.parametrize("resolution", ["QUARTER_HOUR", "HALF_HOUR", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"])
async def test_buckets_of_every_resolution_add_up_to_the_truth(api, sim, car, resolution):
    buckets = await api.get(statistics("home", "charging", startDate=at(sim, days=400), id=car, resolution=resolution))
    assert violations(contract.BUCKETS, buckets) == []
    starts = [contract.moment(bucket["date"]) for bucket in buckets]
    assert starts == sorted(set(starts))
    truth = sum(kwh for _, kwh in sim.world.truth(car))
    assert sum(bucket["kwhSum"] for bucket in buckets) == pytest.approx(truth)
    assert sum(bucket["costSum"] for bucket in buckets) > 0


async def test_days_begin_at_midnight_of_the_offset(api, sim, car):
    query = {"startDate": at(sim, days=20), "id": car, "resolution": "DAY"}
    plain = await api.get(statistics("home", "charging", **query))
    assert {contract.moment(bucket["date"]).hour for bucket in plain} == {0}
    moved = await api.get(statistics("home", "charging", **query, utcOffset="%2B01:00"))
    assert {contract.moment(bucket["date"]).hour for bucket in moved} == {23}


async def test_stretches_are_unbroken_and_late(api, sim, smart):
    sim.advance(timedelta(hours=16))
    start = at(sim, hours=17)
    stretches = await api.get(statistics("home", "charging/sessions", startDate=start, id=smart))
    assert violations(contract.STRETCHES, stretches) == []
    assert len(stretches) >= 1
    buckets = await api.get(statistics("home", "charging", startDate=start, id=smart, resolution="QUARTER_HOUR"))
    assert sum(it["kwhSum"] for it in stretches) == pytest.approx(sum(it["kwhSum"] for it in buckets))
    assert all(it["estimatedSavings"] is not None for it in stretches)
    for before, after in pairwise(stretches):
        assert contract.moment(before["to"]) < contract.moment(after["from"])


async def test_a_running_stretch_is_told_a_few_minutes_late(api, sim, car):
    sim.world.set_smart_charging(car, True)
    sim.world.set_smart_charging(car, False)
    sim.world.set_battery(car, 20)
    sim.world.plug_in(car)
    start = at(sim, minutes=1)
    sim.advance(timedelta(minutes=20))
    assert await api.get(statistics("home", "charging/sessions", startDate=start, id=car)) == []
    sim.advance(timedelta(minutes=6))
    (told,) = await api.get(statistics("home", "charging/sessions", startDate=start, id=car))
    assert contract.moment(told["to"]) == sim.clock.now() - timedelta(minutes=11)
    assert told["kwhSum"] == pytest.approx(7.2 / 4)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"startDate": "soon"}, 400),
        ({"startDate": "2026-11-01", "type": "charger"}, 400),
        ({"startDate": "2026-11-01", "resolution": "MINUTE"}, 400),
        ({"startDate": "2026-11-01", "utcOffset": "east"}, 400),
        ({"startDate": "2026-11-01", "endDate": "2026-10-01"}, 400),
        ({"startDate": "2026-11-01", "id": "nobody"}, 404),
        ({"startDate": "2026-11-01"}, 200),
    ],
)
async def test_what_a_question_needs(api, query, status):
    assert (await api("GET", statistics("home", "charging", **query))).status == status
    assert (await api("GET", statistics("nobody", "charging", **query))).status in {400, 404}


async def test_a_status_event_for_every_change(api, sim, car):
    events = []
    sim.world.subscribe(lambda event: events.append(sim.context.wire.event(event)))
    sim.world.set_smart_charging(car, True)
    (told,) = [event for event in events if event["event"] == "user:vehicle:smart-charging-status-updated"]
    assert violations(contract.SMART_EVENT, told) == []
    assert told["smartChargingStatus"]["state"] == "CONSIDERING"
