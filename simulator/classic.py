"""Classic smart charging of one vehicle (contract 8.8): what it tells of a plan that the planner of planner.py makes.

The car, the prices and the planner are those of Flex, so that the same night can be told in both ways. What differs is
what is told: one window at a time (stopAt, startAt, estimatedFinishAt), a state, and an override.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import re
from typing import Protocol

from .bodies import invalid
from .car import Car
from .errors import BadRequestError, NotFoundError
from .flex import FlexEngine, Tariff
from .model import Block, Location, Policy, Session, Valuation, Vehicle
from .planner import Supply, straight
from .schedule import every_day
from .settings import WorldSettings
from .smart import Consideration, Override, Plan, Status, Wish
from .troubles import Troubles
from .units import MICROJOULES_PER_KWH, QUARTER, quarter_of
from .valuation import value
from .visit import Visit

_DEADLINE = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_MEMBERS = frozenset({"isEnabled", "deadline", "minimumChargeLimit"})
_NEEDED = ("chargeState", "startCharging", "stopCharging", "smartCharging")
# A car in a window that stands still for so long without being told why was interrupted.
_INTERRUPTED_AFTER = timedelta(minutes=2)


class Owner(Protocol):
    """What classic smart charging needs of the vehicle it belongs to."""

    vehicle: Vehicle
    car: Car
    troubles: Troubles
    engines: dict[str, FlexEngine]

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

    def apply_troubles(self) -> None:
        """Bring the car's obstacles up to date."""
        ...

    def manage(self, engine: FlexEngine) -> None:
        """Let an engine steer the car from now on."""
        ...

    def remove_policy(self, policy_id: str) -> Session | None:
        """Stop managing."""
        ...

    def tell_smart_status(self, status: Status) -> None:
        """Tell the subscribers that the status changed."""
        ...


class _Apart:
    """The vehicle as its engine sees it, with the sessions kept out of Flex."""

    def __init__(self, owner: Owner, sessions: list[Session]) -> None:
        self.car = owner.car
        self.troubles = owner.troubles
        self._owner = owner
        self._sessions = sessions

    @property
    def settings(self) -> WorldSettings:
        return self._owner.settings

    @property
    def vehicle_id(self) -> str:
        return self._owner.vehicle_id

    @property
    def seen_visit(self) -> Visit | None:
        return self._owner.seen_visit

    def add_session(self, session: Session) -> None:
        self._sessions.append(session)

    def apply_troubles(self) -> None:
        self._owner.apply_troubles()


