"""The world's objects as Enode's JSON (contract 4 to 8), with the switches of 11.13."""

from collections.abc import Mapping
from datetime import datetime

from .consumption import Consumed, Spread
from .documents import Document
from .model import (
    ChargeAction,
    Intervention,
    Location,
    Outcome,
    Policy,
    Seen,
    Session,
    SessionError,
    Target,
    User,
    Valuation,
    Vehicle,
    WorldEvent,
)
from .schedule import WEEKDAYS
from .smart import Override, Plan, Status, Wish
from .switches import Switches
from .timestamps import timestamp
from .world import World

API_VERSION = "2024-10-01"


class Wire:
    """Writes documents the way the switches say."""

    def __init__(self, world: World, switches: Switches) -> None:
        """Write objects of this world; the switches are read anew for every document."""
        self._world = world
        self._switches = switches

    # --- vehicles (contract 4, 5) ----------------------------------------------------------------------------

    def vehicle(self, vehicle: Vehicle, seen: Seen | None = None) -> Document:
        """Return a vehicle as the cloud sees it now, or as it saw it then."""
        seen = vehicle.seen if seen is None else seen
        return {
            **self._identity(vehicle),
            "lastSeen": self._time(seen.last_seen),
            "isReachable": seen.is_reachable,
            "information": _information(vehicle),
            "chargeState": {
                "batteryLevel": seen.battery_level,
                "range": seen.range_km,
                "isPluggedIn": seen.is_plugged_in,
                "isCharging": seen.is_charging,
                "isFullyCharged": seen.is_fully_charged,
                "batteryCapacity": seen.battery_capacity_kwh,
                "chargeLimit": seen.charge_limit,
                "chargeRate": seen.charge_rate_kw,
                "chargeTimeRemaining": seen.charge_time_remaining_min,
                "lastUpdated": self._time(seen.charge_state_updated),
                "maxCurrent": seen.max_current,
                "powerDeliveryState": seen.power_delivery_state,
                "pluggedInChargerId": seen.plugged_in_charger_id,
            },
            "smartChargingPolicy": self.smart_policy(self._world.classic(vehicle.id).wish),
            "location": {
                "id": seen.location_id,
                "latitude": seen.latitude,
                "longitude": seen.longitude,
                "lastUpdated": self._time(seen.location_updated),
            },
            "odometer": {"distance": seen.odometer_km, "lastUpdated": self._time(seen.odometer_updated)},
            "capabilities": _capabilities(vehicle),
            "scopes": list(vehicle.scopes),
        }

    def discovered_vehicle(self, vehicle: Vehicle) -> Document:
        """Return a vehicle that was just linked: nothing but its information is known yet (contract 7.2)."""
        unknown = dict.fromkeys(_CHARGE_STATE_KEYS)
        return {
            **self._identity(vehicle),
            "lastSeen": self._time(vehicle.created_at),
            "isReachable": None,
            "information": _information(vehicle),
            "chargeState": {**unknown, "powerDeliveryState": "UNKNOWN"},
            "smartChargingPolicy": _NO_SMART_CHARGING,
            "location": {"id": None, "latitude": None, "longitude": None, "lastUpdated": None},
            "odometer": {"distance": None, "lastUpdated": None},
            "capabilities": _capabilities(vehicle),
            "scopes": list(vehicle.scopes),
        }

    def action(self, action: ChargeAction) -> Document:
        """Return an order to a vehicle."""
        failure = None
        if action.failure_type is not None:
            failure = {"type": action.failure_type, "detail": action.failure_detail or ""}
        return {
            "id": action.id,
            "userId": action.user_id,
            "createdAt": self._time(action.created_at),
            "updatedAt": self._time(action.updated_at),
            "completedAt": self._time(action.completed_at),
            "state": action.state,
            "targetId": action.vehicle_id,
            "targetType": "vehicle",
            "kind": action.kind,
            "failureReason": failure,
        }

    # --- people and places (contract 6) ----------------------------------------------------------------------

    def user(self, user: User) -> Document:
        """Return a user as the list tells it."""
        return {"id": user.id, "createdAt": self._time(user.created_at), "scopes": list(user.scopes)}

    def user_details(self, user: User) -> Document:
        """Return a user as it is told alone."""
        return {
            "id": user.id,
            "linkedVendors": [
                {"vendor": vendor, "vendorType": "vehicle", "isValid": valid} for vendor, valid in user.vendors.items()
            ],
        }

    def location(self, location: Location) -> Document:
        """Return a place."""
        return {
            "id": location.id,
            "userId": location.user_id,
            "name": location.name,
            "latitude": location.latitude,
            "longitude": location.longitude,
            "timezoneName": location.timezone_name,
            "createdAt": self._time(location.created_at),
            "zone": location.zone,
            "area": location.area,
        }

    def intervention(self, intervention: Intervention, language: str) -> Document:
        """Return what an owner must fix, in the nearest language there is."""
        return {
            "id": intervention.id,
            "vendor": intervention.vendor,
            "vendorType": intervention.vendor_type,
            "brand": intervention.brand,
            "introducedAt": self._time(intervention.introduced_at),
            "domain": intervention.domain,
            "resolution": {
                "title": _localised(intervention.title, language),
                "description": _localised(intervention.description, language),
                "access": intervention.access,
                "agent": intervention.agent,
                "action": intervention.action,
            },
        }

    # --- Flex (contract 8) -----------------------------------------------------------------------------------

    def policy(self, policy: Policy) -> Document:
        """Return a policy; a day without a deadline is not in its schedule."""
        return {
            "id": policy.id,
            "vehicleId": policy.vehicle_id,
            "locationId": policy.location_id,
            "batteryReserve": policy.battery_reserve,
            "lastObservedLocationChargeLimit": policy.last_observed_location_charge_limit,
            "restrictionSchedule": list(policy.restriction_schedule),
            "schedule": {
                day: {"deadline": target.deadline, "minimumChargeTarget": target.minimum_charge_target}
                for day in WEEKDAYS
                if (target := policy.schedule.get(day)) is not None
            },
        }

    def session(self, session: Session) -> Document:
        """Return a session."""
        aggregated = self._world.statistics(session)
        document: Document = {
            "id": session.id,
            "policyId": session.policy_id,
            "vehicleId": session.vehicle_id,
            "locationId": session.location_id,
            "state": session.state.value,
            "pluggedInAt": self._flex_time(session.plugged_in_at),
            "pluggedOutAt": self._flex_time(session.plugged_out_at),
            "blocks": [
                {
                    "type": block.type.value,
                    "kwhSum": block.kwh_sum,
                    "startAt": self._flex_time(block.start_at),
                    "endAt": self._flex_time(block.end_at),
                }
                for block in self._world.blocks(session)
            ],
            "statistics": {
                "aggregated": None
                if aggregated is None
                else {
                    "kwhSum": aggregated.kwh_sum,
                    "batteryFrom": aggregated.battery_from,
                    "batteryTo": aggregated.battery_to,
                },
                "timeseries": self._timeseries(session),
            },
            "target": self._latest(self.target(session.target)),
            "outcome": self._latest(self._outcome(session.outcome)),
            "error": self._latest(_error(session.error)),
        }
        valuation = _valuation(self._world.valuation(session))
        if valuation is not None or self._switches.valuation_null:
            document["valuation"] = valuation
        return document

    def target(self, target: Target | None) -> Document | None:
        """Return a target."""
        if target is None:
            return None
        if target.type == "IMMEDIATE_START":
            return {"id": target.id, "type": target.type, "minimumChargeTarget": target.minimum_charge_target}
        return {
            "id": target.id,
            "type": target.type,
            "source": target.source,
            "batteryReserve": target.battery_reserve,
            "minimumChargeTarget": target.minimum_charge_target,
            "readyBy": self._flex_time(target.ready_by),
        }

    # --- classic smart charging (contract 8.8) ---------------------------------------------------------------

    def smart_policy(self, wish: Wish) -> Document:
        """Return what the owner wants of classic smart charging."""
        return {
            "isEnabled": wish.is_enabled,
            "deadline": wish.deadline,
            "minimumChargeLimit": wish.minimum_charge_limit,
        }

    def smart_status(self, vehicle: Vehicle, status: Status) -> Document:
        """Return what classic smart charging does with a vehicle."""
        considered = status.consideration
        return {
            "updatedAt": self.time(status.updated_at),
            "vehicleId": vehicle.id,
            "userId": vehicle.user_id,
            "vendor": vehicle.vendor,
            "state": status.state,
            "stateChangedAt": self.time(status.state_changed_at),
            "consideration": None
            if considered is None
            else {
                "isPluggedIn": considered.is_plugged_in,
                "isCharging": considered.is_charging,
                "atChargingLocation": considered.at_charging_location,
                "hasTimeEstimate": considered.has_time_estimate,
            },
            "plan": None if status.plan is None else self.smart_plan(vehicle, status.plan),
            "smartOverride": None if status.override is None else self.smart_override(vehicle, status.override),
        }

    def smart_plan(self, vehicle: Vehicle, plan: Plan) -> Document:
        """Return a plan of classic smart charging."""
        return {
            "id": plan.id,
            "vehicleId": vehicle.id,
            "userId": vehicle.user_id,
            "locationId": plan.location_id,
            "vendor": vehicle.vendor,
            "currency": plan.currency,
            "nonSmartCost": plan.non_smart_cost,
            "smartCost": plan.smart_cost,
            "stopAt": self.time(plan.stop_at),
            "startAt": self._time(plan.start_at),
            "estimatedFinishAt": self._time(plan.estimated_finish_at),
            "stopConfirmedAt": self._time(plan.stop_confirmed_at),
            "startConfirmedAt": self._time(plan.start_confirmed_at),
            "endedAt": self._time(plan.ended_at),
            "finalState": plan.final_state,
            "failureCondition": plan.failure_condition,
        }

    def smart_override(self, vehicle: Vehicle, override: Override) -> Document:
        """Return an override."""
        return {
            "createdAt": self.time(override.created_at),
            "endedAt": self._time(override.ended_at),
            "targetType": "vehicle",
            "targetId": vehicle.id,
            "vendorActionId": None,
            "userId": vehicle.user_id,
            "vendor": vehicle.vendor,
        }

    def consumption(self, consumed: Consumed) -> Document:
        """Return what was consumed in a span of time."""
        return {
            "kwhSum": consumed.kwh,
            "kw": _spread(consumed.kw),
            "price": _spread(consumed.price),
            "costSum": consumed.cost,
            "nonSmartPrice": None if consumed.non_smart_price is None else _spread(consumed.non_smart_price),
            "estimatedSavings": consumed.savings,
        }

    # --- events (contract 7.2) -------------------------------------------------------------------------------

    def event(self, event: WorldEvent) -> Document:
        """Return what a webhook tells of an event."""
        document: Document = {
            "event": event.event,
            "createdAt": self._time(event.created_at),
            "version": API_VERSION,
            "user": {"id": event.user_id},
        }
        if event.smart_status is not None and event.vehicle is not None:
            document["smartChargingStatus"] = self.smart_status(event.vehicle, event.smart_status)
        elif event.action is not None:
            document["vendorAction"] = self.action(event.action)
        elif event.vehicle is not None:
            document["vehicle"] = (
                self.discovered_vehicle(event.vehicle)
                if event.event == "user:vehicle:discovered"
                else self.vehicle(event.vehicle, event.seen)
            )
        if event.vendor is not None:
            document["vendor"] = event.vendor
        if event.event.endswith(":updated"):
            document["updatedFields"] = list(event.updated_fields)
        return document

    # --- parts -----------------------------------------------------------------------------------------------

    def time(self, moment: datetime) -> str:
        """Return a moment outside of /flex."""
        milliseconds = self._switches.milliseconds is not False
        return timestamp(moment, milliseconds=milliseconds, naive=self._switches.naive_timestamps)

    def _time(self, moment: datetime | None) -> str | None:
        return None if moment is None else self.time(moment)

    def _flex_time(self, moment: datetime | None) -> str | None:
        if moment is None:
            return None
        milliseconds = self._switches.milliseconds is True
        return timestamp(moment, milliseconds=milliseconds, naive=self._switches.naive_timestamps)

    def _identity(self, vehicle: Vehicle) -> Document:
        return {"id": vehicle.id, "userId": vehicle.user_id, "vendor": vehicle.vendor}

    def _latest(self, document: Document | None) -> Document | None:
        if document is None and self._switches.empty_latest == "null":
            return None
        return {"latest": document}

    def _outcome(self, outcome: Outcome | None) -> Document | None:
        if outcome is None:
            return None
        reached_at = self._flex_time(outcome.minimum_charge_target_reached_at)
        if outcome.type == "IMMEDIATE_START":
            return {"targetId": outcome.target_id, "type": outcome.type, "minimumChargeTargetReachedAt": reached_at}
        return {
            "targetId": outcome.target_id,
            "type": outcome.type,
            "state": outcome.state,
            "batteryLevelAtReadyBy": outcome.battery_level_at_ready_by,
            "minimumChargeTargetReachedAt": reached_at,
        }

    def _timeseries(self, session: Session) -> list[Document]:
        entries = []
        for measurement in self._world.timeseries(session):
            entry: Document = {}
            if self._switches.timeseries_start != "none":
                entry[self._switches.timeseries_start] = self._flex_time(measurement.start_at)
                if self._switches.timeseries_end:
                    entry["endAt"] = self._flex_time(measurement.end_at)
            entries.append({**entry, "kwh": measurement.kwh})
        return entries


