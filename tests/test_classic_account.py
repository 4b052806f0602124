"""An account without Flex: what the other issues ask for, on a car with classic smart charging and on a plain one.

docs/accounts.md names what classic smart charging cannot tell; everything else that docs/entities.md promises has a
value here too.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import DOMAIN as REPAIRS_DOMAIN
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.snapshot import VehicleSnapshot
from custom_components.enode_flex.sources import SourceName
from custom_components.enode_flex.surroundings import async_vehicle_payload
from simulator.server import Simulator
from tests import platforms
from tests.automating import automate, automation, device_of
from tests.driving import drive
from tests.platforms import MINUTE, SITUATIONS, Night
from tests.test_situations import promised

DOCUMENT = Path(__file__).parents[1] / "docs" / "accounts.md"


def exceptions() -> dict[str, set[str]]:
    """Which promises of docs/entities.md classic smart charging cannot keep, by situation (docs/accounts.md)."""
    rows = table("not told")
    found: dict[str, set[str]] = {situation: set() for situation in SITUATIONS}
    for entity, situations, reason in rows:
        assert reason
        for situation in SITUATIONS if situations == "all" else situations.replace(" ", "_").split(",_"):
            found[situation].add(entity)
    return found


def table(column: str) -> list[list[str]]:
    """The rows of the table of docs/accounts.md that has a column of this name."""
    lines = DOCUMENT.read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    start = next(number for number, row in enumerate(rows) if column in row)
    end = next((number for number in range(start, len(rows)) if len(rows[number]) < 2), len(rows))
    return rows[start + 2 : end]


@pytest.fixture
def without_flex(simulator: Simulator, freezer: FrozenDateTimeFactory) -> str:
    """Car 1 on classic smart charging (deadline 07:00, reserve 30 %, limit 80 %), the other one plain."""
    simulator.client.flex = "403"
    car = simulator.world.vehicle_by_key("car-1").id
    simulator.world.set_charge_limit(car, 80)
    # The cloud sees it a moment later.
    freezer.tick(timedelta(seconds=5))
    simulator.clock.advance(timedelta(seconds=5))
    simulator.world.set_smart_charging(car, True, deadline="07:00", minimum_charge_limit=30)
    return car


@pytest.fixture
def night(
    hass: HomeAssistant,
    without_flex: str,
    coordinator: EnodeFlexCoordinator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> Night:
    return Night(hass, coordinator, simulator, freezer)


def snapshot_of(night: Night) -> VehicleSnapshot:
    return next(it for it in night.coordinator.data.vehicles.values() if it.vehicle.id == night.car)


def entities(hass: HomeAssistant, night: Night) -> dict[str, Any]:
    """The states of the car's entities, by platform and key."""
    key = snapshot_of(night).key
    return {
        f"{entry.domain}.{entry.translation_key}": hass.states.get(entry.entity_id)
        for entry in er.async_entries_for_config_entry(er.async_get(hass), night.coordinator.config_entry.entry_id)
        if entry.unique_id.startswith(key)
    }


async def charging_immediately(night: Night) -> None:
    await platforms.waiting_for_next_block(night)
    night.world.start_smart_override(night.car)
    await night.until("charging_immediately")
    await night.passes(20 * MINUTE)


OWN_SITUATIONS = SITUATIONS | {"charging_immediately": charging_immediately}


@pytest.mark.parametrize("situation", OWN_SITUATIONS)
@pytest.mark.usefixtures("all_entities_enabled")
async def test_entities(hass: HomeAssistant, night: Night, situation: str) -> None:
    await OWN_SITUATIONS[situation](night)
    told = {key: state.state for key, state in entities(hass, night).items()}
    assert told["sensor.session_source"] == "classic"
    unknown = {key for key in promised()[situation] if key not in told or told[key] in ("unknown", "unavailable")}
    assert unknown == exceptions()[situation]


def test_the_exceptions_are_promises_elsewhere() -> None:
    for situation, entities_not_told in exceptions().items():
        assert entities_not_told <= promised()[situation]
    assert {row[0] for row in table("not told")} <= set().union(*promised().values())


# -- commands ----------------------------------------------------------------------------------------------------------


async def press(hass: HomeAssistant, night: Night, key: str, *, within: int = 15) -> None:
    await drive(
        night,
        hass.services.async_call(
            "button", "press", {ATTR_ENTITY_ID: entities(hass, night)[f"button.{key}"].entity_id}, blocking=True
        ),
        within=within,
        is_tracked=True,
    )