@dataclass(slots=True, eq=False)
class Classic:
    """Classic smart charging of one vehicle. `sessions` are its visits as the engine keeps them, told to nobody."""

    owner: Owner
    new_id: Callable[[], str]
    wish: Wish = field(default_factory=Wish)
    sessions: list[Session] = field(default_factory=list)
    plan: Plan | None = None
    plans: dict[str, Plan] = field(default_factory=dict)
    override: Override | None = None
    # A state that tests force upon it, such as one that waits for prices; None: what follows from the car.
    forced: str | None = None
    _engine: FlexEngine | None = None
    _tariff: Tariff | None = None
    _state: str = "DISABLED"
    _changed_at: datetime | None = None

    @property
    def engine(self) -> FlexEngine | None:
        """What steers the car; None while it is off."""
        return self._engine

    # --- policy ----------------------------------------------------------------------------------------------

    def read(self, body: dict[str, object]) -> Wish:
        """Return the wish that a PUT body makes of the present one, or raise BadRequestError."""
        unknown = sorted(set(body) - _MEMBERS)
        if unknown:
            raise invalid([unknown[0]], "Unrecognized key")
        enabled = body.get("isEnabled", self.wish.is_enabled)
        if not isinstance(enabled, bool):
            raise invalid(["isEnabled"], "Expected a boolean")
        deadline = self.wish.deadline
        if "deadline" in body:
            told = body["deadline"]
            if not isinstance(told, str) or not _DEADLINE.fullmatch(told):
                raise invalid(["deadline"], "Expected a time as HH:mm")
            deadline = told
        limit = body.get("minimumChargeLimit", self.wish.minimum_charge_limit)
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 <= limit <= 100:  # noqa: PLR2004 - percent
            raise invalid(["minimumChargeLimit"], "Expected a number from 0 to 100")
        if limit > self.owner.car.battery.limit:
            raise BadRequestError("minimumChargeLimit must not be above the charge limit of the vehicle")
        if enabled and deadline is None:
            raise BadRequestError("Smart charging cannot be enabled without a deadline")
        if enabled and not self._is_able:
            raise BadRequestError("The vehicle is not capable of smart charging")
        return Wish(is_enabled=enabled, deadline=deadline, minimum_charge_limit=int(limit))

    def put(self, wish: Wish, location: Location | None, tariff: Tariff | None, now: datetime) -> None:
        """Take a wish; the location is where it charges, with its tariff."""
        before, self.wish = self.wish, wish
        if not wish.is_enabled:
            if self._engine is not None:
                self._end_plan(now, "PLAN:ENDED:DISABLED")
                self._end_override(now)
                self.owner.remove_policy(self._engine.policy.id)
                self._engine = None
            self.look(now)
            return
        if location is None or tariff is None:
            raise BadRequestError("Smart charging needs a location")
        schedule = every_day(wish.deadline or "07:00", self.owner.car.battery.limit)
        if self._engine is None:
            policy = Policy(
                id=f"classic:{self.new_id()}",
                vehicle_id=self.owner.vehicle_id,
                location_id=location.id,
                battery_reserve=wish.minimum_charge_limit,
                schedule=schedule,
                created_at=now,
            )
            self._tariff = tariff
            around = _Apart(self.owner, self.sessions)
            self._engine = FlexEngine(policy, location, around, tariff=tariff, new_id=self.new_id, now=now)
            self.owner.manage(self._engine)
        else:
            self._engine.policy.battery_reserve = wish.minimum_charge_limit
            self._engine.policy.schedule = schedule
            if before.deadline != wish.deadline:
                self._end_plan(now, "PLAN:ENDED:DEADLINE_CHANGED")
            self._engine.policy_changed(now)
        self.look(now)

    # --- override --------------------------------------------------------------------------------------------

    def start(self, now: datetime) -> Override:
        """Charge now; the same override again while one is active."""
        if self._engine is None:
            raise BadRequestError("No smart feature controls the vehicle")
        if self.override is not None and self.override.ended_at is None:
            return self.override
        session = self._active
        if session is None:
            raise BadRequestError("The vehicle is not plugged in at its charging location")
        if not self._is_able:
            raise BadRequestError("The vehicle lacks a capability that charging needs")
        if self.owner.car.battery.is_full:
            raise BadRequestError("The vehicle is already fully charged")
        self.override = Override(created_at=now)
        self._engine.start_now(now)
        self.look(now)
        return self.override

    def end(self, now: datetime) -> Override:
        """Back to the plan."""
        if self._engine is None or self.override is None or self.override.ended_at is not None:
            raise NotFoundError("No smart override is active", title="Smart override does not exist")
        self.override = replace(self.override, ended_at=now)
        if self._active is not None:
            self._engine.resume(now)
        self.look(now)
        return self.override

    # --- status ----------------------------------------------------------------------------------------------

    def status(self, now: datetime) -> Status:
        """Return what is told now."""
        seen = self.owner.vehicle.seen
        engine = self._engine
        consideration = None
        if self._state in {"CONSIDERING", "UNKNOWN"}:
            place = engine.policy.location_id if engine is not None else None
            consideration = Consideration(
                is_plugged_in=bool(seen.is_plugged_in),
                is_charging=bool(seen.is_charging),
                at_charging_location=seen.location_id is not None and seen.location_id == place,
                has_time_estimate=seen.charge_time_remaining_min is not None,
            )
        plan = None if self._state in {"DISABLED", "CONSIDERING", "UNKNOWN"} else self.plan
        override = self.override if self.override is not None and self.override.ended_at is None else None
        return Status(
            updated_at=now,
            state=self._state,
            state_changed_at=self._changed_at or self.owner.vehicle.created_at,
            consideration=consideration,
            plan=None if plan is None else replace(plan),
            override=override,
        )

    def look(self, now: datetime) -> None:
        """Follow the car and the engine; called whenever something happened."""
        session = self._active
        engine = self._engine
        if session is None or engine is None:
            self._end_override(now)
            self._end_plan(now, "PLAN:ENDED:UNPLUGGED")
        else:
            overridden = session.target is not None and session.target.type == "IMMEDIATE_START"
            if self.override is not None and self.override.ended_at is None and not overridden:
                self._end_override(now)
            if not overridden:
                self._follow(session, engine, now)
            if self.owner.car.battery.is_full:
                self._end_plan(now, "PLAN:ENDED:FINISHED")
        state = self.forced or self._state_now(session, now)
        if state != self._state:
            self._state, self._changed_at = state, now
            self.owner.tell_smart_status(self.status(now))

    def value(self, session: Session) -> Valuation | None:
        """Return what a visit cost so far, and what charging at once would have cost."""
        if session.visit is None or self._tariff is None:
            return None
        return value(
            session.visit,
            capacity=session.capacity,
            price=self._tariff.price,
            currency=self._tariff.currency,
        )

    # --- inside ----------------------------------------------------------------------------------------------

    @property
    def _active(self) -> Session | None:
        session = self._engine.session if self._engine is not None else None
        return session if session is not None and session.state.is_active else None

    @property
    def _is_able(self) -> bool:
        return not any(name in self.owner.troubles.missing for name in _NEEDED)

    def _end_override(self, now: datetime) -> None:
        if self.override is not None and self.override.ended_at is None:
            self.override = replace(self.override, ended_at=now)

    def _end_plan(self, now: datetime, state: str) -> None:
        plan = self.plan
        if plan is None or plan.ended_at is not None:
            return
        plan.ended_at, plan.final_state = now, state
        trouble = self.owner.troubles.error
        if trouble is not None and state != "PLAN:ENDED:FINISHED":
            plan.failure_condition = {"START_FAIL": "START_FAILED", "STOP_FAIL": "STOP_FAILED"}.get(
                trouble.type, "UNKNOWN"
            )
        elif state == "PLAN:ENDED:FINISHED" and self._is_late(now):
            plan.failure_condition = "FINISHED_LATE"

    def _is_late(self, at: datetime) -> bool:
        session = self._active
        ready_by = session.target.ready_by if session is not None and session.target is not None else None
        return ready_by is not None and at > ready_by

    def _follow(self, session: Session, engine: FlexEngine, now: datetime) -> None:
        """Make the plan tell what the blocks from now on are."""
        ahead = [block for block in session.blocks if block.end_at > now]
        if not ahead:
            return
        plan = self.plan
        if plan is None or plan.ended_at is not None:
            currency = self._tariff.currency if self._tariff is not None else "EUR"
            plan = Plan(
                id=self.new_id(),
                location_id=engine.policy.location_id,
                currency=currency,
                created_at=now,
                stop_at=now,
            )
            self.plan = self.plans[plan.id] = plan
        running = engine.running_block(now)
        stretch = _joined(ahead, running)
        coming = next((block for block in ahead if block.start_at > stretch), None) if running is not None else ahead[0]
        if running is not None and coming is None:
            start = running.start_at if plan.start_at is None else min(plan.start_at, running.start_at)
        else:
            start = coming.start_at if coming is not None else now
        if running is not None and coming is not None:
            plan.stop_at = stretch
        elif running is None and plan.stop_at > now:
            plan.stop_at = now
        if plan.start_at is None or start > plan.start_at:
            plan.start_at, plan.start_confirmed_at = start, None
            if running is not None:
                plan.stop_confirmed_at = None
        elif start < plan.start_at:
            plan.start_at = start
        plan.estimated_finish_at = ahead[-1].end_at
        charging = bool(self.owner.vehicle.seen.is_charging)
        if charging and running is not None and plan.start_at <= now and plan.start_confirmed_at is None:
            plan.start_confirmed_at = now
        if not charging and running is None and plan.stop_confirmed_at is None:
            plan.stop_confirmed_at = now
        plan.smart_cost, plan.non_smart_cost = self._costs(session, engine, ahead, now)

    def _costs(
        self, session: Session, engine: FlexEngine, ahead: list[Block], now: datetime
    ) -> tuple[float | None, float]:
        """Return what the plan costs, and what charging at once would: the past as it was, the rest as planned."""
        if self._tariff is None or session.visit is None:
            return None, 0.0
        past = engine.value(session)
        smart = past.actual if past is not None else 0.0
        energy = 0
        for block in ahead:
            left = max(0, block.planned - block.delivered)
            energy += left
            smart += left / MICROJOULES_PER_KWH * self._mean_price(max(now, block.start_at), block.end_at)
        battery = self.owner.car.battery
        supply = Supply(curve=battery.curve(), watts=self.owner.car.supply)
        begin = session.visit.started_at
        held = session.visit.battery_from
        at_once = straight(begin, held, held + session.visit.meter.total + energy, supply, ahead[0].type)
        cost = sum(
            (block.planned / MICROJOULES_PER_KWH * self._mean_price(block.start_at, block.end_at)) for block in at_once
        )
        return round(smart, 2), round(cost, 2)

    def _mean_price(self, start: datetime, end: datetime) -> float:
        if self._tariff is None:
            return 0.0
        prices = []
        quarter = quarter_of(start)
        while quarter < end:
            prices.append(self._tariff.price(quarter))
            quarter += QUARTER
        return sum(prices) / len(prices) if prices else 0.0

    def _state_now(self, session: Session | None, now: datetime) -> str:
        engine = self._engine
        if engine is None:
            return "DISABLED"
        if not self._is_able:
            return "UNKNOWN"
        plan = self.plan
        if session is None:
            # For the moment between two visits the last plan's end is what there is to tell.
            ended = engine.session is None and plan is not None and plan.final_state is not None
            return str(plan.final_state) if plan is not None and ended else "CONSIDERING"
        trouble = self.owner.troubles.error
        if trouble is not None and trouble.type in {"START_FAIL", "STOP_FAIL"}:
            return f"PLAN:EXECUTING:{trouble.type}ED"
        if self.override is not None and self.override.ended_at is None:
            return "PLAN:EXECUTING:OVERRIDDEN"
        if self.owner.car.battery.is_full:
            if plan is not None and plan.final_state == "PLAN:ENDED:FINISHED" and plan.created_at >= _since(session):
                return "PLAN:ENDED:FINISHED"
            return "FULLY_CHARGED"
        if plan is None or plan.ended_at is not None:
            return "CONSIDERING"
        charging = bool(self.owner.vehicle.seen.is_charging)
        running = engine.running_block(now)
        if running is not None:
            if charging:
                return "PLAN:EXECUTING:STARTED"
            late = now - running.start_at >= _INTERRUPTED_AFTER
            return "PLAN:EXECUTING:CHARGE_INTERRUPTED" if late else "PLAN:EXECUTING:STARTING"
        return "PLAN:EXECUTING:STOPPING" if charging else "PLAN:EXECUTING:STOPPED"


def _joined(ahead: list[Block], running: Block | None) -> datetime:
    """Return the end of the unbroken charging that the running block begins."""
    end = running.end_at if running is not None else ahead[0].start_at
    for block in ahead:
        if running is not None and block.start_at == end:
            end = block.end_at
    return end


def _since(session: Session) -> datetime:
    return session.visit.started_at if session.visit is not None else session.created_at
