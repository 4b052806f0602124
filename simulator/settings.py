"""The switches of the engine. They may be changed while the world runs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(kw_only=True, slots=True)
class WorldSettings:
    """How the world behaves where the contract leaves it open (contract 10, 11.13)."""

    # What Enode's cloud sees. A fixed delay shows every change that much later and the battery at once;
    # None is Enode's real manner: a look every few minutes, by what the car was last seen doing.
    cloud_delay: timedelta | None = timedelta(seconds=2)
    cloud_idle: timedelta = timedelta(minutes=7)
    cloud_charging: timedelta = timedelta(minutes=2)
    cloud_asleep: timedelta = timedelta(minutes=20)
    asleep_after: timedelta = timedelta(hours=1)
    command_visible_after: timedelta = timedelta(seconds=20)
    refresh_hint_after: timedelta = timedelta(seconds=5)

    outcome_lag: timedelta = timedelta(seconds=30)
    upcoming_gap: timedelta = timedelta(minutes=1)
    # How long after ready-by a session that stays plugged in takes the next deadline as its target.
    roll_over_after: timedelta = timedelta(hours=1)

    # Errors clear themselves after this time; None: only by clear_error / restore_capabilities.
    error_clear_after: timedelta | None = None

    # A running block's kwhSum: all that is planned for it, or what has flowed so far (contract 9.C).
    running_block_kwh: Literal["planned", "delivered"] = "planned"
    # Whether the quarter that is still running is in the time series of an active session.
    timeseries_running_quarter: bool = True
    valuation: Literal["settled", "always", "never"] = "settled"

    # PUT target {"type": "REGULAR", "readyBy", "minimumChargeTarget"} as a one-off override (contract 8.7).
    target_override: bool = False
    # Status of a PUT target on an UPCOMING or SETTLED session (contract 8.7: unknown).
    target_conflict_status: int = 409

    # Charging statistics (contract 8.8) come up to 15 min late.
    statistics_delay: timedelta = timedelta(minutes=10)

    action_delay: timedelta = timedelta(seconds=20)
    action_timeout: timedelta = timedelta(minutes=5)

    # Share of settled managed sessions that are first told with a wrong energy, and put right after the delay.
    late_correction_share: float = 0.0
    late_correction_delay: timedelta = timedelta(hours=6)
