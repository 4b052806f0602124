"""Automations on the cars, and the ways in which a target can name one."""

from collections.abc import Iterable
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.enode_flex.const import DOMAIN

#: The ways of naming a car.
WAYS = ("device", "entity", "area", "floor", "label", "label of an entity", "label of the area", "group")


def device_of(hass: HomeAssistant, key: str) -> dr.DeviceEntry:
    """The device of the car with this key."""
    return next(it for it in dr.async_get(hass).devices if (DOMAIN, key) in it.identifiers)


def entity_of(hass: HomeAssistant, platform: str, unique_id: str) -> str:
    """The entity id that an entity of ours has."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    assert found is not None
    return found


async def targets_for(hass: HomeAssistant, key: str) -> dict[str, dict[str, Any]]:
    """Targets that all mean one car and no other, by the way in which they do (WAYS)."""
    floor = fr.async_get(hass).async_create("Ground floor")
    area = ar.async_get(hass).async_create("Garage", floor_id=floor.floor_id)
    names = ("of device", "of entity", "of area")
    labels = {name: lr.async_get(hass).async_create(name).label_id for name in names}
    ar.async_get(hass).async_update(area.id, labels={labels["of area"]})
    device = dr.async_get(hass).async_update_device(
        device_of(hass, key).id, area_id=area.id, labels={labels["of device"]}
    )
    entity = entity_of(hass, "sensor", f"{key}_outcome")
    er.async_get(hass).async_update_entity(entity, labels={labels["of entity"]})
    assert await async_setup_component(hass, "group", {"group": {"cars": {"entities": [entity]}}})
    await hass.async_block_till_done()
    targets: dict[str, dict[str, Any]] = {
        "device": {"device_id": device.id},
        "entity": {"entity_id": entity},
        "area": {"area_id": area.id},
        "floor": {"floor_id": floor.floor_id},
        "label": {"label_id": labels["of device"]},
        "label of an entity": {"label_id": labels["of entity"]},
        "label of the area": {"label_id": labels["of area"]},
        "group": {"entity_id": "group.cars"},
    }
    assert tuple(targets) == WAYS
    return targets


def automation(
    name: str,
    target: dict[str, Any],
    *triggers: str,
    condition: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    tells: Iterable[str] = (),
) -> dict[str, Any]:
    """An automation that tells which of its triggers ran it, and these variables of the trigger."""
    return {
        "id": name.replace(" ", "_"),
        "alias": name,
        "mode": "queued",
        "triggers": [
            {"trigger": f"{DOMAIN}.{key}", "target": target, "id": key, **({"options": options} if options else {})}
            for key in triggers
        ],
        "conditions": [{"target": target, **condition}] if condition else [],
        "actions": [
            {
                "action": "test.run",
                "data": {
                    "name": name,
                    "id": "{{ trigger.id }}",
                    "device": "{{ trigger.device_id }}",
                    **{key: f"{{{{ trigger.{key} }}}}" for key in tells},
                },
            }
        ],
    }


async def automate(hass: HomeAssistant, *automations: dict[str, Any]) -> list[ServiceCall]:
    """Set automations up; what they are run for comes into the list."""
    calls = async_mock_service(hass, "test", "run")
    assert await async_setup_component(hass, "automation", {"automation": list(automations)})
    await hass.async_block_till_done()
    states = hass.states.async_all("automation")
    assert len(states) == len(automations)
    assert {state.state for state in states} == {"on"}
    return calls


def ids(calls: Iterable[ServiceCall]) -> list[str]:
    """Which triggers ran the automations, in this order."""
    return [call.data["id"] for call in calls]
