"""The dashboard card in a real Home Assistant: shown, used, chosen and configured as a person does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect
import pytest

from scripts.running.browser import logged_in
from scripts.running.demo import Demo
from scripts.running.home_assistant import HomeAssistantClient
from tests.e2e.conftest import SCREENSHOTS, Car

DASHBOARD = "/charging-demo/cars"
OWN_FILES = "enode-flex-card.js"


@asynccontextmanager
async def opened(browser: Browser, demo: Demo, path: str, **options: object) -> AsyncGenerator[Page]:
    """A page of Home Assistant; an error of the card's files on it fails the test."""
    context, page = await logged_in(browser, demo.url, demo.token, **options)  # type: ignore[arg-type]
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
    await page.goto(f"{demo.url}{path}")
    yield page
    await context.close()
    assert [it for it in errors if "enode" in it] == []


def card_of(page: Page, car: Car) -> Locator:
    return page.locator("enode-flex-card").filter(has_text=car.name)


async def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.wait_for_timeout(1000)
    await page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("dashboard-light", {"width": 1280, "height": 1200}),
        ("dashboard-dark", {"width": 1280, "height": 1200, "dark": True}),
        ("dashboard-phone", {"width": 390, "height": 844, "device_scale_factor": 2}),
    ],
)
async def test_the_demo_shows_both_cars(
    browser: Browser, demo: Demo, cars: dict[str, Car], name: str, options: dict[str, object]
) -> None:
    async with opened(browser, demo, DASHBOARD, **options) as page:
        for car in cars.values():
            await expect(card_of(page, car).locator(".level")).to_be_visible(timeout=30_000)
        await picture(page, name)

        wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert wider <= 0


async def test_charge_now_goes_to_confirmation_and_back_to_the_schedule(
    browser: Browser, demo: Demo, cars: dict[str, Car]
) -> None:
    car = cars["ID.3"]
    async with opened(browser, demo, DASHBOARD) as page:
        card = card_of(page, car)
        await card.get_by_role("button", name="Charge now").click(timeout=30_000)
        await card.get_by_role("group").get_by_role("button", name="Charge now").click()
        await expect(card.get_by_text("Asking the car to charge")).to_be_visible()
        await expect(card.get_by_text("Confirmed: the car charges now.")).to_be_visible(timeout=90_000)
        await expect(card.get_by_role("button", name="Back to schedule")).to_be_visible()
        assert (await car.state("sensor.session_state"))["state"] == "active_immediate_start"

        await card.get_by_role("button", name="Back to schedule").click()
        await card.get_by_role("group").get_by_role("button", name="Back to schedule").click()
        await expect(card.get_by_text("Confirmed: back to the schedule.")).to_be_visible(timeout=90_000)
        await car.wait_for("sensor.session_state", "active_regular")


async def test_the_head_opens_more_info_and_the_history_its_sessions(
    browser: Browser, demo: Demo, cars: dict[str, Car]
) -> None:
    async with opened(browser, demo, DASHBOARD) as page:
        card = card_of(page, cars["ID.3"])
        await card.locator(".fold").click(timeout=30_000)
        await expect(card.locator(".session").first).to_be_visible()
        await card.locator(".who").click()
        await expect(page.locator("ha-more-info-dialog")).to_contain_text("Charging status")


async def test_another_language_breaks_nothing(browser: Browser, demo: Demo, cars: dict[str, Car]) -> None:
    async with opened(browser, demo, DASHBOARD, language="he", width=390) as page:
        card = card_of(page, cars["ID.3"])
        await expect(card.locator(".level")).to_be_visible(timeout=30_000)
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert "{" not in (await card.inner_text())
        left = "(node) => node.getBoundingClientRect().left"
        assert await card.locator(".badge").evaluate(left) > await card.locator(".level").evaluate(left) - 200
        await picture(page, "dashboard-right-to-left")


async def test_the_picker_suggests_the_card_and_the_editor_configures_it(
    browser: Browser, demo: Demo, cars: dict[str, Car], home_assistant: HomeAssistantClient
) -> None:
    await home_assistant.command(
        "lovelace/dashboards/create", url_path="card-editor", title="Editor", show_in_sidebar=False
    )
    config = {
        "views": [
            {
                "path": "one",
                "type": "sections",
                "sections": [
                    {
                        "type": "grid",
                        "cards": [{"type": "custom:enode-flex-card", "device_id": cars["ID.3"].device_id}],
                    }
                ],
            }
        ]
    }
    await home_assistant.command("lovelace/config/save", url_path="card-editor", config=config)
    async with opened(browser, demo, "/card-editor/one?edit=1", height=1000) as page:
        await expect(page.locator("enode-flex-card .level").first).to_be_visible(timeout=30_000)
        suggestion, foreign = await page.evaluate(
            """([ours]) => {
                const { hass } = document.querySelector("home-assistant");
                const entry = window.customCards.find((it) => it.type === "enode-flex-card");
                const other = Object.keys(hass.states).find((it) => it.startsWith("sun."));
                return [entry.getEntitySuggestion(hass, ours), other && entry.getEntitySuggestion(hass, other)];
            }""",
            [cars["ID.3"].entities["sensor.outcome"]],
        )
        assert suggestion["config"]["device_id"] == cars["ID.3"].device_id
        assert foreign is None

        await page.locator("hui-card-edit-mode").first.hover()
        await page.locator("hui-card-edit-mode .edit-overlay, hui-card-edit-mode .card-overlay").first.click()
        dialog = page.locator("hui-dialog-edit-card")
        await expect(dialog.locator("ha-form").get_by_text("Offer the last sessions")).to_be_visible(timeout=20_000)
        await expect(dialog.locator("enode-flex-card .level")).to_be_visible()
        await picture(page, "card-editor")


async def test_the_strategy_makes_a_dashboard_with_a_card_for_each_vehicle(
    browser: Browser, demo: Demo, cars: dict[str, Car], home_assistant: HomeAssistantClient
) -> None:
    await home_assistant.command(
        "lovelace/dashboards/create", url_path="card-strategy", title="Strategy", show_in_sidebar=False
    )
    await home_assistant.command(
        "lovelace/config/save", url_path="card-strategy", config={"strategy": {"type": "custom:enode-flex"}}
    )
    async with opened(browser, demo, "/card-strategy") as page:
        for car in cars.values():
            await expect(card_of(page, car).locator(".level")).to_be_visible(timeout=30_000)
        assert await page.locator("enode-flex-card").count() == len(cars)
        known = await page.evaluate("window.customStrategies.map((it) => it.type)")
        assert known == ["enode-flex"]
