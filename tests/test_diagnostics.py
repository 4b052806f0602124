"""Diagnostics tell what is needed to help, and nothing about who, where and with which secret."""

import json

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.enode_flex.coordinator import EnodeFlexCoordinator
from custom_components.enode_flex.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.enode_flex.surroundings import async_vehicle_payload
from simulator.server import Simulator
from tests.platforms import SITUATIONS, Night


@pytest.fixture
async def night(
    hass: HomeAssistant, coordinator: EnodeFlexCoordinator, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> Night:
    night = Night(hass, coordinator, simulator, freezer)
    await SITUATIONS["charging_as_planned"](night)
    return night


async def test_entry_tells_nothing_personal_and_asks_nothing(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    night: Night,
) -> None:
    simulator.requests.clear()
    # Called as Home Assistant calls it; its own web view is not what is tested, and a login is over after such a night.
    text = json.dumps(await async_get_config_entry_diagnostics(hass, config_entry))
    assert len(simulator.requests) == 0
    secrets = [simulator.client_id, simulator.client_secret, simulator.base_url, '"home"']
    for snapshot in night.coordinator.data.vehicles.values():
        vehicle = snapshot.vehicle
        secrets += [vehicle.id, str(vehicle.information.vin), str(vehicle.location.id), snapshot.key]
        secrets += [str(vehicle.location.latitude), str(vehicle.location.longitude)]
        secrets += [policy.id for policy in snapshot.policies]
        secrets += [session.id for session in (*snapshot.live_sessions, *snapshot.history)]
    found = [secret for secret in secrets if secret != "None" and secret in text]
    assert found == []
    assert "charging_as_planned" in text


async def test_entry_and_device(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    night: Night,
    snapshot: SnapshotAssertion,
) -> None:
    entry = await async_get_config_entry_diagnostics(hass, config_entry)
    # When the next refresh comes depends on the machine's clock.
    entry["coordinator"].pop("next_update_in")
    assert entry["coordinator"] == snapshot(name="coordinator")
    assert entry["entry"] == snapshot(name="entry")
    device = next(
        device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), config_entry.entry_id)
        if device.model == "ID.3"
    )
    told = await async_get_device_diagnostics(hass, config_entry, device)
    assert told["vehicles"][0] in entry["vehicles"]
    assert told == snapshot(name="device")


async def test_it_tells_what_the_card_is_told(hass: HomeAssistant, config_entry: MockConfigEntry, night: Night) -> None:
    told = (await async_get_config_entry_diagnostics(hass, config_entry))["vehicles"]
    payloads = [async_vehicle_payload(hass, night.coordinator, key) for key in night.coordinator.data.vehicles]

    for vehicle, payload in zip(told, payloads, strict=True):
        for name in ("session", "last_session"):
            if payload[name] is not None:
                del payload[name]["id"]
        del payload["vehicle"]
        assert vehicle["card"] == payload
    assert told[0]["card"]["session"]["blocks"]
