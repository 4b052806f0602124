"""event.charging_error and event.session: what happens in the simulator is told once, and shown in scalars."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
import re

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.charging import ErrorHappening, Happening
from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.event import EVENTS
from custom_components.enode_flex.happenings import SIGNAL_HAPPENED, Happened
from simulator.server import Simulator
from tests.automating import entity_of
from tests.conftest import pass_time
from tests.driving import SECOND, drive
from tests.platforms import MINUTE, Night, missing_capabilities, start_failed, vehicle_id, waiting_for_next_block

ROOT = Path(__file__).parents[1]


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def hear(hass: HomeAssistant) -> list[Happened]:
    """Everything that is told from now on, of every car."""
    found: list[Happened] = []

    @callback
    def append(it: Happened) -> None:
        found.append(it)

    async_dispatcher_connect(hass, SIGNAL_HAPPENED, append)
    return found


@pytest.fixture
def happened(hass: HomeAssistant) -> list[Happened]:
    return hear(hass)


def kinds(happened: list[Happened], of: type[StrEnum] | None = None) -> list[str]:
    return [it.kind.value for it in happened if of is None or isinstance(it.kind, of)]


def entity(hass: HomeAssistant, night: Night, key: str, of: str | None = None) -> str:
    return entity_of(hass, "event", f"{of or night.car}_{key}")


def charging_session(night: Night) -> str:
    live = night.coordinator.data.vehicles[night.car].live
    assert live is not None
    return live.id


async def test_what_is_there_at_the_first_look_is_not_told(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await night.passes(5 * MINUTE)
    assert happened == []
    state = hass.states.get(entity(hass, night, "charging_error"))
    assert state is not None
    assert state.state == "unknown"


async def test_a_visit_is_told_from_plug_in_to_plug_out(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await waiting_for_next_block(night)
    assert Happening.PLUGGED_IN in kinds(happened)
    await night.until("charging_as_planned")
    night.world.plug_out(night.car)
    await night.passes(10 * MINUTE)
    told = kinds(happened)
    assert told.count("plugged_in") == told.count("unplugged") == 1
    assert told.index("plugged_in") < told.index("charging_started") < told.index("unplugged")
    unplugged = next(it for it in happened if it.kind is Happening.UNPLUGGED)
    assert unplugged.data["battery_from"] is not None
    state = hass.states.get(entity(hass, night, "session"))
    assert state is not None
    assert all(isinstance(it, str | float | int | bool | list | None) for it in state.attributes.values())


async def test_an_error_is_told_once_and_its_end_too(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await start_failed(night)
    await night.passes(5 * MINUTE)
    assert kinds(happened).count("start_failed") == 1
    state = hass.states.get(entity(hass, night, "charging_error"))
    assert state is not None
    assert state.attributes["event_type"] == "start_failed"
    night.world.clear_error(night.car)
    await night.passes(5 * MINUTE)
    assert kinds(happened).count("resolved") == 1
    # Back within ten minutes: it flaps, nobody is told again.
    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(3 * MINUTE)
    assert kinds(happened).count("start_failed") == 1


async def test_a_reload_tells_nothing_twice_and_loses_nothing(
    hass: HomeAssistant, night: Night, happened: list[Happened], config_entry: MockConfigEntry
) -> None:
    await start_failed(night)
    assert kinds(happened).count("start_failed") == 1
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert kinds(happened).count("start_failed") == 1

    assert await hass.config_entries.async_unload(config_entry.entry_id)
    night.world.clear_error(night.car)
    await night.passes(timedelta(minutes=2))
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await night.passes(2 * MINUTE)
    resolved = [it for it in happened if it.kind is ErrorHappening.RESOLVED]
    assert len(resolved) == 1
    assert resolved[0].during_downtime


async def test_an_error_from_before_the_first_look_is_not_told_but_its_end_is(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Bearings first: who installs the integration beside a car that fails is not told of it as of something new."""
    world = simulator.world
    car = world.vehicle_by_key("car-1").id
    world.plug_in(car)
    await pass_time(hass, freezer, simulator, 6 * MINUTE)
    world.raise_error(car, "START_FAIL")
    await pass_time(hass, freezer, simulator, 2 * MINUTE)
    heard = hear(hass)
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    night = Night(hass, config_entry.runtime_data, simulator, freezer)
    assert night.status == "start_failed"
    await night.passes(15 * MINUTE, step=5 * MINUTE)
    assert heard == []
    world.clear_error(car)
    await night.passes(6 * MINUTE, step=2 * MINUTE)
    assert kinds(heard, ErrorHappening) == ["resolved"]


