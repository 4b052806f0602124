"""The demo's dashboard: for each car the cards that a person would arrange."""

from collections.abc import Iterable
from typing import Any

from .cars import CarDevice
from .energy import energy_statistic
from .home_assistant import HomeAssistantClient
from .state import State

URL_PATH = "charging-demo"

#: What the entities card of a car shows, in this order.
SHOWN = (
    "sensor.charging_status",
    "sensor.outcome",
    "sensor.ready_by",
    "sensor.battery_level",
    "sensor.session_energy",
    "sensor.charge_power",
    "sensor.next_charge_start",
    "binary_sensor.charging_error",
    "number.policy_battery_reserve",
    "switch.smart_charging",
    "button.immediate_start",
    "button.resume_schedule",
)
GRAPH = ("sensor.battery_level", "sensor.charge_power")


async def make_dashboard(client: HomeAssistantClient, cars: Iterable[CarDevice], state: State) -> None:
    """Create the dashboard from the entities that exist now, or write it anew unless a person has changed it."""
    sections = [{"type": "grid", "cards": _cards(car)} for car in cars]
    view = {"title": "Charging", "path": "cars", "type": "sections", "max_columns": 3, "sections": sections}
    made = {"views": [view]}
    if all(dashboard["url_path"] != URL_PATH for dashboard in await client.command("lovelace/dashboards/list")):
        await client.command(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title="Charging",
            icon="mdi:ev-station",
            show_in_sidebar=True,
        )
    there = await client.command_or_none("lovelace/config", url_path=URL_PATH, unless="config_not_found")
    if there is None or there == state.remembered.get("dashboard"):
        await client.command("lovelace/config/save", url_path=URL_PATH, config=made)
        state.remember({"dashboard": made})
    await client.command("frontend/set_user_data", key="core", value={"default_panel": URL_PATH})


def _cards(car: CarDevice) -> list[dict[str, Any]]:
    own = car.entities
    cards: list[dict[str, Any]] = [{"type": "custom:enode-flex-card", "device_id": car.device_id, "show_history": True}]
    # The card above names the car; the rows need not do it again.
    rows = [{"entity": own[key], "name": {"type": "entity"}} for key in SHOWN if key in own]
    cards.append({"type": "entities", "entities": rows})
    cards.append(
        {
            "type": "statistics-graph",
            "title": "Charged per day",
            "entities": [{"entity": energy_statistic(car), "name": "Energy"}],
            "chart_type": "bar",
            "stat_types": ["change"],
            "period": "day",
            "days_to_show": 14,
        }
    )
    graph = [{"entity": own[key], "name": {"type": "entity"}} for key in GRAPH if key in own]
    if graph:
        cards.append({"type": "history-graph", "entities": graph, "hours_to_show": 3})
    if "calendar.charging_plan" in own:
        cards.append({"type": "calendar", "entities": [own["calendar.charging_plan"]], "initial_view": "listWeek"})
    return cards
