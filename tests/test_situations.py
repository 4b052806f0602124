"""Every entity of a car in every situation that a night brings: states and attributes against snapshots."""

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
    told: dict[str, object] = {}
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
    assert told == snapshot
