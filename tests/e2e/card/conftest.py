"""A page with the shipped card on it, without Home Assistant: files and snapshots come from this repository."""

from collections.abc import AsyncGenerator, Awaitable, Callable
import json
import mimetypes
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Route
import pytest

ROOT = Path(__file__).parents[3]
INTEGRATION = ROOT / "custom_components" / "enode_flex"
FRONTEND = INTEGRATION / "frontend"
FIXTURES = ROOT / "tests" / "fixtures" / "card"
SCREENSHOTS = ROOT / "build" / "screenshots" / "card"
ORIGIN = "http://card.test"

TRANSLATIONS = json.loads((INTEGRATION / "translations" / "en.json").read_text())
GERMAN = json.loads((INTEGRATION / "translations" / "de.json").read_text())
PAYLOADS: dict[str, Any] = {path.stem: json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))}
STATES = [name for name in PAYLOADS if name not in {"history", "dense"}]

type OpenCard = Callable[..., Awaitable[Page]]


async def serve(route: Route) -> None:
    """The shipped files under /card, the harness beside them; nothing else exists."""
    path = route.request.url.removeprefix(ORIGIN).split("?")[0]
    file = FRONTEND / path.removeprefix("/card/") if path.startswith("/card/") else Path(__file__).parent / path[1:]
    if not file.is_file():
        await route.fulfill(status=404)
        return
    kind = "text/javascript" if file.suffix == ".js" else mimetypes.guess_type(file.name)[0] or "text/plain"
    await route.fulfill(body=file.read_bytes(), content_type=f"{kind}; charset=utf-8")


@pytest.fixture(scope="session")
async def pure(browser: Browser) -> AsyncGenerator[Page]:
    """One page for the pure functions: they leave no trace on it."""
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/Oslo", service_workers="block")
    page = await context.new_page()
    await page.route(f"{ORIGIN}/**", serve)
    await page.goto(f"{ORIGIN}/harness.html")
    yield page
    await context.close()


@pytest.fixture(scope="session")
async def contexts(browser: Browser) -> AsyncGenerator[Callable[[str, float], Awaitable[BrowserContext]]]:
    """One context for each zone and scale: making one takes longer than most of the tests."""
    made: dict[tuple[str, float], BrowserContext] = {}

    async def get(zone: str, scale: float) -> BrowserContext:
        if (zone, scale) not in made:
            made[zone, scale] = await browser.new_context(
                device_scale_factor=scale, locale="en-GB", timezone_id=zone, service_workers="block"
            )
            await made[zone, scale].route(f"{ORIGIN}/**", serve)
        return made[zone, scale]

    yield get
    for context in made.values():
        await context.close()


@pytest.fixture
async def open_card(contexts: Callable[[str, float], Awaitable[BrowserContext]]) -> AsyncGenerator[OpenCard]:
    """Opens a page with cards of the named states; an error on it fails the test."""
    pages = []
    errors: list[str] = []

    async def opener(
        *names: str,
        width: int = 900,
        height: int = 800,
        card_width: int = 400,
        dark: bool = False,
        direction: str = "ltr",
        browser_zone: str = "Europe/Oslo",
        scale: float = 1,
        config: dict[str, Any] | None = None,
        strings: dict[str, str] | None = None,
        reduced_motion: bool = False,
        **hass: Any,
    ) -> Page:
        page = await (await contexts(browser_zone, scale)).new_page()
        pages.append(page)
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(reduced_motion="reduce" if reduced_motion else "no-preference")
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        await page.goto(f"{ORIGIN}/harness.html")
        await page.wait_for_function("window.harness?.ready")
        await page.evaluate(
            """([options, dark, direction, width, names, config]) => {
                document.documentElement.className = dark ? "dark" : "";
                document.documentElement.dir = direction;
                document.documentElement.style.setProperty("--card-width", width + "px");
                harness.start(options);
                for (const name of names) harness.add(name, config);
            }""",
            [
                {
                    "payloads": PAYLOADS,
                    "strings": strings or TRANSLATIONS["common"],
                    "exceptions": TRANSLATIONS["exceptions"],
                    **hass,
                },
                dark,
                direction,
                card_width,
                names,
                config or {},
            ],
        )
        for name in names:
            await page.wait_for_function(
                "name => harness.cards[name].shadowRoot.querySelector('.name').textContent", arg=name
            )
        return page

    yield opener
    for page in pages:
        await page.close()
    assert errors == []