_NO_SMART_CHARGING: Document = {"isEnabled": False, "deadline": None, "minimumChargeLimit": 0}

_CHARGE_STATE_KEYS = (
    "batteryLevel",
    "range",
    "isPluggedIn",
    "isCharging",
    "isFullyCharged",
    "batteryCapacity",
    "chargeLimit",
    "chargeRate",
    "chargeTimeRemaining",
    "lastUpdated",
    "maxCurrent",
    "powerDeliveryState",
    "pluggedInChargerId",
)


def _information(vehicle: Vehicle) -> Document:
    information = vehicle.information
    return {
        "vin": information.vin,
        "brand": information.brand,
        "model": information.model,
        "year": information.year,
        "displayName": information.display_name,
    }


def _capabilities(vehicle: Vehicle) -> Document:
    return {
        name: {"isCapable": capability.is_capable, "interventionIds": list(capability.intervention_ids)}
        for name, capability in vehicle.capabilities.items()
    }


def _error(error: SessionError | None) -> Document | None:
    if error is None:
        return None
    if error.type == "MISSING_CAPABILITIES":
        return {"type": error.type, "missingCapabilities": list(error.missing_capabilities)}
    return {"type": error.type}


def _valuation(valuation: Valuation | None) -> Document | None:
    if valuation is None:
        return None
    return {
        "currency": valuation.currency,
        "tariffCost": {"actual": valuation.actual, "baseline": valuation.baseline, "savings": valuation.savings},
    }


def _spread(spread: Spread) -> Document:
    return {"min": spread.least, "max": spread.most, "mean": spread.mean}


def _localised(texts: Mapping[str, str], language: str) -> str:
    for name in (language, *(name for name in texts if name[:2] == language[:2]), "en-US"):
        if name in texts:
            return texts[name]
    return next(iter(texts.values()))
