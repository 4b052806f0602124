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


class Pages:
    """Pages of a zone and a scale, used again: making one takes longer than most of the tests."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[tuple[str, float], BrowserContext] = {}
        self._free: dict[tuple[str, float], list[Page]] = {}
        #: What went wrong on a page since it was taken.
        self.errors: dict[Page, list[str]] = {}

    async def take(self, zone: str, scale: float) -> Page:
        """A page that nobody uses, on the harness anew."""
        if (zone, scale) not in self._contexts:
            self._contexts[zone, scale] = context = await self._browser.new_context(
                device_scale_factor=scale, locale="en-GB", timezone_id=zone, service_workers="block"
            )
            await context.route(f"{ORIGIN}/**", serve)
        if free := self._free.setdefault((zone, scale), []):
            page = free.pop()
            self.errors[page].clear()
        else:
            page = await self._contexts[zone, scale].new_page()
            errors = self.errors[page] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        await page.goto(f"{ORIGIN}/harness.html")
        await page.wait_for_function("window.harness?.ready")
        return page

    def give_back(self, zone: str, scale: float, page: Page) -> None:
        """It may be taken by the next."""
        self._free[zone, scale].append(page)

    async def close(self) -> None:
        """Close them all."""
        for context in self._contexts.values():
            await context.close()


@pytest.fixture(scope="session")
async def pages(browser: Browser) -> AsyncGenerator[Pages]:
    """The pages of all tests."""
    made = Pages(browser)
    yield made
    await made.close()


@pytest.fixture
async def open_card(pages: Pages) -> AsyncGenerator[OpenCard]:
    """Opens a page with cards of the named states; an error on it fails the test."""
    taken: list[tuple[str, float, Page]] = []

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
        page = await pages.take(browser_zone, scale)
        taken.append((browser_zone, scale, page))
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(reduced_motion="reduce" if reduced_motion else "no-preference")
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
    errors = [error for _, _, page in taken for error in pages.errors[page]]
    for place in taken:
        pages.give_back(*place)
    assert errors == []
