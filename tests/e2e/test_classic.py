"""The demo's third car, on classic smart charging: device page, calendar, card, and charging at once."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from playwright.async_api import Page, expect
import pytest

from scripts.running.dashboard import URL_PATH
from scripts.running.home_assistant import HomeAssistantClient
from tests.e2e.conftest import Car, OpenPage

type Screenshot = Callable[[Page, str], Awaitable[None]]


@pytest.fixture
async def classic_car(cars: dict[str, Car]) -> AsyncGenerator[Car]:
    """The car on classic smart charging, in the middle of a session that goes by its plan; so it is left behind."""
    car = cars["EX30"]
    await car.wait_for("sensor.session_state", "active_regular")
    yield car
    if (await car.state("sensor.session_state"))["state"] == "active_immediate_start":
        await car.press("button.resume_schedule")
    await car.wait_for("sensor.session_state", "active_regular")


async def test_device_page_calendar_and_card(
    open_page: OpenPage, classic_car: Car, home_assistant: HomeAssistantClient, screenshot: Screenshot
) -> None:
    car = classic_car
    assert (await car.state("sensor.session_source"))["state"] == "classic"
    assert (await car.state("switch.smart_charging"))["state"] == "on"
    page = await open_page(f"/config/devices/device/{car.device_id}", height=2000)
    lists = page.locator("ha-device-entities-card")
    await expect(lists.get_by_text("Charging status", exact=True)).to_be_visible(timeout=30_000)
    await expect(lists.get_by_text("Smart charging", exact=True)).to_be_visible()
    await expect(lists.get_by_text("Unavailable", exact=True)).to_have_count(0)
    await screenshot(page, "classic/device-page")

    await page.goto(page.url.split("/config/")[0] + "/calendar")
    await expect(page.get_by_text(f"{car.name} Charging plan").first).to_be_visible(timeout=30_000)
    events = await home_assistant.request(
        "GET",
        f"/api/calendars/{car.entities['calendar.charging_plan']}?start=2020-01-01T00:00:00Z&end=2099-01-01T00:00:00Z",
    )
    assert any(event["summary"].startswith("Smart charging") for event in events)
    await screenshot(page, "classic/calendar")

    await page.goto(page.url.split("/calendar")[0] + f"/{URL_PATH}/cars")
    card = page.locator("enode-flex-card", has_text=car.name)
    await expect(card.get_by_role("button", name="Charge now")).to_be_visible(timeout=30_000)
    await screenshot(page, "classic/card")


async def test_the_button_ends_in_a_confirmed_immediate_start(
    open_page: OpenPage, classic_car: Car, screenshot: Screenshot
) -> None:
    car = classic_car
    page = await open_page(f"/config/devices/device/{car.device_id}", height=1400)
    row = page.locator("hui-button-entity-row", has_text="Immediate start")
    await row.get_by_role("button", name="Press").click(timeout=30_000)
    await car.wait_for("sensor.session_state", "active_immediate_start", within=60)
    await car.wait_for("binary_sensor.charging", "on", within=90)
    assert (await car.state("sensor.charging_status"))["state"] == "charging_immediately"
    await expect(page.get_by_text("Charging immediately").first).to_be_visible()
    await screenshot(page, "classic/immediate-start")
    dashboard = await open_page(f"/{URL_PATH}/cars", height=1400)
    card = dashboard.locator("enode-flex-card", has_text=car.name)
    await expect(card.get_by_role("button", name="Back to schedule")).to_be_visible(timeout=30_000)
    await screenshot(dashboard, "classic/card-immediate-start")
