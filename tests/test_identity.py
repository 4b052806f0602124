"""A vehicle keeps its key over a re-link, and only then."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.enode_flex.api.models import Vehicle, VehicleInformation
from custom_components.enode_flex.identity import VehicleIdentities

VIN = "WVWZZZE1ZMP000001"


def vehicle(vehicle_id: str, *, vin: str | None = VIN, user: str = "home") -> Vehicle:
    return Vehicle(id=vehicle_id, user_id=user, information=VehicleInformation(vin=vin))


async def test_first_seen_id_is_the_key(hass: HomeAssistant) -> None:
    identities = VehicleIdentities(hass, "entry")
    await identities.async_load()
    assert identities.keys_of([vehicle("a"), vehicle("b", vin=None)]) == {"a": "a", "b": "b"}


async def test_relinked_car_takes_over_the_key(hass: HomeAssistant) -> None:
    identities = VehicleIdentities(hass, "entry")
    await identities.async_load()
    identities.keys_of([vehicle("old")])
    assert identities.keys_of([vehicle("new")]) == {"new": "old"}
    # And again: the key is the first id for good.
    assert identities.keys_of([vehicle("newest")]) == {"newest": "old"}


async def test_no_takeover_while_the_old_id_is_there(hass: HomeAssistant) -> None:
    identities = VehicleIdentities(hass, "entry")
    await identities.async_load()
    identities.keys_of([vehicle("old")])
    assert identities.keys_of([vehicle("old"), vehicle("new")]) == {"old": "old", "new": "new"}


async def test_no_takeover_by_another_user_or_without_a_vin(hass: HomeAssistant) -> None:
    identities = VehicleIdentities(hass, "entry")
    await identities.async_load()
    identities.keys_of([vehicle("old")])
    assert identities.keys_of([vehicle("new", user="neighbour")]) == {"new": "new"}
    assert identities.keys_of([vehicle("other", vin=None)]) == {"other": "other"}


async def test_a_poll_without_the_vin_does_not_forget_it(hass: HomeAssistant) -> None:
    identities = VehicleIdentities(hass, "entry")
    await identities.async_load()
    identities.keys_of([vehicle("old")])
    identities.keys_of([vehicle("old", vin=None)])
    assert identities.keys_of([vehicle("new")]) == {"new": "old"}


async def test_keys_survive_a_restart_and_hold_no_vin(
    hass: HomeAssistant, hass_storage: dict[str, dict[str, object]], freezer: FrozenDateTimeFactory
) -> None:
    identities = VehicleIdentities(hass, "entry")
    await identities.async_load()
    identities.keys_of([vehicle("old")])
    freezer.tick(5)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert VIN not in str(hass_storage)

    after_restart = VehicleIdentities(hass, "entry")
    await after_restart.async_load()
    assert after_restart.keys_of([vehicle("new")]) == {"new": "old"}

    await after_restart.async_remove()
    forgotten = VehicleIdentities(hass, "entry")
    await forgotten.async_load()
    assert forgotten.keys_of([vehicle("new")]) == {"new": "new"}
