"""When Enode is asked, what becomes of failures, and how vehicles come and go: against the simulator, over HTTP."""

from datetime import timedelta
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.charging import ChargingStatus, SessionStateWord
from custom_components.enode_flex.const import CONF_USER_ID, DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.snapshot import VehicleSnapshot
from custom_components.enode_flex.sources import SourceName
from simulator.faults import Fault
from simulator.server import Simulator
from tests.conftest import pass_time

SESSION_PATH = "/flex/vehicle-policies/{policyId}/session"
HISTORY_PATH = "/flex/vehicle-policies/sessions"
VEHICLES_PATH = "/users/home/vehicles"
MINUTE = timedelta(minutes=1)


def car(coordinator: EnodeFlexCoordinator, model: str = "ID.3") -> VehicleSnapshot:
    return next(it for it in coordinator.data.vehicles.values() if it.vehicle.information.model == model)


def state(hass: HomeAssistant, coordinator: EnodeFlexCoordinator, platform: str, key: str, model: str = "ID.3") -> str:
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{car(coordinator, model).key}_{key}")
    assert entity_id is not None
    found = hass.states.get(entity_id)
    assert found is not None
    return found.state


def session_reads(simulator: Simulator) -> int:
    return sum(request.path.endswith("/session") for request in simulator.requests)


def vehicle_reads(simulator: Simulator) -> int:
    """Answered ones: an access token lives shorter than this test."""
    return sum(request.status == 200 for request in simulator.requests.of("GET", VEHICLES_PATH))


