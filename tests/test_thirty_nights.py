"""The same thirty nights through Flex and through classic smart charging.

Two worlds of the same seed live alike: the same car, the same habits, prices and wishes. In one a Flex policy has the
say, in the other classic smart charging. Each source is read directly, coarsely, and always at the same moments. How
far the two may differ stands in docs/accounts.md.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, ThreadedResolver
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.enode_flex.api import EnodeClient
from custom_components.enode_flex.api.models import Session, Vehicle
from custom_components.enode_flex.charging import derive
from custom_components.enode_flex.sources import Account
from simulator import scenario
from simulator.auth import EXPIRES_IN
from simulator.clock import ManualClock
from simulator.schedule import every_day
from simulator.server import Simulator
from simulator.world import World

#: In the twentieth night the clocks in Oslo are put forward.
BEGIN = datetime(2027, 3, 8, 11, 0, tzinfo=UTC)
NIGHTS = 30
PLUGGED_IN_POLL = timedelta(minutes=30)
UNPLUGGED_POLL = timedelta(hours=2)
HOUR = timedelta(hours=1)


def limits() -> dict[str, float]:
    """How far the two may differ, as docs/accounts.md names it."""
    lines = (Path(__file__).parents[1] / "docs" / "accounts.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    start = next(number for number, row in enumerate(rows) if row[0] == "compared")
    end = next((number for number in range(start, len(rows)) if len(rows[number]) < 2), len(rows))
    return {row[0]: float(row[1].split()[0]) for row in rows[start + 2 : end]}


@dataclass
class Memory:
    data: dict[str, Any] = field(default_factory=dict)

    async def async_load(self) -> dict[str, Any]:
        return self.data

    async def async_save(self, data: dict[str, Any]) -> None:
        self.data = data


def world(clock: ManualClock, *, classic: bool) -> World:
    """One car that lives by its habits, on Flex or on classic: deadline 07:00, reserve 30 %, target 80 %."""
    it = scenario.year(clock)
    car = it.vehicle_by_key(scenario.CAR_1)
    it.set_charge_limit(car.id, 80)
    if classic:
        it.set_smart_charging(car.id, True, deadline="07:00", minimum_charge_limit=30)
    else:
        (policy,) = it.policies.values()
        it.delete_policy(policy.id)
        it.create_policy(car.id, it.home_of(car.user_id).id, battery_reserve=30, schedule=every_day("07:00", 80))
    return it


@dataclass(frozen=True)
class Look:
    """What one source told at one moment, in the words that the entities show."""

    state: str | None
    outcome: str | None
    error: str | None


@dataclass
class Side:
    """One of the two accounts, and what it told."""

    sim: Simulator
    account: Account
    looks: dict[datetime, Look] = field(default_factory=dict)
    session: Session | None = None

    @property
    def car(self) -> str:
        return self.sim.world.vehicle_by_key(scenario.CAR_1).id

    async def vehicle(self) -> Vehicle:
        (vehicle,) = await self.account.async_vehicles(self.sim.clock.now())
        return vehicle

    async def look(self) -> None:
        vehicle = await self.vehicle()
        told = await self.account.async_sessions(vehicle)
        self.session = told.live[0] if told.live else None
        now = self.sim.clock.now()
        meaning = derive(
            vehicle=vehicle, policies=told.policies, live=self.session, last_settled=None, now=now, data_at=now
        )
        self.looks[now] = Look(state=meaning.session_state, outcome=meaning.outcome, error=meaning.error)

    async def start(self) -> None:
        await self.account.async_start_now(await self.vehicle(), self.session)

    async def resume(self) -> None:
        await self.account.async_resume(await self.vehicle(), self.session)

    async def history(self) -> tuple[Session, ...]:
        return await self.account.async_history(await self.vehicle())


@pytest.fixture
async def sides(socket_enabled: None, freezer: FrozenDateTimeFactory) -> AsyncGenerator[tuple[Side, Side]]:
    freezer.move_to(BEGIN)
    made = []
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(connector=TCPConnector(resolver=ThreadedResolver())))
        for classic in (False, True):
            # Tokens that outlive the test.
            sim = Simulator(world=world(ManualClock(BEGIN), classic=classic), expires_in=EXPIRES_IN * 24 * (NIGHTS + 2))
            await stack.enter_async_context(sim)
            sim.client.flex = "403" if classic else "on"
            client = EnodeClient(
                http,
                base_url=sim.base_url,
                token_url=sim.token_url,
                client_id=sim.client_id,
                client_secret=sim.client_secret,
            )
            made.append(Side(sim=sim, account=Account(client, user_id=scenario.HOME_USER, storage=Memory())))
        yield made[0], made[1]


async def fails(side: Side) -> None:
    side.sim.world.raise_error(side.car, "START_FAIL", clear_after=3 * HOUR)


async def lacks(side: Side) -> None:
    side.sim.world.drop_capabilities(side.car, ["startCharging"], clear_after=3 * HOUR)


async def late(side: Side) -> None:
    side.sim.world.go_off_target(side.car, True)


async def in_time(side: Side) -> None:
    side.sim.world.go_off_target(side.car, False)


#: What happens in which night, and how long after noon.
EVENTS: dict[tuple[int, timedelta], Callable[[Side], Awaitable[None]]] = {
    (4, 7 * HOUR): fails,
    (8, 7 * HOUR): lacks,
    (12, 7 * HOUR): Side.start,
    (12, 9 * HOUR): Side.resume,
    (16, 7 * HOUR): late,
    (16, 12 * HOUR): in_time,
    (23, 7 * HOUR): fails,
}


async def live_through(sides: tuple[Side, Side], freezer: FrozenDateTimeFactory) -> None:
    now, end = BEGIN, BEGIN + timedelta(days=NIGHTS)
    due = {BEGIN + timedelta(days=night) + after: event for (night, after), event in EVENTS.items()}
    while now < end:
        plugged_in = sides[0].sim.world.car(sides[0].car).visit is not None
        step = now + (PLUGGED_IN_POLL if plugged_in else UNPLUGGED_POLL)
        now = min([step, *due])
        freezer.move_to(now)
        for side in sides:
            side.sim.clock.set(now)
            side.sim.world.run()
            if now in due:
                await due[now](side)
            await side.look()
        due.pop(now, None)


def told_hours(history: tuple[Session, ...]) -> Counter[datetime]:
    """kWh by hour."""
    total: Counter[datetime] = Counter()
    for session in history:
        for entry in session.statistics.timeseries:
            total[entry.start_at.replace(minute=0)] += entry.kwh
    return total


@dataclass(frozen=True)
class Shares:
    """Percent of the moments at which both told the same."""

    same: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.same / self.of


def alike(pairs: list[tuple[str | None, str | None]]) -> Shares:
    return Shares(same=sum(one == other for one, other in pairs), of=len(pairs))


@pytest.mark.timeout(180)
async def test_thirty_nights_are_told_alike(sides: tuple[Side, Side], freezer: FrozenDateTimeFactory) -> None:
    flex, classic = sides
    await live_through(sides, freezer)
    assert flex.sim.world.truth(flex.car) == classic.sim.world.truth(classic.car), "the worlds did not live alike"
    limit = limits()

    histories = await flex.history(), await classic.history()
    unmanaged = [sum(session.policy_id is None for session in history) for history in histories]
    assert unmanaged[0] == unmanaged[1] > 1
    told, seen = (told_hours(history) for history in histories)
    assert sum(told.values()) > 150
    apart = {at: (told[at], seen[at]) for at in told | seen if abs(told[at] - seen[at]) > limit["energy of any hour"]}
    assert apart == {}

    pairs = [(look, classic.looks[at]) for at, look in flex.looks.items()]
    assert len(pairs) > 900
    different = [(at, look, classic.looks[at]) for at, look in flex.looks.items() if look != classic.looks[at]]
    states = alike([(one.state, other.state) for one, other in pairs])
    assert states.percent >= limit["session_state"], different
    errors = alike([(one.error, other.error) for one, other in pairs])
    assert errors.percent >= limit["error"], different
    judged = alike([(one.outcome, other.outcome) for one, other in pairs if one.outcome and other.outcome])
    assert judged.percent >= limit["outcome, where both tell one"], different
    unknown = sum(other.outcome is None for one, other in pairs if one.outcome is not None)
    assert 100 * unknown / len(pairs) <= limit["outcome that only Flex tells, at most"], different

    # What the nights were to bring, they did.
    seen_states, seen_outcomes = {look.state for _, look in pairs}, {look.outcome for _, look in pairs}
    assert {"upcoming", "active_regular", "active_immediate_start"} <= seen_states
    assert {"on_target", "off_target", "immediate_start"} <= seen_outcomes
    assert {"start_failed", "missing_capabilities"} <= {look.error for _, look in pairs}
