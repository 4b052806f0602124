"""What a person clicks together in Home Assistant: an automation on failed charging, and the repair of a car."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import re

from playwright.async_api import Locator, Page, expect
import pytest

from scripts.running.demo import CLOUD_DELAY
from scripts.running.home_assistant import HomeAssistantClient
from scripts.running.simulator import SimulatorClient
from tests.e2e.conftest import Car, OpenPage

type Screenshot = Callable[[Page, str], Awaitable[None]]

NAME = "The car does not charge"
MESSAGE = "{{ device_name(trigger.device_id) }}: {{ trigger.type }}"


@pytest.fixture
async def picture(screenshot: Screenshot) -> Screenshot:
    async def take(page: Page, name: str) -> None:
        await screenshot(page, f"automations/{name}")

    return take


@pytest.fixture
async def sound_car(car_in_session: Car, simulator: SimulatorClient) -> AsyncGenerator[Car]:
    """A car in its session, and left behind with all its capabilities."""
    yield car_in_session
    await simulator.act(car_in_session.vehicle_id, "restore_capabilities")


async def press(page: Page, action: str, car: Car, home_assistant: HomeAssistantClient) -> None:
    """Press a button of the simulator's page, and let Home Assistant look at once instead of when it is due."""
    await page.locator(f'button[data-action="{action}"][data-vehicle="{car.vehicle_id}"]').click()
    await asyncio.sleep(CLOUD_DELAY)
    await home_assistant.request(
        "POST", "/api/services/homeassistant/update_entity", {"entity_id": car.entities["sensor.session_state"]}
    )


async def pick(dialog: Locator, *words: str) -> None:
    """Click through the editor's dialog."""
    for word in words:
        await dialog.get_by_text(word).first.click()


async def test_an_automation_made_by_clicking_runs_when_charging_fails(
    simulator_page: Page,
    open_page: OpenPage,
    sound_car: Car,
    home_assistant: HomeAssistantClient,
    picture: Screenshot,
) -> None:
    car = sound_car
    page = await open_page("/config/automation/dashboard")
    await page.get_by_role("button", name="Create automation").first.click(timeout=30_000)
    await page.get_by_text("Create new automation").first.click()

    await page.get_by_role("button", name="Add trigger").first.click()
    dialog = page.locator("add-automation-element-dialog")
    await pick(dialog, "Devices", car.name)
    trigger = dialog.get_by_text("Charging failed").first
    await trigger.scroll_into_view_if_needed()
    await picture(page, "triggers-of-the-car")
    await trigger.click()
    sidebar = page.locator("ha-automation-sidebar")
    await expect(sidebar.get_by_text(car.name)).to_be_visible()
    await expect(sidebar.get_by_text("Triggers when charging of one or more cars fails")).to_be_visible()
    await picture(page, "trigger")

    await page.get_by_role("button", name="Add condition").first.click()
    await pick(dialog, "Devices", car.name)
    condition = dialog.get_by_text("Car has a charging error").first
    await condition.scroll_into_view_if_needed()
    await picture(page, "conditions-of-the-car")
    await condition.click()
    await expect(sidebar.get_by_text("Condition passes if")).to_be_visible()
    await picture(page, "condition")

    await page.get_by_role("button", name="Add action").first.click()
    await dialog.locator("input").first.fill("persistent")
    await pick(dialog, "Send a persistent notification")
    await sidebar.locator("ha-selector-text input").first.fill(MESSAGE)
    await page.get_by_role("button", name="Save").first.click()
    naming = page.locator("ha-dialog-automation-save")
    await naming.locator("input").first.fill(NAME)
    await naming.get_by_role("button", name="Save").click()
    await expect(page).to_have_url(re.compile(r"/config/automation/edit/\d+$"))
    traces = page.get_by_text("Traces", exact=True)
    await expect(traces).to_be_visible()

    await press(simulator_page, "start_fails", car, home_assistant)
    await car.wait_for("binary_sensor.charging_error", "on")
    await traces.click()
    await expect(page).to_have_url(re.compile("/config/automation/trace/"))
    await expect(page.get_by_text("Executed:")).to_be_visible()
    await picture(page, "trace")
    traced = await home_assistant.command("trace/list", domain="automation")
    assert [(it["trigger"], it["script_execution"]) for it in traced] == [("start failed", "finished")]
    told = [it["message"] for it in await home_assistant.command("persistent_notification/get")]
    assert f"{car.name}: start_failed" in told
    # The tests to come let charging fail, too.
    await home_assistant.request("DELETE", f"/api/config/automation/config/{traced[0]['item_id']}")


async def test_missing_capabilities_are_repaired_with_instructions(
    simulator_page: Page,
    open_page: OpenPage,
    sound_car: Car,
    home_assistant: HomeAssistantClient,
    picture: Screenshot,
) -> None:
    car = sound_car
    page = await open_page("/config/repairs")
    issue = page.get_by_text(f"{car.name} cannot be controlled")
    await press(simulator_page, "missing_capabilities", car, home_assistant)
    await expect(issue.first).to_be_visible(timeout=40_000)
    await picture(page, "repairs")

    await issue.first.click()
    dialog = page.locator("dialog-data-entry-flow")
    await expect(dialog.get_by_text("starting to charge")).to_be_visible()
    await expect(dialog.get_by_text("Allow access in the Volkswagen app").first).to_be_visible()
    await expect(dialog.get_by_text("You can do this yourself.").first).to_be_visible()
    await picture(page, "repair")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_text("It is still there")).to_be_visible()
    await picture(page, "repair-still-there")

    await simulator_page.locator(f'button[data-action="clear_error"][data-vehicle="{car.vehicle_id}"]').click()
    await asyncio.sleep(CLOUD_DELAY)
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_text("repaired", exact=False).first).to_be_visible()
    await picture(page, "repair-done")
    await dialog.get_by_role("button", name=re.compile("Finish|Close")).last.click()
    await expect(issue).to_have_count(0)
    await picture(page, "repairs-after")
    assert (await car.state("binary_sensor.charging_error"))["state"] == "off"
