"""The session engine of one policy: from UPCOMING to SETTLED (contract 8.3 to 8.7, 11)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Protocol

from .battery import level_of
from .car import Car
from .model import (
    Block,
    BlockType,
    Location,
    Observation,
    Outcome,
    Policy,
    Session,
    SessionState,
    Target,
    Valuation,
)
from .planner import PriceAt, Supply, plan, project, straight
from .schedule import next_deadline
from .settings import WorldSettings
from .troubles import Troubles
from .units import ceil_second, microseconds, quarter_of
from .valuation import value
from .visit import Visit

# A block that brought less than this share of its plan (percent) failed, and is planned anew.
_ENOUGH = 99


class Surroundings(Protocol):
    """What an engine needs of the vehicle it steers."""

    car: Car
    troubles: Troubles

    @property
    def settings(self) -> WorldSettings:
        """The switches of the world."""
        ...

    @property
    def vehicle_id(self) -> str:
        """Id of the vehicle at present."""
        ...

    @property
    def seen_visit(self) -> Visit | None:
        """The visit that the cloud knows of."""
        ...

    def add_session(self, session: Session) -> None:
        """Let the world know a new session."""
        ...

    def apply_troubles(self) -> None:
        """Bring the car's obstacles up to date after a failure was told."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Tariff:
    """What energy costs where the policy is."""

    currency: str
    price: PriceAt


