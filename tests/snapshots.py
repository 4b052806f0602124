"""Vehicle snapshots of every situation that the card draws, derived from Enode's words by the integration's own code.

tests/test_payload.py writes them to tests/fixtures/card as the card receives them. A night in Oslo (UTC+1) unless said
otherwise; the car has 60 kWh and charges with 7.2 kW.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.enode_flex.api.models import Policy, Session, Vehicle
from custom_components.enode_flex.charging import Command, derive, select_policy
from custom_components.enode_flex.payload import (
    EntryState,
    Surroundings,
    absent_payload,
    session_payload,
    vehicle_payload,
)
from custom_components.enode_flex.snapshot import VehicleSnapshot
from custom_components.enode_flex.sources import Refusal, RefusalReason, SourceName

QUARTER = timedelta(minutes=15)
POLICY = Policy.from_dict({"id": "policy-1", "vehicleId": "car-1", "locationId": "home", "batteryReserve": 30})
ENTITIES = {
    key: f"sensor.ioniq_5_{key}" for key in ("session_state", "charging_status", "battery_level", "ready_by", "outcome")
}


def at(text: str) -> datetime:
    """23T17:00 or 12-23T17:00 or a whole date, in UTC; the month is November 2026 unless told."""
    day, _, time = text.partition("T")
    whole = {0: f"2026-11-{day}", 1: f"2026-{day}"}.get(day.count("-"), day)
    return datetime.fromisoformat(f"{whole}T{time}").replace(tzinfo=UTC)


def quarters(start: str, *kwh: float) -> list[dict[str, Any]]:
    """A series of quarters of an hour from ``start``."""
    first = at(start)
    return [
        {
            "startAt": (first + index * QUARTER).isoformat(),
            "endAt": (first + (index + 1) * QUARTER).isoformat(),
            "kwh": it,
        }
        for index, it in enumerate(kwh)
    ]


def block(kind: str, start: str, end: str, kwh: float) -> dict[str, Any]:
    """A block as Enode tells it."""
    return {"type": kind, "startAt": at(start).isoformat(), "endAt": at(end).isoformat(), "kwhSum": kwh}


def session(
    *,
    state: str = "ACTIVE:REGULAR",
    plugged_in: str | None = "23T16:40",
    plugged_out: str | None = None,
    blocks: Sequence[dict[str, Any]] = (),
    series: Sequence[dict[str, Any]] = (),
    battery: tuple[int, int] | None = None,
    kwh: float | None = None,
    ready_by: str | None = "24T06:00",
    target: int = 80,
    immediate: bool = False,
    outcome: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    policy: str | None = "policy-1",
    cost: tuple[str, float, float] | None = None,
    key: str = "session-7",
) -> Session:
    """A session; ``battery``: from, to; ``cost``: currency, actual, savings."""
    latest = (
        {"id": 2, "type": "IMMEDIATE_START", "minimumChargeTarget": target}
        if immediate
        else {
            "id": 1,
            "type": "REGULAR",
            "source": "POLICY",
            "batteryReserve": 30,
            "minimumChargeTarget": target,
            "readyBy": at(ready_by).isoformat() if ready_by else None,
        }
    )
    delivered = kwh if kwh is not None else round(sum(it["kwh"] for it in series), 2)
    judged = {"targetId": latest["id"], "type": latest["type"], **outcome} if outcome else None
    return Session.from_dict(
        {
            "id": key,
            "policyId": policy,
            "vehicleId": "car-1",
            "locationId": "home" if policy else None,
            "state": state,
            "pluggedInAt": at(plugged_in).isoformat() if plugged_in else None,
            "pluggedOutAt": at(plugged_out).isoformat() if plugged_out else None,
            "blocks": list(blocks),
            "statistics": {
                "aggregated": {"kwhSum": delivered, "batteryFrom": battery[0], "batteryTo": battery[1]}
                if battery
                else None,
                "timeseries": list(series),
            },
            "target": {"latest": latest if policy else None},
            "outcome": {"latest": judged},
            "error": {"latest": error},
            "valuation": {
                "currency": cost[0],
                "tariffCost": {"actual": cost[1], "baseline": cost[1] + cost[2], "savings": cost[2]},
            }
            if cost
            else None,
        }
    )


def vehicle(now: datetime, *, level: int | None = 42, plugged_in: bool = True, rate: float = 0) -> Vehicle:
    """The car; ``rate`` in kW."""
    return Vehicle.from_dict(
        {
            "id": "car-1",
            "vendor": "HYUNDAI",
            "lastSeen": now.isoformat(),
            "isReachable": True,
            "information": {"brand": "Hyundai", "model": "Ioniq 5", "displayName": "Ioniq 5"},
            "chargeState": {
                "batteryLevel": level,
                "isPluggedIn": plugged_in,
                "isCharging": rate > 0,
                "batteryCapacity": 60,
                "chargeRate": rate,
                "powerDeliveryState": "PLUGGED_IN:CHARGING"
                if rate
                else "PLUGGED_IN:STOPPED"
                if plugged_in
                else "UNPLUGGED",
                "lastUpdated": now.isoformat(),
            },
            "location": {"id": "home"},
        }
    )


def snapshot(
    now: datetime,
    *,
    live: Session | None,
    car: Vehicle,
    last: Session | None = None,
    source: SourceName = SourceName.FLEX,
    command: Command | None = None,
    read_at: datetime | None = None,
    fresh: bool = True,
) -> VehicleSnapshot:
    """The snapshot that the coordinator would make."""
    policies = () if source is SourceName.NONE else (POLICY,)
    return VehicleSnapshot(
        key="car-1",
        vehicle=car,
        source=source,
        policies=policies,
        policy=select_policy(policies, live, car),
        live_sessions=(live,) if live else (),
        live=live,
        history=(last,) if last else (),
        charging=derive(
            vehicle=car,
            policies=policies,
            live=live,
            last_settled=last,
            now=now,
            data_at=read_at or now,
            command=command,
            ever_seen=live is not None or last is not None,
        ),
        sessions_available=fresh,
        vehicle_available=fresh,
        vehicle_at=read_at or now,
        sessions_at=read_at or now,
    )


def surroundings(start: RefusalReason | None = None, resume: RefusalReason | None = None, **more: Any) -> Surroundings:
    """What Home Assistant knows; by default both commands may work."""
    return Surroundings(
        key="car-1",
        name="Ioniq 5",
        device_id="device-1",
        entities=ENTITIES,
        start=Refusal(reason=start) if start else None,
        resume=Refusal(reason=resume) if resume else None,
        **more,
    )


ON_TARGET = {"state": "ON_TARGET", "batteryLevelAtReadyBy": None, "minimumChargeTargetReachedAt": None}
RESERVE = block("BATTERY_RESERVE", "23T16:45", "23T17:15", 3.6)
FIRST = block("REGULAR", "23T22:00", "24T00:00", 14.4)
SECOND = block("REGULAR", "24T02:00", "24T04:15", 16.2)
PLAN = [RESERVE, FIRST, SECOND]
FILLING = quarters("23T16:45", 1.6, 1.85)
IDLE = [0.0] * 19
#: Reserve, a pause of 19 quarters, and the first hour of the first block.
EVENING = [*FILLING, *quarters("23T17:15", *IDLE), *quarters("23T22:00", 1.2, 1.78, 1.8, 1.81)]
NIGHT = [
    *FILLING,
    *quarters("23T17:15", *IDLE),
    *quarters("23T22:00", 1.2, 1.78, 1.8, 1.81, 1.79, 1.8, 1.82, 1.8),
    *quarters("24T00:00", *([0.0] * 8)),
    *quarters("24T02:00", 1.4, 1.8, 1.8, 1.79, 1.81, 1.8, 1.6, 1.2, 0.7),
]
ROAD = session(
    key="session-6",
    state="SETTLED",
    plugged_in="21T11:02",
    plugged_out="21T11:38",
    series=quarters("21T11:00", 4.8, 12.0, 4.8),
    battery=(28, 64),
    policy=None,
)
DONE = session(
    state="SETTLED",
    plugged_out="24T06:41",
    blocks=PLAN,
    series=NIGHT,
    battery=(24, 81),
    kwh=34.2,
    outcome=ON_TARGET,
    cost=("EUR", 6.84, 4.79),
)
NOT_IMMEDIATE = RefusalReason.NOT_CHARGING_IMMEDIATELY


def _waiting(now: datetime, **more: Any) -> tuple[Session, Vehicle]:
    live = session(
        blocks=PLAN, series=[*FILLING, *quarters("23T17:15", *IDLE[:15])], battery=(24, 30), outcome=ON_TARGET, **more
    )
    return live, vehicle(now, level=30)


def payloads() -> dict[str, dict[str, Any]]:
    """Every situation by its name, as the card receives it."""
    told: dict[str, dict[str, Any]] = {}

    def tell(
        name: str,
        now: str,
        *,
        start: RefusalReason | None = None,
        resume: RefusalReason | None = NOT_IMMEDIATE,
        may_control: bool = True,
        **parts: Any,
    ) -> None:
        instant = at(now)
        car = parts.pop("car", None) or vehicle(instant)
        told[name] = vehicle_payload(
            snapshot(instant, car=car, **parts),
            now=instant,
            surroundings=surroundings(start, resume, may_control=may_control),
        )

    upcoming = session(state="UPCOMING", plugged_in=None, ready_by="24T06:00")
    evening = at("23T15:07")
    tell(
        "upcoming",
        "23T15:07",
        live=upcoming,
        last=session(
            key="session-5",
            state="SETTLED",
            plugged_in="22T17:05",
            plugged_out="23T06:31",
            blocks=[block("REGULAR", "22T22:00", "23T01:00", 21.6)],
            battery=(44, 80),
            kwh=21.4,
            outcome=ON_TARGET,
            cost=("EUR", 3.92, 2.71),
        ),
        car=vehicle(evening, level=52, plugged_in=False),
        start=RefusalReason.NOT_PLUGGED_IN,
    )
    tell(
        "reserve",
        "23T17:04",
        live=session(
            state="ACTIVE:BATTERY_RESERVE", blocks=PLAN, series=FILLING[:1], battery=(24, 27), outcome=ON_TARGET
        ),
        car=vehicle(at("23T17:04"), level=27, rate=7.2),
    )
    live, car = _waiting(at("23T21:07"))
    tell("waiting", "23T21:07", live=live, car=car)
    tell(
        "charging",
        "23T23:07",
        live=session(blocks=PLAN, series=EVENING, battery=(24, 41), outcome=ON_TARGET),
        car=vehicle(at("23T23:07"), level=41, rate=7.2),
    )
    # Classic smart charging tells no plug-in that nobody saw, and its plan as one stretch of time.
    tell(
        "classic",
        "23T20:07",
        live=session(plugged_in=None, blocks=[block("REGULAR", "24T02:00", "24T05:30", 25.2)], outcome=ON_TARGET),
        car=vehicle(at("23T20:07"), level=38),
        source=SourceName.CLASSIC,
    )
    tell(
        "immediate",
        "23T18:37",
        live=session(
            state="ACTIVE:IMMEDIATE_START",
            immediate=True,
            blocks=[RESERVE, block("IMMEDIATE_START", "23T18:15", "23T22:25", 30.0)],
            series=[*FILLING, *quarters("23T17:15", 0, 0, 0, 0, 1.5)],
            battery=(24, 33),
            outcome={"minimumChargeTargetReachedAt": at("23T22:25").isoformat()},
        ),
        car=vehicle(at("23T18:37"), level=33, rate=7.2),
        start=RefusalReason.ALREADY_CHARGING_IMMEDIATELY,
        resume=None,
    )
    tell(
        "off_target",
        "25T04:51",
        live=session(
            plugged_in="25T04:30",
            ready_by="25T06:00",
            blocks=[block("REGULAR", "25T04:30", "25T07:50", 24.0)],
            series=quarters("25T04:30", 1.8),
            battery=(40, 43),
            outcome={
                "state": "OFF_TARGET",
                "batteryLevelAtReadyBy": 58,
                "minimumChargeTargetReachedAt": at("25T07:50").isoformat(),
            },
        ),
        car=vehicle(at("25T04:51"), level=43, rate=7.2),
    )
    failed = {"state": "OFF_TARGET", "batteryLevelAtReadyBy": 35, "minimumChargeTargetReachedAt": None}
    tell(
        "start_failed",
        "26T22:20",
        live=session(
            plugged_in="26T17:05",
            ready_by="27T06:00",
            blocks=[block("REGULAR", "26T22:00", "27T00:00", 14.4), block("REGULAR", "27T02:00", "27T03:45", 12.6)],
            series=quarters("26T17:00", *([0.0] * 21)),
            battery=(35, 35),
            outcome=failed,
            error={"type": "START_FAIL"},
        ),
        car=vehicle(at("26T22:20"), level=35),
    )
    tell(
        "stop_failed",
        "24T00:22",
        live=session(
            blocks=PLAN,
            series=[*EVENING, *quarters("23T23:00", 1.8, 1.8, 1.8, 1.8, 1.8)],
            battery=(24, 57),
            outcome=ON_TARGET,
            error={"type": "STOP_FAIL"},
        ),
        car=vehicle(at("24T00:22"), level=57, rate=7.2),
    )
    live, car = _waiting(
        at("23T21:07"), error={"type": "MISSING_CAPABILITIES", "missingCapabilities": ["startCharging", "stopCharging"]}
    )
    tell("missing_capabilities", "23T21:07", live=live, car=car, start=RefusalReason.MISSING_CAPABILITIES)
    live, car = _waiting(at("23T21:07"), error={"type": "CABLE_TOO_SHORT"})
    tell("unknown_error", "23T21:07", live=live, car=car)
    no_session = RefusalReason.NO_SESSION
    after = at("24T07:10")
    left = vehicle(after, level=81, plugged_in=False)
    tell("settled", "24T07:10", live=None, last=DONE, car=left, start=no_session, resume=no_session)
    tell(
        "unmanaged",
        "21T12:30",
        live=None,
        last=ROAD,
        car=vehicle(at("21T12:30"), level=64, plugged_in=False),
        start=no_session,
        resume=no_session,
    )
    tell(
        "ready",
        "24T04:40",
        live=session(blocks=PLAN, series=NIGHT, battery=(24, 80), outcome=ON_TARGET),
        car=vehicle(at("24T04:40"), level=80),
        start=RefusalReason.TARGET_REACHED,
    )
    live, car = _waiting(at("23T20:20"))
    tell("stale", "23T21:07", live=live, car=car, read_at=at("23T20:20"), fresh=False)
    tell(
        "silent",
        "23T22:20",
        live=session(
            blocks=PLAN, series=[*FILLING, *quarters("23T17:15", *IDLE, 0.0)], battery=(24, 30), outcome=ON_TARGET
        ),
        car=vehicle(at("23T22:20"), level=30),
    )
    live, car = _waiting(at("23T21:07"))
    tell("starting", "23T21:07", live=live, car=car, command=Command.STARTING)
    tell("read_only", "23T21:07", live=live, car=car, may_control=False)
    tell("no_plan", "23T16:44", live=session(battery=(24, 24)), car=vehicle(at("23T16:44"), level=24))
    tell(
        "no_session",
        "23T15:07",
        live=None,
        car=vehicle(evening, level=64, plugged_in=False),
        start=no_session,
        resume=no_session,
    )
    tell(
        "no_source",
        "23T15:07",
        live=None,
        source=SourceName.NONE,
        car=vehicle(evening, level=64, plugged_in=False),
        start=no_session,
        resume=no_session,
    )
    for name, entry in (("not_loaded", EntryState.NOT_LOADED), ("removed", EntryState.REMOVED)):
        told[name] = absent_payload(surroundings(), now=at("23T21:07"), entry=entry)
    told["dense"] = _dense()
    return told


def _dense() -> dict[str, Any]:
    """96 quarters and 12 blocks: what the speed is measured with."""
    start = at("23T06:00")
    blocks = [
        {
            "type": ("BATTERY_RESERVE", "REGULAR", "IMMEDIATE_START")[index % 3],
            "startAt": (start + index * timedelta(hours=3)).isoformat(),
            "endAt": (start + index * timedelta(hours=3, minutes=0) + timedelta(hours=1, minutes=30)).isoformat(),
            "kwhSum": 9.0,
        }
        for index in range(12)
    ]
    kwh = [1.2 + index % 5 / 8 if index % 12 < 6 else 0.0 for index in range(96)]
    now = at("24T06:05")
    return vehicle_payload(
        snapshot(
            now,
            live=session(
                plugged_in="23T06:00",
                ready_by="24T18:00",
                blocks=blocks,
                series=quarters("23T06:00", *kwh),
                battery=(10, 66),
                outcome=ON_TARGET,
            ),
            car=vehicle(now, level=66, rate=7.2),
        ),
        now=now,
        surroundings=surroundings(resume=NOT_IMMEDIATE),
    )


def history() -> dict[str, Any]:
    """The answer of enode_flex/history: 14 sessions, newest first."""
    now = at("24T07:10")
    sessions = [DONE]
    for index in range(1, 14):
        out = at("24T06:30") - timedelta(days=index, minutes=7 * index)
        away = index in {3, 9}
        kwh = round(12 + index * 7.3 % 23, 1)
        night = out - timedelta(hours=5)
        sessions.append(
            session(
                key=f"history-{index}",
                state="SETTLED",
                plugged_in=f"{out - timedelta(hours=1 if away else 13):%Y-%m-%dT%H:%M}",
                plugged_out=f"{out:%Y-%m-%dT%H:%M}",
                blocks=[]
                if away
                else [
                    block(
                        "BATTERY_RESERVE",
                        f"{night - timedelta(hours=6):%Y-%m-%dT%H:%M}",
                        f"{night:%Y-%m-%dT%H:%M}",
                        kwh / 4,
                    ),
                    block(
                        "IMMEDIATE_START" if index == 6 else "REGULAR",
                        f"{night:%Y-%m-%dT%H:%M}",
                        f"{night + timedelta(hours=3):%Y-%m-%dT%H:%M}",
                        kwh * 3 / 4,
                    ),
                ],
                battery=(80 - int(kwh / 0.6), 80),
                kwh=kwh,
                outcome=None if away else ON_TARGET,
                policy=None if away else "policy-1",
                cost=None if away else ("EUR", round(kwh * 0.19, 2), round(kwh * 0.11, 2)),
            )
        )
    return {"version": 1, "sessions": [session_payload(it, now=now, series=False) for it in sessions]}
