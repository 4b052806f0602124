"""The external statistics of the simulator's cars: imported, kept, repaired, and never written twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import get_metadata, statistics_during_period
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.enode_flex import statistics
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.hourly import ENERGY, Kind, Meter
from custom_components.enode_flex.importer import BOOK_LASTS, RETRY_AFTER
from custom_components.enode_flex.snapshot import VehicleSnapshot
from custom_components.enode_flex.sources import SourceName
from simulator import scenario
from simulator.faults import Fault
from simulator.model import Session, Valuation
from simulator.server import Simulator
from tests.conftest import START, pass_time

HISTORY_PATH = "/flex/vehicle-policies/sessions"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def written(recorder_mock: Recorder, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime]]:
    """Every row that was handed to the recorder: the statistic's id and the hour."""
    rows: list[tuple[str, datetime]] = []
    add = statistics.async_add_external_statistics

    def remember(hass: HomeAssistant, metadata: Any, data: list[Any]) -> None:
        rows.extend((metadata["statistic_id"], row["start"]) for row in data)
        add(hass, metadata, data)

    monkeypatch.setattr(statistics, "async_add_external_statistics", remember)
    return rows


class Home:
    """One car of the simulator on both sides."""

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator, entry: MockConfigEntry
    ) -> None:
        self.hass = hass
        self.freezer = freezer
        self.simulator = simulator
        self.world = simulator.world
        self.entry = entry
        self.car = self.world.vehicle_by_key(scenario.CAR_1).id
        self.slug = self.car.replace("-", "_")

    async def start(self) -> None:
        if self.hass.config_entries.async_get_entry(self.entry.entry_id) is None:
            self.entry.add_to_hass(self.hass)
            # With a recorder every entity is disabled: the statistics need none, and it would record them for long.
            self.hass.config_entries.async_update_entry(
                self.entry, pref_disable_new_entities="recorder" in self.hass.config.components
            )
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def stop(self) -> None:
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def passes(self, by: timedelta, step: timedelta | None = None) -> None:
        await pass_time(self.hass, self.freezer, self.simulator, by, step=step)

    async def charges_until_morning(self) -> Session:
        """Plug in, live through the night, leave; the settled session."""
        self.world.plug_in(self.car)
        await self.passes(timedelta(hours=15), HOUR)
        self.world.plug_out(self.car)
        await self.passes(timedelta(hours=2), HOUR)
        return self.settled()[0]

    def settled(self) -> list[Session]:
        """The car's settled sessions, newest first."""
        return sorted(
            (session for session in self.world.sessions_of(vehicle_id=self.car) if not session.is_live),
            key=lambda session: session.plugged_out_at or EARLY,
            reverse=True,
        )

    @property
    def snapshot(self) -> VehicleSnapshot:
        snapshot: VehicleSnapshot = self.entry.runtime_data.data.vehicles[self.car]
        return snapshot

    async def rows(self, what: str = "energy") -> dict[datetime, tuple[float, float]]:
        """State and sum by hour."""
        await async_wait_recording_done(self.hass)
        name = f"{DOMAIN}:{self.slug}_{what}"
        found = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period, self.hass, EARLY, None, {name}, "hour", None, {"state", "sum"}
        )
        return {
            dt_util.utc_from_timestamp(row["start"]): (row["state"] or 0.0, row["sum"] or 0.0)
            for row in found.get(name, [])
        }

    def truth(self) -> dict[datetime, float]:
        """What went into the battery by hour, as Enode tells it: hours with energy."""
        hours: dict[datetime, float] = {}
        for session in self.world.sessions_of(vehicle_id=self.car):
            for measurement in self.world.timeseries(session):
                hour = measurement.start_at.replace(minute=0)
                hours[hour] = hours.get(hour, 0.0) + measurement.kwh
        return {hour: kwh for hour, kwh in hours.items() if kwh > 0}

    async def assert_right(self) -> None:
        """The statistic's hours are those that Enode tells, and its sums are theirs."""
        rows, running = await self.rows(), 0.0
        assert {hour: state for hour, (state, _) in rows.items() if state} == pytest.approx(self.truth(), abs=1e-6)
        for hour in sorted(rows):
            running += rows[hour][0]
            assert rows[hour][1] == pytest.approx(running, abs=1e-6)


@pytest.fixture
def home(
    written: list[tuple[str, datetime]],
    quiet: None,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
) -> Home:
    # A poll reads at least a page of the history, and parsing it is what these tests would spend their time with.
    simulator.switches.page_size = 6
    return Home(hass, freezer, simulator, config_entry)


