"""Home Assistant restarts under an open page. The last file of all: what runs afterwards is another process."""

import os
import sys

import aiohttp
from playwright.async_api import Browser, expect

from scripts.running.browser import logged_in
from scripts.running.demo import Demo
from scripts.running.home_assistant import HomeAssistantClient
from scripts.running.process import Program
from tests.e2e.conftest import Car


async def test_the_card_goes_on_after_a_restart_under_the_open_page(
    browser: Browser, demo: Demo, cars: dict[str, Car]
) -> None:
    car = cars["ID.3"]
    context, page = await logged_in(browser, demo.url, demo.token)
    restarted: Program | None = None
    try:
        await page.goto(f"{demo.url}/charging-demo/cars")
        card = page.locator("enode-flex-card").filter(has_text=car.name)
        await expect(card.locator(".level")).to_be_visible(timeout=30_000)
        await demo.home_assistant.stop()
        await expect(card.locator(".level")).to_be_visible()

        config = demo.state / "config"
        restarted = await Program.start(
            "Home Assistant",
            [sys.executable, "-m", "homeassistant", "-c", str(config), "--log-no-color"],
            log=demo.state / "home-assistant-restarted.log",
            cwd=config,
            env=os.environ | {"HA_DISABLE_LOG_FILE": "1", "PYTHONUNBUFFERED": "1"},
        )
        # What the page shows must come from after the restart: until then nobody could tell it this name.
        async with aiohttp.ClientSession() as session, HomeAssistantClient(session, demo.url, demo.token) as client:
            await client.wait_until_running(120)
            await client.command(
                "config/device_registry/update", device_id=car.device_id, name_by_user="Back from the restart"
            )
            renamed = page.locator("enode-flex-card").filter(has_text="Back from the restart")
            await expect(renamed.locator(".level")).to_be_visible(timeout=90_000)
            await client.command("config/device_registry/update", device_id=car.device_id, name_by_user=None)
    finally:
        await context.close()
        if restarted is not None:
            await restarted.stop()
