"""Reading the bodies that a client sends to change targets and policies; strict, as Enode is (contract 2.5, 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import re
from typing import Literal

from .errors import BadRequestError
from .schedule import WEEKDAYS, DayTarget, WeeklySchedule

_DEADLINE = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_DAY_KEYS = frozenset({"deadline", "minimumChargeTarget"})
_DEFAULT_DAY = DayTarget(deadline="07:00", minimum_charge_target=80)


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedTarget:
    """What a PUT target asks for."""

    type: Literal["REGULAR", "IMMEDIATE_START"]
    ready_by: datetime | None = None
    minimum_charge_target: int | None = None

    @property
    def is_override(self) -> bool:
        """Whether it asks for more than the policy's target."""
        return self.ready_by is not None or self.minimum_charge_target is not None


def invalid(path: list[str], message: str) -> BadRequestError:
    """Return Enode's complaint about one member of a body."""
    return BadRequestError("Body validation failed", issues=[{"path": path, "message": message}])


def read_target(body: Mapping[str, object], *, override: bool, now: datetime) -> WantedTarget:
    """Read the body of PUT target; `override` allows a one-off deadline and target beside REGULAR."""
    kind = body.get("type")
    extra = sorted(set(body) - {"type"})
    if kind == "IMMEDIATE_START":
        if extra:
            raise invalid([extra[0]], "Unrecognized key")
        return WantedTarget(type="IMMEDIATE_START")
    if kind != "REGULAR":
        raise invalid(["type"], "Invalid value, expected IMMEDIATE_START or REGULAR")
    unknown = [key for key in extra if not override or key not in {"readyBy", "minimumChargeTarget"}]
    if unknown:
        raise invalid([unknown[0]], "Unrecognized key")
    ready_by = None
    if "readyBy" in body:
        ready_by = _instant(body["readyBy"])
        if ready_by is None or ready_by <= now:
            raise invalid(["readyBy"], "Expected a date-time in the future")
    wanted = None
    if "minimumChargeTarget" in body:
        wanted = read_percent(body["minimumChargeTarget"], ["minimumChargeTarget"])
    return WantedTarget(type="REGULAR", ready_by=ready_by, minimum_charge_target=wanted)


def read_percent(value: object, path: list[str]) -> int:
    """Read a whole percentage."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:  # noqa: PLR2004 - percent
        raise invalid(path, "Expected an integer from 0 to 100")
    return value


def merge_schedule(schedule: WeeklySchedule, changes: Mapping[str, object]) -> WeeklySchedule:
    """Return the schedule with the days and fields of `changes` put in; the others stay."""
    merged = dict(schedule)
    for day, change in changes.items():
        if day not in WEEKDAYS:
            raise invalid(["schedule", day], "Unrecognized key")
        if not isinstance(change, Mapping):
            raise invalid(["schedule", day], "Expected an object")
        unknown = sorted(set(change) - _DAY_KEYS)
        if unknown:
            raise invalid(["schedule", day, unknown[0]], "Unrecognized key")
        old = merged.get(day, _DEFAULT_DAY)
        deadline = change.get("deadline", old.deadline)
        if not isinstance(deadline, str) or not _DEADLINE.fullmatch(deadline):
            raise invalid(["schedule", day, "deadline"], "Expected a time as HH:mm")
        merged[day] = DayTarget(
            deadline=deadline,
            minimum_charge_target=read_percent(
                change.get("minimumChargeTarget", old.minimum_charge_target), ["schedule", day, "minimumChargeTarget"]
            ),
        )
    return {day: merged[day] for day in WEEKDAYS if day in merged}


def _instant(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