@pytest.mark.long_history
async def test_the_whole_history_is_imported_at_first_setup(home: Home) -> None:
    await home.start()
    await home.assert_right()
    assert START - min(await home.rows()) > timedelta(days=55)
    metadata = await get_instance(home.hass).async_add_executor_job(get_metadata, home.hass)
    told = {name: meta for name, (_, meta) in metadata.items() if name.startswith(f"{DOMAIN}:{home.slug}")}
    assert {name: (meta["name"], meta["unit_of_measurement"], meta["unit_class"]) for name, meta in told.items()} == {
        f"{DOMAIN}:{home.slug}_energy": ("Volkswagen ID.3 charging energy", "kWh", "energy"),
        f"{DOMAIN}:{home.slug}_cost": ("Volkswagen ID.3 charging cost", "NOK", None),
        f"{DOMAIN}:{home.slug}_savings": ("Volkswagen ID.3 charging savings", "NOK", None),
    }
    assert all(meta["has_sum"] and meta["source"] == DOMAIN for meta in told.values())


async def test_money_is_spread_over_the_hours_of_its_session(home: Home) -> None:
    await home.start()
    session = await home.charges_until_morning()
    assert session.valuation is not None
    energy, cost, savings = await home.rows(), await home.rows("cost"), await home.rows("savings")
    hours = [hour for hour in cost if session.plugged_in_at is not None and hour >= session.plugged_in_at - HOUR]
    assert len(hours) > 2
    assert sum(cost[hour][0] for hour in hours) == pytest.approx(session.valuation.actual, abs=1e-6)
    assert sum(savings[hour][0] for hour in hours) == pytest.approx(session.valuation.savings, abs=1e-6)
    whole = sum(energy[hour][0] for hour in hours)
    for hour in hours:
        assert cost[hour][0] == pytest.approx(session.valuation.actual * energy[hour][0] / whole, abs=2e-6)


async def test_a_reload_writes_nothing(home: Home, written: list[tuple[str, datetime]]) -> None:
    await home.start()
    await home.rows()
    assert written
    written.clear()
    await home.stop()
    await home.start()
    await home.passes(2 * HOUR, 10 * MINUTE)
    assert written == []


async def test_a_live_session_is_right_within_the_hour_and_exact_in_the_end(
    home: Home, written: list[tuple[str, datetime]]
) -> None:
    await home.start()
    home.world.set_battery(home.car, 10)
    home.world.plug_in(home.car)
    await home.passes(timedelta(minutes=62), MINUTE)
    session = home.world.live_session(home.snapshot.live.policy_id)  # type: ignore[union-attr, arg-type]  # it charges
    assert session is not None
    complete = [it for it in home.world.timeseries(session) if it.end_at <= dt_util.utcnow()]
    assert len(complete) == 4
    rows = await home.rows()
    assert rows[START][0] == pytest.approx(sum(it.kwh for it in complete), abs=1e-6)
    # A row is written when a quarter is over, not at every poll.
    mine = [hour for name, hour in written if name.endswith(f"{home.slug}_energy") and hour >= START]
    assert len(mine) == 4
    await home.passes(timedelta(hours=14), HOUR)
    home.world.plug_out(home.car)
    await home.passes(2 * HOUR, HOUR)
    await home.assert_right()


async def test_a_quarter_is_written_although_nothing_is_told_after_it(home: Home) -> None:
    """Enode might tell the quarters with energy alone: the last one ends unseen, for no poll brings anything new."""
    await home.start()
    home.world.set_battery(home.car, 10)
    home.world.plug_in(home.car)
    await home.passes(timedelta(minutes=10), MINUTE)
    home.world.raise_error(home.car, "START_FAIL")
    await home.passes(timedelta(minutes=1), MINUTE)
    (live,) = (it for it in home.snapshot.live_sessions if it.plugged_in_at is not None)
    ended = live.statistics.timeseries[:1]
    assert ended[0].kwh
    tracked = home.entry.runtime_data._tracked[home.car]  # what a source without zeros would tell
    still = replace(live, statistics=replace(live.statistics, timeseries=ended))
    tracked.sessions = replace(tracked.sessions, live=(still,))

    async def sessions(_vehicle: Any) -> Any:
        return tracked.sessions

    home.entry.runtime_data.account.async_sessions = sessions
    await home.passes(timedelta(minutes=8), MINUTE)
    assert (await home.rows())[START][0] == pytest.approx(ended[0].kwh, abs=1e-6)


