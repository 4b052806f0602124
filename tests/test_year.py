"""A year of a car against the simulator's own truth: no kWh lost, none counted twice.

Home Assistant is real, the HTTP is real, the clock is frozen. Where polls in between could not show anything else, time
goes on in steps of hours, so that some thousand polls stand for a hundred thousand; on the nights of the clock changes
and around restarts it goes on in steps of minutes.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.enode_flex import importer
from simulator import scenario
from simulator.clock import ManualClock
from simulator.model import Session
from simulator.server import Simulator
from simulator.settings import WorldSettings

from .conftest import pass_time

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
STEP = timedelta(hours=12)

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
END = BEGIN + 400 * DAY
#: Home Assistant comes to the car on this day: what lies before is history.
INSTALLED = BEGIN + 21 * DAY
#: The nights in which Oslo's clocks change (its days of 23 and of 25 hours), and what is looked at closely of them.
SPRING, AUTUMN = datetime(2026, 3, 28, 18, 0, tzinfo=UTC), datetime(2026, 10, 24, 18, 0, tzinfo=UTC)
NIGHT, CLOSELY = timedelta(hours=14), timedelta(minutes=10)
#: Two weeks in which Home Assistant is off. The second one begins while the car charges.
OFF = (datetime(2026, 5, 21, 13, 0, tzinfo=UTC), datetime(2026, 11, 9, 3, 20, tzinfo=UTC))
#: A restart in the middle of a night.
RESTART = datetime(2026, 8, 12, 1, 10, tzinfo=UTC)


@pytest.fixture
async def simulator(socket_enabled: None, freezer: FrozenDateTimeFactory) -> AsyncGenerator[Simulator]:
    """The car that lives for a year; every ninth session or so is told wrongly at first."""
    freezer.move_to(BEGIN)
    settings = WorldSettings(late_correction_share=0.12)
    async with Simulator(world=scenario.year(ManualClock(BEGIN), settings=settings)) as running:
        # A poll reads at least a page of the history: with fifty sessions on it the test would do nothing but read.
        running.switches.page_size = 5
        yield running


class Year:
    """The test's hands on both sides."""

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator, entry: MockConfigEntry
    ) -> None:
        self._hass = hass
        self._freezer = freezer
        self.simulator = simulator
        self.world = simulator.world
        self.entry = entry
        self.car = self.world.vehicle_by_key(scenario.CAR_1).id
        self.meter: list[float] = []

    @property
    def now(self) -> datetime:
        return dt_util.utcnow()

    async def without_home_assistant(self, until: datetime) -> None:
        """Let the car live alone."""
        gone = until - self.now
        self._freezer.tick(gone)
        self.simulator.advance(gone)

    async def start(self) -> None:
        """Load the entry."""
        assert await self._hass.config_entries.async_setup(self.entry.entry_id)
        await self._hass.async_block_till_done(wait_background_tasks=True)
        self._read_meter()

    async def stop(self) -> None:
        """Unload the entry."""
        assert await self._hass.config_entries.async_unload(self.entry.entry_id)
        await self._hass.async_block_till_done()

    async def lives(self, until: datetime, step: timedelta = STEP) -> None:
        """Let both live, and read the meter at every step."""
        while self.now < until:
            now = min(step, until - self.now)
            await pass_time(self._hass, self._freezer, self.simulator, now)
            self._read_meter()

    def _read_meter(self) -> None:
        total = self.entry.runtime_data.data.vehicles[self.car].energy_total
        assert total is not None
        assert not self.meter or total >= self.meter[-1]
        self.meter.append(total)

    async def statistic(self, what: str) -> dict[datetime, float]:
        """What each hour changed."""
        await async_wait_recording_done(self._hass)
        name = f"enode_flex:{self.car.replace('-', '_')}_{what}"
        found = await get_instance(self._hass).async_add_executor_job(
            statistics_during_period, self._hass, BEGIN - DAY, None, {name}, "hour", None, {"change"}
        )
        return {dt_util.utc_from_timestamp(row["start"]): row["change"] or 0.0 for row in found[name]}

    def truth(self) -> dict[datetime, float]:
        """What went into the battery, by hour."""
        hours: dict[datetime, float] = {}
        for quarter, kwh in self.world.truth(self.car):
            hour = quarter.replace(minute=0)
            hours[hour] = hours.get(hour, 0.0) + kwh
        return hours

    def settled(self) -> list[Session]:
        return [session for session in self.world.sessions.values() if not session.is_live]

    async def assert_energy_is_right(self, until: datetime) -> None:
        """Compare every hour before ``until``: within the rounding of Enode's figures to a milliwatt-hour."""
        told, truth = await self.statistic("energy"), self.truth()
        differences = {
            hour: (told.get(hour, 0.0), truth.get(hour, 0.0))
            for hour in told.keys() | truth.keys()
            if hour < until and told.get(hour, 0.0) != pytest.approx(truth.get(hour, 0.0), abs=5e-6)
        }
        assert differences == {}


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("quiet")
async def test_a_year(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Opening the books anew reads weeks of history: once in five days will do for a year.
    monkeypatch.setattr(importer, "BOOK_LASTS", 5 * DAY)
    # Every entity is disabled: the statistics need none of them.
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, pref_disable_new_entities=True)
    year = Year(hass, freezer, simulator, config_entry)

    await year.without_home_assistant(INSTALLED)
    await year.start()
    await year.assert_energy_is_right(INSTALLED - DAY)

    await year.lives(SPRING)
    await year.lives(SPRING + NIGHT, CLOSELY)
    await year.assert_energy_is_right(year.now - DAY)

    await year.lives(OFF[0])
    await year.stop()
    await year.without_home_assistant(OFF[0] + WEEK)
    await year.start()
    await year.assert_energy_is_right(year.now - DAY)

    await year.lives(RESTART)
    await year.stop()
    await year.start()

    await year.lives(AUTUMN)
    await year.lives(AUTUMN + NIGHT, CLOSELY)
    await year.lives(OFF[1])
    await year.stop()
    await year.without_home_assistant(OFF[1] + WEEK)
    await year.start()
    await year.lives(END)

    # The year was what it was to be.
    settled = year.settled()
    assert 390 <= len(settled) <= 430
    assert 25 <= sum(session.policy_id is None for session in settled) <= 35

    # At the end no correction is open: two days without a plug.
    year.world.set_life(year.car, False)
    live = [session for session in year.world.sessions.values() if session.state.is_active]
    if live:
        year.world.plug_out(year.car)
    await year.lives(year.now + 2 * DAY)
    await year.assert_energy_is_right(year.now)
    assert all(session.factor == 1 for session in year.settled())

    truth = sum(year.truth().values())
    assert year.meter[-1] == pytest.approx(truth, abs=0.01)
    valued = [session.valuation for session in year.settled() if session.valuation is not None]
    for what, amount in (
        ("cost", sum(value.actual for value in valued)),
        ("savings", sum(value.savings for value in valued)),
    ):
        assert sum((await year.statistic(what)).values()) == pytest.approx(amount, abs=1e-4)
