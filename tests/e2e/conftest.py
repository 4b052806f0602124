"""A demo that runs for the whole session of tests, a logged-in browser, and the simulator's control interface."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page
import pytest

from scripts.running.browser import browser as chromium, find_browser, logged_in
from scripts.running.demo import DOMAIN, Demo, running_demo
from scripts.running.home_assistant import HomeAssistantClient
from scripts.running.process import free_port

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    """A simulator and a Home Assistant of the tests' own."""
    state = tmp_path_factory.mktemp("demo")
    async with running_demo(state, port=free_port(), simulator_port=free_port()) as running:
        yield running


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """A headless Chromium."""
    executable = find_browser()
    assert executable, "no Chromium on this machine: install Debian's package chromium, or set CHROMIUM to one"
    async with chromium(executable) as running:
        yield running


@pytest.fixture
async def page(demo: Demo, browser: Browser) -> AsyncGenerator[Page]:
    """A page that is logged in; errors on it fail the test."""
    context, opened = await logged_in(browser, demo.url, demo.token)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    await context.close()
    assert errors == []


@pytest.fixture(scope="session")
async def home_assistant(demo: Demo) -> AsyncGenerator[HomeAssistantClient]:
    """Home Assistant's REST and websocket interfaces, as the owner."""
    async with aiohttp.ClientSession() as session, HomeAssistantClient(session, demo.url, demo.token) as client:
        yield client


class Car:
    """One car of the demo: its entities in Home Assistant, and its levers in the simulator."""

    def __init__(self, client: HomeAssistantClient, demo: Demo, device: dict[str, Any], entities: dict[str, str]) -> None:
        self._client = client
        self._demo = demo
        self.device_id = device["id"]
        self.name = device["name"]
        self.entities = entities
        self.vehicle_id = next(identifier[1] for identifier in device["identifiers"] if identifier[0] == DOMAIN)

    async def state(self, key: str) -> dict[str, Any]:
        """State and attributes of one of its entities, by translation key and platform (``sensor.outcome``)."""
        return dict(await self._client.request("GET", f"/api/states/{self.entities[key]}"))

    async def wait_for(self, key: str, wanted: str, within: float = 60.0) -> float:
        """Wait until an entity shows a state; how long it took (seconds)."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        seen = None
        while loop.time() - started < within:
            seen = (await self.state(key))["state"]
            if seen == wanted:
                return loop.time() - started
            await asyncio.sleep(0.5)
        raise AssertionError(f"{key} is {seen!r} after {within:.0f} s, not {wanted!r}")


@pytest.fixture(scope="session")
async def cars(demo: Demo, home_assistant: HomeAssistantClient) -> dict[str, Car]:
    """The demo's cars by model."""
    found: dict[str, Car] = {}
    entities = await home_assistant.command("config/entity_registry/list")
    for device in await home_assistant.command("config/device_registry/list"):
        if any(identifier[0] == DOMAIN for identifier in device["identifiers"]):
            own = {
                f"{entity['entity_id'].split('.')[0]}.{entity['translation_key']}": entity["entity_id"]
                for entity in entities
                if entity["device_id"] == device["id"]
            }
            found[device["model"]] = Car(home_assistant, demo, device, own)
    return found


@pytest.fixture
async def screenshot(page: Page) -> Callable[[str], Awaitable[None]]:
    """Takes a picture of the page into build/screenshots."""

    async def take(name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return take
