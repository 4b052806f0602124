"""Ready-made worlds."""

from .clock import Clock
from .settings import WorldSettings
from .world import World

SEED = 1


def standard(clock: Clock, *, seed: int = SEED, settings: WorldSettings | None = None, days: int = 60) -> World:
    """Return the tests' world: car 1 unplugged at home (UPCOMING), car 2 away, `days` of history behind them."""
    raise NotImplementedError


def demo(clock: Clock, *, seed: int = SEED, settings: WorldSettings | None = None, days: int = 60) -> World:
    """Return the demo's world: car 1 three hours into a session, with past and future blocks, whatever the hour."""
    raise NotImplementedError


def year(clock: Clock, *, seed: int = SEED, settings: WorldSettings | None = None) -> World:
    """Return one car that begins to live at the clock's present: its coming year has about 400 sessions."""
    raise NotImplementedError