async def act(hass: HomeAssistant, night: Night, action: str, **fields: Any) -> Any:
    device = device_of(hass, snapshot_of(night).key)
    call = hass.services.async_call(
        DOMAIN, action, {ATTR_DEVICE_ID: device.id, **fields}, blocking=True, return_response=True
    )
    return await drive(night, call, within=max(75, fields.get("wait", 0) + 15))


async def command(hass: HomeAssistant, night: Night, action: str, **fields: Any) -> dict[str, Any]:
    (answer,) = (await act(hass, night, action, **fields))["vehicles"].values()
    return dict(answer)


async def test_button_and_action_start_and_resume(hass: HomeAssistant, night: Night) -> None:
    # Only the vehicle's own data say so, which may be old: Enode decides.
    with pytest.raises(HomeAssistantError, match="not plugged in at its charging location"):
        await press(hass, night, "immediate_start")
    await platforms.waiting_for_next_block(night)
    await press(hass, night, "immediate_start")
    assert entities(hass, night)["sensor.session_state"].state == "active_immediate_start"
    await night.until("charging_immediately", 2 * MINUTE)
    happened = entities(hass, night)["event.session"]
    assert happened.attributes["event_type"] in ("immediate_start_confirmed", "charging_started", "immediate_start")
    await press(hass, night, "resume_schedule")
    assert entities(hass, night)["sensor.session_state"].state == "active_regular"
    with pytest.raises(ServiceValidationError) as error:
        await press(hass, night, "resume_schedule")
    assert error.value.translation_key == "not_charging_immediately"

    started = await command(hass, night, "immediate_start")
    assert (started["result"], started["session_state"]) == ("confirmed", "active_immediate_start")
    # When it will be full the car itself tells, minutes later.
    await night.passes(3 * MINUTE)
    assert entities(hass, night)["sensor.target_reached_at"].state not in ("unknown", "unavailable")
    resumed = await command(hass, night, "resume_schedule")
    assert (resumed["result"], resumed["session_state"]) == ("confirmed", "active_regular")


async def test_a_start_that_enode_refuses_and_one_that_fails(hass: HomeAssistant, night: Night) -> None:
    await platforms.waiting_for_next_block(night)
    night.world.refuse_immediate_start(night.car, "The grid is full")
    with pytest.raises(HomeAssistantError, match="The grid is full"):
        await press(hass, night, "immediate_start")
    night.world.refuse_immediate_start(night.car, "No current", mode="fail")
    failed = await command(hass, night, "immediate_start")
    assert failed["result"] == "refused"
    assert failed["translation_key"] == "refused_start_failed"


