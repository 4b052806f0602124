"""A demo that runs for the whole session of tests, a logged-in browser, and the simulator's control interface."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import os
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, ConsoleMessage, Page
import pytest

from scripts.running.browser import browser as chromium_of, find_browser, logged_in
from scripts.running.cars import CarDevice, wait_for_cars
from scripts.running.demo import CLOUD_DELAY, Demo, running_demo
from scripts.running.home_assistant import HomeAssistantClient
from scripts.running.process import free_port
from scripts.running.simulator import SimulatorClient
from scripts.running.state import DOMAIN

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
NO_BROWSER = "no Chromium on this machine: install Debian's package chromium, or set CHROMIUM to one"

type OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is. Without one the tests are skipped, but not where they must not be: with CI=true."""
    executable = find_browser()
    if executable is None and os.environ.get("CI") == "true":
        pytest.fail(NO_BROWSER)
    if executable is None:
        pytest.skip(NO_BROWSER)
    return executable


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncGenerator[Browser]:
    """A headless Chromium."""
    async with chromium_of(chromium) as running:
        yield running


@pytest.fixture(scope="session")
async def demo(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    """A simulator and a Home Assistant of the tests' own."""
    state = tmp_path_factory.mktemp("demo")
    async with running_demo(state, port=free_port(), simulator_port=free_port()) as running:
        yield running


@pytest.fixture(scope="session")
async def home_assistant(demo: Demo) -> AsyncGenerator[HomeAssistantClient]:
    """Home Assistant's REST and websocket interfaces, as the owner."""
    async with aiohttp.ClientSession() as session, HomeAssistantClient(session, demo.url, demo.token) as client:
        yield client


@pytest.fixture(scope="session")
async def simulator(demo: Demo) -> AsyncGenerator[SimulatorClient]:
    """The simulator's control interface: arranges what a test begins with."""
    async with aiohttp.ClientSession() as session:
        yield SimulatorClient(session, demo.simulator_url)


@pytest.fixture
async def open_page(demo: Demo, browser: Browser) -> AsyncGenerator[OpenPage]:
    """Opens a path of Home Assistant, logged in; an error in the page or its console fails the test."""
    contexts = []
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url')})")

    async def opener(path: str, **look: Any) -> Page:
        context, page = await logged_in(browser, demo.url, demo.token, **look)
        contexts.append(context)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", listen)
        await page.goto(demo.url + path, wait_until="domcontentloaded")
        return page

    yield opener
    for context in contexts:
        await context.close()
    assert errors == []


@pytest.fixture
async def simulator_page(demo: Demo, browser: Browser) -> AsyncGenerator[Page]:
    """The simulator's page, as a person has it open beside Home Assistant."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="Europe/Oslo")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{demo.simulator_url}/simulator/")
    yield page
    await page.close()
    assert errors == []


class Car:
    """One car of the demo as Home Assistant shows it."""

    def __init__(self, client: HomeAssistantClient, device: CarDevice) -> None:
        self._client = client
        self.device_id = device.device_id
        self.name = device.name
        self.entities = device.entities
        #: In the demo the key is the vehicle's id, with which the simulator is steered.
        self.vehicle_id = device.key

    async def state(self, key: str) -> dict[str, Any]:
        """State and attributes of one of its entities, by platform and translation key (``sensor.outcome``)."""
        return dict(await self._client.request("GET", f"/api/states/{self.entities[key]}"))

    async def states(self) -> dict[str, str]:
        """The states of all its entities."""
        by_id = {state["entity_id"]: state["state"] for state in await self._client.command("get_states")}
        return {key: by_id.get(entity_id, "missing") for key, entity_id in self.entities.items()}

    async def press(self, key: str) -> None:
        """Press one of its buttons."""
        await self._client.request("POST", "/api/services/button/press", {"entity_id": self.entities[key]})

    async def reread(self) -> None:
        """Let Home Assistant read everything now instead of when it is due; for what a test only arranges."""
        for entry in await self._client.command("config_entries/get", domain=DOMAIN):
            await self._client.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")

    async def wait_for(self, key: str, *wanted: str, within: float = 60.0) -> float:
        """Wait until an entity shows one of some states; how long it took (seconds)."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        while (seen := (await self.state(key))["state"]) not in wanted:
            assert loop.time() - started < within, f"{key} is {seen} after {within:.0f} s, not {' or '.join(wanted)}"
            await asyncio.sleep(0.5)
        return loop.time() - started


@pytest.fixture
async def cars(home_assistant: HomeAssistantClient) -> dict[str, Car]:
    """The demo's cars by model, with all their entities: those of money come when the history has been read."""
    async with asyncio.timeout(60):
        while True:
            devices = await wait_for_cars(home_assistant, 60)
            if all("sensor.session_cost" in device.entities for device in devices):
                return {device.model: Car(home_assistant, device) for device in devices}
            await asyncio.sleep(0.5)


@pytest.fixture
async def car_in_session(cars: dict[str, Car], simulator: SimulatorClient) -> AsyncGenerator[Car]:
    """The car in the middle of a session that goes by its plan, without errors. So it is left behind, too."""
    car = cars["ID.3"]
    await _back_to_plan(car, simulator)
    # For a while after a change of the target Enode's outcome still judges the one before.
    await car.wait_for("sensor.outcome", "on_target", "off_target")
    yield car
    await _back_to_plan(car, simulator)


async def _back_to_plan(car: Car, simulator: SimulatorClient) -> None:
    vehicle = await simulator.vehicle(car.vehicle_id)
    if vehicle["failure"] is not None:
        await simulator.act(car.vehicle_id, "clear_error")
        await asyncio.sleep(CLOUD_DELAY)
        await car.reread()
    if vehicle["session"]["state"] == "ACTIVE:IMMEDIATE_START":
        await car.press("button.resume_schedule")
    await car.wait_for("sensor.session_state", "active_regular", "active_battery_reserve")
    await car.wait_for("binary_sensor.charging_error", "off")


@pytest.fixture
async def unplugged_car(cars: dict[str, Car], simulator: SimulatorClient) -> Car:
    """The car that stands at home without a cable."""
    car = cars["IONIQ 5"]
    if (await simulator.vehicle(car.vehicle_id))["isPluggedIn"]:
        await simulator.act(car.vehicle_id, "plug_out")
        await asyncio.sleep(CLOUD_DELAY)
        await car.reread()
    # The next session is made some time after the cable is out.
    await car.wait_for("sensor.session_state", "upcoming", within=150)
    return car


@pytest.fixture
def screenshot() -> Callable[[Page, str], Awaitable[None]]:
    """Takes a picture of a page into build/screenshots."""

    async def take(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # Icons and charts come a moment after the words.
        await page.wait_for_timeout(750)
        await page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")

    return take