async def test_a_late_correction_repairs_the_sums_after_it(home: Home, written: list[tuple[str, datetime]]) -> None:
    await home.start()
    session = await home.charges_until_morning()
    await home.assert_right()
    total = home.snapshot.energy_total
    before = await home.rows("cost")
    written.clear()
    home.world.correct_settled(session.id, 0.9)
    await home.passes(HOUR)
    await home.assert_right()
    assert written
    assert all(session.plugged_in_at is None or hour >= session.plugged_in_at - HOUR for _, hour in written)
    assert (await home.rows("cost"))[max(before)][1] < before[max(before)][1]
    # The meter waits for energy that makes up for it.
    assert home.snapshot.energy_total == total
    home.world.set_battery(home.car, 5)
    await home.charges_until_morning()
    await home.assert_right()
    assert home.snapshot.energy_total == pytest.approx(sum(home.truth().values()), abs=0.01)


async def test_a_correction_that_only_the_daily_look_can_see(home: Home) -> None:
    await home.start()
    old = home.settled()[6]
    assert START - (old.plugged_out_at or START) > timedelta(days=4)
    home.world.correct_settled(old.id, 0.5)
    await home.passes(2 * HOUR, HOUR)
    with pytest.raises(AssertionError):
        await home.assert_right()
    await home.passes(BOOK_LASTS)
    await home.assert_right()


async def test_downtime_is_made_up_for(home: Home) -> None:
    await home.start()
    await home.stop()
    for _ in range(3):
        home.world.set_battery(home.car, 30)
        home.world.plug_in(home.car)
        home.simulator.advance(timedelta(hours=15))
        home.world.plug_out(home.car)
        home.simulator.advance(timedelta(hours=9))
        home.freezer.tick(timedelta(days=1))
    await home.start()
    await home.assert_right()
    assert home.snapshot.energy_total == pytest.approx(sum(home.truth().values()), abs=0.01)


async def test_rows_that_somebody_deleted_come_back(home: Home) -> None:
    await home.start()
    await home.rows()
    get_instance(home.hass).async_clear_statistics([f"{DOMAIN}:{home.slug}_energy"])
    assert await home.rows() == {}
    await home.passes(BOOK_LASTS)
    await home.assert_right()


async def test_a_reinstall_goes_on_where_the_statistic_stands(home: Home) -> None:
    """Even when Enode has forgotten what lies longer ago."""
    await home.start()
    rows, total = await home.rows(), home.snapshot.energy_total
    assert total is not None
    assert await home.hass.config_entries.async_remove(home.entry.entry_id)
    await home.hass.async_block_till_done()
    for session in home.settled()[5:]:
        del home.world.sessions[session.id]
    home.entry = MockConfigEntry(
        domain=DOMAIN, title="again", data=dict(home.entry.data), unique_id=home.entry.unique_id, entry_id="again"
    )
    await home.start()
    assert await home.rows() == rows
    assert home.snapshot.energy_total == pytest.approx(total, abs=0.001)
    assert home.snapshot.currency == "NOK"
    session = await home.charges_until_morning()
    told = home.world.statistics(session)
    assert told is not None
    after = await home.rows()
    assert {hour: row for hour, row in after.items() if hour in rows} == rows
    assert after[max(after)][1] == pytest.approx(rows[max(rows)][1] + told.kwh_sum, abs=1e-6)
    assert home.snapshot.energy_total == pytest.approx(total + told.kwh_sum, abs=0.001)


async def test_when_enode_forgot_everything_the_statistic_stays(home: Home) -> None:
    await home.start()
    rows, total = await home.rows(), home.snapshot.energy_total
    assert await home.hass.config_entries.async_remove(home.entry.entry_id)
    for session in home.settled():
        del home.world.sessions[session.id]
    home.entry = MockConfigEntry(
        domain=DOMAIN, title="again", data=dict(home.entry.data), unique_id=home.entry.unique_id, entry_id="again"
    )
    await home.start()
    assert home.snapshot.energy_total == pytest.approx(total, abs=0.001)
    session = await home.charges_until_morning()
    told = home.world.statistics(session)
    assert told is not None
    after = await home.rows()
    assert {hour: row for hour, row in after.items() if hour in rows} == rows
    assert after[max(after)][1] == pytest.approx(rows[max(rows)][1] + told.kwh_sum, abs=1e-6)


