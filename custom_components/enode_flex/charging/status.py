"""``charging_status``: the one reason, in a person's words, why a car is (not) charging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..api.models import Policy, Session, SessionState, Vehicle
from .blocks import Window, coming, running
from .power import seen_in_block
from .selection import is_active, stands_elsewhere
from .series import Measure
from .target import is_reached
from .vehicle import FRESH_FOR
from .words import BlockWord, ChargingStatus, Command, ErrorWord

#: A block must have run this long before the silence of the car means something.
SILENCE_AFTER = timedelta(minutes=10)
#: Clocks are minutes off: charging this long before a block is charging as planned.
EARLY_BY = timedelta(minutes=5)
#: A vehicle is believed for so long that it charges: this long after a block, too, it is charging as planned.
LATE_BY = FRESH_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that decides the status, at one instant.

    ``windows`` and ``measures``: of the live session while it is ACTIVE, else empty. ``charging``, ``plugged_in`` and
    ``error``: as derived (power.is_charging, vehicle.is_plugged_in, words.error_word). ``ever_seen``: there was a
    session before. ``data_fresh``: the sessions were read recently.
    """

    vehicle: Vehicle
    policies: Sequence[Policy]
    live: Session | None
    windows: Sequence[Window]
    measures: Sequence[Measure]
    charging: bool | None
    plugged_in: bool | None
    error: ErrorWord | None
    command: Command | None
    ever_seen: bool
    data_fresh: bool
    now: datetime

    @property
    def active(self) -> bool:
        """Whether Enode works on a session."""
        return is_active(self.live)

    @property
    def running(self) -> Window | None:
        """The block that runs."""
        return running(self.windows, self.now)

    @property
    def state(self) -> str | None:
        """Enode's word for the live session's state."""
        return self.live.state if self.live is not None else None

    @property
    def reached(self) -> bool:
        """Whether nothing is left to charge."""
        return self.live is not None and is_reached(self.live, self.vehicle)

    @property
    def silent(self) -> bool:
        """Whether a block has run for a while, and it was seen that no energy flows although it should."""
        window = self.running
        if window is None or not self.data_fresh or self.now - window.start_at < SILENCE_AFTER or self.reached:
            return False
        return seen_in_block(self.vehicle, window, self.measures, self.now) is False

    @property
    def near_block(self) -> bool:
        """Whether a block runs, or would with clocks and data a few minutes off."""
        return any(it.start_at - self.now <= EARLY_BY and self.now - it.end_at < LATE_BY for it in self.windows)

    @property
    def fills_reserve(self) -> bool:
        """Whether the reserve is what it charges for: Enode says so, or a reserve block runs."""
        in_block = self.running is not None and self.running.type is BlockWord.BATTERY_RESERVE
        if self.state == SessionState.ACTIVE_BATTERY_RESERVE:
            return in_block or self.charging is True
        return in_block and self.charging is True

    @property
    def elsewhere(self) -> bool:
        """Whether the car stands where nothing would manage its charge."""
        return stands_elsewhere(self.policies, self.live, self.vehicle)


#: Each status and when it applies. The first that applies wins; the last always does.
STATUS_TABLE: tuple[tuple[ChargingStatus, Callable[[Situation], bool]], ...] = (
    (ChargingStatus.MISSING_CAPABILITIES, lambda it: it.error is ErrorWord.MISSING_CAPABILITIES),
    (ChargingStatus.START_FAILED, lambda it: it.error is ErrorWord.START_FAILED),
    (ChargingStatus.STOP_FAILED, lambda it: it.error is ErrorWord.STOP_FAILED),
    (ChargingStatus.STARTING_IMMEDIATE_CHARGE, lambda it: it.command is Command.STARTING),
    (ChargingStatus.RETURNING_TO_SCHEDULE, lambda it: it.command is Command.RETURNING),
    # Nobody is told that it charges when it was seen that it does not.
    (
        ChargingStatus.CHARGING_IMMEDIATELY,
        lambda it: it.state == SessionState.ACTIVE_IMMEDIATE_START and not it.silent,
    ),
    (ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED, lambda it: it.silent),
    (ChargingStatus.FILLING_BATTERY_RESERVE, lambda it: it.fills_reserve),
    (ChargingStatus.CHARGING_AS_PLANNED, lambda it: it.charging is True and it.near_block),
    (ChargingStatus.CHARGING_UNMANAGED, lambda it: it.charging is True),
    (ChargingStatus.TARGET_REACHED, lambda it: it.active and it.reached),
    # A block that has just begun is waited for, too, until the car is seen to charge.
    (
        ChargingStatus.WAITING_FOR_NEXT_BLOCK,
        lambda it: coming(it.windows, it.now) is not None or it.running is not None,
    ),
    (ChargingStatus.NO_BLOCK_PLANNED, lambda it: it.active),
    (ChargingStatus.PLUGGED_IN_UNMANAGED, lambda it: it.plugged_in is True and it.elsewhere),
    (ChargingStatus.FINISHED, lambda it: it.live is None and it.ever_seen),
    (ChargingStatus.WAITING_FOR_PLUG_IN, lambda it: it.live is not None),
    (ChargingStatus.NO_SESSION, lambda _: True),
)


def charging_status(situation: Situation) -> ChargingStatus:
    """The first status of the table that applies; there always is one."""
    return next(status for status, applies in STATUS_TABLE if applies(situation))
