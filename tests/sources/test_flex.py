"""Flex behind the interface of every source, against the simulator over HTTP."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from custom_components.enode_flex.api import EnodeClient
from custom_components.enode_flex.api.errors import ConnectionFailedError, ForbiddenError, ServerError
from custom_components.enode_flex.api.models import (
    WEEKDAYS,
    AggregatedStatistics,
    DaySchedule,
    SessionError,
    SessionState,
    Statistics,
    Target,
    TargetType,
    Vehicle,
)
from custom_components.enode_flex.sources import CommandRefusedError, PolicyChange, RefusalReason
from custom_components.enode_flex.sources.flex import FlexSource
from simulator.faults import Fault
from simulator.server import Simulator
from tests.charging.samples import car, session
from tests.conftest import START

POLICY_PATH = "/flex/vehicle-policies/{policyId}"


@pytest.fixture
async def client(simulator: Simulator) -> AsyncGenerator[EnodeClient]:
    async with aiohttp.ClientSession() as http:
        yield EnodeClient(
            http,
            base_url=simulator.base_url,
            token_url=simulator.token_url,
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
        )


@pytest.fixture
def source(client: EnodeClient) -> FlexSource:
    return FlexSource(client)


@pytest.fixture
async def vehicle(client: EnodeClient, source: FlexSource) -> Vehicle:
    """The car with two policies, with which the source is acquainted."""
    vehicles = await client.user_vehicles("home")
    await source.async_serves(vehicles, START)
    return next(it for it in vehicles if it.information.model == "ID.3")


# -- changing a policy -------------------------------------------------------------------------------------------------


def bodies(monkeypatch: pytest.MonkeyPatch, client: EnodeClient) -> list[dict[str, Any]]:
    """What is given to the client to be sent."""
    sent: list[dict[str, Any]] = []
    real = client.patch_policy

    async def patch_policy(policy_id: str, **what: Any) -> Any:
        sent.append(what)
        return await real(policy_id, **what)

    monkeypatch.setattr(client, "patch_policy", patch_policy)
    return sent


async def test_the_whole_schedule_is_sent_with_the_change_put_in(
    source: FlexSource, client: EnodeClient, vehicle: Vehicle, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    # Somebody changed it elsewhere meanwhile: that stays.
    simulator.world.patch_policy(policy.id, schedule={"friday": {"deadline": "09:15"}})
    sent = bodies(monkeypatch, client)
    changed = await source.async_change_policy(
        vehicle, policy, PolicyChange(days={"monday": DaySchedule(minimum_charge_target=70)})
    )
    assert sent == [{"battery_reserve": None, "schedule": changed.schedule}]
    assert list(changed.schedule) == list(WEEKDAYS)
    assert changed.schedule["monday"] == DaySchedule(deadline="07:00", minimum_charge_target=70)
    assert changed.schedule["friday"] == DaySchedule(deadline="09:15", minimum_charge_target=80)
    assert changed.schedule["tuesday"] == DaySchedule(deadline="07:00", minimum_charge_target=80)


async def test_it_holds_too_where_enode_replaces_the_schedule(
    source: FlexSource, vehicle: Vehicle, simulator: Simulator
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    truth = simulator.world.policy(policy.id)
    real = simulator.world.patch_policy

    def replacing(policy_id: str, *, battery_reserve: int | None = None, schedule: Any = None) -> Any:
        if schedule is not None:
            truth.schedule = {}
        return real(policy_id, battery_reserve=battery_reserve, schedule=schedule)

    simulator.world.patch_policy = replacing
    await source.async_change_policy(vehicle, policy, PolicyChange(days={"sunday": DaySchedule(deadline="11:00")}))
    assert {day: it.deadline for day, it in truth.schedule.items()} == dict.fromkeys(WEEKDAYS, "07:00") | {
        "sunday": "11:00"
    }


async def test_the_reserve_alone_touches_no_schedule(
    source: FlexSource, client: EnodeClient, vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    sent = bodies(monkeypatch, client)
    changed = await source.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=15))
    assert sent == [{"battery_reserve": 15, "schedule": None}]
    assert changed.battery_reserve == 15
    assert (await source.async_sessions(vehicle)).policies[0].battery_reserve == 15


async def test_a_day_that_the_policy_does_not_have_must_be_complete(
    source: FlexSource, vehicle: Vehicle, simulator: Simulator
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    del simulator.world.policy(policy.id).schedule["sunday"]
    half = PolicyChange(days=dict.fromkeys(("saturday", "sunday"), DaySchedule(deadline="10:00")))
    with pytest.raises(CommandRefusedError) as error:
        await source.async_change_policy(vehicle, policy, half)
    assert (error.value.refusal.reason, error.value.refusal.detail) == (RefusalReason.INCOMPLETE_DAY, "sunday")
    assert simulator.world.policy(policy.id).schedule["saturday"].deadline == "07:00"
    whole = PolicyChange(days={"sunday": DaySchedule(deadline="10:00", minimum_charge_target=50)})
    changed = await source.async_change_policy(vehicle, policy, whole)
    assert changed.schedule["sunday"] == DaySchedule(deadline="10:00", minimum_charge_target=50)


@pytest.mark.parametrize(
    "change",
    [PolicyChange(battery_reserve=81), PolicyChange(days={"monday": DaySchedule(minimum_charge_target=81)})],
)
async def test_the_limit_that_enode_saw_last_counts(
    source: FlexSource, vehicle: Vehicle, simulator: Simulator, change: PolicyChange
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    simulator.world.policy(policy.id).last_observed_location_charge_limit = 80
    with pytest.raises(CommandRefusedError) as error:
        await source.async_change_policy(vehicle, policy, change)
    assert (error.value.refusal.reason, error.value.refusal.detail) == (RefusalReason.ABOVE_CHARGE_LIMIT, "80")
    # What is there already is Enode's: it stands in nobody's way.
    simulator.world.policy(policy.id).last_observed_location_charge_limit = 50
    assert (await source.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=20))).battery_reserve == 20


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Fault(cut="before"), ConnectionFailedError), (Fault(status=503), ServerError)],
)
async def test_a_change_that_did_not_arrive_raises(
    source: FlexSource, vehicle: Vehicle, simulator: Simulator, fault: Fault, kind: type[Exception]
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    fault.method, fault.path = "PATCH", POLICY_PATH
    simulator.faults.add(fault)
    with pytest.raises(kind):
        await source.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=15))


async def test_a_change_of_which_nothing_can_be_known_raises_why(
    source: FlexSource, vehicle: Vehicle, simulator: Simulator
) -> None:
    policy = (await source.async_policies(vehicle))[0]
    simulator.faults.add(Fault(method="PATCH", path=POLICY_PATH, status=503, after_handling=True))
    number = simulator.faults.add(Fault(method="GET", path=POLICY_PATH, status=403))
    with pytest.raises(ForbiddenError):
        await source.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=15))
    simulator.faults.remove(number)

    real = source._client.policy
    reads = []

    async def policy_once(policy_id: str) -> Any:
        reads.append(policy_id)
        if len(reads) > 1:
            raise ForbiddenError(status=403)
        return await real(policy_id)

    source._client.policy = policy_once
    with pytest.raises(ServerError):
        await source.async_change_policy(vehicle, policy, PolicyChange(battery_reserve=15))


# -- history -----------------------------------------------------------------------------------------------------------


async def test_a_limit_counts_settled_sessions_only(source: FlexSource, vehicle: Vehicle) -> None:
    for limit in (1, 3):
        found = await source.async_history(vehicle, limit=limit)
        assert len(found) == limit
        assert {it.state for it in found} == {SessionState.SETTLED}
    everything = await source.async_history(vehicle)
    assert [it.id for it in await source.async_history(vehicle, limit=3)] == [it.id for it in everything[:3]]
    since = START - timedelta(days=7)
    assert [it.id for it in await source.async_history(vehicle, since=since)] == [
        it.id for it in everything if it.plugged_out_at >= since
    ]


# -- what cannot work --------------------------------------------------------------------------------------------------

NOW = START
ACTIVE = session("C")
IMMEDIATE = replace(ACTIVE, state=SessionState.ACTIVE_IMMEDIATE_START, target=Target(type=TargetType.IMMEDIATE_START))


@pytest.mark.parametrize(
    ("live", "vehicle_state", "reason", "certain"),
    [
        (None, {}, RefusalReason.NO_POLICY, True),
        (replace(ACTIVE, policy_id=None), {}, RefusalReason.UNMANAGED, True),
        (
            replace(ACTIVE, error=SessionError(type="MISSING_CAPABILITIES", missing_capabilities=("startCharging",))),
            {},
            RefusalReason.MISSING_CAPABILITIES,
            True,
        ),
        (IMMEDIATE, {}, RefusalReason.ALREADY_CHARGING_IMMEDIATELY, True),
        (session("A"), {"is_plugged_in": False}, RefusalReason.NOT_PLUGGED_IN, True),
        (session("A"), {"is_plugged_in": None}, RefusalReason.NOT_PLUGGED_IN, False),
        (
            replace(ACTIVE, statistics=Statistics(aggregated=AggregatedStatistics(battery_to=80))),
            {},
            RefusalReason.TARGET_REACHED,
            True,
        ),
        (ACTIVE, {"battery_level": 80}, RefusalReason.TARGET_REACHED, False),
        (ACTIVE, {"battery_level": 79}, None, None),
        (session("A"), {"is_plugged_in": True}, None, None),
        (replace(ACTIVE, target=None), {"battery_level": 100}, None, None),
    ],
)
def test_why_starting_now_cannot_work(
    live: Any, vehicle_state: dict[str, Any], reason: RefusalReason | None, certain: bool | None
) -> None:
    refusal = FlexSource(None).cannot_start(car(NOW, **vehicle_state), live)
    assert (refusal and refusal.reason, refusal and refusal.certain) == (reason, certain)


@pytest.mark.parametrize(
    ("live", "reason"),
    [
        (None, RefusalReason.NO_POLICY),
        (replace(ACTIVE, policy_id=None), RefusalReason.UNMANAGED),
        (ACTIVE, RefusalReason.NOT_CHARGING_IMMEDIATELY),
        (IMMEDIATE, None),
        (replace(ACTIVE, target=Target(type=TargetType.IMMEDIATE_START)), None),
    ],
)
def test_why_a_return_cannot_work(live: Any, reason: RefusalReason | None) -> None:
    refusal = FlexSource(None).cannot_resume(car(NOW), live)
    assert (refusal and refusal.reason) == reason


async def test_without_a_session_but_with_a_policy(source: FlexSource, vehicle: Vehicle) -> None:
    for refusal in (source.cannot_start(vehicle, None), source.cannot_resume(vehicle, None)):
        assert refusal is not None
        assert refusal.reason is RefusalReason.NO_SESSION
    for command in (source.async_start_now, source.async_resume):
        with pytest.raises(CommandRefusedError):
            await command(vehicle, None)


def test_missing_capabilities_are_named() -> None:
    error = SessionError(type="MISSING_CAPABILITIES", missing_capabilities=("startCharging", "stopCharging"))
    refusal = FlexSource(None).cannot_start(car(NOW), replace(ACTIVE, error=error))
    assert refusal is not None
    assert refusal.detail == "startCharging, stopCharging"
