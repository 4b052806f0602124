"""What the vehicle itself tells, and how far it may be believed: Enode's data of it are minutes old (contract, 1.7)."""

from datetime import datetime, timedelta

from ..api.models import PowerDeliveryState, Vehicle

#: Vehicle data up to this age tell what is now: Enode refreshes every 2 to 7 minutes unless the car sleeps.
FRESH_FOR = timedelta(minutes=10)


def seen_at(vehicle: Vehicle) -> datetime | None:
    """When the charge state was seen (UTC), else when the vehicle was."""
    return vehicle.charge_state.last_updated or vehicle.last_seen


def is_fresh(vehicle: Vehicle, now: datetime) -> bool:
    """Whether the charge state tells what is now. A time ahead of our clock is fresh: clocks differ by minutes."""
    at = seen_at(vehicle)
    return at is not None and now - at <= FRESH_FOR


def is_plugged_in(vehicle: Vehicle) -> bool | None:
    """Whether the cable is in, as last seen; None when the vendor does not tell."""
    state = vehicle.charge_state
    if state.is_plugged_in is not None:
        return state.is_plugged_in
    if state.power_delivery_state in (None, PowerDeliveryState.UNKNOWN):
        return None
    if state.power_delivery_state == PowerDeliveryState.UNPLUGGED:
        return False
    return True if str(state.power_delivery_state).startswith("PLUGGED_IN") else None
