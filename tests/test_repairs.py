"""Issues come with their cause and go with it; flows look again before they let one go."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import DOMAIN as REPAIRS_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enode_flex.const import DOMAIN
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.interventions import enode_language
from custom_components.enode_flex.issues import IssueKind
from custom_components.enode_flex.repairs import async_create_fix_flow
from simulator.faults import Fault
from simulator.server import Simulator
from tests.platforms import SITUATIONS, Night

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    return Night(hass, coordinator, simulator, freezer)


def issues(hass: HomeAssistant) -> dict[IssueKind, ir.IssueEntry]:
    """What stands in the registry of ours, one of a kind."""
    found = [issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN and issue.active]
    assert len({issue.translation_key for issue in found}) == len(found)
    return {IssueKind(str(issue.translation_key)): issue for issue in found}


async def fix(hass: HomeAssistant, issue: ir.IssueEntry) -> Any:
    """Open the flow of an issue as the frontend does; the flow and its first form."""
    manager = hass.data[REPAIRS_DOMAIN]["flow_manager"]
    return await manager.async_init(DOMAIN, data={"issue_id": issue.issue_id})


async def submit(hass: HomeAssistant, form: Any) -> Any:
    """Say that it is done."""
    return await hass.data[REPAIRS_DOMAIN]["flow_manager"].async_configure(form["flow_id"], {})


async def test_nothing_stands_in_a_good_night(hass: HomeAssistant, night: Night) -> None:
    await SITUATIONS["charging_as_planned"](night)
    assert issues(hass) == {}


async def test_missing_capabilities_with_enodes_instructions(
    hass: HomeAssistant, night: Night, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    await SITUATIONS["missing_capabilities"](night)
    issue = issues(hass)[IssueKind.MISSING_CAPABILITIES]
    assert issue.translation_placeholders == {"vehicle": "Volkswagen ID.3"}
    form = await fix(hass, issue)
    told = form["description_placeholders"]
    assert told["capabilities"] == "- starting to charge\n- stopping to charge"
    assert "Allow access in the Volkswagen app" in told["instructions"]
    assert "You can do this yourself." in told["instructions"]
    assert "http" in told["link"]
    link = told["link"].split("(")[1].split(")")[0]

    still = await submit(hass, form)
    assert still["errors"] == {"base": "still_there"}
    simulator.world.restore_capabilities(night.car)
    await night.passes(MINUTE)
    simulator.faults.add(Fault(status=500))
    assert (await submit(hass, form))["errors"] == {"base": "cannot_check"}
    simulator.faults.clear()
    assert (await submit(hass, form))["type"] == "create_entry"
    await hass.async_block_till_done()
    assert issues(hass) == {}
    assert link not in caplog.text
    # Instructions are asked for once a day, the link every time that the flow shows it.
    assert sum(request.path.startswith("/interventions") for request in simulator.requests) == 2


async def test_it_closes_itself_when_the_cause_is_gone(hass: HomeAssistant, night: Night) -> None:
    await SITUATIONS["missing_capabilities"](night)
    assert issues(hass)
    night.world.restore_capabilities(night.car)
    await night.passes(3 * MINUTE)
    assert issues(hass) == {}


async def test_instructions_out_of_reach_do_not_stop_the_flow(
    hass: HomeAssistant, night: Night, simulator: Simulator
) -> None:
    await SITUATIONS["missing_capabilities"](night)
    simulator.faults.add(Fault(path="/interventions/*", status=500))
    form = await fix(hass, issues(hass)[IssueKind.MISSING_CAPABILITIES])
    assert form["type"] == "form"
    assert form["description_placeholders"]["instructions"] == ""


async def test_what_mends_several_capabilities_is_told_once(
    hass: HomeAssistant, night: Night, simulator: Simulator
) -> None:
    await SITUATIONS["missing_capabilities"](night)
    one, other = (it.description["en-US"] for it in simulator.world.interventions.values())
    simulator.faults.add(Fault(path="/interventions/*", replace={other: one}))
    form = await fix(hass, issues(hass)[IssueKind.MISSING_CAPABILITIES])
    assert form["description_placeholders"]["instructions"].count("Allow access in the Volkswagen app") == 1


async def test_start_failed_in_three_sessions_running(hass: HomeAssistant, night: Night) -> None:
    for number in range(3):
        assert IssueKind.START_FAILED_REPEATEDLY not in issues(hass)
        night.world.plug_in(night.car)
        await night.passes(6 * MINUTE)
        night.world.raise_error(night.car, "START_FAIL")
        await night.until("start_failed")
        if number < 2:
            night.world.clear_error(night.car)
            night.world.plug_out(night.car)
            await night.passes(12 * MINUTE)
    assert issues(hass)[IssueKind.START_FAILED_REPEATEDLY].is_fixable is False
    # The next one that charges ends the row.
    night.world.clear_error(night.car)
    night.world.plug_out(night.car)
    await night.passes(12 * MINUTE)
    await SITUATIONS["charging_as_planned"](night)
    assert issues(hass) == {}


async def test_a_lost_vehicle(hass: HomeAssistant, night: Night) -> None:
    night.world.set_reachable(night.car, False)
    await night.passes(timedelta(hours=23), step=timedelta(hours=1))
    assert issues(hass) == {}
    await night.passes(timedelta(hours=2), step=timedelta(hours=1))
    form = await fix(hass, issues(hass)[IssueKind.VEHICLE_UNREACHABLE])
    assert form["description_placeholders"]["vehicle"] == "Volkswagen ID.3"
    assert (await submit(hass, form))["errors"] == {"base": "still_there"}
    night.world.set_reachable(night.car, True)
    await night.passes(MINUTE)
    assert (await submit(hass, form))["type"] == "create_entry"
    await hass.async_block_till_done()
    assert issues(hass) == {}


async def test_lost_credentials_of_a_vendor(hass: HomeAssistant, night: Night) -> None:
    night.world.invalidate_vendor("home", "VOLKSWAGEN", False)
    await night.passes(timedelta(hours=7), step=timedelta(hours=1))
    issue = issues(hass)[IssueKind.CREDENTIALS_INVALID]
    assert issue.translation_placeholders == {"vendor": "Volkswagen"}
    form = await fix(hass, issue)
    assert "http" in form["description_placeholders"]["link"]
    assert (await submit(hass, form))["errors"] == {"base": "still_there"}
    night.world.invalidate_vendor("home", "VOLKSWAGEN", True)
    assert (await submit(hass, form))["type"] == "create_entry"


async def test_lost_flex_access(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path="/flex/*", status=403))
    await night.passes(timedelta(hours=23), step=timedelta(hours=1))
    assert IssueKind.FLEX_ACCESS_LOST not in issues(hass)
    await night.passes(timedelta(hours=3), step=timedelta(hours=1))
    form = await fix(hass, issues(hass)[IssueKind.FLEX_ACCESS_LOST])
    assert (await submit(hass, form))["errors"] == {"base": "still_there"}
    simulator.faults.clear()
    assert (await submit(hass, form))["type"] == "create_entry"
    await hass.async_block_till_done()
    assert issues(hass) == {}


async def test_without_flex_from_the_beginning_nothing_is_lost(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    simulator.faults.add(Fault(path="/flex/*", status=404))
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done()
    await Night(hass, config_entry.runtime_data, simulator, freezer).passes(
        timedelta(hours=26), step=timedelta(hours=1)
    )
    assert issues(hass) == {}


async def test_an_unknown_word_asks_to_be_reported(hass: HomeAssistant, night: Night, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path="/flex/vehicle-policies/{policyId}/session", replace={"UPCOMING": "HIBERNATING"}))
    await night.passes(6 * MINUTE)
    issue = issues(hass)[IssueKind.UNKNOWN_WORD]
    assert issue.translation_placeholders == {"field": "state", "word": "HIBERNATING"}
    assert issue.learn_more_url
    simulator.faults.clear()
    await night.passes(6 * MINUTE)
    assert issues(hass) == {}


async def test_removal_takes_the_issues_along_and_a_reload_keeps_them(
    hass: HomeAssistant, night: Night, config_entry: MockConfigEntry
) -> None:
    await SITUATIONS["missing_capabilities"](night)
    before = issues(hass)[IssueKind.MISSING_CAPABILITIES].issue_id
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done()
    assert issues(hass)[IssueKind.MISSING_CAPABILITIES].issue_id == before
    await hass.config_entries.async_remove(config_entry.entry_id)
    assert issues(hass) == {}


async def test_a_flow_of_an_entry_that_is_gone_can_be_closed(hass: HomeAssistant) -> None:
    flow = await async_create_fix_flow(hass, "x", {"entry_id": "gone", "kind": "flex_access_lost", "about": "flex"})
    assert type(flow).__name__ == "ConfirmRepairFlow"


@pytest.mark.parametrize(
    ("language", "nearest"),
    [("en", "en-US"), ("en-GB", "en-GB"), ("no", "nb-NO"), ("nn", "nb-NO"), ("de", "de-DE"), ("he", "en-US")],
)
def test_nearest_language(language: str, nearest: str) -> None:
    assert enode_language(language) == nearest
