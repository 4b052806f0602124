"""The demo's dashboard: for each car the cards that a person would arrange, found through the registries."""

from typing import Any

from .home_assistant import HomeAssistantClient

DOMAIN = "enode_flex"
URL_PATH = "charging-demo"

#: What the entities card of a car shows, in this order (translation keys).
SHOWN = (
    "charging_status",
    "outcome",
    "ready_by",
    "battery_level",
    "session_energy",
    "charge_power",
    "next_charge_start",
    "charging_error",
    "immediate_start",
    "resume_schedule",
)


async def make_dashboard(client: HomeAssistantClient) -> None:
    """Create the dashboard, or write it anew, from the entities that exist now."""
    dashboards = await client.command("lovelace/dashboards/list")
    if all(dashboard["url_path"] != URL_PATH for dashboard in dashboards):
        await client.command(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title="Charging",
            icon="mdi:ev-station",
            show_in_sidebar=True,
        )
    devices = [
        device
        for device in await client.command("config/device_registry/list")
        if any(identifier[0] == DOMAIN for identifier in device["identifiers"])
    ]
    entities = [
        entity
        for entity in await client.command("config/entity_registry/list")
        if entity["platform"] == DOMAIN and entity["disabled_by"] is None
    ]
    sections = []
    for device in sorted(devices, key=lambda device: (device["name"], device["id"])):
        own = {
            entity["translation_key"]: entity["entity_id"] for entity in entities if entity["device_id"] == device["id"]
        }
        sections.append(_section(device, own))
    view = {"title": "Charging", "path": "cars", "type": "sections", "max_columns": 3, "sections": sections}
    await client.command("lovelace/config/save", url_path=URL_PATH, config={"views": [view]})


def _section(device: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    cards: list[dict[str, Any]] = [
        {"type": "heading", "heading": device["name_by_user"] or device["name"], "icon": "mdi:car-electric"},
        {"type": "custom:enode-flex-card", "device_id": device["id"], "show_history": True},
        {"type": "entities", "entities": [{"entity": own[key]} for key in SHOWN if key in own]},
    ]
    graph = [own[key] for key in ("battery_level", "charge_power") if key in own]
    if graph:
        cards.append({"type": "history-graph", "entities": graph, "hours_to_show": 24})
    if "charging_plan" in own:
        cards.append({"type": "calendar", "entities": [own["charging_plan"]], "initial_view": "listWeek"})
    return {"type": "grid", "cards": cards}
