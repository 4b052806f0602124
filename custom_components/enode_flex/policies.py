"""Reading and changing what the owner wants of a vehicle at a place: for actions and for the number."""

from contextlib import suppress
from typing import Any

from .api.errors import EnodeError, NotFoundError
from .api.models import WEEKDAYS, Policy
from .coordinator import EnodeFlexCoordinator
from .exceptions import translated_errors
from .sources import CommandRefusedError, PolicyChange, Refusal, RefusalReason


async def async_change_policy(
    coordinator: EnodeFlexCoordinator, key: str, change: PolicyChange, *, policy_id: str | None = None
) -> Policy:
    """Change a policy of a vehicle, by default the one that counts, and return it as Enode has it now.

    The plan that follows is read 2, 10 and 30 s later.

    Raises:
        ServiceValidationError: there is no such policy, or it cannot be so.
        HomeAssistantError: Enode refused it or could not be reached.
    """
    snapshot = coordinator.data.vehicles[key]
    try:
        with translated_errors():
            policy = _policy(snapshot.policies, policy_id) if policy_id is not None else snapshot.policy
            if policy is None:
                raise CommandRefusedError(Refusal(reason=RefusalReason.NO_POLICY))
            try:
                changed = await coordinator.account.async_change_policy(snapshot.vehicle, policy, change)
            except NotFoundError:
                # It was deleted meanwhile: whoever looks next shall see what there is.
                with suppress(EnodeError):
                    await coordinator.account.async_policies(snapshot.vehicle)
                raise
    finally:
        coordinator.async_reread_soon([key])
    with suppress(EnodeError, KeyError):
        await coordinator.async_read_now(key)
    coordinator.async_reread_soon([key])
    return changed


async def async_policies(coordinator: EnodeFlexCoordinator, key: str) -> tuple[Policy, ...]:
    """All policies of a vehicle, read at this moment.

    Raises:
        HomeAssistantError: Enode refused it or could not be reached.
    """
    with translated_errors():
        return await coordinator.account.async_policies(coordinator.data.vehicles[key].vehicle)


def policy_payload(policy: Policy, *, current: bool) -> dict[str, Any]:
    """A policy, JSON-ready: levels in percent, deadlines HH:MM in the place's time (docs/actions.md)."""
    return {
        "policy_id": policy.id,
        "location_id": policy.location_id,
        "current": current,
        "battery_reserve": policy.battery_reserve,
        "charge_limit": policy.last_observed_location_charge_limit,
        "schedule": {
            weekday: {"deadline": day.deadline, "minimum_charge_target": day.minimum_charge_target}
            for weekday in WEEKDAYS
            if (day := policy.schedule.get(weekday)) is not None
        },
        "restrictions": [
            {
                "type": restriction.type,
                "start_time": restriction.start_time,
                "end_time": restriction.end_time,
                "weekdays": [WEEKDAYS[day] for day in restriction.weekdays if 0 <= day < len(WEEKDAYS)],
            }
            for restriction in policy.restriction_schedule
        ],
    }


def _policy(policies: tuple[Policy, ...], policy_id: str) -> Policy:
    for policy in policies:
        if policy.id == policy_id:
            return policy
    raise CommandRefusedError(Refusal(reason=RefusalReason.UNKNOWN_POLICY, detail=policy_id))