# -- a plain car -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["never smart", "switched off"])
async def plain(
    hass: HomeAssistant,
    request: pytest.FixtureRequest,
    without_flex: str,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> Night:
    """Car 1 controlled by nothing, plugged in and told to stop by its own app."""
    if request.param == "never smart":
        simulator.world.set_smart_charging(without_flex, False)
    coordinator = await set_up(hass, config_entry)
    night = Night(hass, coordinator, simulator, freezer)
    if request.param == "switched off":
        switch = entities(hass, night)["switch.smart_charging"].entity_id
        await hass.services.async_call("switch", "turn_off", {ATTR_ENTITY_ID: switch}, blocking=True)
    night.world.plug_in(night.car)
    await night.passes(6 * MINUTE)
    night.world.post_charging(night.car, "STOP")
    await night.passes(6 * MINUTE)
    assert night.status == "plugged_in_unmanaged"
    return night


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> EnodeFlexCoordinator:
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry.runtime_data


async def test_a_plain_car_is_started(hass: HomeAssistant, plain: Night) -> None:
    pending = await command(hass, plain, "immediate_start", wait=5)
    assert (pending["result"], pending["session_state"]) == ("pending", "active_regular")
    assert plain.status == "starting_immediate_charge"
    confirmed = await command(hass, plain, "immediate_start")
    assert (confirmed["result"], confirmed["session_state"]) == ("confirmed", "active_immediate_start")
    assert entities(hass, plain)["event.session"].attributes["event_type"] in (
        "immediate_start_confirmed",
        "immediate_start",
        "charging_started",
    )
    back = await command(hass, plain, "resume_schedule")
    assert (back["result"], back["reason"]) == ("invalid", "no_schedule")


async def test_a_plain_car_that_does_not_start_says_enodes_reason(hass: HomeAssistant, plain: Night) -> None:
    plain.world.raise_error(plain.car, "START_FAIL")
    # Ten seconds are not enough to know; what comes of it is told by charging_status and event.session.
    await press(hass, plain, "immediate_start")
    assert plain.status == "starting_immediate_charge"
    await plain.passes(6 * MINUTE)
    event = entities(hass, plain)["event.session"]
    assert event.attributes["event_type"] == "immediate_start_refused"
    assert event.attributes["reason"] == "The vehicle did not do as it was told in time."
    assert plain.status == "start_failed"
    # Whoever waits reads it; and the same failure again is a failure of the new order.
    plain.world.settings.action_timeout = timedelta(minutes=2)
    told = await command(hass, plain, "immediate_start", wait=200)
    assert told["result"] == "refused"
    assert told["reason"] == "The vehicle did not do as it was told in time."
    assert "The vehicle did not do as it was told in time." in told["message"]


async def test_a_plain_start_that_is_cancelled(hass: HomeAssistant, plain: Night) -> None:
    await press(hass, plain, "immediate_start")
    plain.world.cancel_action(next(reversed(plain.world.charge_actions)))
    await plain.passes(MINUTE)
    event = entities(hass, plain)["event.session"]
    assert event.attributes["event_type"] == "immediate_start_refused"
    assert event.attributes["reason"] == "The action was cancelled."
    await plain.passes(12 * MINUTE)
    assert plain.status == "plugged_in_unmanaged"


# -- what the other issues ask for -------------------------------------------------------------------------------------


async def test_policy_actions_and_number(hass: HomeAssistant, night: Night) -> None:
    wish = night.world.classic(night.car)
    (policy,) = (await act(hass, night, "get_policy"))["policies"]
    assert (policy["current"], policy["battery_reserve"], policy["charge_limit"]) == (True, 30, 80)
    assert policy["schedule"]["sunday"] == {"deadline": "07:00", "minimum_charge_target": 80}
    changed = (await act(hass, night, "set_policy", battery_reserve=40, deadline="06:30"))["policy"]
    assert (changed["battery_reserve"], changed["schedule"]["monday"]["deadline"]) == (40, "06:30")
    assert (wish.wish.minimum_charge_limit, wish.wish.deadline) == (40, "06:30")
    for impossible, why in (
        ({"deadline": "08:00", "days": ["monday"]}, "classic_policy"),
        ({"minimum_charge_target": 60}, "classic_policy"),
        ({"battery_reserve": 90}, "above_charge_limit"),
    ):
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, night, "set_policy", **impossible)
        assert error.value.translation_key == why
    number = entities(hass, night)["number.policy_battery_reserve"]
    assert number.state == "40.0"
    await hass.services.async_call(
        "number", "set_value", {ATTR_ENTITY_ID: number.entity_id, "value": 35}, blocking=True
    )
    assert wish.wish.minimum_charge_limit == 35


async def test_sessions_calendar_and_card(hass: HomeAssistant, night: Night) -> None:
    await platforms.charging_as_planned(night)
    told = await act(hass, night, "get_session")
    assert told["source"] == "classic"
    assert told == async_vehicle_payload(hass, night.coordinator, snapshot_of(night).key) | {"now": told["now"]}
    assert told["actions"]["immediate_start"] == {"allowed": True, "reason": None}
    assert told["actions"]["resume_schedule"] == {"allowed": False, "reason": "not_charging_immediately"}
    calendar = entities(hass, night)["calendar.charging_plan"]
    assert calendar.state == "on"
    start = snapshot_of(night).live.plugged_in_at - timedelta(days=2)
    answer = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            ATTR_ENTITY_ID: calendar.entity_id,
            "start_date_time": start.isoformat(),
            "end_date_time": (start + timedelta(days=4)).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    titles = [event["summary"] for event in answer[calendar.entity_id]["events"]]
    assert {"Smart charging", "Unmanaged charge"} <= {title.removesuffix(" (planned)") for title in titles}
    (newest, *rest) = (await act(hass, night, "get_sessions", limit=5))["sessions"]
    assert len(rest) == 4
    assert newest["kwh"] > 0


async def test_events_and_triggers_of_a_night_with_a_failed_start(hass: HomeAssistant, night: Night) -> None:
    target = {"device_id": device_of(hass, snapshot_of(night).key).id}
    triggers = ("charging_failed", "charging_error_resolved", "went_off_target", "session_started", "session_ended")
    calls = await automate(hass, automation("mine", target, *triggers, tells=["type"]))
    await platforms.waiting_for_next_block(night)
    night.world.raise_error(night.car, "START_FAIL")
    await night.until("start_failed")
    assert entities(hass, night)["event.charging_error"].attributes["event_type"] == "start_failed"
    night.world.clear_error(night.car)
    await night.passes(3 * MINUTE)
    night.world.go_off_target(night.car, True)
    await night.passes(5 * MINUTE)
    night.world.plug_out(night.car)
    await night.passes(6 * MINUTE)
    assert [call.data["type"] for call in calls] == [
        "plugged_in",
        "start_failed",
        "resolved",
        "went_off_target",
        "unplugged",
    ]


