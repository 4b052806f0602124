"""The dashboard card in a real Home Assistant: shown, used, chosen and configured as a person does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import re
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
import pytest

from scripts.running.browser import logged_in
from scripts.running.demo import Demo
from scripts.running.home_assistant import HomeAssistantClient
from tests.e2e.conftest import SCREENSHOTS, Car

DASHBOARD = "/charging-demo/cars"
TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / "enode_flex" / "translations"


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


async def test_a_german_reads_german(browser: Browser, demo: Demo, car_in_session: Car) -> None:
    english, german = (json.loads((TRANSLATIONS / f"{it}.json").read_text())["common"] for it in ("en", "de"))
    async with opened(browser, demo, DASHBOARD, language="de", height=1100) as page:
        card = card_of(page, car_in_session)
        await expect(card.locator(".ready-by")).to_contain_text("Fertig bis", timeout=30_000)
        await card.get_by_role("button", name="Jetzt laden").click()
        await expect(card.get_by_text("ohne die geplanten Zeiten abzuwarten?")).to_be_visible()
        told = await card.locator(".root").inner_text()
        await picture(page, "dashboard-german")

    # What stands between placeholders, where both languages say it differently.
    left = [
        part
        for key, text in english.items()
        if key.startswith("card_") and text != german[key]
        for part in re.split(r"\{\w+\}", text)
        if re.search(r"[a-z]{3}", part) and part.strip() not in german[key]
    ]
    assert len(left) > 100
    assert [part for part in left if re.search(rf"\b{re.escape(part.strip())}\b", told)] == []


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


async def test_a_language_from_right_to_left_breaks_nothing(browser: Browser, demo: Demo, cars: dict[str, Car]) -> None:
    async with opened(browser, demo, DASHBOARD, language="he", width=390) as page:
        card = card_of(page, cars["ID.3"])
        await expect(card.locator(".level")).to_be_visible(timeout=30_000)
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert "{" not in (await card.locator(".root").inner_text())
        left = "(node) => node.getBoundingClientRect().left"
        assert await card.locator(".badge").evaluate(left) > await card.locator(".level").evaluate(left) - 200
        await picture(page, "dashboard-right-to-left")


async def test_the_picker_offers_the_card_by_entity_and_the_editor_configures_it(
    browser: Browser, demo: Demo, cars: dict[str, Car], home_assistant: HomeAssistantClient
) -> None:
    car = cars["ID.3"]
    await home_assistant.command(
        "lovelace/dashboards/create", url_path="card-editor", title="Editor", show_in_sidebar=False
    )
    empty = {"views": [{"path": "one", "type": "sections", "sections": [{"type": "grid", "cards": []}]}]}
    await home_assistant.command("lovelace/config/save", url_path="card-editor", config=empty)

    async def saved() -> dict[str, Any]:
        config = await home_assistant.command("lovelace/config", url_path="card-editor")
        (card,) = config["views"][0]["sections"][0]["cards"]
        return dict(card)

    async with opened(browser, demo, "/card-editor/one?edit=1", height=1000) as page:
        # Add to dashboard, by entity.
        await page.locator("hui-grid-section .add").first.click(timeout=30_000)
        picker = page.locator("hui-dialog-create-card")
        await picker.get_by_placeholder("Search entities").fill(f"{car.name} charging status")
        await picker.get_by_text("Charging status").first.click()
        suggestion = picker.locator("hui-suggestion-card").filter(has_text="Enode Flex")
        await expect(suggestion.locator("enode-flex-card .level")).to_be_visible()
        await picture(page, "card-picker")
        await suggestion.click()
        placed = page.locator("hui-sections-view enode-flex-card")
        await expect(placed.locator(".level")).to_be_visible()
        assert await saved() == {"type": "custom:enode-flex-card", "device_id": car.device_id}

        # The editor: its words, its preview, its recommended size.
        await page.locator("hui-card-edit-mode").first.hover()
        await page.locator("hui-card-edit-mode .edit-overlay, hui-card-edit-mode .card-overlay").first.click()
        dialog = page.locator("hui-dialog-edit-card")
        await expect(dialog.locator("ha-form").get_by_text("Offer the last sessions")).to_be_visible()
        await expect(dialog.locator("enode-flex-card .level")).to_be_visible()
        await expect(dialog.locator("enode-flex-card .fold")).to_be_hidden()
        await dialog.locator("ha-selector-boolean ha-switch").last.click()
        await expect(dialog.locator("enode-flex-card .fold")).to_be_visible()
        await picture(page, "card-editor")
        await dialog.get_by_text("Layout").click()
        await expect(dialog.get_by_text(re.compile("12 columns . Fit content"))).to_be_visible()
        await dialog.get_by_text("Save", exact=True).click()
        await expect(placed.locator(".fold")).to_be_visible()
        assert (await saved())["show_history"] is True


async def test_add_dashboard_offers_one_with_a_card_for_each_vehicle(
    browser: Browser, demo: Demo, cars: dict[str, Car], home_assistant: HomeAssistantClient
) -> None:
    async with opened(browser, demo, "/config/lovelace/dashboards") as page:
        await page.get_by_text("Add dashboard").first.click(timeout=30_000)
        await page.get_by_text("One charging card for each vehicle").click()
        detail = page.locator("dialog-lovelace-dashboard-detail")
        await detail.locator("input").first.fill("Cars by card")
        await detail.get_by_text("Create", exact=True).click()
        await expect(page.locator("ha-data-table").get_by_text("Cars by card")).to_be_visible()
        saved = await home_assistant.command("lovelace/config", url_path="cars-by-card")
        assert saved["strategy"]["type"] == "custom:enode-flex"

    async with opened(browser, demo, "/cars-by-card") as page:
        for car in cars.values():
            await expect(card_of(page, car).locator(".level")).to_be_visible(timeout=30_000)
        assert await page.locator("enode-flex-card").count() == len(cars)
        await picture(page, "dashboard-strategy")
