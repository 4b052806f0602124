"""The contract's samples, read by the client's own reader, and the car that they are about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from custom_components.enode_flex.api.models import ChargeState, Policy, Session, Vehicle, VehicleLocation
from custom_components.enode_flex.charging import Charging, derive

SAMPLES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "enode-samples.json").read_text())
HOME = "b27f5e90-1c34-4d0a-8e6b-90a7c1d2e3f4"


def at(text: str) -> datetime:
    """``23T17:00`` is that minute of November 2026, UTC."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def session(name: str, **changes: Any) -> Session:
    """A sample by the beginning of its name (``B``), with some fields changed."""
    key = next(key for key in SAMPLES if key.startswith(f"{name}_"))
    return replace(Session.from_dict(SAMPLES[key]), **changes)


def car(now: datetime | None = None, **state: Any) -> Vehicle:
    """The 60 kWh car, seen at ``now`` (fresh) or never."""
    known: dict[str, Any] = {"battery_capacity": 60, "last_updated": now} | state
    return Vehicle(
        id="3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa",
        charge_state=ChargeState(**known),
        location=VehicleLocation(id=HOME),
        last_seen=now,
    )


def told(
    live: Session | None = None,
    *,
    now: datetime,
    vehicle: Vehicle | None = None,
    settled: Session | None = None,
    policies: tuple[Policy, ...] = (),
    age: timedelta = timedelta(0),
    **rest: Any,
) -> Charging:
    """What ``derive`` says, with sessions read ``age`` ago."""
    return derive(
        vehicle=vehicle if vehicle is not None else car(now),
        policies=policies,
        live=live,
        last_settled=settled,
        now=now,
        data_at=now - age,
        **rest,
    )
