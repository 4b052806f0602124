"""Every state as a picture, to be looked at and compared.

The pictures under build/screenshots/card are for the eye: light, dark and German, on a phone, in a column and in a
panel. What is compared is the structure beside them, tests/e2e/card/structure: words, roles, colours and the chart's
coordinates, which unlike pixels are the same with whatever fonts a machine has. UPDATE_STRUCTURE=1 writes it anew; then
look at the difference.
"""

import os
from pathlib import Path

import pytest

from .conftest import GERMAN, SCREENSHOTS, STATES, OpenCard

LOOKS = {
    "light": {},
    "dark": {"dark": True},
    "german": {"strings": GERMAN["common"], "exceptions": GERMAN["exceptions"], "language": "de"},
}
DEVICES = {"phone": (390, 374), "wide": (1320, 420), "panel": (1280, 1240)}
STRUCTURE = Path(__file__).parent / "structure"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("device", DEVICES)
async def test_every_state_is_drawn(open_card: OpenCard, look: str, device: str):
    page_width, card_width = DEVICES[device]
    page = await open_card(*STATES, width=page_width, card_width=card_width, **LOOKS[look])

    overflowing = await page.evaluate(
        """() => Object.entries(harness.cards).filter(([, card]) => {
            const root = card.shadowRoot.querySelector(".root");
            return root.scrollWidth > root.clientWidth;
        }).map(([name]) => name)"""
    )
    touching = await page.evaluate("harness.touching()")

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{device}-{look}.png", full_page=True)
    assert overflowing == []
    assert touching == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("device", DEVICES)
async def test_what_opens_by_a_press_is_drawn(open_card: OpenCard, look: str, device: str):
    page_width, card_width = DEVICES[device]
    names = ["charging", "waiting", "reserve", "settled", "off_target"]
    page = await open_card(
        *names, width=page_width, card_width=card_width, config={"show_history": True}, **LOOKS[look]
    )

    await page.evaluate(
        """async () => {
            const press = async (name, selector) => {
                const found = () => harness.root(name).querySelector(selector);
                while (!found()?.checkVisibility()) await new Promise((resolve) => setTimeout(resolve, 5));
                found().click();
            };
            const tell = (result, reason) => harness.resolve({
                response: { vehicles: { "device-1": { result, reason } } },
            });
            await press("waiting", ".button.wide");
            await press("waiting", ".ask .button:last-child");
            tell("confirmed");
            await press("reserve", ".button.wide");
            await press("reserve", ".ask .button:last-child");
            tell("refused", "start_failed");
            await press("settled", ".fold");
            await press("settled", ".session:nth-child(6)");
            harness.root("off_target").querySelector(".chart").focus();
            await press("charging", ".button.wide");
            document.activeElement.blur();
        }"""
    )
    chart = page.locator("enode-flex-card").nth(4).locator(".chart")
    await chart.hover(position={"x": 180, "y": 80})
    await page.wait_for_function("harness.root('off_target').querySelector('.chart rect[y=\"24\"]')")

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"opened-{device}-{look}.png", full_page=True)
    assert await page.evaluate("harness.outside()") == []


@pytest.mark.parametrize("device", ["phone", "panel"])
async def test_every_state_is_built_as_it_was(open_card: OpenCard, device: str):
    page_width, card_width = DEVICES[device]
    page = await open_card(*STATES, width=page_width, card_width=card_width, config={"show_history": True})

    for name in STATES:
        built = await page.evaluate("name => harness.structure(name)", name)
        path = STRUCTURE / device / f"{name}.txt"
        if os.environ.get("UPDATE_STRUCTURE"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(built) + "\n")
        assert built == path.read_text().splitlines(), name
