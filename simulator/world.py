"""The world: users, vehicles, policies and sessions, and everything that can be done to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from .clock import Clock
from .model import (
    Aggregated,
    BlockView,
    ChargeAction,
    Intervention,
    Location,
    Measurement,
    Policy,
    Session,
    User,
    Valuation,
    Vehicle,
    WorldEvent,
)
from .schedule import WeeklySchedule
from .settings import WorldSettings

type Subscriber = Callable[[WorldEvent], None]


class World:
    """A small world that lives by its clock.

    Everything public is a plain object keyed by id. `run()` brings the world up to the clock; the methods that
    change something do so by themselves. They raise the errors of simulator/errors.py.
    """

    def __init__(self, *, seed: int, clock: Clock, settings: WorldSettings | None = None) -> None:
        """Make an empty world that begins at the clock's present time."""
        self.seed = seed
        self.clock = clock
        self.settings = settings or WorldSettings()
        self.users: dict[str, User] = {}
        self.vehicles: dict[str, Vehicle] = {}
        self.locations: dict[str, Location] = {}
        self.policies: dict[str, Policy] = {}
        self.sessions: dict[str, Session] = {}
        self.interventions: dict[str, Intervention] = {}
        self.charge_actions: dict[str, ChargeAction] = {}

    # --- time and events -------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The moment up to which the world has lived (UTC)."""
        raise NotImplementedError

    def run(self) -> None:
        """Live up to the clock's present time; the result does not depend on how often this is called."""
        raise NotImplementedError

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call back with every event in order of time; the returned function ends it."""
        raise NotImplementedError

    # --- reading ---------------------------------------------------------------------------------------------

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """Return a vehicle, or raise NotFoundError."""
        raise NotImplementedError

    def session(self, session_id: str) -> Session:
        """Return a session, or raise NotFoundError."""
        raise NotImplementedError

    def policy(self, policy_id: str) -> Policy:
        """Return a policy, or raise NotFoundError."""
        raise NotImplementedError

    def live_session(self, policy_id: str) -> Session | None:
        """Return the session of a policy that is not settled, None in the gap between two."""
        raise NotImplementedError

    def sessions_of(
        self, *, vehicle_id: str | None = None, location_id: str | None = None, policy_id: str | None = None
    ) -> list[Session]:
        """Return the sessions that match all given ids, newest (by creation) first."""
        raise NotImplementedError

    def blocks(self, session: Session) -> list[BlockView]:
        """Return the blocks as the API tells them: past delivered, future planned, running by the settings."""
        raise NotImplementedError

    def statistics(self, session: Session) -> Aggregated | None:
        """Return energy and battery as the cloud knows them, None while UPCOMING."""
        raise NotImplementedError

    def timeseries(self, session: Session) -> list[Measurement]:
        """Return the quarter hours from plug-in (floored) to plug-out or now, zeros in gaps; [] while UPCOMING."""
        raise NotImplementedError

    def valuation(self, session: Session) -> Valuation | None:
        """Return what the energy cost by the settings (settled only, always, never); None for unmanaged ones."""
        raise NotImplementedError

    def truth(self, vehicle_id: str) -> list[tuple[datetime, float]]:
        """Return (quarter start, kWh) of all energy that ever went into the battery, whatever sessions say."""
        raise NotImplementedError

    def truth_cost(self, vehicle_id: str) -> list[tuple[datetime, float]]:
        """Return (quarter start, cost) of the energy taken at places with a price."""
        raise NotImplementedError

    def price(self, zone: str, at: datetime) -> float:
        """Return the price per kWh in the zone's currency in the quarter of `at`."""
        raise NotImplementedError

    def currency(self, zone: str) -> str:
        """Return the ISO 4217 code of a zone's prices."""
        raise NotImplementedError

    # --- people and things -----------------------------------------------------------------------------------

    def add_user(self, user_id: str, *, created_at: datetime | None = None) -> User:
        """Add a user, or return the one that has this id."""
        raise NotImplementedError

    def remove_user(self, user_id: str) -> None:
        """Remove a user with everything that is theirs."""
        raise NotImplementedError

    def add_location(
        self,
        user_id: str,
        name: str,
        *,
        latitude: float,
        longitude: float,
        timezone_name: str = "UTC",
        zone: str = "NO1",
        area: str | None = None,
        charger_watts: int = 11_000,
    ) -> Location:
        """Add a place of a user."""
        raise NotImplementedError

    def add_vehicle(
        self,
        user_id: str,
        *,
        vendor: str,
        brand: str,
        model: str,
        year: int,
        capacity_kwh: float,
        charge_watts: int,
        battery_level: float = 50,
        charge_limit: int = 90,
        vin: str | None = None,
        display_name: str | None = None,
        location_id: str | None = None,
        odometer_km: int = 20_000,
        consumption_wh_km: int = 170,
        key: str | None = None,
    ) -> Vehicle:
        """Add a vehicle, unplugged at the location (None: on the road)."""
        raise NotImplementedError

    def remove_vehicle(self, vehicle_id: str) -> None:
        """Remove a vehicle, its policies and its sessions."""
        raise NotImplementedError

    def relink(self, vehicle_id: str) -> str:
        """Link the vehicle anew and return its new id; VIN, user, policies and sessions follow."""
        raise NotImplementedError

    def create_policy(
        self,
        vehicle_id: str,
        location_id: str,
        *,
        battery_reserve: int = 30,
        schedule: WeeklySchedule | None = None,
    ) -> Policy:
        """Give a vehicle a policy at a location (default: 07:00, 80 % every day)."""
        raise NotImplementedError

    def patch_policy(
        self,
        policy_id: str,
        *,
        battery_reserve: int | None = None,
        schedule: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Policy:
        """Change a policy by Enode's body; days and fields that are not named stay. The live target changes with it."""
        raise NotImplementedError

    def delete_policy(self, policy_id: str) -> None:
        """Delete a policy; an active session settles, an upcoming one vanishes."""
        raise NotImplementedError

    # --- what the owner and the car do -----------------------------------------------------------------------

    def plug_in(self, vehicle_id: str, location_id: str | None = None, *, watts: int | None = None) -> None:
        """Plug in at a location of the user (default: the first), "road" for a charger elsewhere (unmanaged)."""
        raise NotImplementedError

    def plug_out(self, vehicle_id: str) -> None:
        """Plug out."""
        raise NotImplementedError

    def set_battery(self, vehicle_id: str, level: float) -> None:
        """Set the battery (percent) as if by magic; the plan follows."""
        raise NotImplementedError

    def set_charge_limit(self, vehicle_id: str, limit: int) -> None:
        """Set the car's own charge limit (percent)."""
        raise NotImplementedError

    def drive(
        self, vehicle_id: str, km: float, *, duration: timedelta | None = None, location_id: str | None = None
    ) -> None:
        """Drive off now (plugging out first) and arrive at a location, or on the road, `duration` later."""
        raise NotImplementedError

    def set_life(self, vehicle_id: str, on: bool) -> None:
        """Let the car live by its habits as the clock advances, or stand still until told."""
        raise NotImplementedError

    # --- what goes wrong -------------------------------------------------------------------------------------

    def raise_error(
        self,
        vehicle_id: str,
        error: Literal["START_FAIL", "STOP_FAIL"],
        *,
        clear_after: timedelta | None = None,
    ) -> None:
        """Let charging fail to start, or to stop; told at once in an active session, else in the next one."""
        raise NotImplementedError

    def clear_error(self, vehicle_id: str) -> None:
        """End START_FAIL or STOP_FAIL."""
        raise NotImplementedError

    def drop_capabilities(
        self, vehicle_id: str, names: Iterable[str], *, clear_after: timedelta | None = None
    ) -> list[Intervention]:
        """Take capabilities away; returns the interventions that say why."""
        raise NotImplementedError

    def restore_capabilities(self, vehicle_id: str) -> None:
        """Give all capabilities back."""
        raise NotImplementedError

    def go_off_target(self, vehicle_id: str, on: bool = True) -> None:
        """Throttle the supply so that the target cannot be reached in time, or end that."""
        raise NotImplementedError

    def set_reachable(self, vehicle_id: str, reachable: bool) -> None:
        """Cut the vehicle off from the cloud (what is seen freezes), or connect it again."""
        raise NotImplementedError

    def refuse_immediate_start(
        self, vehicle_id: str, reason: str | None, *, mode: Literal["refuse", "fail"] = "refuse"
    ) -> None:
        """Refuse the next IMMEDIATE_START with this detail, or take it and fail to start; None takes that back."""
        raise NotImplementedError

    def invalidate_vendor(self, user_id: str, vendor: str, valid: bool = False) -> None:
        """Lose a user's credentials at a vendor, or have them again."""
        raise NotImplementedError

    def correct_settled(self, session_id: str, factor: float) -> Session:
        """Tell a settled session's energy as real energy x factor from now on; 1 tells the truth."""
        raise NotImplementedError

    # --- orders ----------------------------------------------------------------------------------------------

    def set_target(self, session_id: str, body: Mapping[str, object]) -> Session:
        """Take Enode's body of PUT target (contract 8.1, 8.7)."""
        raise NotImplementedError

    def post_charging(self, vehicle_id: str, kind: str) -> ChargeAction:
        """Order START or STOP (contract 5)."""
        raise NotImplementedError

    def cancel_action(self, action_id: str) -> ChargeAction:
        """Cancel a pending action; ConflictError if it is resolved."""
        raise NotImplementedError

    def refresh_hint(self, vehicle_id: str) -> None:
        """Let the cloud look at the vehicle soon."""
        raise NotImplementedError

    def interventions_of(self, vehicle_ids: Sequence[str]) -> list[Intervention]:
        """Return what owners of these vehicles must fix."""
        raise NotImplementedError
