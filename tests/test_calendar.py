"""The charging plan as a calendar."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.faults import Fault
from simulator.server import Simulator
from tests.conftest import START
from tests.platforms import SITUATIONS, Night

HISTORY = "/flex/vehicle-policies/sessions"
DAY = timedelta(days=1)


@pytest.fixture
def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def entity_id(hass: HomeAssistant, night: Night) -> str:
    key = next(it.key for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)
    found = er.async_get(hass).async_get_entity_id("calendar", DOMAIN, f"{key}_charging_plan")
    assert found is not None
    return found


async def events(hass: HomeAssistant, night: Night, start: datetime, end: datetime) -> list[dict[str, str]]:
    calendar = entity_id(hass, night)
    answer = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": calendar, "start_date_time": start.isoformat(), "end_date_time": end.isoformat()},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    return answer[calendar]["events"]  # type: ignore[index, call-overload, return-value]


async def test_tonight_is_planned_and_flips_on_time(hass: HomeAssistant, night: Night) -> None:
    await SITUATIONS["waiting_for_next_block"](night)
    state = hass.states.get(entity_id(hass, night))
    assert state is not None
    assert state.state == "off"
    assert state.attributes["message"] == "Smart charging (planned)"
    assert state.attributes["description"].endswith("kWh planned")
    await night.until("charging_as_planned")
    state = hass.states.get(entity_id(hass, night))
    assert state is not None
    assert state.state == "on"
    tonight = await events(hass, night, START, START + DAY)
    live = next(it.live for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)
    assert live is not None
    assert len(tonight) == len(live.blocks) >= 1


async def test_last_week_is_read_from_what_is_held(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    simulator.requests.clear()
    week = await events(hass, night, START - 7 * DAY, START)
    assert len(week) >= 5
    assert not any("planned" in event["summary"] for event in week)
    assert len(simulator.requests) == 0


@pytest.mark.long_history
async def test_older_sessions_are_read_from_enode(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    held = next(it.history for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)
    assert held[-1].plugged_out_at is not None
    assert held[-1].plugged_out_at > START - 45 * DAY
    simulator.requests.clear()
    old = await events(hass, night, START - 50 * DAY, START - 45 * DAY)
    assert len(old) >= 3
    assert simulator.requests.count("GET", HISTORY) >= 1


async def test_enode_out_of_reach(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path=HISTORY, status=500))
    # What is held is told all the same.
    assert len(await events(hass, night, START - 50 * DAY, START)) >= 5


async def test_enode_out_of_reach_and_nothing_held(
    hass: HomeAssistant, night: Night, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.faults.add(Fault(path=HISTORY, status=500))
    for tracked in night.coordinator._tracked.values():
        tracked.history = ()
    night.coordinator._recompute()
    with pytest.raises(HomeAssistantError) as raised:
        await events(hass, night, datetime(2026, 1, 1, tzinfo=UTC), START)
    assert raised.value.translation_key == "server_error"


@pytest.mark.long_history
async def test_an_unmanaged_charge_stands_there(hass: HomeAssistant, night: Night) -> None:
    titles = {event["summary"] for event in await events(hass, night, START - 60 * DAY, START)}
    assert {"Battery reserve", "Smart charging", "Unmanaged charge"} <= titles
