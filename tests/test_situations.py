"""Every entity of a car in every situation that a night brings: against snapshots, and against docs/entities.md."""

from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from simulator.server import Simulator
from tests.platforms import SITUATIONS, Night


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.usefixtures("all_entities_enabled")
async def test_entities(
    hass: HomeAssistant,
    coordinator: EnodeFlexCoordinator,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    snapshot: SnapshotAssertion,
    situation: str,
) -> None:
    night = Night(hass, coordinator, simulator, freezer)
    await SITUATIONS[situation](night)
    told: dict[str, dict[str, Any]] = {}
    for entry in er.async_entries_for_config_entry(er.async_get(hass), config_entry.entry_id):
        state = hass.states.get(entry.entity_id)
        assert state is not None
        if "id_3" in entry.entity_id:
            own = {
                key: value
                for key, value in state.attributes.items()
                if key not in ("friendly_name", "options", "device_class", "state_class", "unit_of_measurement", "icon")
            }
            told[f"{entry.domain}.{entry.translation_key}"] = {
                "state": state.state,
                **({"attributes": own} if own else {}),
            }
    broken = {
        key for key in promised()[situation] if key not in told or told[key]["state"] in ("unknown", "unavailable")
    }
    assert broken == set()
    assert told == snapshot


def promised() -> dict[str, set[str]]:
    """Which entities docs/entities.md promises a value, by situation."""
    lines = (Path(__file__).parents[1] / "docs" / "entities.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    table = rows[next(number for number, row in enumerate(rows) if "waiting for plug in" in row) :]
    situations = [cell.replace(" ", "_") for cell in table[0][1:]]
    return {
        situation: {row[0] for row in table[2:] if row[column] == "yes"}
        for column, situation in enumerate(situations, start=1)
    }


def test_the_documented_table_knows_every_situation() -> None:
    assert set(promised()) == set(SITUATIONS)
    assert all(len(entities) > 15 for entities in promised().values())
