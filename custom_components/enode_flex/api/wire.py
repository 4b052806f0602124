"""How requests look on the wire: the bodies and the times that this client sends."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .models import DaySchedule, TargetType


def wire_time(moment: datetime) -> str:
    """Return an aware time as Enode writes it: ISO 8601 in UTC with milliseconds (contract, 4)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def target_body(kind: TargetType | str) -> dict[str, Any]:
    """Body of a target change.

    ``{type}`` is known from one gateway's client; its words are those of ``target.latest.type`` (contract, 8.1, 8.7).
    Other members, such as a one-off ready-by, are guesses and not sent.
    """
    return {"type": str(kind)}


def new_policy_body(vehicle_id: str, location_id: str) -> dict[str, Any]:
    """Body of a policy's creation (contract, 8.1, medium confidence)."""
    return {"vehicleId": vehicle_id, "locationId": location_id}


def policy_body(battery_reserve: float | None, schedule: Mapping[str, DaySchedule] | None) -> dict[str, Any]:
    """Body of a policy's change: whole percents, deadlines HH:mm (contract, 8.2, medium confidence)."""
    body: dict[str, Any] = {}
    if battery_reserve is not None:
        body["batteryReserve"] = round(battery_reserve)
    if schedule is not None:
        body["schedule"] = {weekday: _day(day) for weekday, day in schedule.items()}
    return body


def _day(day: DaySchedule) -> dict[str, Any]:
    target = day.minimum_charge_target
    return _told(deadline=day.deadline, minimumChargeTarget=None if target is None else round(target))


def smart_charging_policy_body(
    is_enabled: bool | None, deadline: str | None, minimum_charge_limit: float | None
) -> dict[str, Any]:
    """Body of a change of the classic policy: what is None stays (contract, 8.8)."""
    limit = None if minimum_charge_limit is None else round(minimum_charge_limit)
    return _told(isEnabled=is_enabled, deadline=deadline, minimumChargeLimit=limit)


def webhook_body(
    *,
    url: str | None,
    secret: str | None,
    events: Sequence[str] | None,
    api_version: str | None,
    authentication: tuple[str, str] | None,
) -> dict[str, Any]:
    """Body of a webhook's creation or change (contract, 7.1); ``authentication`` is (header name, header value)."""
    header = authentication and {"headerName": authentication[0], "headerValue": authentication[1]}
    return _told(
        url=url,
        secret=secret,
        events=None if events is None else list(events),
        apiVersion=api_version,
        authentication=header,
    )


def _told(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
