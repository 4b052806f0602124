"""What all tests share.

The import of the package comes first: the harness puts a ``custom_components`` of its own in front of the search path.
"""

from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta
import logging
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.enode_flex.config_flow import unique_id_of
from custom_components.enode_flex.const import (
    CONF_BASE_URL,
    CONF_ENVIRONMENT,
    CONF_TOKEN_URL,
    CONF_USER_ID,
    DOMAIN,
)
from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.clock import ManualClock
from simulator.server import Simulator

#: A Monday afternoon in winter: Oslo is one hour ahead of UTC.
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the year: a minute of one process, for which the others would wait at the end."""
    items.sort(key=lambda item: item.path.name != "test_year.py")


@pytest.fixture(autouse=True)
def _use_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration, in every test that has a Home Assistant."""
    if "recorder_mock" in request.fixturenames:
        # The recorder's database is to be there before Home Assistant is.
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Leave the loop's debug mode to PYTHONASYNCIODEBUG: the harness turns it on, which doubles the time."""


@pytest.fixture
async def simulator(
    socket_enabled: None, freezer: FrozenDateTimeFactory, request: pytest.FixtureRequest
) -> AsyncGenerator[Simulator]:
    """An Enode on loopback, in the standard scenario at START, whose clock a test moves by hand (see ``pass_time``).

    Of its 60 days of history the last week is left, which is as far as most tests look; those marked ``long_history``
    get all of it.
    """
    freezer.move_to(START)
    async with Simulator(clock=ManualClock(START)) as running:
        since = START - timedelta(days=99 if request.node.get_closest_marker("long_history") else 8)
        sessions = running.world.sessions
        for session in list(sessions.values()):
            if session.plugged_out_at is not None and session.plugged_out_at < since:
                del sessions[session.id]
        yield running


@pytest.fixture
def entry_data(simulator: Simulator) -> dict[str, str | None]:
    """What an entry for the simulator's user "home" stores."""
    return {
        CONF_ENVIRONMENT: "custom",
        CONF_BASE_URL: simulator.base_url,
        CONF_TOKEN_URL: simulator.token_url,
        CONF_CLIENT_ID: simulator.client_id,
        CONF_CLIENT_SECRET: simulator.client_secret,
        CONF_USER_ID: "home",
    }


@pytest.fixture
def config_entry(entry_data: dict[str, str | None]) -> MockConfigEntry:
    """An entry for the simulator's user "home", not yet added."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Enode (home)",
        data=entry_data,
        unique_id=unique_id_of(entry_data[CONF_BASE_URL], entry_data[CONF_CLIENT_ID], entry_data[CONF_USER_ID]),
        entry_id="01JDEMOENTRY00000000000000",
    )


@pytest.fixture
async def coordinator(hass: HomeAssistant, config_entry: MockConfigEntry) -> EnodeFlexCoordinator:
    """The coordinator of the entry, set up in Home Assistant."""
    config_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    # The import of the history runs in the background: a clock that jumps must not find it half done.
    await hass.async_block_till_done(wait_background_tasks=True)
    return config_entry.runtime_data


@pytest.fixture
def all_entities_enabled() -> Generator[None]:
    """Enable the entities too that are disabled by default."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True):
        yield


@pytest.fixture
def quiet(hass: HomeAssistant) -> Generator[None]:
    """For tests that live through days: without a line for every statement and slow step."""
    loggers = [logging.getLogger(name) for name in ("sqlalchemy.engine", "asyncio", "homeassistant", "aiohttp")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    hass.loop.set_debug(False)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


async def pass_time(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    by: timedelta,
    *,
    step: timedelta | None = None,
) -> None:
    """Let time go on for Home Assistant and the simulator alike, in steps where polls in between matter."""
    step = step or by
    left = by
    while left > timedelta(0):
        now = min(step, left)
        left -= now
        freezer.tick(now)
        simulator.clock.advance(now)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
