"""Which of several sessions and policies of a vehicle counts.

A car can have a policy at each of several places, and each policy has a session of its own (decision: the session that
counts is the ACTIVE one, else the UPCOMING one where the car stands, else the UPCOMING one that is due first).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from ..api.models import Policy, Session, SessionState, Vehicle

ACTIVE_STATES = frozenset(
    {SessionState.ACTIVE_BATTERY_RESERVE, SessionState.ACTIVE_REGULAR, SessionState.ACTIVE_IMMEDIATE_START}
)
_NEVER = datetime.max.replace(tzinfo=UTC)


def is_active(session: Session | None) -> bool:
    """Whether the car is plugged in and Enode works on the session. An unknown state counts when it says ACTIVE."""
    if session is None or session.state is None:
        return False
    return session.state in ACTIVE_STATES or session.state.startswith("ACTIVE")


def select_session(policies: Sequence[Policy], sessions: Sequence[Session], vehicle: Vehicle) -> Session | None:
    """The session that counts among those that are not settled; None without one.

    Of several ACTIVE ones (which Enode should not have) the one that was plugged in last; ties are settled by id.
    """
    open_sessions = [session for session in sessions if session.state != SessionState.SETTLED]
    active = [session for session in open_sessions if is_active(session)]
    if active:
        return max(active, key=lambda session: (_time(session.plugged_in_at, first=True), session.id))
    places = {policy.id: policy.location_id for policy in policies}

    def rank(session: Session) -> tuple[bool, datetime, str]:
        place = session.location_id or places.get(session.policy_id or "")
        here = place is not None and place == vehicle.location.id
        ready_by = session.target.ready_by if session.target is not None else None
        return (not here, _time(ready_by), session.id)

    return min(open_sessions, key=rank, default=None)


def select_policy(policies: Sequence[Policy], session: Session | None, vehicle: Vehicle) -> Policy | None:
    """The policy that counts: the session's, else the one where the car stands, else the first by id; None without."""
    by_id = {policy.id: policy for policy in policies}
    if session is not None and session.policy_id in by_id:
        return by_id[session.policy_id]
    for policy in policies:
        if policy.location_id is not None and policy.location_id == vehicle.location.id:
            return policy
    return min(policies, key=lambda policy: policy.id, default=None)


def _time(time: datetime | None, *, first: bool = False) -> datetime:
    """A time that sorts; a missing one comes last, or first."""
    if time is not None:
        return time
    return datetime.min.replace(tzinfo=UTC) if first else _NEVER