async def test_plug_in_shows_within_five_minutes_and_settles_with_its_history(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    settled_before = car(coordinator).history[0].id
    simulator.world.plug_in(car(coordinator).vehicle.id)
    await pass_time(hass, freezer, simulator, 5 * MINUTE + timedelta(seconds=20), step=timedelta(seconds=10))
    # 41 %: above the reserve of 30 %.
    assert car(coordinator).charging.session_state is SessionStateWord.ACTIVE_REGULAR
    assert state(hass, coordinator, "sensor", "session_state") == "active_regular"

    simulator.world.plug_out(car(coordinator).vehicle.id)
    await pass_time(hass, freezer, simulator, 10 * MINUTE, step=timedelta(seconds=10))
    snapshot = car(coordinator)
    assert snapshot.charging.session_state is SessionStateWord.UPCOMING
    assert snapshot.history[0].id != settled_before
    assert snapshot.history[1].id == settled_before
    assert state(hass, coordinator, "sensor", "plugged_out_at") != "unknown"


async def test_intervals(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    # Three policies: the ID.3 has one at home and one at the cabin, the IONIQ 5 one.
    simulator.requests.clear()
    await pass_time(hass, freezer, simulator, 60 * MINUTE, step=timedelta(seconds=10))
    assert 11 <= vehicle_reads(simulator) <= 12
    assert 3 * 11 <= session_reads(simulator) <= 3 * 12
    # Two cars, and once more for each of the two policies of the first one.
    assert simulator.requests.count("GET", HISTORY_PATH) == 4

    simulator.world.plug_in(car(coordinator).vehicle.id)
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=timedelta(seconds=10))
    simulator.requests.clear()
    await pass_time(hass, freezer, simulator, 30 * MINUTE, step=timedelta(seconds=10))
    # Active: its two policies every minute; the idle car's one every five; vehicles every two.
    assert 2 * 27 + 5 <= session_reads(simulator) <= 2 * 31 + 6
    assert 13 <= vehicle_reads(simulator) <= 16


async def test_update_entity_reads_at_once_though_nothing_is_due(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await pass_time(hass, freezer, simulator, timedelta(seconds=30))
    simulator.world.plug_in(car(coordinator).vehicle.id)
    await pass_time(hass, freezer, simulator, timedelta(seconds=5))
    assert state(hass, coordinator, "sensor", "session_state") != "active_regular"
    session_state = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{car(coordinator).key}_session_state")
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": [session_state]}, blocking=True)
    await pass_time(hass, freezer, simulator, timedelta(seconds=1))
    assert state(hass, coordinator, "sensor", "session_state") == "active_regular"


async def test_states_flip_at_block_boundaries_without_a_request(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    simulator.world.plug_in(car(coordinator).vehicle.id)
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=timedelta(seconds=10))
    starts = car(coordinator).charging.next_charge_start
    assert starts is not None
    assert state(hass, coordinator, "binary_sensor", "smart_charge_window") == "off"
    await pass_time(
        hass, freezer, simulator, starts - freezer().replace(tzinfo=starts.tzinfo) - timedelta(seconds=5), step=MINUTE
    )
    assert state(hass, coordinator, "binary_sensor", "smart_charge_window") == "off"
    simulator.faults.add(Fault(status=500))
    await pass_time(hass, freezer, simulator, timedelta(seconds=6))
    assert state(hass, coordinator, "binary_sensor", "smart_charge_window") == "on"


async def test_one_missed_poll_changes_nothing_and_a_long_silence_makes_unavailable(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    simulator.faults.add(Fault(status=500))
    await pass_time(hass, freezer, simulator, 12 * MINUTE, step=MINUTE)
    assert state(hass, coordinator, "sensor", "session_state") == "upcoming"
    await pass_time(hass, freezer, simulator, 25 * MINUTE, step=MINUTE)
    assert state(hass, coordinator, "sensor", "session_state") == "unavailable"
    assert state(hass, coordinator, "sensor", "battery_level") == "unavailable"
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR and "enode_flex" in record.name]
    assert len(errors) == 1

    simulator.faults.clear()
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    assert state(hass, coordinator, "sensor", "session_state") == "upcoming"
    assert "Fetching enode_flex" in caplog.text


async def test_failing_sessions_of_one_car_leave_the_rest_alone(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    policy = car(coordinator, "IONIQ 5").policies[0]
    simulator.faults.add(Fault(path=f"/flex/vehicle-policies/{policy.id}/session", status=500))
    await pass_time(hass, freezer, simulator, 40 * MINUTE, step=MINUTE)
    assert state(hass, coordinator, "sensor", "session_state", "IONIQ 5") == "unavailable"
    assert state(hass, coordinator, "sensor", "battery_level", "IONIQ 5") != "unavailable"
    assert state(hass, coordinator, "sensor", "session_state") == "upcoming"
    assert coordinator.last_update_success
    assert caplog.text.count("could not be read") == 1
    simulator.faults.clear()
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    assert state(hass, coordinator, "sensor", "session_state", "IONIQ 5") == "upcoming"
    assert caplog.text.count("can be read again") == 1


@pytest.mark.parametrize(("status", "as_date"), [(429, False), (429, True), (503, False)])
async def test_retry_after_is_honoured(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    status: int,
    as_date: bool,
) -> None:
    simulator.faults.add(Fault(path="/users/*", status=status, retry_after=900, retry_after_as_date=as_date, count=1))
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=timedelta(seconds=30))
    assert not coordinator.last_update_success
    simulator.requests.clear()
    await pass_time(hass, freezer, simulator, 10 * MINUTE, step=timedelta(seconds=30))
    # Not even somebody's wish breaks the silence that Enode asked for.
    await coordinator.async_refresh()
    assert len(simulator.requests) == 0
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=timedelta(seconds=30))
    assert coordinator.last_update_success
    assert len(simulator.requests) > 0


async def test_lost_credentials_start_a_reauth_flow(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    simulator.faults.add(Fault(status=401))
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["step_id"] for flow in flows] == ["reauth_confirm"]


@pytest.mark.parametrize("status", [403, 404])
async def test_without_flex_a_car_is_a_device_with_what_is_known(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    caplog.set_level(logging.INFO)
    simulator.faults.add(Fault(path="/flex/*", status=status))
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done()
    coordinator: EnodeFlexCoordinator = config_entry.runtime_data
    assert car(coordinator).source is SourceName.NONE
    assert state(hass, coordinator, "sensor", "battery_level") == "41.0"
    # Its charges are told by the statistics.
    assert state(hass, coordinator, "sensor", "session_state") == "settled"
    assert state(hass, coordinator, "sensor", "charging_status") == "finished"
    simulator.requests.clear()
    await pass_time(hass, freezer, simulator, 60 * MINUTE, step=MINUTE)
    assert not any(request.path.startswith("/flex") for request in simulator.requests)
    assert caplog.text.count("Enode Flex is not enabled") == 1

    # It is asked again once a day.
    simulator.faults.clear()
    await pass_time(hass, freezer, simulator, timedelta(hours=24), step=5 * MINUTE)
    assert car(coordinator).source is SourceName.FLEX
    assert state(hass, coordinator, "sensor", "session_state") == "upcoming"


async def test_a_car_without_a_policy_lives(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    for policy in car(coordinator).policies:
        simulator.world.delete_policy(policy.id)
    await pass_time(hass, freezer, simulator, 11 * MINUTE, step=MINUTE)
    assert car(coordinator).policies == ()
    assert car(coordinator).live is None
    # The last session's figures stay.
    assert state(hass, coordinator, "sensor", "session_state") == "settled"
    assert state(hass, coordinator, "sensor", "session_energy") != "unknown"


async def test_vehicles_appear_and_vanish_without_a_reload(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    registry = dr.async_get(hass)
    gone = car(coordinator, "IONIQ 5")
    simulator.world.remove_vehicle(gone.vehicle.id)
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    # Missing once is no proof.
    assert len(dr.async_entries_for_config_entry(registry, config_entry.entry_id)) == 2
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    assert [it.model for it in dr.async_entries_for_config_entry(registry, config_entry.entry_id)] == ["ID.3"]
    assert gone.key not in coordinator.data.vehicles

    added = simulator.world.add_vehicle(
        "home", vendor="KIA", brand="Kia", model="EV6", year=2024, capacity_kwh=74, charge_watts=11_000
    )
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    assert state(hass, coordinator, "sensor", "battery_level", "EV6") not in ("unknown", "unavailable")
    assert added.id in coordinator.data.vehicles


async def test_a_relinked_car_keeps_device_and_entities(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    before = car(coordinator)
    devices = {it.id for it in dr.async_entries_for_config_entry(dr.async_get(hass), config_entry.entry_id)}
    new_id = simulator.world.relink(before.vehicle.id)
    await pass_time(hass, freezer, simulator, 16 * MINUTE, step=MINUTE)
    after = car(coordinator)
    assert after.key == before.key
    assert after.vehicle.id == new_id != before.vehicle.id
    assert {it.id for it in dr.async_entries_for_config_entry(dr.async_get(hass), config_entry.entry_id)} == devices
    assert state(hass, coordinator, "sensor", "session_state") == "upcoming"
    # And it can be followed under its new id.
    simulator.world.plug_in(new_id)
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=timedelta(seconds=10))
    assert state(hass, coordinator, "sensor", "session_state").startswith("active")


async def test_the_session_that_counts_follows_the_car_to_the_cabin(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    home = car(coordinator)
    assert len(home.policies) == 2
    assert home.policy is not None
    cabin = next(policy for policy in home.policies if policy.id != home.policy.id)
    simulator.world.plug_in(home.vehicle.id, cabin.location_id)
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=timedelta(seconds=10))
    there = car(coordinator)
    assert there.live is not None
    assert there.live.policy_id == cabin.id
    assert there.policy == cabin


async def test_a_vehicle_under_two_entries_stays_with_the_earlier_one(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    entry_data: dict[str, str | None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    later = MockConfigEntry(domain=DOMAIN, title="all", data=entry_data | {CONF_USER_ID: None}, unique_id="other")
    later.add_to_hass(hass)
    assert await hass.config_entries.async_setup(later.entry_id)
    await hass.async_block_till_done()
    shown = {it.vehicle.user_id for it in later.runtime_data.data.vehicles.values()}
    assert shown == {"neighbour"}
    assert caplog.text.count("is left out here") == 2
    assert len(coordinator.data.vehicles) == 2


async def test_setup_waits_for_enode(hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator) -> None:
    simulator.faults.add(Fault(status=503))
    config_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(config_entry.entry_id)
    assert config_entry.state is ConfigEntryState.SETUP_RETRY
    assert config_entry.error_reason_translation_key == "server_error"


async def test_setup_asks_for_new_credentials(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.faults.add(Fault(path="/oauth2/token", status=401))
    config_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(config_entry.entry_id)
    assert config_entry.state is ConfigEntryState.SETUP_ERROR
    assert hass.config_entries.flow.async_progress_by_handler(DOMAIN)[0]["step_id"] == "reauth_confirm"


async def test_polling_goes_on_with_every_entity_disabled(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, pref_disable_new_entities=True)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.async_all() == []
    simulator.requests.clear()
    await pass_time(hass, freezer, simulator, 11 * MINUTE, step=MINUTE)
    assert session_reads(simulator) >= 4


async def test_an_unknown_word_never_kills_an_entity(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    simulator.faults.add(Fault(path=SESSION_PATH, replace={"UPCOMING": "HIBERNATING"}))
    await pass_time(hass, freezer, simulator, 6 * MINUTE, step=MINUTE)
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{car(coordinator).key}_session_state")
    assert entity_id is not None
    found = hass.states.get(entity_id)
    assert found is not None
    assert found.state == "unknown"
    assert found.attributes["raw"] == "HIBERNATING"
    assert car(coordinator).charging.charging_status is ChargingStatus.WAITING_FOR_PLUG_IN
