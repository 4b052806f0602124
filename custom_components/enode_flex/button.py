"""Buttons: charge now, and back to schedule.

They stay available while their vehicle is: Home Assistant silently skips unavailable entities in automations, so
hiding a button that cannot work right now would lie. A press that cannot work raises the reason.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import BUTTON_WAIT, Outcome, async_immediate_start, async_resume_schedule
from .coordinator import EnodeFlexConfigEntry, EnodeFlexCoordinator
from .entity import EnodeFlexEntity, async_add_for_each_vehicle

# A press watches its session for seconds: presses for several cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EnodeFlexButtonDescription(ButtonEntityDescription):
    """A button: the command that it sends."""

    press_fn: Callable[[EnodeFlexCoordinator, str], Awaitable[Outcome]]


BUTTONS: tuple[EnodeFlexButtonDescription, ...] = (
    EnodeFlexButtonDescription(
        key="immediate_start",
        press_fn=lambda coordinator, key: async_immediate_start(coordinator, key, wait=BUTTON_WAIT),
    ),
    EnodeFlexButtonDescription(
        key="resume_schedule",
        press_fn=lambda coordinator, key: async_resume_schedule(coordinator, key, wait=BUTTON_WAIT),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnodeFlexConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of every vehicle."""
    async_add_for_each_vehicle(
        entry,
        async_add_entities,
        lambda coordinator, key: [EnodeFlexButton(coordinator, key, description) for description in BUTTONS],
    )


class EnodeFlexButton(EnodeFlexEntity, ButtonEntity):
    """A button of a vehicle."""

    entity_description: EnodeFlexButtonDescription

    def __init__(self, coordinator: EnodeFlexCoordinator, key: str, description: EnodeFlexButtonDescription) -> None:
        super().__init__(coordinator, key, description, from_vehicle=True)

    @override
    async def async_press(self) -> None:
        """Send the command and watch it for a few seconds.

        Raises:
            ServiceValidationError: it cannot work.
            HomeAssistantError: Enode or the vehicle refused it.
        """
        outcome = await self.entity_description.press_fn(self.coordinator, self.vehicle_key)
        outcome.raise_for_result()
