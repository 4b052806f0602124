"""The meter of a vehicle: nothing lost, nothing twice, never backwards; and what of it is stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from random import Random
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.enode_flex.api.models import Session, Statistics, Valuation
from custom_components.enode_flex.ledger import (
    MICRO,
    SAVE_DELAY,
    SESSIONS_KEPT,
    Counted,
    Ledger,
    Ledgers,
    count,
    first_currency,
    opened,
    switched,
    teller,
)
from custom_components.enode_flex.sources import SourceName

from .energy import QUARTER, visit

NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def nights(energies: list[float]) -> list[Session]:
    """One settled visit a night."""
    return [visit(f"s{number}", NIGHT + number * DAY, [kwh]) for number, kwh in enumerate(energies)]


def start(sessions: list[Session] | None = None, *, base: int = 0) -> Ledger:
    return opened(sessions or [], base=base, currency=None, source="flex")


energies = st.lists(st.floats(0, 80, allow_nan=False), max_size=40)


@given(energies, st.randoms(use_true_random=False), st.integers(1, 7))
def test_the_order_of_sessions_makes_no_difference(kwh: list[float], rng: Random, size: int) -> None:
    sessions = nights(kwh)
    whole = start(sessions)
    shuffled = [*sessions, *sessions]
    rng.shuffle(shuffled)
    piecemeal = start()
    for first in range(0, len(shuffled), size):
        piecemeal = count(piecemeal, shuffled[first : first + size])
    assert piecemeal == whole
    assert whole.total == sum(round(energy * MICRO) for energy in kwh)


@given(energies)
def test_what_is_told_again_changes_nothing(kwh: list[float]) -> None:
    ledger = start(nights(kwh))
    assert count(ledger, nights(kwh)) is ledger


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 80, allow_nan=False)), max_size=40))
def test_it_never_falls_and_holds_corrections_back(words: list[tuple[int, float]]) -> None:
    ledger, highest = start(), 0
    newest: dict[int, int] = {}
    for number, kwh in words:
        ledger = count(ledger, [visit(f"s{number}", NIGHT + number * DAY, [kwh])])
        newest[number] = round(kwh * MICRO)
        highest = max(highest, sum(newest.values()))
        assert ledger.truth == sum(newest.values())
        assert ledger.total == highest


def test_a_correction_downwards_is_used_up_by_later_energy() -> None:
    ledger = start(nights([10.0, 20.0]))
    ledger = count(ledger, [visit("s1", NIGHT + DAY, [15.0])])
    assert (ledger.total, ledger.truth) == (30 * MICRO, 25 * MICRO)
    ledger = count(ledger, [visit("s2", NIGHT + 2 * DAY, [3.0], live=True)])
    assert ledger.total == 30 * MICRO
    ledger = count(ledger, [visit("s2", NIGHT + 2 * DAY, [3.0, 4.0], live=True)])
    assert ledger.total == ledger.truth == 32 * MICRO


def test_a_live_session_grows_and_a_late_picture_of_it_does_not_shrink_it() -> None:
    before = visit("s0", NIGHT, [1.0], live=True)
    ledger = count(start([before]), [visit("s0", NIGHT, [1.0, 2.0])])
    assert ledger.total == 3 * MICRO
    assert count(ledger, [before]) is ledger


def test_a_session_without_any_energy_told_is_not_counted() -> None:
    silent = replace(visit("s0", NIGHT, []), statistics=Statistics())
    ledger = start()
    assert count(ledger, [silent]) is ledger


def test_the_base_goes_in_first() -> None:
    assert start(nights([1.0]), base=5 * MICRO).total == 6 * MICRO


def test_it_is_bounded_and_old_sessions_are_not_counted_again() -> None:
    sessions = nights([1.0] * (SESSIONS_KEPT + 40))
    ledger = start(sessions)
    assert len(ledger.sessions) == SESSIONS_KEPT
    assert ledger.base == 40 * MICRO
    assert ledger.total == (SESSIONS_KEPT + 40) * MICRO
    assert count(ledger, sessions) is ledger
    assert count(ledger, [visit("later", NIGHT + 9999 * DAY, [1.0])]).total == ledger.total + MICRO


def test_another_source_tells_the_same_nights_under_other_names() -> None:
    ledger = start(nights([1.0, 2.0]))
    changed = switched(ledger, "seen", NIGHT + 2 * DAY)
    assert switched(changed, "seen", NIGHT + 3 * DAY) is changed
    renamed = [replace(session, id=f"other-{session.id}") for session in nights([1.0, 2.0])]
    begun = visit("other-live", NIGHT + 2 * DAY - 2 * QUARTER, [1.0, 1.0, 1.0], live=True)
    assert count(changed, [*renamed, begun]).total == 3 * MICRO
    assert count(changed, [visit("new", NIGHT + 3 * DAY, [4.0])]).total == 7 * MICRO


def test_who_gives_the_ids() -> None:
    assert {source: teller(source) for source in SourceName} == {
        SourceName.FLEX: "flex",
        SourceName.CLASSIC: "seen",
        SourceName.NONE: "seen",
    }


def test_what_a_complete_list_does_not_tell_was_taken_back() -> None:
    ledger = count(start(nights([1.0, 2.0, 4.0])), [visit("live", NIGHT + 3 * DAY, [8.0], live=True)])
    renamed = replace(nights([1.0, 2.0, 4.0])[2], id="renamed")
    after = count(ledger, [renamed], complete_since=NIGHT + DAY + HOUR)
    assert set(after.sessions) == {"s0", "s1", "renamed"}
    assert after.truth == 7 * MICRO
    assert after.total == 15 * MICRO
    assert count(after, nights([1.0, 2.0, 4.0])[:2], complete_since=None) is after


def test_the_first_complete_valuation_decides_the_currency() -> None:
    later = visit("s1", NIGHT + DAY, [1.0], cost=("SEK", 1.0, 0.5))
    earlier = visit("s0", NIGHT, [1.0], cost=("NOK", 1.0, 0.5))
    incomplete = replace(visit("s", NIGHT - DAY, [1.0]), valuation=Valuation(currency="EUR", actual=1.0))
    assert first_currency([later, incomplete, earlier]) == "NOK"
    assert first_currency([incomplete]) is None
    assert count(start([earlier]), [later]).currency == "NOK"


@pytest.fixture
def ledgers(hass: HomeAssistant) -> Ledgers:
    return Ledgers(hass, "entry")


FILE = "enode_flex.entry.ledger"


async def test_nothing_is_told_before_the_history_was_read(ledgers: Ledgers) -> None:
    ledgers.count("car", nights([1.0]), source=SourceName.FLEX, at=NIGHT)
    assert (ledgers.is_open("car"), ledgers.total("car"), ledgers.currency("car")) == (False, None, None)
    assert ledgers.counted_until("car") is None
    ledgers.open("car", nights([1.0, 2.0]), base=10.5, currency="NOK", source=SourceName.FLEX)
    assert ledgers.is_open("car")
    assert ledgers.total("car") == 13.5
    assert ledgers.currency("car") == "NOK"
    assert ledgers.counted_until("car") == NIGHT + DAY + QUARTER


async def test_it_survives_a_restart(hass: HomeAssistant, ledgers: Ledgers, hass_storage: dict[str, Any]) -> None:
    ledgers.open("car", nights([1.0, 2.0]), base=0, currency="NOK", source=SourceName.FLEX)
    ledgers.count("car", [visit("s1", NIGHT + DAY, [1.5])], source=SourceName.FLEX, at=NIGHT)
    await ledgers.async_flush()
    assert hass_storage[FILE]["version"] == 1

    again = Ledgers(hass, "entry")
    await again.async_load()
    assert again.total("car") == 3.0
    assert again.currency("car") == "NOK"
    again.count("car", nights([1.0, 1.5]), source=SourceName.FLEX, at=NIGHT)
    again.count("car", [visit("s2", NIGHT + 2 * DAY, [0.75])], source=SourceName.FLEX, at=NIGHT)
    assert again.total("car") == 3.25


async def test_writing_is_put_off_but_not_for_ever(
    hass: HomeAssistant, ledgers: Ledgers, hass_storage: dict[str, Any], freezer: Any
) -> None:
    freezer.move_to(NIGHT)
    ledgers.open("car", [], base=0, currency=None, source=SourceName.FLEX)
    for minute in numbers(1):
        ledgers.count("car", [visit("s0", NIGHT, [minute / 10], live=True)], source=SourceName.FLEX, at=NIGHT)
        if minute * 60 > SAVE_DELAY + 60:
            break
        assert FILE not in hass_storage or minute * 60 > SAVE_DELAY
        freezer.tick(60)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    assert hass_storage[FILE]["data"]["vehicles"]["car"]["total"] > 0


async def test_it_goes_with_its_entry(ledgers: Ledgers, hass_storage: dict[str, Any]) -> None:
    ledgers.open("car", nights([1.0]), base=0, currency=None, source=SourceName.FLEX)
    await ledgers.async_flush()
    assert FILE in hass_storage
    await ledgers.async_remove()
    assert FILE not in hass_storage


def test_a_session_that_ended_at_an_unknown_time_is_the_oldest() -> None:
    lost = replace(visit("lost", NIGHT, [2.0]), plugged_out_at=None)
    ledger = start([lost, *nights([1.0] * SESSIONS_KEPT)])
    assert "lost" not in ledger.sessions
    assert ledger.base == 2 * MICRO
    assert Counted(energy=MICRO, left_at=(NIGHT + QUARTER).timestamp()) == ledger.sessions["s0"]
