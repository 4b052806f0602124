"""The client against the simulator: both are written from the contract alone, and meet here over real HTTP."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import logging
from typing import Any

import aiohttp
import pytest

from custom_components.enode_flex.api import (
    BlockType,
    ConflictError,
    ConnectionFailedError,
    DaySchedule,
    EnodeClient,
    EnodeError,
    ErrorType,
    ForbiddenError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    OutcomeState,
    PowerDeliveryState,
    RateLimitedError,
    ServerError,
    Session,
    SessionState,
    TargetType,
    Vehicle,
    unknown_words,
)
from simulator.clock import ManualClock
from simulator.faults import Fault, rate_limited
from simulator.scenario import CAR_1, HOME_USER, NEIGHBOUR_USER
from simulator.server import Simulator

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncGenerator[Simulator]:
    async with Simulator(clock=ManualClock(START)) as running:
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncGenerator[EnodeClient]:
    async with aiohttp.ClientSession() as session:
        yield make_client(session, sim)


def make_client(session: aiohttp.ClientSession, sim: Simulator, **changes: Any) -> EnodeClient:
    settings = {
        "base_url": sim.base_url,
        "token_url": sim.token_url,
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
    }
    return EnodeClient(session, **(settings | changes))


@contextmanager
def fault(sim: Simulator, **what: Any) -> Iterator[None]:
    number = sim.faults.add(Fault(**what))
    yield
    sim.faults.remove(number)


def advance(sim: Simulator, **by: float) -> None:
    assert isinstance(sim.clock, ManualClock)
    sim.clock.advance(timedelta(**by))


async def car_1(sim: Simulator, client: EnodeClient) -> Vehicle:
    return await client.vehicle(sim.world.vehicle_by_key(CAR_1).id)


async def active(sim: Simulator, client: EnodeClient, *, level: float = 41) -> Session:
    """Plug car 1 in at home and return its session a while later."""
    car = sim.world.vehicle_by_key(CAR_1)
    sim.world.set_battery(car.id, level)
    sim.world.plug_in(car.id)
    advance(sim, minutes=5)
    (session,) = [
        session
        for policy in await client.policies()
        if policy.vehicle_id == car.id
        for session in [await client.live_session(policy.id)]
        if session is not None and session.state != SessionState.UPCOMING
    ]
    return session


# Reading


async def test_users_and_their_vehicles(sim: Simulator, client: EnodeClient) -> None:
    users = await client.users()
    assert {user.id for user in users} == {HOME_USER, NEIGHBOUR_USER}
    assert all(user.created_at is not None and user.scopes for user in users)
    everybodys = await client.vehicles()
    assert len(everybodys) == 3
    of_each = [await client.user_vehicles(user.id) for user in users]
    assert sorted(vehicle.id for vehicles in of_each for vehicle in vehicles) == sorted(v.id for v in everybodys)
    assert await client.user_vehicles("nobody") == ()
    with pytest.raises(NotFoundError) as caught:
        await client.user("nobody")
    assert caught.value.title == "User does not exist"
    home = await client.user(HOME_USER)
    assert {(linked.vendor, linked.is_valid) for linked in home.linked_vendors} >= {("VOLKSWAGEN", True)}


async def test_vehicle(sim: Simulator, client: EnodeClient) -> None:
    vehicle = await car_1(sim, client)
    truth = sim.world.vehicle_by_key(CAR_1)
    assert (vehicle.user_id, vehicle.vendor, vehicle.information.vin) == (
        HOME_USER,
        "VOLKSWAGEN",
        truth.information.vin,
    )
    assert (vehicle.information.brand, vehicle.information.model) == ("Volkswagen", "ID.3")
    assert vehicle.charge_state.battery_level == 41
    assert vehicle.charge_state.battery_capacity == 60
    assert vehicle.charge_state.power_delivery_state == PowerDeliveryState.UNPLUGGED
    assert (vehicle.charge_state.is_plugged_in, vehicle.charge_state.is_charging) == (False, False)
    assert vehicle.last_seen is not None
    assert START - timedelta(hours=1) <= vehicle.last_seen <= START
    assert vehicle.odometer_km is not None
    assert vehicle.capabilities["startCharging"].is_capable is True
    assert "vehicle:control:charging" in vehicle.scopes
    assert vehicle.smart_charging_policy is not None
    assert vehicle.location.id in {location.id for location in await client.user_locations(HOME_USER)}
    assert unknown_words(vehicle) == frozenset()
    with pytest.raises(NotFoundError):
        await client.vehicle("00000000-0000-4000-8000-000000000000")


async def test_locations(client: EnodeClient) -> None:
    locations = await client.user_locations(HOME_USER)
    assert {(place.name, place.timezone_name, place.zone, place.user_id) for place in locations} == {
        ("Home", "Europe/Oslo", "NO1", HOME_USER),
        ("Cabin", "Europe/Oslo", "NO1", HOME_USER),
    }
    assert len(await client.locations()) == 3
    assert await client.location(locations[0].id) == locations[0]


async def test_policies(sim: Simulator, client: EnodeClient) -> None:
    policies = await client.policies()
    assert len(policies) == 4
    car = sim.world.vehicle_by_key(CAR_1).id
    of_car = [policy for policy in policies if policy.vehicle_id == car]
    assert {policy.battery_reserve for policy in of_car} == {30, 40}
    for policy in of_car:
        assert await client.policy(policy.id) == policy
        assert len(policy.schedule) == 7
        assert policy.schedule["monday"].deadline == "07:00"


async def test_changing_policies(sim: Simulator, client: EnodeClient) -> None:
    policy = next(p for p in await client.policies() if p.battery_reserve == 40)
    week = {**policy.schedule, "friday": DaySchedule(deadline="09:30", minimum_charge_target=65)}
    changed = await client.patch_policy(policy.id, battery_reserve=35, schedule=week)
    assert changed == await client.policy(policy.id)
    assert (changed.battery_reserve, changed.schedule) == (35, week)
    assert (await client.patch_policy(policy.id, battery_reserve=20)).schedule == week
    with pytest.raises(InvalidRequestError) as caught:
        await client.patch_policy(policy.id, battery_reserve=140)
    assert caught.value.status == 400
    assert caught.value.issues
    await client.delete_policy(policy.id)
    with pytest.raises(NotFoundError):
        await client.policy(policy.id)
    assert policy.vehicle_id is not None
    assert policy.location_id is not None
    created = await client.create_policy(policy.vehicle_id, policy.location_id)
    assert (created.vehicle_id, created.location_id) == (policy.vehicle_id, policy.location_id)
    with pytest.raises(EnodeError):
        await client.create_policy("nobody", policy.location_id)


async def test_upcoming_session(sim: Simulator, client: EnodeClient) -> None:
    car = sim.world.vehicle_by_key(CAR_1).id
    policy = next(p for p in await client.policies() if p.vehicle_id == car and p.battery_reserve == 30)
    session = await client.live_session(policy.id)
    assert session is not None
    assert (session.state, session.policy_id, session.vehicle_id) == (SessionState.UPCOMING, policy.id, car)
    assert session.location_id == policy.location_id
    assert (session.plugged_in_at, session.plugged_out_at, session.blocks) == (None, None, ())
    assert (session.statistics.aggregated, session.statistics.timeseries, session.outcome) == (None, (), None)
    assert session.target is not None
    assert (session.target.type, session.target.source) == (TargetType.REGULAR, "POLICY")
    assert (session.target.battery_reserve, session.target.minimum_charge_target) == (
        30,
        policy.schedule["tuesday"].minimum_charge_target,
    )
    assert session.target.ready_by == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


async def test_active_session(sim: Simulator, client: EnodeClient) -> None:
    session = await active(sim, client, level=24)
    assert session.state == SessionState.ACTIVE_BATTERY_RESERVE
    assert session.plugged_in_at is not None
    assert START <= session.plugged_in_at <= START + timedelta(minutes=1)
    assert session.plugged_out_at is None
    assert session.blocks[0].type == BlockType.BATTERY_RESERVE
    assert {block.type for block in session.blocks} == {BlockType.BATTERY_RESERVE, BlockType.REGULAR}
    assert session.outcome is not None
    assert (session.outcome.state, session.outcome.target_id) == (OutcomeState.ON_TARGET, session.target.id)
    assert session.statistics.aggregated is not None
    assert session.statistics.aggregated.battery_from == 24
    vehicle = await car_1(sim, client)
    assert vehicle.charge_state.is_plugged_in is True


async def test_history_is_read_to_its_end_and_adds_up(sim: Simulator, client: EnodeClient) -> None:
    car = sim.world.vehicle_by_key(CAR_1).id
    sessions = await client.sessions(vehicle_id=car)
    assert {session.id for session in sessions} == {session.id for session in sim.world.sessions_of(vehicle_id=car)}
    pages = len(sim.requests.of("GET", "/flex/vehicle-policies/sessions"))
    assert pages == -(-len(sessions) // 50) > 1
    settled = [session for session in sessions if session.state == SessionState.SETTLED]
    assert len(settled) > 40
    assert any(session.policy_id is None for session in settled)
    for session in settled:
        assert unknown_words(session) == frozenset()
        assert session.plugged_in_at is not None
        assert session.plugged_out_at is not None
        entries = session.statistics.timeseries
        assert session.statistics.aggregated is not None
        delivered = session.statistics.aggregated.kwh_sum
        assert delivered == pytest.approx(sum(entry.kwh for entry in entries if entry.kwh is not None), abs=0.02)
        assert all(one.end_at == other.start_at for one, other in pairwise(entries))
        if session.policy_id is not None:
            assert sum(block.kwh_sum or 0 for block in session.blocks) == pytest.approx(delivered, abs=0.02)
    valued = [session.valuation for session in settled if session.valuation is not None]
    assert valued
    for valuation in valued:
        assert valuation.currency == "NOK"
        assert valuation.savings == pytest.approx(valuation.baseline - valuation.actual, abs=0.02)


async def test_history_read_piece_by_piece(sim: Simulator, client: EnodeClient) -> None:
    everything = await client.sessions()
    assert len(everything) > 150
    assert len(await client.sessions(limit=3)) == 3
    sim.requests.clear()
    newest = await client.sessions(until=lambda session: session.id == everything[60].id)
    assert [session.id for session in newest] == [session.id for session in everything[:100]]
    assert sim.requests.count("GET", "/flex/vehicle-policies/sessions") == 2


async def test_ready_and_refresh_hint(sim: Simulator, client: EnodeClient) -> None:
    assert await client.ready() is True
    await client.refresh_hint((await client.vehicles())[0].id)
    with fault(sim, path="/health/ready", status=503, body="empty"):
        assert await client.ready() is False
    with pytest.raises(NotFoundError):
        await client.refresh_hint("nobody")


# Commands


async def test_immediate_start_and_back(sim: Simulator, client: EnodeClient) -> None:
    session = await active(sim, client)
    assert session.policy_id is not None
    await client.set_target(session.id, TargetType.IMMEDIATE_START)
    advance(sim, minutes=2)
    started = await client.live_session(session.policy_id)
    assert started is not None
    assert (started.id, started.state) == (session.id, SessionState.ACTIVE_IMMEDIATE_START)
    assert started.target is not None
    assert (started.target.type, started.target.ready_by) == (TargetType.IMMEDIATE_START, None)
    assert started.target.id != session.target.id
    assert started.outcome is not None
    assert started.outcome.minimum_charge_target_reached_at is not None
    assert any(block.type == BlockType.IMMEDIATE_START for block in started.blocks)
    await client.set_target(session.id, TargetType.REGULAR)
    advance(sim, minutes=2)
    resumed = await client.live_session(session.policy_id)
    assert resumed is not None
    assert (resumed.state, resumed.target.type) == (SessionState.ACTIVE_REGULAR, TargetType.REGULAR)


@pytest.mark.parametrize("answer", ["session", "target", "204"])
async def test_target_whatever_enode_answers(sim: Simulator, client: EnodeClient, answer: Any) -> None:
    sim.switches.target_answer = answer
    session = await active(sim, client)
    await client.set_target(session.id, "IMMEDIATE_START")
    started = await client.live_session(session.policy_id or "")
    assert started is not None
    assert started.state == SessionState.ACTIVE_IMMEDIATE_START


async def test_refused_targets(sim: Simulator, client: EnodeClient) -> None:
    session = await active(sim, client)
    sim.world.refuse_immediate_start(session.vehicle_id, "The car is asleep")
    with pytest.raises((ConflictError, InvalidRequestError)) as caught:
        await client.set_target(session.id, TargetType.IMMEDIATE_START)
    assert caught.value.detail == "The car is asleep"
    settled = next(s for s in await client.sessions() if s.state == SessionState.SETTLED)
    with pytest.raises(ConflictError, match="SETTLED"):
        await client.set_target(settled.id, TargetType.IMMEDIATE_START)
    with pytest.raises(InvalidRequestError) as invalid:
        await client.set_target(session.id, "SOMETIME")
    assert invalid.value.issues
    with pytest.raises(NotFoundError):
        await client.set_target("nobody", TargetType.REGULAR)


async def test_charge_actions(sim: Simulator, client: EnodeClient) -> None:
    session = await active(sim, client)
    assert session.vehicle_id is not None
    with pytest.raises(InvalidRequestError) as caught:
        await client.charge(session.vehicle_id, "START")
    assert caught.value.status == 422
    away = next(v for v in await client.user_vehicles(HOME_USER) if v.id != session.vehicle_id)
    sim.world.plug_in(away.id)
    action = await client.charge(away.id, "START")
    assert (action.kind, action.state, action.target_id, action.user_id) == ("START", "PENDING", away.id, HOME_USER)
    assert (await client.charge_action(action.id)).id == action.id
    assert (await client.cancel_charge_action(action.id)).state == "CANCELLED"
    assert (await client.cancel_charge_action(action.id)).state == "CANCELLED"
    with pytest.raises(NotFoundError):
        await client.charge_action("nobody")


async def test_errors_of_a_session_and_their_interventions(sim: Simulator, client: EnodeClient) -> None:
    session = await active(sim, client)
    assert session.vehicle_id is not None
    assert session.policy_id is not None
    sim.world.raise_error(session.vehicle_id, "START_FAIL")
    failed = await client.live_session(session.policy_id)
    assert failed is not None
    assert failed.error is not None
    assert failed.error.type == ErrorType.START_FAIL
    sim.world.clear_error(session.vehicle_id)
    sim.world.drop_capabilities(session.vehicle_id, ["startCharging"])
    missing = await client.live_session(session.policy_id)
    assert missing is not None
    assert missing.error is not None
    assert (missing.error.type, missing.error.missing_capabilities) == (
        ErrorType.MISSING_CAPABILITIES,
        ("startCharging",),
    )
    capability = (await client.vehicle(session.vehicle_id)).capabilities["startCharging"]
    assert capability.is_capable is False
    (intervention_id,) = capability.intervention_ids
    intervention = await client.intervention(intervention_id, "en-GB")
    assert (intervention.id, intervention.vendor) == (intervention_id, "VOLKSWAGEN")
    assert all((intervention.title, intervention.description, intervention.agent, intervention.access))
    assert intervention_id in {item.id for item in await client.interventions()}


async def test_relink(sim: Simulator, client: EnodeClient) -> None:
    vehicle = await car_1(sim, client)
    with pytest.raises(InvalidRequestError):
        await client.relink("nobody", "en-GB", "https://ha.example/back")
    with pytest.raises(InvalidRequestError) as caught:
        await client.relink(vehicle.id, "klingon", "https://ha.example/back")
    assert caught.value.issues
    sim.world.invalidate_vendor(HOME_USER, "VOLKSWAGEN")
    url = await client.relink(vehicle.id, "en-GB", "https://ha.example/back")
    assert url.startswith("http")


async def test_webhooks(client: EnodeClient) -> None:
    webhook = await client.create_webhook("https://ha.example/hook", "a-secret-of-length", ["user:vehicle:updated"])
    assert (webhook.events, webhook.is_active, webhook.api_version) == (("user:vehicle:updated",), True, "2024-10-01")
    assert webhook.last_success == webhook.created_at is not None
    assert await client.webhooks() == (webhook,)
    changed = await client.patch_webhook(webhook.id, events=["*"])
    assert (changed.id, changed.events) == (webhook.id, ("*",))
    assert (await client.webhook(webhook.id)).events == ("*",)
    with pytest.raises(InvalidRequestError):
        await client.create_webhook("http://ha.example/hook", "short")
    await client.delete_webhook(webhook.id)
    with pytest.raises(NotFoundError):
        await client.webhook(webhook.id)


# What the contract leaves open


async def snapshot(sim: Simulator, client: EnodeClient) -> tuple[Any, ...]:
    """All that Flex tells."""
    policies = await client.policies()
    live = [await client.live_session(policy.id) for policy in policies]
    return policies, tuple(live), await client.sessions(vehicle_id=sim.world.vehicle_by_key(CAR_1).id)


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("keys", "snake_case"),
        ("single", "data"),
        ("lists", "data"),
        ("lists", "bare"),
        ("timeseries_start", "from"),
        ("timeseries_start", "start"),
        ("timeseries_start", "timestamp"),
        ("timeseries_start", "time"),
        ("timeseries_start", "at"),
        ("timeseries_start", "none"),
        ("timeseries_end", False),
        ("valuation_null", False),
        ("empty_latest", "null"),
        ("naive_timestamps", True),
        ("milliseconds", False),
    ],
)
@pytest.mark.parametrize("everywhere", [False, True])
async def test_no_wording_of_enode_changes_what_is_read(
    *, sim: Simulator, client: EnodeClient, switch: str, value: Any, everywhere: bool
) -> None:
    await active(sim, client, level=24)
    expected = await snapshot(sim, client)
    vehicles = await client.vehicles()
    sim.switches.everywhere = everywhere
    setattr(sim.switches, switch, value)
    told = await snapshot(sim, client)
    if switch in ("timeseries_start", "timeseries_end"):
        # The last quarter of a session that is cut short by plug-out or by now may end early only where it is told.
        expected, told = _without_last_ends(expected), _without_last_ends(told)
    assert told == expected
    if switch != "milliseconds" or not everywhere:
        assert await client.vehicles() == vehicles


def _without_last_ends(told: tuple[Any, ...]) -> tuple[Any, ...]:
    policies, live, history = told
    sessions = [session for session in (*live, *history) if session is not None]
    return policies, [(s.id, [(entry.start_at, entry.kwh) for entry in s.statistics.timeseries]) for s in sessions]


async def test_milliseconds_in_sessions(sim: Simulator, client: EnodeClient) -> None:
    whole = [session.plugged_in_at for session in await client.sessions()]
    sim.switches.milliseconds = True
    exact = [session.plugged_in_at for session in await client.sessions()]
    assert [moment and moment.replace(microsecond=0) for moment in exact] == whole
    assert any(moment is not None and moment.microsecond for moment in exact)


@pytest.mark.parametrize("answer", ["404", "404_empty", "204", "null", "empty"])
@pytest.mark.parametrize("single", ["bare", "data"])
async def test_no_live_session(sim: Simulator, client: EnodeClient, answer: Any, single: Any) -> None:
    session = await active(sim, client)
    assert session.policy_id is not None
    sim.switches.no_live_session = answer
    sim.switches.single = single
    sim.world.plug_out(session.vehicle_id)
    advance(sim, seconds=10)
    assert await client.live_session(session.policy_id) is None
    advance(sim, minutes=5)
    assert await client.live_session(session.policy_id) is not None


@pytest.mark.parametrize("valuation", ["settled", "always", "never"])
async def test_valuation_whenever_it_is_told(sim: Simulator, client: EnodeClient, valuation: Any) -> None:
    sim.switches.valuation = valuation
    session = await active(sim, client, level=24)
    assert (session.valuation is not None) == (valuation == "always")


async def test_running_block_whatever_its_energy_means(sim: Simulator, client: EnodeClient) -> None:
    planned = await active(sim, client, level=24)
    sim.switches.running_block = "delivered"
    delivered = await client.live_session(planned.policy_id or "")
    assert delivered is not None
    assert [block.start_at for block in delivered.blocks] == [block.start_at for block in planned.blocks]
    assert all(block.kwh_sum is not None for block in delivered.blocks)


# Faults


async def test_wrong_secret(sim: Simulator) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(EnodeError) as caught:
            await make_client(session, sim, client_secret="wrong-secret").users()
    assert (type(caught.value).__name__, caught.value.status) == ("AuthenticationError", 401)
    assert "wrong-secret" not in str(caught.value)


async def test_expired_token_is_renewed(sim: Simulator, client: EnodeClient) -> None:
    await client.users()
    advance(sim, hours=2)
    await client.users()
    assert sim.requests.count("POST", "/oauth2/token") == 2
    assert [request.status for request in sim.requests.of("GET", "/users")] == [200, 401, 200]


async def test_no_request_names_a_user_in_a_header(sim: Simulator, client: EnodeClient) -> None:
    await client.users()
    headers = {name.lower(): value for name, value in sim.requests.of("GET", "/users")[0].headers.items()}
    assert headers["enode-version"] == "2024-10-01"
    assert "enode-user-id" not in headers


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"status": 403}, ForbiddenError),
        ({"status": 404, "body": "empty"}, NotFoundError),
        ({"status": 422}, InvalidRequestError),
        ({"status": 500, "body": "html"}, ServerError),
        ({"status": 503}, ServerError),
        ({"body": "html"}, MalformedAnswerError),
        ({"body": "malformed"}, MalformedAnswerError),
        ({"body": "empty", "status": 200}, MalformedAnswerError),
        ({"cut": "before"}, ConnectionFailedError),
        ({"cut": "after"}, ConnectionFailedError),
        ({"cut": "middle"}, ConnectionFailedError),
    ],
)
async def test_fault_and_recovery(
    sim: Simulator, client: EnodeClient, what: dict[str, Any], error: type[EnodeError]
) -> None:
    with fault(sim, path="/vehicles", **what), pytest.raises(EnodeError) as caught:
        await client.vehicles()
    assert type(caught.value) is error
    assert len(await client.vehicles()) == 3


async def test_slow_answer(sim: Simulator) -> None:
    async with aiohttp.ClientSession() as session:
        client = make_client(session, sim, timeout=0.5)
        await client.users()
        with fault(sim, path="/vehicles", latency=30.0), pytest.raises(ConnectionFailedError, match="Timed out"):
            await client.vehicles()


@pytest.mark.parametrize("as_date", [False, True])
async def test_rate_limit(sim: Simulator, client: EnodeClient, freezer: Any, as_date: bool) -> None:
    freezer.move_to(START)
    sim.faults.add(rate_limited(90, as_date=as_date, count=1, path="/vehicles"))
    with pytest.raises(RateLimitedError) as caught:
        await client.vehicles()
    assert caught.value.retry_after == pytest.approx(90, abs=1)
    assert len(await client.vehicles()) == 3


async def test_unknown_words_extra_keys_and_nulls(sim: Simulator, client: EnodeClient) -> None:
    session = await active(sim, client, level=24)
    assert session.policy_id is not None
    path = "/flex/vehicle-policies/{policyId}/session"
    with fault(sim, path=path, replace={"ACTIVE:BATTERY_RESERVE": "ACTIVE:DREAMING", "REGULAR": "ODD"}):
        odd = await client.live_session(session.policy_id)
        assert odd is not None
        assert odd.state == "ACTIVE:DREAMING"
        assert {("state", "ACTIVE:DREAMING"), ("blocks.type", "ODD")} <= unknown_words(odd)
    with fault(sim, path=path, extra_keys={"novelty": [{"a": 1}]}):
        assert await client.live_session(session.policy_id) == session
    with fault(sim, path=path, null=("target", "outcome.latest", "statistics.aggregated", "blocks")):
        bare = await client.live_session(session.policy_id)
        assert bare is not None
        assert (bare.target, bare.outcome, bare.statistics.aggregated, bare.blocks) == (None, None, None, ())
        assert bare.statistics.timeseries == session.statistics.timeseries
    with fault(sim, path=path, null=("$",)):
        assert await client.live_session(session.policy_id) is None


async def test_unreadable_session_among_others(
    sim: Simulator, client: EnodeClient, caplog: pytest.LogCaptureFixture
) -> None:
    everything = await client.sessions(limit=50)
    caplog.set_level(logging.WARNING)
    with fault(sim, path="/flex/vehicle-policies/sessions", drop=("data.2.id",)):
        found = await client.sessions(limit=48)
    ids = [session.id for session in everything]
    assert [session.id for session in found] == [*ids[:2], *ids[3:49]]
    assert caplog.text.count("Skipped an unreadable Session") == 1


async def test_client_without_flex(sim: Simulator, client: EnodeClient) -> None:
    for status, error in ((403, ForbiddenError), (404, NotFoundError)):
        with fault(sim, path="/flex/*", status=status), pytest.raises(error):
            await client.policies()
    with fault(sim, path="/flex/*", status=403), pytest.raises(ForbiddenError):
        await client.live_session("p")
