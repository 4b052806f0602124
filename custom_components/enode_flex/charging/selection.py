"""Which of several sessions and policies of a vehicle counts.

A car can have a policy at each of several places, and each policy has a session of its own. The session that counts is
the ACTIVE one, else the UPCOMING one where the car stands, else the UPCOMING one that is due first.
"""

from collections.abc import Sequence
from datetime import datetime

from ..api.models import Policy, Session, SessionState, Vehicle
from .times import FIRST, LAST

ACTIVE_STATES = frozenset(
    {SessionState.ACTIVE_BATTERY_RESERVE, SessionState.ACTIVE_REGULAR, SessionState.ACTIVE_IMMEDIATE_START}
)


def is_active(session: Session | None) -> bool:
    """Whether the car is plugged in and Enode works on the session.

    A state that is not known here counts when it says ACTIVE, or when the session has a plug-in and no plug-out.
    """
    if session is None:
        return False
    if isinstance(session.state, SessionState):
        return session.state in ACTIVE_STATES
    if session.state is not None and session.state.startswith("ACTIVE"):
        return True
    return session.plugged_in_at is not None and session.plugged_out_at is None


def is_over(session: Session) -> bool:
    """Whether the session is settled; one in a state that is not known here is, once it has a plug-out."""
    if isinstance(session.state, SessionState):
        return session.state is SessionState.SETTLED
    return session.plugged_out_at is not None and not is_active(session)


def select_session(policies: Sequence[Policy], sessions: Sequence[Session], vehicle: Vehicle) -> Session | None:
    """The session that counts among those of this vehicle that are not over; None without one.

    Of several ACTIVE ones (which Enode should not have) the one that was plugged in last; ties are settled by id.
    """
    open_sessions = [it for it in sessions if not is_over(it) and it.vehicle_id in (None, vehicle.id)]
    active = [session for session in open_sessions if is_active(session)]
    if active:
        return max(active, key=lambda session: (session.plugged_in_at or FIRST, session.id))
    places = {policy.id: policy.location_id for policy in policies}

    def rank(session: Session) -> tuple[bool, datetime, str]:
        place = session.location_id or places.get(session.policy_id or "")
        ready_by = session.target.ready_by if session.target is not None else None
        return (not _stands_at(vehicle, place), ready_by or LAST, session.id)

    return min(open_sessions, key=rank, default=None)


def select_policy(policies: Sequence[Policy], session: Session | None, vehicle: Vehicle) -> Policy | None:
    """The policy that counts: the session's, else the one where the car stands, else the first by id; None without."""
    own = [policy for policy in policies if policy.vehicle_id in (None, vehicle.id)]
    told = session.policy_id if session is not None else None
    return min(
        own,
        key=lambda policy: (policy.id != told, not _stands_at(vehicle, policy.location_id), policy.id),
        default=None,
    )


def stands_elsewhere(policies: Sequence[Policy], session: Session | None, vehicle: Vehicle) -> bool:
    """Whether the car stands where nothing would manage its charge.

    Without a policy that is on and without a session that is so everywhere. Enode names the place only where it knows
    it (contract, 4): coordinates without a place are elsewhere; without either nothing is known, and it is not.
    """
    policies = [policy for policy in policies if policy.is_enabled is not False]
    managed = {policy.location_id for policy in policies}
    if session is not None and (session.location_id is not None or not policies):
        managed.add(session.location_id)
    if not managed:
        return True
    if None in managed:
        return False
    if vehicle.location.id is None:
        return vehicle.location.latitude is not None
    return vehicle.location.id not in managed


def _stands_at(vehicle: Vehicle, place: str | None) -> bool:
    return place is not None and place == vehicle.location.id