class FlexEngine:
    """Keeps one policy's sessions. Acts only at the moments that `next_due` names, or when told."""

    def __init__(
        self,
        policy: Policy,
        location: Location,
        around: Surroundings,
        *,
        tariff: Tariff,
        new_id: Callable[[], str],
        now: datetime,
    ) -> None:
        """Begin; the first UPCOMING session appears with the next step."""
        self.policy = policy
        self.location = location
        self.session: Session | None = None
        self._around = around
        self._tariff = tariff
        self._new_id = new_id
        self._gap_due: datetime | None = now
        self._outcome_due: datetime | None = None
        self._seen_blocks_until = now
        self._energy_at_ready_by: int | None = None
        self._reached_at: datetime | None = None
        self._corrections: list[tuple[datetime, Session]] = []

    # --- time ------------------------------------------------------------------------------------------------

    @property
    def next_due(self) -> datetime | None:
        """When something happens by itself next."""
        dues = [due for due, _ in self._corrections]
        if self._outcome_due is not None:
            dues.append(self._outcome_due)
        session = self.session
        if session is None:
            if self._gap_due is not None:
                dues.append(self._gap_due)
        elif session.target is not None and session.target.ready_by is not None:
            ready_by = session.target.ready_by
            if not session.state.is_active or self._energy_at_ready_by is None:
                dues.append(ready_by)
            elif self._roll_over_at(ready_by) > self._around.car.now:
                dues.append(self._roll_over_at(ready_by))
        if session is not None:
            seen = self._seen_blocks_until
            for block in reversed(session.blocks):
                if block.end_at <= seen:
                    break
                dues.append(block.end_at)
                if block.start_at > seen:
                    dues.append(block.start_at)
        return min(dues, default=None)

    def step(self, now: datetime) -> bool:
        """Do what is due; returns whether anything happened."""
        acted = self._correct(now)
        if self.session is None and self._gap_due is not None and self._gap_due <= now:
            self._open(now)
            acted = True
        session = self.session
        if session is None:
            return acted
        visit = self._around.seen_visit
        if session.state.is_active and session.visit is not visit:
            self.settle(now)
            return True
        if session.state is SessionState.UPCOMING:
            if visit is not None and visit.managed and visit.location_id == self.policy.location_id:
                self._activate(session, visit, now)
                return True
            if session.target is not None and session.target.ready_by is not None and session.target.ready_by <= now:
                self._take_policy_target(session, now)
                return True
            return acted
        return self._step_active(session, now) or acted

    def running_block(self, now: datetime) -> Block | None:
        """Return the block that runs now."""
        if self.session is None:
            return None
        for block in reversed(self.session.blocks):
            if block.start_at <= now < block.end_at:
                return block
        return None

    def count(self, before: datetime, energy: int) -> None:
        """Add energy (microjoules) that flowed since `before` to the block that ran then."""
        block = self.running_block(before)
        if block is not None:
            block.delivered += energy

    # --- orders ----------------------------------------------------------------------------------------------

    def start_now(self, now: datetime) -> None:
        """Take the target IMMEDIATE_START; nothing changes if it is in force already."""
        session = self._active()
        target = session.target
        if target is None or target.type == "IMMEDIATE_START":
            return
        self._take(
            session,
            Target(
                id=target.id + 1,
                type="IMMEDIATE_START",
                minimum_charge_target=target.minimum_charge_target,
                source="OVERRIDE",
            ),
        )
        self.replan(now)

    def resume(self, now: datetime) -> None:
        """Take the policy's target; nothing changes if it is in force already."""
        session = self._active()
        if session.target is None or session.target.source == "POLICY":
            return
        self._take_policy_target(session, now)
        self.replan(now)

    def override(self, now: datetime, *, ready_by: datetime | None, minimum_charge_target: int | None) -> None:
        """Take a one-off REGULAR target; what is not given is the policy's."""
        session = self._active()
        policy_target = self._policy_target(1, now)
        self._take(
            session,
            replace(
                policy_target,
                id=session.target.id + 1 if session.target else 1,
                source="OVERRIDE",
                ready_by=ready_by or policy_target.ready_by,
                minimum_charge_target=minimum_charge_target or policy_target.minimum_charge_target,
            ),
        )
        self.replan(now)

    def policy_changed(self, now: datetime) -> None:
        """Let the live target follow the policy, unless another one overrides it."""
        session = self.session
        if session is None or session.target is None or session.target.source != "POLICY":
            return
        if replace(self._policy_target(0, now), id=session.target.id) == session.target:
            return
        self._take_policy_target(session, now)
        if session.state.is_active:
            self.replan(now)

    def troubles_changed(self, now: datetime) -> None:
        """Show the vehicle's troubles in an active session, and plan anew."""
        if self.session is None or not self.session.state.is_active:
            return
        self.session.error = self._around.troubles.error
        self.replan(now)

    def replan(self, now: datetime) -> None:
        """Make the rest of the plan anew: past blocks stay, a running one keeps its start (contract 8.3)."""
        session = self._active()
        target = session.target
        if target is None:
            return
        car = self._around.car
        start = ceil_second(now)
        running = self.running_block(now)
        self._throttle(session, target, now)
        supply = Supply(curve=car.battery.curve(), watts=car.supply)
        energy = car.battery.energy
        if car.is_charging:
            energy = supply.curve.charge(energy, supply.watts, microseconds(start - now))
        if running is not None:
            running.planned = running.delivered + energy - car.battery.energy
            running.end_at = start
        session.blocks = [block for block in session.blocks if block is running or block.end_at <= now]
        wanted = car.battery.at(target.minimum_charge_target)
        reserve = car.battery.at(target.battery_reserve or 0)
        if target.type == "IMMEDIATE_START":
            blocks = straight(start, energy, wanted, supply, BlockType.IMMEDIATE_START)
        else:
            blocks = plan(
                now=start,
                ready_by=target.ready_by or start,
                energy=energy,
                reserve=reserve,
                target=wanted,
                supply=supply,
                price=self._tariff.price,
            )
        if running is not None and blocks and blocks[0].type == running.type and blocks[0].start_at == start:
            running.end_at = blocks[0].end_at
            running.planned += blocks[0].planned
            blocks = blocks[1:]
        if running is not None and running.end_at == running.start_at:
            session.blocks.remove(running)
        session.blocks += blocks
        self._seen_blocks_until = now
        self._update_state(session, target)
        self._outcome_due = now + self._around.settings.outcome_lag

    def settle(self, now: datetime) -> None:
        """End the session; the next one follows after the gap."""
        session = self._active()
        visit = session.visit
        if visit is None:
            return
        car = self._around.car
        ended = visit.ended_at or now
        battery = car.battery.energy if visit.battery_to is None else visit.battery_to
        session.plugged_out_at = ended
        session.blocks = [block for block in session.blocks if block.start_at < ended]
        for block in session.blocks:
            block.end_at = min(block.end_at, ended)
        if session.target is not None and (session.outcome is None or session.outcome.target_id != session.target.id):
            session.outcome = self._judge(session, session.target, ended, energy=battery, blocks=[])
        session.state = SessionState.SETTLED
        session.settled_at = now
        session.observation = Observation(
            at=ended,
            energy=visit.meter.total,
            quarter_energy=visit.meter.quarters.get(quarter_of(ended), 0),
            battery=battery,
        )
        self._misreport(session, now)
        session.valuation = self.value(session)
        self.session = None
        self._outcome_due = None
        self._gap_due = now + self._around.settings.upcoming_gap

    def value(self, session: Session) -> Valuation | None:
        """Return what the session's energy cost so far."""
        if session.visit is None:
            return None
        return value(
            session.visit,
            capacity=session.capacity,
            price=self._tariff.price,
            currency=self._tariff.currency,
            factor=session.factor,
        )

    def observe(self, now: datetime) -> None:
        """Let the cloud know how the session stands."""
        session = self.session
        if session is None or session.visit is None or session.visit.ended_at is not None:
            return
        meter = session.visit.meter
        session.observation = Observation(
            at=now,
            energy=meter.total,
            quarter_energy=meter.quarters.get(quarter_of(now), 0),
            battery=self._around.car.battery.energy,
        )

    # --- inside ----------------------------------------------------------------------------------------------

    def _active(self) -> Session:
        if self.session is None or not self.session.state.is_active:
            raise RuntimeError("The policy has no active session")
        return self.session

    def _policy_target(self, number: int, now: datetime) -> Target:
        deadline = next_deadline(now, self.policy.schedule, self.location.timezone_name)
        return Target(
            id=number,
            type="REGULAR",
            minimum_charge_target=deadline.minimum_charge_target,
            battery_reserve=self.policy.battery_reserve,
            ready_by=deadline.at,
        )

    def _take(self, session: Session, target: Target) -> None:
        session.target = target
        self._energy_at_ready_by = None
        self._reached_at = None

    def _take_policy_target(self, session: Session, now: datetime) -> None:
        self._take(session, self._policy_target(session.target.id + 1 if session.target else 1, now))

    def _goal(self, target: Target) -> int:
        """Return the energy at which there is nothing left to do: the target, as far as the car's limit allows."""
        battery = self._around.car.battery
        return min(battery.at(target.minimum_charge_target), battery.at(battery.limit))

    def _roll_over_at(self, ready_by: datetime) -> datetime:
        return ready_by + self._around.settings.roll_over_after

    def _open(self, now: datetime) -> None:
        session = Session(
            id=self._new_id(),
            vehicle_id=self._around.vehicle_id,
            policy_id=self.policy.id,
            location_id=self.policy.location_id,
            state=SessionState.UPCOMING,
            created_at=now,
            capacity=self._around.car.battery.capacity,
        )
        self._take(session, self._policy_target(1, now))
        self.session = session
        self._gap_due = None
        self._around.add_session(session)

    def _activate(self, session: Session, visit: Visit, now: datetime) -> None:
        session.visit = visit
        session.plugged_in_at = visit.started_at
        session.state = SessionState.REGULAR
        session.capacity = self._around.car.battery.capacity
        self.policy.last_observed_location_charge_limit = self._around.car.battery.limit
        if session.target is not None and session.target.ready_by is not None and session.target.ready_by <= now:
            self._take_policy_target(session, now)
        session.error = self._around.troubles.error
        self.observe(now)
        self.replan(now)

    def _step_active(self, session: Session, now: datetime) -> bool:
        acted = False
        target = session.target
        car = self._around.car
        if target is not None and target.ready_by is not None:
            if target.ready_by <= now and self._energy_at_ready_by is None:
                self._energy_at_ready_by = car.battery.energy
                self._outcome_due = now + self._around.settings.outcome_lag
                acted = True
            if self._roll_over_at(target.ready_by) <= now and self.running_block(now) is None:
                self._take_policy_target(session, now)
                self.replan(now)
                return True
        if self._pass_block_boundaries(session, now):
            acted = True
        if self._outcome_due is not None and self._outcome_due <= now and session.target is not None:
            self._outcome_due = None
            session.outcome = self._judge(
                session, session.target, now, energy=car.battery.energy, blocks=session.blocks
            )
            acted = True
        return acted

    def _pass_block_boundaries(self, session: Session, now: datetime) -> bool:
        since = self._seen_blocks_until
        started = [block for block in session.blocks if since < block.start_at <= now or block.start_at == since == now]
        ended = [block for block in session.blocks if since < block.end_at <= now]
        if not started and not ended:
            return False
        self._seen_blocks_until = now
        target = session.target
        if target is None:
            return bool(ended)
        self._tell_failure(session, now, started=bool(started), ended=bool(ended))
        if not ended:
            return bool(started) and since < now
        car = self._around.car
        reached = car.battery.energy >= self._goal(target)
        if reached and self._reached_at is None:
            self._reached_at = now
        if target.type == "IMMEDIATE_START" and reached:
            self._take_policy_target(session, now)
            self.replan(now)
        elif not reached and (
            not any(block.end_at > now for block in session.blocks)
            or any(block.delivered * 100 < block.planned * _ENOUGH for block in ended)
        ):
            self.replan(now)
        else:
            self._update_state(session, target)
        return True

    def _tell_failure(self, session: Session, now: datetime, *, started: bool, ended: bool) -> None:
        troubles = self._around.troubles
        if troubles.told or troubles.told_due is not None:
            return
        if (troubles.failure, True) not in {("START_FAIL", started), ("STOP_FAIL", ended)}:
            return
        troubles.told = True
        troubles.told_due = None
        session.error = troubles.error
        self._around.apply_troubles()
        self._outcome_due = now + self._around.settings.outcome_lag

    def _update_state(self, session: Session, target: Target) -> None:
        battery = self._around.car.battery
        if target.type == "IMMEDIATE_START":
            session.state = SessionState.IMMEDIATE_START
        elif battery.energy < min(battery.at(target.battery_reserve or 0), battery.at(battery.limit)):
            session.state = SessionState.BATTERY_RESERVE
        else:
            session.state = SessionState.REGULAR

    def _throttle(self, session: Session, target: Target, now: datetime) -> None:
        car = self._around.car
        car.throttle = None
        if not self._around.troubles.off_target or target.ready_by is None or target.ready_by <= now:
            return
        missing = self._goal(target) - car.battery.energy
        if missing > 0 and session.visit is not None:
            # Six tenths of what it would take: well off target, and still on the way.
            car.throttle = max(1, missing * 6 // (10 * microseconds(target.ready_by - now)))

    def _judge(self, session: Session, target: Target, now: datetime, *, energy: int, blocks: list[Block]) -> Outcome:
        around = self._around
        battery = around.car.battery
        wanted = battery.at(target.minimum_charge_target)
        supply = Supply(curve=battery.curve(), watts=around.car.supply)
        if around.troubles.start_blocked:
            blocks = []
        elif around.troubles.stop_blocked:
            blocks = straight(now, energy, battery.at(battery.limit), supply, BlockType.REGULAR)
        ready_by = target.ready_by or now
        seen = project(blocks, now=now, ready_by=ready_by, energy=energy, target=wanted, supply=supply)
        reached_at = self._reached_at or seen.reached_at
        if target.type == "IMMEDIATE_START":
            return Outcome(target_id=target.id, type=target.type, minimum_charge_target_reached_at=reached_at)
        held = seen.energy_at_ready_by if self._energy_at_ready_by is None else self._energy_at_ready_by
        if held >= wanted:
            return Outcome(target_id=target.id, type=target.type, state="ON_TARGET")
        return Outcome(
            target_id=target.id,
            type=target.type,
            state="OFF_TARGET",
            battery_level_at_ready_by=level_of(held, session.capacity),
            minimum_charge_target_reached_at=None if around.troubles.start_blocked else reached_at,
        )

    def _misreport(self, session: Session, now: datetime) -> None:
        share = self._around.settings.late_correction_share
        if share <= 0 or session.visit is None or session.visit.meter.total == 0:
            return
        rng = Random(f"correction:{session.id}")
        if rng.random() < share:
            session.factor = rng.choice((0.9, 0.95, 1.04))
            self._corrections.append((now + self._around.settings.late_correction_delay, session))

    def _correct(self, now: datetime) -> bool:
        due = [session for at, session in self._corrections if at <= now]
        self._corrections = [(at, session) for at, session in self._corrections if at > now]
        for session in due:
            session.factor = 1.0
            session.valuation = self.value(session)
        return bool(due)
