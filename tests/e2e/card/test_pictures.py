"""Every state as a picture under build/screenshots/card: light and dark, on a phone and wide."""

import pytest

from .conftest import SCREENSHOTS, STATES, OpenCard

LOOKS = {
    "light": {},
    "dark": {"dark": True},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("device", "page_width", "card_width"), [("phone", 390, 374), ("wide", 1320, 420), ("panel", 1280, 1240)]
)
async def test_every_state_is_drawn(open_card: OpenCard, look: str, device: str, page_width: int, card_width: int):
    page = await open_card(*STATES, width=page_width, card_width=card_width, **LOOKS[look])

    overflowing = await page.evaluate(
        """() => Object.entries(harness.cards).filter(([, card]) => {
            const root = card.shadowRoot.querySelector(".root");
            return root.scrollWidth > root.clientWidth;
        }).map(([name]) => name)"""
    )

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{device}-{look}.png", full_page=True)
    assert overflowing == []