async def test_the_same_error_flapping_and_in_the_next_session(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await start_failed(night)
    # It comes and goes, never away for ten minutes.
    for _ in range(3):
        night.world.clear_error(night.car)
        await night.passes(4 * MINUTE, step=2 * MINUTE)
        night.world.raise_error(night.car, "START_FAIL")
        await night.passes(4 * MINUTE, step=2 * MINUTE)
    assert kinds(happened, ErrorHappening) == ["start_failed", "resolved"]
    # Away for longer: it is a new one.
    night.world.clear_error(night.car)
    await night.passes(16 * MINUTE, step=2 * MINUTE)
    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(4 * MINUTE, step=2 * MINUTE)
    assert kinds(happened, ErrorHappening) == ["start_failed", "resolved", "start_failed"]
    # It ends with its session, and is new in the next.
    night.world.plug_out(night.car)
    await night.passes(12 * MINUTE, step=2 * MINUTE)
    night.world.clear_error(night.car)
    ended = [it for it in happened if it.kind is ErrorHappening.RESOLVED][-1]
    assert ended.data["reason"] == "session_ended"
    await start_failed(night)
    failed = [it for it in happened if it.kind is ErrorHappening.START_FAILED]
    assert len(failed) == 3
    assert failed[0].data["session_id"] == failed[1].data["session_id"] == ended.data["session_id"]
    assert failed[2].data["session_id"] not in (None, failed[0].data["session_id"])


async def test_a_visit_with_an_error_between_two_looks_is_told(
    hass: HomeAssistant, night: Night, happened: list[Happened], config_entry: MockConfigEntry
) -> None:
    """Nobody looked while the car came, failed and left: the settled session tells it."""
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    night.world.plug_in(night.car)
    await night.passes(6 * MINUTE)
    night.world.raise_error(night.car, "START_FAIL")
    await night.passes(30 * MINUTE, step=10 * MINUTE)
    night.world.plug_out(night.car)
    await night.passes(10 * MINUTE, step=5 * MINUTE)
    assert happened == []
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    told = kinds(happened)
    assert told[:2] == ["plugged_in", "unplugged"]
    assert sorted(told[2:]) == ["resolved", "start_failed"]
    assert all(it.during_downtime for it in happened)
    # One car, one visit, one session.
    assert {(it.key, it.data["session_id"]) for it in happened} == {(night.car, happened[0].data["session_id"])}
    state = hass.states.get(entity(hass, night, "session"))
    assert state is not None
    assert state.attributes["during_downtime"] is True
    await night.passes(10 * MINUTE, step=5 * MINUTE)
    assert len(kinds(happened)) == len(told)


async def test_two_cars_are_told_apart(hass: HomeAssistant, night: Night, happened: list[Happened]) -> None:
    other = vehicle_id(night.coordinator, "IONIQ 5")
    await start_failed(night)
    night.world.plug_in(other)
    await night.passes(6 * MINUTE)
    night.world.raise_error(other, "STOP_FAIL")
    await night.passes(3 * MINUTE)
    night.world.clear_error(night.car)
    await night.passes(3 * MINUTE)
    told = [(it.key, it.kind.value) for it in happened if it.kind in ErrorHappening]
    assert told == [(night.car, "start_failed"), (other, "stop_failed"), (night.car, "resolved")]
    assert len({it.data["session_id"] for it in happened if it.kind in ErrorHappening}) == 2
    of_both = {key: hass.states.get(entity(hass, night, "charging_error", of=key)) for key in (night.car, other)}
    assert {key: state.attributes["event_type"] for key, state in of_both.items() if state is not None} == {
        night.car: "resolved",
        other: "stop_failed",
    }


async def test_what_is_missing_and_the_block_stand_in_the_event(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await missing_capabilities(night)
    state = hass.states.get(entity(hass, night, "charging_error"))
    assert state is not None
    assert state.attributes["event_type"] == "missing_capabilities"
    assert state.attributes["missing_capabilities"] == "startCharging, stopCharging"
    charging = night.coordinator.data.vehicles[night.car].charging
    assert charging.next_window is not None
    assert state.attributes["block_start"] == charging.next_window.start_at.isoformat()
    assert state.attributes["session_id"] == charging_session(night)


# -- immediate start ---------------------------------------------------------------------------------------------------


async def press(hass: HomeAssistant, night: Night) -> None:
    button = er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{night.car}_immediate_start")
    call = hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await drive(night, call, within=15, is_tracked=True)


async def test_a_press_is_followed_to_its_confirmation(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await waiting_for_next_block(night)
    happened.clear()
    await press(hass, night)
    # The press is over, what came of it is not known yet: a car takes some 20 s to say that it cannot.
    assert "immediate_start" in kinds(happened)
    assert "immediate_start_confirmed" not in kinds(happened)
    await night.passes(60 * SECOND, step=10 * SECOND)
    told = kinds(happened)
    assert told.count("immediate_start_confirmed") == 1
    assert "immediate_start_refused" not in told
    confirmed = next(it for it in happened if it.kind is Happening.IMMEDIATE_START_CONFIRMED)
    assert confirmed.data == {"session_id": charging_session(night)}


async def test_a_press_that_enode_refuses_tells_its_words(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await waiting_for_next_block(night)
    happened.clear()
    night.world.refuse_immediate_start(night.car, "The charger is reserved for grid services")
    with pytest.raises(HomeAssistantError, match="reserved for grid services"):
        await press(hass, night)
    assert kinds(happened) == ["immediate_start_refused"]
    state = hass.states.get(entity(hass, night, "session"))
    assert state is not None
    assert state.attributes["event_type"] == "immediate_start_refused"
    assert "reserved for grid services" in state.attributes["reason"]
    assert state.attributes["session_id"] == charging_session(night)


async def test_a_press_that_the_car_does_not_follow_is_refused_when_that_shows(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await waiting_for_next_block(night)
    happened.clear()
    night.world.refuse_immediate_start(night.car, "no", mode="fail")
    await press(hass, night)
    await night.passes(90 * SECOND, step=10 * SECOND)
    refused = [it for it in happened if it.kind is Happening.IMMEDIATE_START_REFUSED]
    assert [it.data["reason"] for it in refused] == ["START_FAIL"]
    assert kinds(happened).count("immediate_start_confirmed") == 0
    assert kinds(happened, ErrorHappening) == ["start_failed"]


async def test_a_press_without_a_cable_is_refused(hass: HomeAssistant, night: Night, happened: list[Happened]) -> None:
    with pytest.raises(ServiceValidationError):
        await press(hass, night)
    assert [(it.kind.value, it.data["reason"]) for it in happened] == [("immediate_start_refused", "not_plugged_in")]


async def test_only_charge_now_is_told_not_the_way_back(
    hass: HomeAssistant, night: Night, happened: list[Happened]
) -> None:
    await waiting_for_next_block(night)
    happened.clear()
    resume = er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{night.car}_resume_schedule")
    with pytest.raises(ServiceValidationError):
        await drive(
            night,
            hass.services.async_call("button", "press", {"entity_id": resume}, blocking=True),
            within=15,
            is_tracked=True,
        )
    assert happened == []


# -- the documents -----------------------------------------------------------------------------------------------------


def test_the_documented_events_are_those_there_are() -> None:
    lines = (ROOT / "docs" / "entities.md").read_text().split("\n## Events\n")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| event.")]
    types: dict[str, list[str]] = {}
    attributes: dict[str, set[str]] = {}
    for name, type_, when, told in rows:
        assert when
        types.setdefault(name, []).append(type_)
        attributes.setdefault(name, set()).update(re.findall(r"`(\w+)`", told))
    always = {"session_id", "during_downtime"}
    for description in EVENTS:
        name = f"event.{description.key}"
        assert types[name] == list(description.event_types)
        told_of = Happened(key="", kind=Happening.UNPLUGGED)
        assert attributes[name] | always == set(description.attributes_fn(told_of))
    assert len(types) == len(EVENTS)
