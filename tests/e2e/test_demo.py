"""What a stranger sees in the demo: the device page, and a session that follows the simulator's levers."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, expect

from scripts.running.demo import Demo
from tests.e2e.conftest import Car

#: Without a plan of its own Enode projects neither: docs/entities.md says when.
MAY_BE_UNKNOWN = {
    "sensor.battery_level_at_ready_by",
    "sensor.plugged_out_at",
    "sensor.session_cost",
    "sensor.session_savings",
    "button.immediate_start",
    "button.resume_schedule",
    "event.charging_error",
    "event.session",
}


async def press(page: Page, demo: Demo, action: str, vehicle_id: str) -> None:
    """Press a button of the simulator's page."""
    await page.goto(f"{demo.simulator_url}/simulator/")
    await page.locator(f'[data-action="{action}"][data-vehicle="{vehicle_id}"]').click()


async def test_device_page_shows_every_entity_alive(
    page: Page, demo: Demo, cars: dict[str, Car], screenshot: Callable[[str], Awaitable[None]]
) -> None:
    car = cars["ID.3"]
    await page.set_viewport_size({"width": 1280, "height": 2000})
    await page.goto(f"{demo.url}/config/devices/device/{car.device_id}")
    await expect(page.get_by_text("Charging status").first).to_be_visible(timeout=30_000)
    await page.wait_for_timeout(1000)
    await screenshot("device-page")
    states = {key: (await car.state(key))["state"] for key in car.entities}
    dead = {
        key: state
        for key, state in states.items()
        if state == "unavailable" or (state == "unknown" and key not in MAY_BE_UNKNOWN)
    }
    assert dead == {}


async def test_plug_in_turns_the_session_active(page: Page, demo: Demo, cars: dict[str, Car]) -> None:
    car = cars["IONIQ 5"]
    assert (await car.state("sensor.session_state"))["state"] == "upcoming"
    await press(page, demo, "plug_in", car.vehicle_id)
    await car.wait_for("binary_sensor.plugged_in", "on")
    await car.wait_for("sensor.session_state", "active_regular")


async def test_start_fails_turns_charging_error_on(page: Page, demo: Demo, cars: dict[str, Car]) -> None:
    car = cars["IONIQ 5"]
    await press(page, demo, "start_fails", car.vehicle_id)
    await car.wait_for("binary_sensor.charging_error", "on", within=90)
    assert (await car.state("sensor.charging_status"))["state"] == "start_failed"
    await press(page, demo, "clear_error", car.vehicle_id)
    await car.wait_for("binary_sensor.charging_error", "off", within=90)


async def test_button_ends_in_an_immediate_start(
    page: Page, demo: Demo, cars: dict[str, Car], browser: Browser, screenshot: Callable[[str], Awaitable[None]]
) -> None:
    car = cars["ID.3"]
    await page.goto(f"{demo.url}/charging-demo/cars")
    row = page.locator("hui-button-entity-row", has_text=f"{car.name} Immediate start")
    await row.get_by_role("button", name="Press").click(timeout=30_000)
    await car.wait_for("sensor.session_state", "active_immediate_start")
    await car.wait_for("sensor.charging_status", "charging_immediately")
    await page.wait_for_timeout(500)
    await screenshot("immediate-start")
