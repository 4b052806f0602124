"""The card is served and announced, and never costs more than itself."""

import logging
from pathlib import Path
import re
import subprocess
import sys
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.enode_flex.const import DOMAIN, REPOSITORY_URL
from custom_components.enode_flex.frontend_module import ENTRY_FILE, FOLDER, _content_hash

ROOT = Path(__file__).parents[1]


@pytest.fixture
async def extra_modules(hass: HomeAssistant) -> UrlManager:
    """What every page loads; the frontend itself is not installed here."""
    assert await async_setup_component(hass, "http", {})
    hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(lambda *_: None, [])
    hass.config.components.add("frontend")
    return hass.data[DATA_EXTRA_MODULE_URL]


async def test_every_page_loads_the_card_from_a_path_with_its_hash(
    hass: HomeAssistant, extra_modules: UrlManager, hass_client: ClientSessionGenerator
):
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client()

    [url] = extra_modules.urls
    entry = await client.get(url)
    other = await client.get(url.replace(ENTRY_FILE, "view.js"))

    assert re.fullmatch(rf"/enode_flex/[0-9a-f]{{12}}/{ENTRY_FILE}", url)
    assert entry.status == other.status == 200
    assert await entry.text() == (FOLDER / ENTRY_FILE).read_text()
    assert "max-age" in entry.headers["Cache-Control"]


async def test_without_a_frontend_nothing_is_registered(hass: HomeAssistant):
    assert await async_setup_component(hass, DOMAIN, {})

    assert DATA_EXTRA_MODULE_URL not in hass.data


async def test_a_failure_is_logged_and_costs_the_card_alone(
    hass: HomeAssistant, extra_modules: UrlManager, caplog: pytest.LogCaptureFixture
):
    with patch.object(hass.http, "async_register_static_paths", side_effect=RuntimeError("taken")):
        assert await async_setup_component(hass, DOMAIN, {})

    assert extra_modules.urls == set()
    assert hass.services.has_service(DOMAIN, "immediate_start")
    assert [it.levelno for it in caplog.records if it.name.endswith("frontend_module")] == [logging.ERROR]
    caplog.clear()


def test_the_hash_changes_with_every_file(tmp_path: Path):
    for name in ("a.js", "b.js"):
        (tmp_path / name).write_text("1")
    with patch("custom_components.enode_flex.frontend_module.FOLDER", tmp_path):
        before = _content_hash()
        (tmp_path / "b.js").write_text("2")
        changed = _content_hash()
        (tmp_path / "b.js").rename(tmp_path / "c.js")
        renamed = _content_hash()

    assert len({before, changed, renamed}) == 3


def test_the_card_is_as_small_as_decided():
    command = [sys.executable, ROOT / "scripts" / "card-size"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script

    assert result.returncode == 0, result.stdout


def test_the_card_ships_no_foreign_code_and_loads_nothing_from_elsewhere():
    for path in FOLDER.glob("*.js"):
        source = path.read_text()
        assert re.findall(r'(?:from|import)\s*\(?"(?!\./)', source) == [], path.name
        urls = set(re.findall(r"https?://[^\s\"'`)]+", source))
        assert urls <= {REPOSITORY_URL, "http://www.w3.org/2000/svg"}, path.name


def test_text_is_only_ever_set_as_text():
    for path in FOLDER.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text()), (
            path.name
        )
