"""The cars as Home Assistant's registries know them: no entity id is ever guessed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from .home_assistant import POLL_EVERY, HomeAssistantClient
from .state import DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class CarDevice:
    """One car: its device, and its enabled entities."""

    #: The vehicle key: Enode's vehicle id as first seen, which in the demo is the vehicle's id.
    key: str
    device_id: str
    name: str
    model: str
    #: Entity id by platform and translation key (``sensor.outcome``).
    entities: Mapping[str, str]


async def wait_for_cars(client: HomeAssistantClient, within: float) -> list[CarDevice]:
    """All cars of the integration, once their sessions are known; those in the middle of one first.

    Raises:
        TimeoutError: nothing is known of them after ``within`` seconds.
    """
    async with asyncio.timeout(within):
        while True:
            cars = await _find_cars(client)
            states = {state["entity_id"]: state["state"] for state in await client.command("get_states")}
            sessions = {car.key: states.get(car.entities["sensor.session_state"], "unavailable") for car in cars}
            if cars and "unavailable" not in sessions.values():
                return sorted(cars, key=lambda car: (not sessions[car.key].startswith("active_"), car.name, car.key))
            await asyncio.sleep(POLL_EVERY)


async def _find_cars(client: HomeAssistantClient) -> list[CarDevice]:
    entities = [
        entity
        for entity in await client.command("config/entity_registry/list")
        if entity["platform"] == DOMAIN and entity["disabled_by"] is None
    ]
    return [
        CarDevice(
            key=next(identifier[1] for identifier in device["identifiers"] if identifier[0] == DOMAIN),
            device_id=device["id"],
            name=device["name_by_user"] or device["name"],
            model=device["model"],
            entities={
                f"{entity['entity_id'].split('.')[0]}.{entity['translation_key']}": entity["entity_id"]
                for entity in entities
                if entity["device_id"] == device["id"]
            },
        )
        for device in await client.command("config/device_registry/list")
        if any(identifier[0] == DOMAIN for identifier in device["identifiers"])
    ]
