"""Enode's documents as the contract describes them (sections 2 and 4 to 8), written without a look at the simulator.

A rule is a function of a value and its path that yields what is wrong. `violations(rule, value)` gathers them.
Objects are closed: a key that the contract does not name is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
import re
from typing import Any

type Violations = Iterator[str]
type Rule = Callable[[Any, str], Violations]

QUARTER = timedelta(minutes=15)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEADLINE = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def violations(rule: Rule, value: Any) -> list[str]:
    return list(rule(value, "$"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# --- plain values ------------------------------------------------------------------------------------------------


def text(value, path) -> Violations:
    if not isinstance(value, str):
        yield f"{path}: {value!r} is no string"


def some_text(value, path) -> Violations:
    if not isinstance(value, str) or not value:
        yield f"{path}: {value!r} is no string with something in it"


def boolean(value, path) -> Violations:
    if not isinstance(value, bool):
        yield f"{path}: {value!r} is neither true nor false"


def number(value, path) -> Violations:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{path}: {value!r} is no number"


def integer(value, path) -> Violations:
    if isinstance(value, bool) or not isinstance(value, int):
        yield f"{path}: {value!r} is no integer"


def percent(value, path) -> Violations:
    yield from number(value, path)
    if isinstance(value, int | float) and not 0 <= value <= 100:
        yield f"{path}: {value!r} is no percentage"


def whole_percent(value, path) -> Violations:
    yield from integer(value, path)
    yield from percent(value, path)


def not_negative(value, path) -> Violations:
    yield from number(value, path)
    if isinstance(value, int | float) and value < 0:
        yield f"{path}: {value!r} is negative"


def matching(pattern: re.Pattern[str], what: str) -> Rule:
    def rule(value, path) -> Violations:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield f"{path}: {value!r} is no {what}"

    return rule


date_time = matching(_DATE_TIME, "UTC date-time")
uuid = matching(_UUID, "uuid")
deadline = matching(_DEADLINE, "deadline")
code = matching(_CODE, "code")


def one_of(*words: Any) -> Rule:
    def rule(value, path) -> Violations:
        if value not in words:
            yield f"{path}: {value!r} is none of {words}"

    return rule


def nullable(inner: Rule) -> Rule:
    def rule(value, path) -> Violations:
        if value is not None:
            yield from inner(value, path)

    return rule


def array(inner: Rule) -> Rule:
    def rule(value, path) -> Violations:
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no array"
            return
        for index, item in enumerate(value):
            yield from inner(item, f"{path}[{index}]")

    return rule


def mapping(inner: Rule, *, required: tuple[str, ...] = ()) -> Rule:
    def rule(value, path) -> Violations:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
            return
        for key in required:
            if key not in value:
                yield f"{path}.{key} is missing"
        for key, item in value.items():
            yield from inner(item, f"{path}.{key}")

    return rule


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *more: Rule) -> Rule:
    """An object of exactly these keys; `more` are rules of the object as a whole, once its keys are right."""
    optional = optional or {}

    def rule(value, path) -> Violations:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
            return
        found = False
        for key in required:
            if key not in value:
                found = True
                yield f"{path}.{key} is missing"
        for key, item in value.items():
            inner = required.get(key) or optional.get(key)
            if inner is None:
                found = True
                yield f"{path}.{key} is not in the contract"
                continue
            for violation in inner(item, f"{path}.{key}"):
                found = True
                yield violation
        if not found:
            for whole in more:
                yield from whole(value, path)

    return rule


def by_type(**variants: Rule) -> Rule:
    def rule(value, path) -> Violations:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in variants:
            yield f"{path}.type: {kind!r} is none of {tuple(variants)}"
            return
        yield from variants[kind](value, path)

    return rule


# --- 2: tokens, pages, problems ----------------------------------------------------------------------------------

TOKEN = record({"access_token": some_text, "expires_in": integer, "scope": text, "token_type": one_of("bearer")})
TOKEN_ERROR = record({"error": some_text, "error_description": some_text})
PROBLEM = record(
    {
        "type": matching(re.compile(r"https://developers\.enode\.com/api/problems/[a-z-]+"), "problem type"),
        "title": some_text,
        "detail": some_text,
    },
    {"issues": array(mapping(lambda value, path: iter(())))},
)


def page(inner: Rule) -> Rule:
    cursor = nullable(some_text)
    return record({"data": array(inner), "pagination": record({"after": cursor, "before": cursor})})


# --- 4: vehicles -------------------------------------------------------------------------------------------------

_CAPABILITIES = (
    "information",
    "chargeState",
    "location",
    "odometer",
    "setMaxCurrent",
    "startCharging",
    "stopCharging",
    "smartCharging",
)
_POWER_DELIVERY_STATES = (
    "UNKNOWN",
    "UNPLUGGED",
    "PLUGGED_IN:INITIALIZING",
    "PLUGGED_IN:CHARGING",
    "PLUGGED_IN:STOPPED",
    "PLUGGED_IN:COMPLETE",
    "PLUGGED_IN:NO_POWER",
    "PLUGGED_IN:FAULT",
    "PLUGGED_IN:DISCHARGING",
)


def _charge_state_agrees(value, path) -> Violations:
    state = value["powerDeliveryState"]
    if state != "UNKNOWN" and value["isPluggedIn"] is not None and value["isPluggedIn"] != (state != "UNPLUGGED"):
        yield f"{path}: isPluggedIn is {value['isPluggedIn']} and the state {state}"
    if value["isCharging"] is not None and value["isCharging"] != (state == "PLUGGED_IN:CHARGING"):
        yield f"{path}: isCharging is {value['isCharging']} and the state {state}"
    if not value["isCharging"]:
        for key in ("chargeRate", "chargeTimeRemaining"):
            if value[key] is not None:
                yield f"{path}.{key}: {value[key]} though it does not charge"
    if state == "UNKNOWN" and value["isFullyCharged"] is not None:
        yield f"{path}.isFullyCharged is told though the state is unknown"


VEHICLE = record(
    {
        "id": some_text,
        "userId": some_text,
        "vendor": code,
        "lastSeen": date_time,
        "isReachable": nullable(boolean),
        "information": record(
            {
                "vin": nullable(some_text),
                "brand": nullable(some_text),
                "model": nullable(some_text),
                "year": nullable(integer),
                "displayName": nullable(text),
            },
            {"imageUrl": nullable(text)},
        ),
        "chargeState": record(
            {
                "batteryLevel": nullable(percent),
                "range": nullable(not_negative),
                "isPluggedIn": nullable(boolean),
                "isCharging": nullable(boolean),
                "isFullyCharged": nullable(boolean),
                "batteryCapacity": nullable(not_negative),
                "chargeLimit": nullable(percent),
                "chargeRate": nullable(not_negative),
                "chargeTimeRemaining": nullable(not_negative),
                "lastUpdated": nullable(date_time),
                "maxCurrent": nullable(not_negative),
                "powerDeliveryState": one_of(*_POWER_DELIVERY_STATES),
            },
            {"pluggedInChargerId": nullable(some_text)},
            _charge_state_agrees,
        ),
        "smartChargingPolicy": record(
            {"isEnabled": boolean, "deadline": nullable(deadline), "minimumChargeLimit": percent}
        ),
        "location": record(
            {
                "id": nullable(uuid),
                "latitude": nullable(number),
                "longitude": nullable(number),
                "lastUpdated": nullable(date_time),
            }
        ),
        "odometer": record({"distance": nullable(not_negative), "lastUpdated": nullable(date_time)}),
        "capabilities": mapping(
            record({"isCapable": boolean, "interventionIds": array(some_text)}), required=_CAPABILITIES
        ),
        "scopes": array(some_text),
    }
)

# --- 5: orders ---------------------------------------------------------------------------------------------------


def _action_agrees(value, path) -> Violations:
    if (value["state"] == "PENDING") != (value["completedAt"] is None):
        yield f"{path}: {value['state']} and completedAt {value['completedAt']}"
    if value["state"] in {"PENDING", "CONFIRMED"} and value["failureReason"] is not None:
        yield f"{path}: {value['state']} with a failureReason"
    if value["state"] in {"FAILED", "CANCELLED"} and value["failureReason"] is None:
        yield f"{path}: {value['state']} without a failureReason"


ACTION = record(
    {
        "id": uuid,
        "userId": some_text,
        "createdAt": date_time,
        "updatedAt": date_time,
        "completedAt": nullable(date_time),
        "state": one_of("PENDING", "CONFIRMED", "FAILED", "CANCELLED"),
        "targetId": some_text,
        "targetType": one_of("vehicle", "charger"),
        "kind": one_of("START", "STOP"),
        "failureReason": nullable(
            record(
                {
                    "type": one_of(
                        "NO_RESPONSE",
                        "FAILED_PRECONDITION",
                        "CONFLICT",
                        "NOT_FOUND",
                        "UNNECESSARY",
                        "REQUESTED_CANCELLATION",
                    ),
                    "detail": text,
                }
            )
        ),
    },
    None,
    _action_agrees,
)

# --- 6: people and places ----------------------------------------------------------------------------------------

USER = record({"id": some_text, "createdAt": date_time, "scopes": array(some_text)})
USER_DETAILS = record(
    {
        "id": some_text,
        "linkedVendors": array(
            record(
                {
                    "vendor": code,
                    "vendorType": one_of("vehicle", "charger", "hvac", "inverter", "battery", "meter"),
                    "isValid": boolean,
                }
            )
        ),
    }
)
LINK = record({"linkUrl": matching(re.compile(r"https://.+"), "address"), "linkToken": some_text})
LOCATION = record(
    {
        "id": uuid,
        "userId": some_text,
        "name": some_text,
        "latitude": number,
        "longitude": number,
        "timezoneName": some_text,
        "createdAt": date_time,
        "zone": some_text,
        "area": some_text,
    }
)
INTERVENTION = record(
    {
        "id": some_text,
        "vendor": code,
        "vendorType": some_text,
        "brand": nullable(some_text),
        "introducedAt": date_time,
        "domain": one_of("Account", "Device"),
        "resolution": record(
            {
                "title": some_text,
                "description": some_text,
                "access": one_of("Remote", "Physical"),
                "agent": one_of("User", "ThirdParty"),
                "action": one_of(None, "Link"),
            }
        ),
    }
)
VENDOR_HEALTH = array(
    record(
        {"vendor": code, "linkingStatus": one_of("READY", "ELEVATED_ERROR_RATE", "OUTAGE")}, {"displayName": some_text}
    )
)

# --- 7: webhooks -------------------------------------------------------------------------------------------------

WEBHOOK = record(
    {
        "id": some_text,
        "url": some_text,
        "events": array(some_text),
        "lastSuccess": date_time,
        "isActive": boolean,
        "createdAt": date_time,
        "apiVersion": one_of(None, "2024-10-01"),
        "authentication": nullable(record({"headerName": some_text})),
    }
)
WEBHOOK_TEST = record(
    {
        "status": one_of("SUCCESS", "FAILURE"),
        "description": some_text,
        "response": nullable(record({"code": integer, "body": text, "headers": array(text)})),
    }
)


def _event(name: str, **extra: Rule) -> tuple[str, Rule]:
    common = {"event": one_of(name), "createdAt": date_time, "version": one_of("2024-10-01")}
    return name, record({**common, **extra})


_OF_USER = record({"id": some_text})
_EVENTS = dict(
    (
        _event("user:vehicle:discovered", user=_OF_USER, vehicle=VEHICLE),
        _event("user:vehicle:updated", user=_OF_USER, vehicle=VEHICLE, updatedFields=array(some_text)),
        _event("user:vehicle:deleted", user=_OF_USER, vehicle=VEHICLE),
        _event("user:vendor-action:updated", user=_OF_USER, vendorAction=ACTION, updatedFields=array(some_text)),
        _event("user:credentials:invalidated", user=_OF_USER, vendor=code),
        _event("system:heartbeat", pendingEvents=not_negative),
        _event("enode:webhook:test"),
    )
)


def EVENT(value, path) -> Violations:  # noqa: N802 - a rule like its neighbours
    name = value.get("event") if isinstance(value, dict) else None
    if name not in _EVENTS:
        yield f"{path}.event: {name!r} is unknown"
        return
    yield from _EVENTS[name](value, path)


# --- 8.8: classic smart charging ---------------------------------------------------------------------------------

_PLAN_ENDS = tuple(f"PLAN:ENDED:{word}" for word in ("FINISHED", "UNPLUGGED", "FAILED", "DISABLED", "DEADLINE_CHANGED"))
_SMART_STATES = (
    "DISABLED",
    "CONSIDERING",
    "UNKNOWN",
    "FULLY_CHARGED",
    *(
        f"PLAN:EXECUTING:{word}"
        for word in (
            "STOPPING",
            "STOP_FAILED",
            "STOPPED",
            "STOPPED:AWAITING_PRICES",
            "STARTING",
            "START_FAILED",
            "STARTED",
            "CHARGE_INTERRUPTED",
            "OVERRIDDEN",
        )
    ),
    *_PLAN_ENDS,
)
SMART_POLICY = record({"isEnabled": boolean, "deadline": nullable(deadline), "minimumChargeLimit": percent})
SMART_PLAN = record(
    {
        "id": some_text,
        "vehicleId": some_text,
        "userId": some_text,
        "locationId": nullable(uuid),
        "vendor": code,
        "currency": matching(_CURRENCY, "currency"),
        "nonSmartCost": number,
        "smartCost": nullable(number),
        "stopAt": date_time,
        "startAt": nullable(date_time),
        "estimatedFinishAt": nullable(date_time),
        "stopConfirmedAt": nullable(date_time),
        "startConfirmedAt": nullable(date_time),
        "endedAt": nullable(date_time),
        "finalState": nullable(one_of(*_PLAN_ENDS)),
        "failureCondition": nullable(
            one_of("STOP_FAILED", "START_FAILED", "FINISHED_LATE", "UNKNOWN", "CHARGE_INTERRUPTED")
        ),
    }
)
SMART_OVERRIDE = record(
    {
        "createdAt": date_time,
        "endedAt": nullable(date_time),
        "targetType": one_of("vehicle"),
        "targetId": some_text,
        "vendorActionId": nullable(uuid),
        "userId": some_text,
        "vendor": code,
    }
)
SMART_STATUS = record(
    {
        "updatedAt": date_time,
        "vehicleId": some_text,
        "userId": some_text,
        "vendor": code,
        "state": one_of(*_SMART_STATES),
        "stateChangedAt": date_time,
        "consideration": nullable(
            record(dict.fromkeys(("isPluggedIn", "isCharging", "atChargingLocation", "hasTimeEstimate"), boolean))
        ),
        "plan": nullable(SMART_PLAN),
        "smartOverride": nullable(SMART_OVERRIDE),
    }
)
_SPREAD = record({"min": number, "max": number, "mean": number})
_CONSUMED = {
    "kwhSum": not_negative,
    "kw": _SPREAD,
    "price": _SPREAD,
    "costSum": number,
    "nonSmartPrice": nullable(_SPREAD),
    "estimatedSavings": nullable(number),
}
BUCKETS = array(record({"date": date_time, **_CONSUMED}))
STRETCHES = array(
    record({"id": some_text, "locationId": nullable(uuid), "from": date_time, "to": date_time, **_CONSUMED})
)
SMART_EVENT = record(
    {
        "event": one_of("user:vehicle:smart-charging-status-updated"),
        "createdAt": date_time,
        "version": one_of("2024-10-01"),
        "user": _OF_USER,
        "smartChargingStatus": SMART_STATUS,
    }
)


# --- 8: Flex -----------------------------------------------------------------------------------------------------

POLICY = record(
    {
        "id": uuid,
        "vehicleId": some_text,
        "locationId": uuid,
        "batteryReserve": whole_percent,
        "lastObservedLocationChargeLimit": nullable(whole_percent),
        "restrictionSchedule": array(mapping(lambda value, path: iter(()))),
        "schedule": record(
            {}, dict.fromkeys(_DAYS, record({"deadline": deadline, "minimumChargeTarget": whole_percent}))
        ),
    }
)

_BLOCK_TYPES = ("BATTERY_RESERVE", "REGULAR", "IMMEDIATE_START")
_TARGET = by_type(
    REGULAR=record(
        {
            "id": integer,
            "type": text,
            "source": some_text,
            "batteryReserve": whole_percent,
            "minimumChargeTarget": whole_percent,
            "readyBy": date_time,
        }
    ),
    IMMEDIATE_START=record({"id": integer, "type": text, "minimumChargeTarget": whole_percent}),
)


def _on_target_projects_nothing(value, path) -> Violations:
    projections = (value["batteryLevelAtReadyBy"], value["minimumChargeTargetReachedAt"])
    if value["state"] == "ON_TARGET" and projections != (None, None):
        yield f"{path}: ON_TARGET with projections {projections}"
    if value["state"] == "OFF_TARGET" and projections[0] is None:
        yield f"{path}: OFF_TARGET without the level at ready-by"


_OUTCOME = by_type(
    REGULAR=record(
        {
            "targetId": integer,
            "type": text,
            "state": one_of("ON_TARGET", "OFF_TARGET"),
            "batteryLevelAtReadyBy": nullable(whole_percent),
            "minimumChargeTargetReachedAt": nullable(date_time),
        },
        None,
        _on_target_projects_nothing,
    ),
    IMMEDIATE_START=record({"targetId": integer, "type": text, "minimumChargeTargetReachedAt": nullable(date_time)}),
)
_ERROR = by_type(
    START_FAIL=record({"type": text}),
    STOP_FAIL=record({"type": text}),
    MISSING_CAPABILITIES=record({"type": text, "missingCapabilities": array(some_text)}),
)


def _savings_add_up(value, path) -> Violations:
    cost = value["tariffCost"]
    if abs(cost["baseline"] - cost["actual"] - cost["savings"]) > 0.011:
        yield f"{path}: savings are not baseline minus actual: {cost}"


_VALUATION = record(
    {
        "currency": matching(_CURRENCY, "currency"),
        "tariffCost": record({"actual": number, "baseline": number, "savings": number}),
    },
    None,
    _savings_add_up,
)


def _blocks_in_order(value, path) -> Violations:
    end = None
    for index, block in enumerate(value["blocks"]):
        starts, ends = moment(block["startAt"]), moment(block["endAt"])
        if starts >= ends:
            yield f"{path}.blocks[{index}] ends before it starts"
        if end is not None and starts < end:
            yield f"{path}.blocks[{index}] starts before the one before it ends"
        end = ends


def _quarters_in_order(value, path) -> Violations:
    previous = None
    for index, entry in enumerate(value["statistics"]["timeseries"]):
        starts, ends = moment(entry["startAt"]), moment(entry["endAt"])
        if ends - starts != QUARTER or starts.timestamp() % QUARTER.total_seconds():
            yield f"{path}.statistics.timeseries[{index}] is no quarter hour"
        if previous is not None and starts != previous:
            yield f"{path}.statistics.timeseries[{index}] does not follow the one before it"
        previous = ends


def _state_agrees(value, path) -> Violations:
    state = value["state"]
    plugged = (value["pluggedInAt"] is not None, value["pluggedOutAt"] is not None)
    expected = {"UPCOMING": (False, False), "SETTLED": (True, True)}.get(state, (True, False))
    if plugged != expected:
        yield f"{path}: {state} with pluggedInAt and pluggedOutAt {plugged}"
    statistics = value["statistics"]
    if state == "UPCOMING":
        if value["blocks"] or statistics["timeseries"] or statistics["aggregated"] is not None:
            yield f"{path}: UPCOMING with blocks or statistics"
        if value["outcome"]["latest"] is not None:
            yield f"{path}: UPCOMING with an outcome"
    elif statistics["aggregated"] is None:
        yield f"{path}: {state} without aggregated statistics"
    if value["policyId"] is None:
        latest = [value[key]["latest"] for key in ("target", "outcome", "error")]
        if state != "SETTLED" or value["blocks"] or latest != [None, None, None]:
            yield f"{path}: unmanaged, but {state} with blocks {value['blocks']} and {latest}"
    elif value["target"]["latest"] is None:
        yield f"{path}: managed without a target"


def _outcome_agrees(value, path) -> Violations:
    target, outcome = value["target"]["latest"], value["outcome"]["latest"]
    if target and outcome and outcome["targetId"] == target["id"] and outcome["type"] != target["type"]:
        yield f"{path}: outcome {outcome['type']} of target {target['type']}"


def _latest(inner: Rule) -> Rule:
    return record({"latest": nullable(inner)})


SESSION = record(
    {
        "id": uuid,
        "policyId": nullable(uuid),
        "vehicleId": some_text,
        "locationId": nullable(uuid),
        "state": one_of("UPCOMING", "SETTLED", *(f"ACTIVE:{kind}" for kind in _BLOCK_TYPES)),
        "pluggedInAt": nullable(date_time),
        "pluggedOutAt": nullable(date_time),
        "blocks": array(
            record(
                {
                    "type": one_of(*_BLOCK_TYPES),
                    "kwhSum": not_negative,
                    "startAt": date_time,
                    "endAt": date_time,
                }
            )
        ),
        "statistics": record(
            {
                "aggregated": nullable(
                    record({"kwhSum": not_negative, "batteryFrom": whole_percent, "batteryTo": whole_percent})
                ),
                "timeseries": array(record({"startAt": date_time, "endAt": date_time, "kwh": not_negative})),
            }
        ),
        "target": _latest(_TARGET),
        "outcome": _latest(_OUTCOME),
        "error": _latest(_ERROR),
    },
    {"valuation": nullable(_VALUATION)},
    _state_agrees,
    _outcome_agrees,
    _blocks_in_order,
    _quarters_in_order,
)


def ENERGY(value, path) -> Violations:  # noqa: N802 - a rule like its neighbours
    """What holds of a whole session's numbers (11.7); the contract's samples are shortened and do not."""
    series = value["statistics"]["timeseries"]
    aggregated = value["statistics"]["aggregated"]
    if value["state"] != "SETTLED":
        return
    measured = sum(entry["kwh"] for entry in series)
    if abs(measured - aggregated["kwhSum"]) > 0.01:
        yield f"{path}: the time series holds {measured} kWh, aggregated are {aggregated['kwhSum']}"
    blocks = sum(block["kwhSum"] for block in value["blocks"])
    if value["policyId"] is not None and abs(blocks - aggregated["kwhSum"]) > 0.01:
        yield f"{path}: the blocks hold {blocks} kWh, aggregated are {aggregated['kwhSum']}"
    first, last = moment(series[0]["startAt"]), moment(series[-1]["endAt"])
    plugged_in, plugged_out = moment(value["pluggedInAt"]), moment(value["pluggedOutAt"])
    if not first <= plugged_in < first + QUARTER or not last - QUARTER <= plugged_out <= last:
        yield f"{path}: plugged in {plugged_in} to {plugged_out}, measured {first} to {last}"
