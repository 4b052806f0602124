"""Will the car be ready: one answer for triggers, conditions and whoever asks."""

from .derive import Charging
from .words import OutcomeWord


def will_be_ready(charging: Charging) -> bool | None:
    """Whether the target is met by the time at which the car is to be ready; None if nothing known tells.

    Enode's estimate counts first. Without one the battery, the projected time and the plug tell what they can: a car
    below its target that is not plugged in will not be ready.
    """
    if charging.outcome is OutcomeWord.ON_TARGET:
        return True
    if charging.outcome is OutcomeWord.OFF_TARGET:
        return False
    if charging.target_progress is None:
        return None
    if charging.target_progress >= _REACHED:
        return True
    if charging.target_reached_at is not None and charging.ready_by is not None:
        return charging.target_reached_at <= charging.ready_by
    return False if charging.plugged_in is False else None


_REACHED = 100