@pytest.mark.long_history
async def test_a_relinked_car_keeps_its_statistic(home: Home) -> None:
    await home.start()
    before = await home.rows()
    new_id = home.world.relink(home.car)
    await home.passes(20 * MINUTE, 5 * MINUTE)
    assert home.snapshot.vehicle.id == new_id
    home.world.set_battery(new_id, 40)
    home.world.plug_in(new_id)
    await home.passes(timedelta(hours=15), 3 * HOUR)
    home.world.plug_out(new_id)
    await home.passes(2 * HOUR, HOUR)
    after = await home.rows()
    told = sum(kwh for _, kwh in home.world.truth(new_id))
    assert after[max(after)][1] == pytest.approx(told, abs=1e-4)
    assert len(after) > len(before)


async def test_a_second_currency_has_statistics_of_its_own(home: Home) -> None:
    abroad = home.settled()[0]
    abroad.valuation = Valuation(currency="SEK", actual=50.0, baseline=60.0, savings=10.0)
    await home.start()
    assert home.snapshot.currency == "NOK"
    cost, other = await home.rows("cost"), await home.rows("cost_sek")
    assert other[max(other)][1] == pytest.approx(50.0, abs=1e-6)
    at_home = sum(session.valuation.actual for session in home.settled()[1:] if session.valuation is not None)
    assert cost[max(cost)][1] == pytest.approx(at_home, abs=1e-4)
    metadata = await get_instance(home.hass).async_add_executor_job(get_metadata, home.hass)
    _, meta = metadata[f"{DOMAIN}:{home.slug}_cost_sek"]
    assert (meta["name"], meta["unit_of_measurement"]) == ("Volkswagen ID.3 charging cost (SEK)", "SEK")


async def test_every_entity_disabled_changes_nothing(home: Home) -> None:
    await home.start()
    assert home.hass.states.async_all("sensor") == []
    await home.charges_until_morning()
    await home.assert_right()


async def test_the_owners_name_of_the_car_is_the_statistics_name(home: Home) -> None:
    await home.start()
    registry = dr.async_get(home.hass)
    device = registry.async_get_device_by_identifier((DOMAIN, home.car), home.entry.entry_id)
    assert device is not None
    registry.async_update_device(device.id, name_by_user="Blue One")
    await home.charges_until_morning()
    await home.rows()
    metadata = await get_instance(home.hass).async_add_executor_job(get_metadata, home.hass)
    assert metadata[f"{DOMAIN}:{home.slug}_energy"][1]["name"] == "Blue One charging energy"


async def test_a_failing_import_fails_nothing_else_and_is_told_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.simulator.faults.add(Fault(path=HISTORY_PATH, status=500))
    await home.start()
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.snapshot.energy_total is None
    assert await home.rows() == {}
    await home.passes(3 * RETRY_AFTER, MINUTE)
    # Two cars, each told once.
    assert caplog.text.count("could not be imported") == 2
    home.simulator.faults.clear()
    await home.passes(2 * RETRY_AFTER, MINUTE)
    assert caplog.text.count("is complete again") == 2
    await home.assert_right()
    assert home.snapshot.energy_total == pytest.approx(sum(home.truth().values()), abs=0.01)


async def test_a_failing_recorder_fails_nothing_else(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_args: Any) -> None:
        raise RuntimeError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(statistics, "async_read", fail)
        await home.start()
        assert home.entry.state is ConfigEntryState.LOADED
        await home.passes(2 * RETRY_AFTER, MINUTE)
    assert caplog.text.count("could not be imported (RuntimeError)") == 2
    await home.passes(RETRY_AFTER, MINUTE)
    await home.assert_right()


async def test_enodes_patience_is_kept(home: Home) -> None:
    home.simulator.faults.add(Fault(path=HISTORY_PATH, status=500))
    await home.start()
    home.simulator.faults.clear()
    home.simulator.faults.add(Fault(path=HISTORY_PATH, status=429, retry_after=7200))
    await home.passes(RETRY_AFTER + MINUTE, MINUTE)
    home.simulator.faults.clear()
    await home.passes(timedelta(minutes=110), 10 * MINUTE)
    assert home.snapshot.energy_total is None
    await home.passes(timedelta(minutes=20), 10 * MINUTE)
    await home.assert_right()
    assert home.snapshot.energy_total is not None


