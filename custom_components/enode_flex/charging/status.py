"""``charging_status``: the one reason, in a person's words, why a car is (not) charging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..api.models import Session, SessionState, Vehicle
from .blocks import Window, coming, running
from .power import last_quarter
from .selection import is_active
from .series import Measure
from .target import is_reached
from .vehicle import is_fresh
from .words import BlockWord, ChargingStatus, Command, ErrorWord

#: A block must have run this long before the silence of the car means something.
SILENCE_AFTER = timedelta(minutes=10)
#: Clocks and commands are minutes off: charging this close to a block is charging as planned.
BLOCK_MARGIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that decides the status, at one instant. ``data_fresh``: the session itself was read recently."""

    vehicle: Vehicle
    live: Session | None
    last_settled: Session | None
    windows: Sequence[Window]
    measures: Sequence[Measure]
    charging: bool | None
    plugged_in: bool | None
    error: ErrorWord | None
    command: Command | None
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
        """Whether a block has run for a while, and no energy flows although it should."""
        window = self.running
        if window is None or not self.data_fresh or self.now - window.start_at < SILENCE_AFTER or self.reached:
            return False
        told = self.vehicle.charge_state.is_charging
        if told is not None and is_fresh(self.vehicle, self.now):
            return not told
        quarter = last_quarter(self.measures, self.now)
        return quarter is not None and quarter.start_at >= window.start_at and quarter.kwh == 0

    @property
    def near_block(self) -> bool:
        """Whether a block runs, or would with clocks a few minutes off."""
        return any(window.start_at - BLOCK_MARGIN <= self.now < window.end_at + BLOCK_MARGIN for window in self.windows)

    @property
    def away_from_plan(self) -> bool:
        """Whether the upcoming session belongs to another place than the one where the car stands."""
        if self.live is None:
            return True
        here, there = self.vehicle.location.id, self.live.location_id
        return here is not None and there is not None and here != there


def _fills_reserve(it: Situation) -> bool:
    in_reserve_block = it.running is not None and it.running.type is BlockWord.BATTERY_RESERVE
    return it.state == SessionState.ACTIVE_BATTERY_RESERVE and (in_reserve_block or it.charging is True)


#: Each status and when it applies. The first that applies wins; the last always does.
STATUS_TABLE: tuple[tuple[ChargingStatus, Callable[[Situation], bool]], ...] = (
    (ChargingStatus.MISSING_CAPABILITIES, lambda it: it.error is ErrorWord.MISSING_CAPABILITIES),
    (ChargingStatus.START_FAILED, lambda it: it.error is ErrorWord.START_FAILED),
    (ChargingStatus.STOP_FAILED, lambda it: it.error is ErrorWord.STOP_FAILED),
    (ChargingStatus.STARTING_IMMEDIATE_CHARGE, lambda it: it.command is Command.STARTING),
    (ChargingStatus.RETURNING_TO_SCHEDULE, lambda it: it.command is Command.RETURNING),
    (ChargingStatus.CHARGING_IMMEDIATELY, lambda it: it.state == SessionState.ACTIVE_IMMEDIATE_START),
    (ChargingStatus.NOT_CHARGING_ALTHOUGH_PLANNED, lambda it: it.active and it.silent),
    (ChargingStatus.FILLING_BATTERY_RESERVE, _fills_reserve),
    (ChargingStatus.CHARGING_AS_PLANNED, lambda it: it.active and it.charging is True and it.near_block),
    (ChargingStatus.CHARGING_UNMANAGED, lambda it: it.charging is True),
    (ChargingStatus.TARGET_REACHED, lambda it: it.active and it.reached),
    (
        ChargingStatus.WAITING_FOR_NEXT_BLOCK,
        lambda it: it.active and (coming(it.windows, it.now) is not None or it.running is not None),
    ),
    (ChargingStatus.NO_BLOCK_PLANNED, lambda it: it.active),
    (ChargingStatus.PLUGGED_IN_UNMANAGED, lambda it: it.plugged_in is True and it.away_from_plan),
    (ChargingStatus.FINISHED, lambda it: it.live is None and it.last_settled is not None),
    (ChargingStatus.WAITING_FOR_PLUG_IN, lambda it: it.live is not None),
    (ChargingStatus.NO_SESSION, lambda _: True),
)


def charging_status(situation: Situation) -> ChargingStatus:
    """The first status of the table that applies."""
    return next(status for status, applies in STATUS_TABLE if applies(situation))
