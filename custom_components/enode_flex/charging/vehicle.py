"""What the vehicle itself tells, and how far it may be believed: Enode's data of it are minutes old (contract, 1.7)."""

from datetime import datetime, timedelta

from ..api.models import PowerDeliveryState, Session, Vehicle
from .selection import is_active

#: Vehicle data up to this age tell what is now: Enode refreshes every 2 to 7 minutes unless the car sleeps.
FRESH_FOR = timedelta(minutes=10)


def seen_at(vehicle: Vehicle) -> datetime | None:
    """When the charge state was seen (UTC), else when the vehicle was."""
    return vehicle.charge_state.last_updated or vehicle.last_seen


def is_fresh(vehicle: Vehicle, now: datetime) -> bool:
    """Whether the charge state tells what is now: it is younger than ``FRESH_FOR``.

    A time up to as much ahead of our clock is fresh as well, for clocks differ by minutes; one further ahead is wrong.
    """
    at = seen_at(vehicle)
    return at is not None and -FRESH_FOR <= now - at < FRESH_FOR


def told_plugged_in(vehicle: Vehicle) -> bool | None:
    """Whether the cable is in, as the vehicle was last seen; None when the vendor does not tell."""
    state = vehicle.charge_state
    if state.is_plugged_in is not None:
        return state.is_plugged_in
    if state.power_delivery_state == PowerDeliveryState.UNPLUGGED:
        return False
    return True if (state.power_delivery_state or "").startswith("PLUGGED_IN") else None


def told_charging(vehicle: Vehicle) -> bool | None:
    """Whether current flows, as the vehicle was last seen; None when the vendor does not tell."""
    state = vehicle.charge_state
    if state.is_charging is not None:
        return state.is_charging
    if state.power_delivery_state in (None, PowerDeliveryState.UNKNOWN):
        return None
    # A word that is not known here may mean anything.
    known = isinstance(state.power_delivery_state, PowerDeliveryState)
    return state.power_delivery_state == PowerDeliveryState.CHARGING if known else None


def seen_since_plug_in(vehicle: Vehicle, session: Session) -> bool:
    """Whether what the vehicle tells can be of this session: it was not last seen before the cable was plugged in."""
    seen = seen_at(vehicle)
    return seen is None or session.plugged_in_at is None or seen >= session.plugged_in_at


def is_plugged_in(vehicle: Vehicle, live: Session | None, last_settled: Session | None) -> bool | None:
    """Whether the cable is in. The vehicle and the session learn of the plug minutes apart: the newer word counts.

    None: the vendor does not tell, and no session was ever seen. A charge away from home is seen in the vehicle alone
    (contract, 8.7): where the vendor does not tell, it is False until it is over.
    """
    told = told_plugged_in(vehicle)
    if live is not None and is_active(live):
        return told is not False or not seen_since_plug_in(vehicle, live)
    seen = seen_at(vehicle)
    left = last_settled.plugged_out_at if last_settled is not None else None
    if told and seen is not None and left is not None and seen < left:
        return False
    if told is None and (live is not None or left is not None):
        return False
    return told