def test_ids_are_valid_and_name_currencies_after_the_first_alone() -> None:
    key = "3D1C9A52-6f0e--x_"
    assert statistics.statistic_id(key, ENERGY, None) == f"{DOMAIN}:3d1c9a52_6f0e_x_energy"
    assert statistics.statistic_id(key, Meter(Kind.COST, "NOK"), "NOK") == f"{DOMAIN}:3d1c9a52_6f0e_x_cost"
    assert statistics.statistic_id(key, Meter(Kind.SAVINGS, "EUR"), "NOK") == f"{DOMAIN}:3d1c9a52_6f0e_x_savings_eur"


async def test_without_a_recorder_the_meter_counts_all_the_same(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator, config_entry: MockConfigEntry
) -> None:
    home = Home(hass, freezer, simulator, config_entry)
    await home.start()
    assert "recorder" not in hass.config.components
    assert home.snapshot.energy_total == pytest.approx(sum(home.truth().values()), abs=0.01)
    await home.charges_until_morning()
    assert home.snapshot.energy_total == pytest.approx(sum(home.truth().values()), abs=0.01)


async def test_the_sensors_of_energy_and_money(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator, config_entry: MockConfigEntry
) -> None:
    home = Home(hass, freezer, simulator, config_entry)
    await home.start()
    session = home.settled()[0]
    assert session.policy_id is not None
    assert session.valuation is not None
    registry = er.async_get(hass)

    def attributes(key: str) -> tuple[str, dict[str, Any]]:
        entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"{home.car}_{key}")
        assert entity_id is not None
        state = hass.states.get(entity_id)
        assert state is not None
        return state.state, dict(state.attributes)

    total, told = attributes("energy_total")
    assert float(total) == pytest.approx(sum(home.truth().values()), abs=0.01)
    assert (told["device_class"], told["state_class"], told["unit_of_measurement"]) == (
        "energy",
        "total_increasing",
        "kWh",
    )
    for key, amount in (("session_cost", session.valuation.actual), ("session_savings", session.valuation.savings)):
        value, told = attributes(key)
        assert float(value) == pytest.approx(amount)
        assert (told["device_class"], told["state_class"], told["unit_of_measurement"]) == ("monetary", "total", "NOK")
        assert session.plugged_in_at is not None
        assert datetime.fromisoformat(told["last_reset"]) == session.plugged_in_at


async def test_money_is_an_entity_from_the_first_valuation_on_and_its_currency_stays(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator, config_entry: MockConfigEntry
) -> None:
    home = Home(hass, freezer, simulator, config_entry)
    for session in home.settled():
        session.valuation = None
    await home.start()
    registry = er.async_get(hass)
    unique_id = f"{home.car}_session_cost"
    assert registry.async_get_entity_id("sensor", DOMAIN, unique_id) is None
    session = await home.charges_until_morning()
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, unique_id)
    assert entity_id is not None
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "NOK"
    # Abroad: the amount is in another unit than the entity, which does not pretend.
    session.valuation = Valuation(currency="SEK", actual=50.0, baseline=60.0, savings=10.0)
    await home.stop()
    await home.start()
    state = hass.states.get(entity_id)
    assert state is not None
    assert (state.state, state.attributes["unit_of_measurement"]) == ("unknown", "NOK")


@pytest.mark.long_history
@pytest.mark.parametrize("reload", [False, True])
async def test_when_another_source_tells_the_sessions_the_meter_goes_on(home: Home, *, reload: bool) -> None:
    """Enode refuses Flex for a day: the car's charges are seen, under other ids, and counted on."""

    async def changes() -> None:
        if reload:
            await home.stop()
            await home.start()
        else:
            home.entry.runtime_data.account.ask_flex_again()
            await home.passes(20 * MINUTE, 5 * MINUTE)

    await home.start()
    total = home.snapshot.energy_total
    assert total is not None
    home.simulator.faults.add(Fault(path="/flex/*", status=403))
    await changes()
    assert home.snapshot.source is not SourceName.FLEX
    assert home.snapshot.energy_total == total
    home.world.set_battery(home.car, 20)
    home.world.plug_in(home.car)
    await home.passes(timedelta(hours=15), HOUR)
    home.world.plug_out(home.car)
    await home.passes(3 * HOUR, HOUR)
    truth = sum(kwh for _, kwh in home.world.truth(home.car))
    assert truth > total + 10
    assert home.snapshot.energy_total == pytest.approx(truth, abs=0.05)
    home.simulator.faults.clear()
    await changes()
    assert home.snapshot.source is SourceName.FLEX
    assert home.snapshot.energy_total == pytest.approx(truth, abs=0.05)
    await home.assert_right()
