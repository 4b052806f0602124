"""What a demo's owner would have entered under Settings > Dashboards > Energy: each car as a device."""

from collections.abc import Iterable
import re

from .cars import CarDevice
from .home_assistant import HomeAssistantClient
from .state import DOMAIN


def energy_statistic(car: CarDevice) -> str:
    """The statistic that counts a car's energy: the hours of its sessions as Enode tells them."""
    slug = re.sub(r"[^a-z0-9]+", "_", car.key.lower()).strip("_")
    return f"{DOMAIN}:{slug}_energy"


async def make_energy_preferences(client: HomeAssistantClient, cars: Iterable[CarDevice]) -> None:
    """Enter the cars, unless somebody has entered anything there."""
    preferences = await client.command_or_none("energy/get_prefs", unless="not_found")
    if preferences is not None and any(preferences.values()):
        return
    devices = []
    for car in cars:
        device = {"stat_consumption": energy_statistic(car), "name": car.name}
        if (power := car.entities.get("sensor.charge_power")) is not None:
            device["stat_rate"] = power
        devices.append(device)
    await client.command("energy/save_prefs", device_consumption=devices)