async def test_repairs(hass: HomeAssistant, night: Night) -> None:
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})

    def issues() -> set[str | None]:
        return {it.translation_key for (domain, _), it in ir.async_get(hass).issues.items() if domain == DOMAIN}

    await platforms.waiting_for_next_block(night)
    # That the client never had Flex is normal.
    assert issues() == set()
    night.world.drop_capabilities(night.car, ["startCharging"])
    await night.until("missing_capabilities")
    assert issues() == {"missing_capabilities"}
    night.world.restore_capabilities(night.car)
    await night.passes(6 * MINUTE)
    assert issues() == set()


async def test_energy_of_both_cars_is_counted(hass: HomeAssistant, night: Night) -> None:
    await platforms.charging_as_planned(night)
    await night.passes(timedelta(hours=10), step=timedelta(minutes=20))
    night.world.plug_out(night.car)
    await night.passes(timedelta(hours=2), step=timedelta(minutes=20))
    for snapshot in night.coordinator.data.vehicles.values():
        truth = sum(kwh for _, kwh in night.world.truth(snapshot.vehicle.id))
        assert snapshot.energy_total == pytest.approx(truth, abs=0.01)
    settled = snapshot_of(night).history[0]
    assert settled.valuation is not None
    assert settled.valuation.currency == "NOK"
    assert entities(hass, night)["sensor.session_cost"].state == str(settled.valuation.actual)


async def test_a_relinked_car_keeps_its_visit_and_its_switch(hass: HomeAssistant, night: Night) -> None:
    await platforms.waiting_for_next_block(night)
    before = snapshot_of(night)
    before_switch = entities(hass, night)["switch.smart_charging"].entity_id
    night.car = night.world.relink(night.car)
    await night.passes(6 * MINUTE)
    after = snapshot_of(night)
    assert after.key == before.key
    assert after.source is SourceName.CLASSIC
    assert (after.live.id, after.live.plugged_in_at) == (before.live.id, before.live.plugged_in_at)
    assert {it.id for it in after.history} == {it.id for it in before.history}
    assert entities(hass, night)["switch.smart_charging"].entity_id == before_switch


# -- what it costs -----------------------------------------------------------------------------------------------------


def most_requests() -> dict[tuple[str, str], int]:
    """Requests per hour by source and situation, as docs/accounts.md tells them."""
    rows = table("requests in an hour")
    return {
        (source, situation): int(cell)
        for situation, *cells in rows
        for source, cell in zip(("flex", "classic", "none"), cells, strict=True)
        if cell.isdigit()
    }


@pytest.mark.parametrize("source", ["flex", "classic", "none"])
async def test_requests(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    source: str,
) -> None:
    world = simulator.world
    car = world.vehicle_by_key("car-1").id
    world.remove_vehicle(world.vehicle_by_key("car-2").id)
    if source == "flex":
        home = world.home_of("home").id
        for policy in [it for it in world.policies.values() if it.vehicle_id == car and it.location_id != home]:
            world.delete_policy(policy.id)
    else:
        simulator.client.flex = "403"
        world.set_smart_charging(car, True, deadline="07:00", minimum_charge_limit=30)
        world.set_smart_charging(car, source == "classic")
    night = Night(hass, await set_up(hass, config_entry), simulator, freezer)
    asked: dict[tuple[str, str], int] = {}

    async def count(situation: str) -> None:
        simulator.requests.clear()
        await night.passes(timedelta(minutes=30))
        asked[source, situation] = 2 * len(simulator.requests)

    await count("unplugged")
    if source == "none":
        world.plug_in(car)
        await night.until("charging_unmanaged")
    else:
        await platforms.waiting_for_next_block(night)
        await night.passes(timedelta(hours=1), step=timedelta(minutes=10))
        await count("waiting")
        await night.until("charging_as_planned")
    assert snapshot_of(night).source == source
    await count("charging")
    assert {place: number for place, number in asked.items() if number > most_requests()[place]} == {}
    # An account without Flex is never asked more than one with it.
    flex = {situation: number for (name, situation), number in most_requests().items() if name == "flex"}
    assert all(number <= flex[situation] for (_, situation), number in asked.items())
