"""The card's pure functions, run where they run: in the browser."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from playwright.async_api import Page
import pytest

from .conftest import PAYLOADS

type Call = Callable[..., Awaitable[Any]]


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def utc(milliseconds: float) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, tz=UTC):%dT%H:%M}"


@pytest.fixture
def model(pure: Page) -> Call:
    """Calls a function of a module of the card: model(name, *arguments, module="model")."""

    async def call(name: str, *arguments: Any, module: str = "model") -> Any:
        return await pure.evaluate(
            "async ([module, name, values]) => (await import(`/card/${module}.js`))[name](...values)",
            [module, name, list(arguments)],
        )

    return call


HOUR = 3_600_000


async def test_ticks_stand_at_full_hours_of_the_zone(model: Call):
    found = await model("ticks", ms("2026-11-23T16:45"), ms("2026-11-24T06:00"), 6, "Europe/Oslo")

    assert [utc(it) for it in found] == ["23T17:00", "23T20:00", "23T23:00", "24T02:00", "24T05:00"]


@pytest.mark.parametrize(
    ("zone", "first"), [("Asia/Kolkata", "23T17:30"), ("Asia/Kathmandu", "23T17:15"), ("Australia/Darwin", "23T17:30")]
)
async def test_ticks_stand_at_full_hours_of_half_hour_zones(model: Call, zone: str, first: str):
    found = await model("ticks", ms("2026-11-23T16:45"), ms("2026-11-23T20:00"), 4, zone)

    assert utc(found[0]) == first
    assert {b - a for a, b in pairwise(found)} == {HOUR}


async def test_the_night_that_loses_an_hour_has_no_tick_for_it(model: Call):
    # 28 March 2027 in Oslo: 02:00 to 03:00 does not exist, 01:00Z is 03:00.
    found = await model("ticks", ms("2027-03-27T22:00"), ms("2027-03-28T04:00"), 8, "Europe/Oslo")
    walls = [await model("wall", it, "Europe/Oslo") for it in found]

    assert [utc(it) for it in walls] == [
        "27T23:00",
        "28T00:00",
        "28T01:00",
        "28T03:00",
        "28T04:00",
        "28T05:00",
        "28T06:00",
    ]
    assert {b - a for a, b in pairwise(found)} == {HOUR}


async def test_the_night_that_has_an_hour_twice_has_two_ticks_for_it(model: Call):
    found = await model("ticks", ms("2026-10-24T22:00"), ms("2026-10-25T03:00"), 8, "Europe/Oslo")
    walls = [await model("wall", it, "Europe/Oslo") for it in found]

    assert [utc(it) for it in walls] == ["25T00:00", "25T01:00", "25T02:00", "25T02:00", "25T03:00", "25T04:00"]


async def test_never_more_ticks_than_fit(model: Call):
    for hours in (1, 3, 9, 14, 30, 60):
        for most in (1, 2, 5, 9):
            found = await model("ticks", ms("2026-11-23T16:00"), ms("2026-11-23T16:00") + hours * HOUR, most, "UTC")
            if hours <= most * 24:
                assert len(found) <= most + 1, (hours, most)


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "state": "active_regular",
        "plugged_in_at": "2026-11-23T16:40:00+00:00",
        "plugged_out_at": None,
        "blocks": [],
        "series": [],
        **changes,
    }


def block(
    start: str, end: str, kwh: float | None = 7.2, phase: str = "future", kind: str = "regular"
) -> dict[str, Any]:
    return {"type": kind, "start": f"2026-11-{start}:00Z", "end": f"2026-11-{end}:00Z", "kwh": kwh, "phase": phase}


def quarter(start: str, end: str | None, kwh: float | None) -> dict[str, Any]:
    return {"start": f"2026-11-{start}:00Z", "end": f"2026-11-{end}:00Z" if end else None, "kwh": kwh}


async def slots(
    model: Call, now: str, power: float | None = None, **changes: Any
) -> list[tuple[str, str, str, str, float]]:
    found = await model("slotsOf", session(**changes), ms(f"2026-11-{now}"), power)
    return [(it["kind"], it["type"], utc(it["start"]), utc(it["end"]), round(it["kw"], 2)) for it in found]


async def test_measured_quarters_take_the_colour_of_their_block(model: Call):
    told = await slots(
        model,
        "23T18:00",
        blocks=[block("23T17:00", "23T17:30", 3.6, "past", "battery_reserve")],
        series=[
            quarter("23T17:00", "23T17:15", 1.8),
            quarter("23T17:15", None, 1.8),
            quarter("23T17:30", "23T17:45", 0.9),
        ],
    )

    assert told == [
        ("measured", "battery_reserve", "23T17:00", "23T17:15", 7.2),
        ("measured", "battery_reserve", "23T17:15", "23T17:30", 7.2),
        ("measured", "other", "23T17:30", "23T17:45", 3.6),
    ]


async def test_of_a_running_block_the_rest_is_planned(model: Call):
    told = await slots(
        model,
        "23T17:20",
        blocks=[block("23T17:00", "23T18:00", 7.2, "running")],
        series=[quarter("23T17:00", "23T17:15", 1.5)],
    )

    assert told == [
        ("measured", "regular", "23T17:00", "23T17:15", 6.0),
        ("planned", "regular", "23T17:15", "23T18:00", 7.2),
    ]


async def test_a_running_block_of_unknown_energy_goes_on_with_the_power_of_now(model: Call):
    blocks = [block("23T17:00", "23T18:00", None, "running"), block("23T19:00", "23T20:00", None)]
    series = [quarter("23T17:00", "23T17:15", 1.5)]

    assert await slots(model, "23T17:20", power=7.4, blocks=blocks, series=series) == [
        ("measured", "regular", "23T17:00", "23T17:15", 6.0),
        ("planned", "regular", "23T17:15", "23T18:00", 7.4),
        ("planned", "regular", "23T19:00", "23T20:00", 0.0),
    ]
    assert (await slots(model, "23T17:20", blocks=blocks))[0][4] == 0.0


async def test_past_blocks_without_measurements_are_drawn_from_their_own_sum(model: Call):
    assert await slots(model, "23T20:00", blocks=[block("23T17:00", "23T19:00", 7.2, "past")]) == [
        ("measured", "regular", "23T17:00", "23T19:00", 3.6)
    ]


async def test_odd_blocks_and_quarters_neither_overlap_nor_break(model: Call):
    told = await slots(
        model,
        "23T17:00",
        blocks=[
            block("23T19:00", "23T21:00"),
            block("23T18:00", "23T20:00", None),
            block("23T18:00", "23T18:00"),
            block("23T22:00", "23T21:00"),
            {"type": "other", "start": "soon", "end": "later", "kwh": 1, "phase": "future"},
        ],
        series=[
            quarter("23T16:15", "23T16:30", None),
            quarter("23T16:00", "23T16:20", 1),
            quarter("23T16:15", "23T16:30", 1),
        ],
    )

    assert [(kind, start, end) for kind, _, start, end, _ in told] == [
        ("measured", "23T16:00", "23T16:20"),
        ("planned", "23T18:00", "23T20:00"),
        ("planned", "23T20:00", "23T21:00"),
    ]


async def span(model: Call, now: str, ready_by: str | None, **changes: Any) -> list[str]:
    found = await model(
        "span", session(**changes), ms(f"2026-11-{now}"), ms(f"2026-11-{ready_by}") if ready_by else None
    )
    return [utc(it) for it in found]


async def test_the_chart_reaches_from_plug_in_to_ready_by_or_the_last_block(model: Call):
    assert await span(model, "23T20:00", "24T06:00") == ["23T16:30", "24T06:00"]
    assert await span(model, "23T20:00", "24T06:00", blocks=[block("24T05:00", "24T07:50")]) == ["23T16:30", "24T08:00"]
    assert await span(model, "23T20:00", None) == ["23T16:30", "23T20:00"]


async def test_a_car_that_stands_for_days_shows_its_last_day(model: Call):
    assert await span(model, "27T20:00", "28T06:00") == ["26T20:00", "28T06:00"]


async def test_a_car_that_nobody_saw_plugged_in_shows_the_present_before_its_plan(model: Call):
    told = await span(model, "23T20:00", "24T06:00", plugged_in_at=None, blocks=[block("24T02:00", "24T05:00")])

    assert told == ["23T20:00", "24T06:00"]


async def test_a_ready_by_that_is_days_away_does_not_squeeze_the_night(model: Call):
    assert await span(model, "23T20:00", "27T06:00", blocks=[block("23T22:00", "24T02:00")]) == ["23T16:30", "24T02:00"]


async def test_a_short_settled_session_still_gets_an_hour(model: Call):
    told = await span(
        model,
        "24T20:00",
        None,
        state="settled",
        plugged_in_at="2026-11-23T11:02:00Z",
        plugged_out_at="2026-11-23T11:20:00Z",
    )

    assert told == ["23T11:00", "23T12:00"]


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("upcoming", "upcoming"),
        ("waiting", "active"),
        ("immediate", "active"),
        ("settled", "settled"),
        ("unmanaged", "settled"),
        ("no_session", "no_session"),
        ("no_source", "no_source"),
        ("not_loaded", "not_loaded"),
        ("removed", "removed"),
    ],
)
async def test_each_state_has_its_picture(model: Call, name: str, picture: str):
    assert await model("picture", PAYLOADS[name]) == picture


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("waiting", "immediate_start"),
        ("immediate", "resume_schedule"),
        ("ready", None),
        ("settled", None),
        ("upcoming", None),
        ("missing_capabilities", None),
        ("read_only", None),
        ("not_loaded", None),
    ],
)
async def test_only_an_action_that_may_work_is_offered(model: Call, name: str, action: str | None):
    assert await model("offer", PAYLOADS[name]) == action


@pytest.mark.parametrize(
    ("kw", "most"), [(0, 2), (1.9, 2), (7.2, 8), (11, 12), (22, 24), (48, 60), (350, 400), (1234, 1300)]
)
async def test_the_scale_ends_at_a_round_number(model: Call, kw: float, most: float):
    assert await model("niceMax", kw) == most


async def test_labels_of_the_battery_bar_never_overlap_and_the_target_goes_first(model: Call):
    marks = [
        {"key": "target", "level": 80, "width": 70},
        {"key": "start", "level": 78, "width": 60},
        {"key": "reserve", "level": 30, "width": 70},
    ]

    placed = await model("placeLabels", marks, 300)

    assert [it["key"] for it in placed] == ["target", "reserve"]
    assert all(0 <= it["left"] <= 300 - it["width"] for it in placed)


async def test_energy_of_a_session_is_shared_among_its_blocks(model: Call):
    blocks = [block("23T17:00", "23T18:00", 3, "past", "battery_reserve"), block("23T20:00", "23T22:00", 9, "past")]

    shares = await model("energyByType", session(blocks=blocks, kwh=24), module="history")
    unmanaged = await model("energyByType", session(kwh=21.6), module="history")

    assert shares == [{"type": "battery_reserve", "kwh": 6}, {"type": "regular", "kwh": 18}]
    assert unmanaged == [{"type": "other", "kwh": 21.6}]
