"""What the card does: its words, its updates, its actions, its manners. The shipped files, in a real Chromium."""

import copy
import re
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page
import pytest

from .conftest import GERMAN, PAYLOADS, STATES, TRANSLATIONS, OpenCard


async def words(page: Page, name: str) -> list[str]:
    """Every visible text of a card, from top to bottom."""
    return [it.replace("\u00a0", " ") for it in await page.evaluate("name => harness.words(name)", name)]


async def inside(page: Page, name: str, selector: str) -> str:
    return (
        await page.evaluate(
            "([name, it]) => harness.cards[name].shadowRoot.querySelector(it).textContent", [name, selector]
        )
    ).replace("\u00a0", " ")


#: Stands between the ends of a range.
DASH = "\N{EN DASH}"
#: Texts that a state must show, beside the name of the car.
EXPECTED = {
    "upcoming": [
        "Not plugged in",
        "Plug in to see the plan",
        "52%",
        "80%",
        "Ready by 07:00",
        "Last session",
        "€3.92",
        "On target",
    ],
    "reserve": [
        "Filling the battery reserve · 7.2 kW",
        "On track",
        "27%",
        "Start 24%",
        "Battery reserve",
        "Charge now",
    ],
    "waiting": [
        "Waiting for 23:00, the next block",
        "On track",
        "80% expected at 05:15",
        "3.5 kWh charged · 30.6 kWh planned",
    ],
    "classic": ["Waiting for 03:00, the next block", "On track", "Reserve 30%", "25.2 kWh planned", "Charge now"],
    "charging": ["Charging · 7.2 kW", "41%", "Target 80%", "Scheduled", "Planned", "Charge now"],
    "immediate": ["Charging now · 7.2 kW", "80% expected at 23:25", "Charge now", "Back to schedule"],
    "off_target": ["22% short", "Only 58% expected by 07:00", "Charge now"],
    "start_failed": ["Problem", "Charging did not start", "Only 35% expected by 07:00", "Charge now"],
    "stop_failed": ["Problem", "Charging did not stop", "Charging · 7.2 kW"],
    "missing_capabilities": ["Problem", "Enode cannot control the car"],
    "unknown_error": ["Problem", "Enode reports a problem"],
    "settled": [
        "Session finished",
        "81%",
        "Last session",
        "17:40 to 07:41",
        "34.2 kWh",
        f"24% {DASH} 81%",
        "€6.84",
        "€4.79",
        "On target",
    ],
    "unmanaged": ["Session finished", "64%", "21.6 kWh", "Not controlled", "Other charging"],
    "ready": ["Target reached", "Ready", "80%", "80% reached at 05:15"],
    "stale": ["As of 21:20", "No news from Enode since 21:20"],
    "silent": ["Plugged in, not charging", "Planned, but no power flows"],
    "starting": ["Starting to charge now", "Asking the car to charge"],
    "read_only": ["Waiting for 23:00, the next block"],
    "no_plan": ["Plugged in, nothing planned yet", "24%", "Charge now"],
    "no_session": ["Not plugged in", "No charging session yet", "64%"],
    "no_source": ["No charging sessions", "64%"],
    "not_loaded": ["Not connected", "The integration is not running"],
    "removed": ["Removed", "This car is not linked any more"],
}
#: Texts that a state must not show.
FORBIDDEN = {
    "ready": ["Charge now"],
    "settled": ["Charge now", "On track"],
    "unmanaged": ["Charge now", "On track"],
    "upcoming": ["Charge now"],
    "missing_capabilities": ["Charge now"],
    "read_only": ["Charge now"],
    "stale": ["Charge now", "On track"],
    "silent": ["On track"],
    "not_loaded": ["Charge now"],
    "removed": ["Charge now"],
    "starting": ["Charge now"],
}


async def test_every_state_says_what_it_must(open_card: OpenCard):
    assert set(EXPECTED) == set(STATES)
    page = await open_card(*STATES)

    for name in STATES:
        shown = await words(page, name)
        assert [it for it in ["Ioniq 5", *EXPECTED[name]] if it not in shown] == [], (name, shown)
        assert [it for it in FORBIDDEN.get(name, []) if it in shown] == [], (name, shown)


async def test_no_text_is_missing_and_no_placeholder_is_left(open_card: OpenCard):
    page = await open_card(*STATES, config={"show_history": True})

    for name in STATES:
        assert [it for it in await words(page, name) if "{" in it or "undefined" in it or "NaN" in it] == [], name


@pytest.mark.parametrize("dark", [False, True])
async def test_axe_finds_nothing_in_any_state(open_card: OpenCard, dark: bool):
    page = await open_card(*STATES, dark=dark, config={"show_history": True})
    await page.evaluate("harness.cards.charging.shadowRoot.querySelector('.button.wide').click()")
    await page.evaluate("harness.cards.settled.shadowRoot.querySelector('.fold').click()")
    await page.wait_for_function("harness.cards.settled.shadowRoot.querySelector('.session')")
    await page.wait_for_function("harness.cards.charging.shadowRoot.querySelector('.ask')")

    found = await Axe().run(
        page,
        options={
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            "rules": {"page-has-heading-one": {"enabled": False}},
        },
    )

    assert [(it["id"], [node["html"][:120] for node in it["nodes"]]) for it in found.response["violations"]] == []


# -- updates -----------------------------------------------------------------------------------------------------------


def changed(name: str, **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(PAYLOADS[name]) | changes


async def test_an_update_keeps_the_elements_and_the_focus(open_card: OpenCard):
    page = await open_card("charging")
    await page.evaluate(
        """() => {
            const root = harness.cards.charging.shadowRoot;
            root.querySelector(".button.wide").focus();
            window.before = [...root.querySelectorAll("*")];
        }"""
    )

    await page.evaluate(
        "payload => harness.push('charging', payload)",
        changed("charging", power_kw=6.9, battery=PAYLOADS["charging"]["battery"] | {"now": 42}),
    )

    assert "42%" in await words(page, "charging")
    assert await page.evaluate(
        """() => {
            const root = harness.cards.charging.shadowRoot;
            return root.activeElement === root.querySelector(".button.wide") && before.every((it) => root.contains(it));
        }"""
    )


async def test_a_push_without_news_touches_nothing(open_card: OpenCard):
    page = await open_card("charging")

    touched = await page.evaluate(
        "payload => harness.changes('charging', () => harness.push('charging', payload))", PAYLOADS["charging"]
    )

    assert touched == []


async def test_every_state_can_follow_every_other(open_card: OpenCard):
    page = await open_card("charging")
    fresh = await open_card(*STATES)

    for name in [*STATES, *reversed(STATES)]:
        await page.evaluate("payload => harness.push('charging', payload)", PAYLOADS[name])
        assert await words(page, "charging") == await words(fresh, name), name


async def test_states_of_other_entities_cost_nothing(open_card: OpenCard):
    page = await open_card("charging")

    touched = await page.evaluate(
        """() => harness.changes("charging", () => {
            for (let round = 0; round < 50; round++) {
                harness.cards.charging.hass = { ...harness.hass, states: { [round]: {} } };
            }
        })"""
    )

    assert touched == []
    assert await page.evaluate("harness.hass.connection.subscriptions.length") == 1


async def test_one_timer_ticks_at_the_next_full_minute(open_card: OpenCard):
    page = await open_card()
    told = await page.evaluate(
        """async () => {
            const waits = [];
            const real = window.setTimeout;
            window.setTimeout = (callback, wait) => (waits.push([wait, callback]), waits.length);
            harness.add("charging");
            await new Promise((resolve) => real(resolve, 100));
            harness.push("charging", harness.payloads.charging);
            harness.push("charging", harness.payloads.charging);
            const first = waits.length;
            const clock = performance.now;
            performance.now = () => clock.call(performance) + 60_000;
            waits[0][1]();
            const text = harness.cards.charging.shadowRoot.querySelector(".now text").textContent;
            performance.now = clock;
            window.setTimeout = real;
            return [first, waits.length, waits.every(([wait]) => wait > 0 && wait <= 60_020), text];
        }"""
    )

    assert told == [1, 2, True, "Now 00:08"]


async def test_no_work_while_the_page_is_hidden(open_card: OpenCard):
    page = await open_card("charging")
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""

    await page.evaluate(hide, True)
    await page.evaluate("payload => harness.push('charging', payload)", PAYLOADS["settled"])
    hidden = await words(page, "charging")
    await page.evaluate(hide, False)

    assert "On track" in hidden
    assert "Session finished" in await words(page, "charging")


# -- subscription ------------------------------------------------------------------------------------------------------


async def test_leaving_the_view_ends_the_subscription_and_coming_back_takes_it_up(open_card: OpenCard):
    page = await open_card("charging")

    told = await page.evaluate(
        """async () => {
            const { subscriptions } = harness.hass.connection;
            const card = harness.cards.charging;
            const place = card.parentElement;
            card.remove();
            await Promise.resolve(); await new Promise((resolve) => setTimeout(resolve, 20));
            const left = subscriptions.map((it) => it.open);
            place.append(card);
            await new Promise((resolve) => setTimeout(resolve, 20));
            return [left, subscriptions.map((it) => it.open)];
        }"""
    )

    assert told == [[False], [False, True]]


async def test_another_vehicle_in_the_configuration_is_another_subscription(open_card: OpenCard):
    page = await open_card("charging")

    await page.evaluate("harness.cards.charging.setConfig({ type: 'custom:enode-flex-card', device_id: 'settled' })")
    await page.wait_for_function(
        "harness.cards.charging.shadowRoot.querySelector('.status').textContent === 'Session finished'"
    )
    await page.evaluate("payload => harness.push('charging', payload)", PAYLOADS["waiting"])

    assert await inside(page, "charging", ".status") == "Session finished"


async def test_the_command_that_does_not_exist_yet_is_tried_again(open_card: OpenCard):
    page = await open_card("charging")
    await page.evaluate(
        """() => {
            harness.hass.connection.refuse = { code: "unknown_command" };
            harness.hass.connection.dispatchEvent(new Event("ready"));
        }"""
    )
    await page.wait_for_timeout(20)
    during = await inside(page, "charging", ".status")

    await page.evaluate(
        """() => {
            harness.hass.connection.refuse = null;
            harness.payloads.charging = harness.payloads.settled;
            harness.cards.charging.hass = { ...harness.hass, states: {} };
        }"""
    )
    await page.wait_for_function(
        "harness.cards.charging.shadowRoot.querySelector('.status').textContent === 'Session finished'"
    )

    assert during.startswith("Charging")


@pytest.mark.parametrize(
    ("code", "text"), [("not_found", "There is no such vehicle"), ("unauthorized", "You may not see"), ("", "")]
)
async def test_a_refused_subscription_says_why(open_card: OpenCard, code: str, text: str):
    page = await open_card()
    await page.evaluate(
        "code => { harness.hass.connection.refuse = { code }; harness.add('charging'); }", code or "unknown_command"
    )
    await page.wait_for_function("harness.cards.charging.shadowRoot.querySelector('.name').textContent")

    assert (await inside(page, "charging", ".status")).startswith(text)
    assert await inside(page, "charging", ".name") == ("Choose a vehicle" if code else "Waiting for Enode Flex")


async def test_a_snapshot_of_a_newer_version_asks_for_a_reload_of_the_page(open_card: OpenCard):
    page = await open_card("charging")

    await page.evaluate("payload => harness.push('charging', payload)", changed("charging", version=99))

    assert (await words(page, "charging"))[:1] == ["Reload this page"]


# -- actions -----------------------------------------------------------------------------------------------------------


async def press_charge_now(page: Page, name: str = "waiting") -> None:
    await page.evaluate("name => harness.cards[name].shadowRoot.querySelector('.button.wide').click()", name)
    await page.wait_for_function(
        "name => harness.cards[name].shadowRoot.querySelector('.ask')?.checkVisibility()", arg=name
    )


async def confirm(page: Page, name: str = "waiting") -> None:
    await page.evaluate("name => harness.cards[name].shadowRoot.querySelector('.ask .button:not(.bare)').click()", name)


async def answer(page: Page, result: str, reason: str | None = None) -> None:
    await page.evaluate(
        "told => harness.resolve({ response: { vehicles: { 'device-1': told } } })",
        {"result": result, "reason": reason},
    )
    await page.wait_for_function("harness.cards.waiting.shadowRoot.querySelector('.result')?.checkVisibility()")


async def test_charge_now_asks_first_and_then_calls_the_action(open_card: OpenCard):
    page = await open_card("waiting")

    await press_charge_now(page)
    asked = await words(page, "waiting")
    called_before = await page.evaluate("harness.hass.calls.length")
    await confirm(page)
    under_way = await words(page, "waiting")

    assert "Charge now up to 80%, without waiting for the planned times?" in asked
    assert called_before == 0
    assert await page.evaluate("harness.hass.calls") == [
        {
            "domain": "enode_flex",
            "service": "immediate_start",
            "data": {"device_id": ["device-1"], "wait": 60},
            "target": None,
            "notify": False,
            "respond": True,
        }
    ]
    assert "Asking the car to charge" in under_way
    assert "Charge now" not in under_way


@pytest.mark.parametrize(
    ("result", "reason", "told"),
    [
        ("confirmed", None, "Confirmed: the car charges now."),
        ("pending", None, "Enode took it, the car has not answered yet. This card shows it as soon as it does."),
        ("refused", "start_failed", TRANSLATIONS["exceptions"]["refused_start_failed"]["message"]),
        ("invalid", "not_plugged_in", TRANSLATIONS["exceptions"]["not_plugged_in"]["message"]),
        ("error", "Bad gateway", "It did not work: Bad gateway"),
    ],
)
async def test_the_result_is_told_as_the_action_tells_it(
    open_card: OpenCard, result: str, reason: str | None, told: str
):
    page = await open_card("waiting")
    await press_charge_now(page)
    await confirm(page)

    await answer(page, result, reason)

    assert told in await words(page, "waiting")
    assert "Charge now" in await words(page, "waiting")


async def test_a_failed_call_is_told_and_can_be_closed(open_card: OpenCard):
    page = await open_card("waiting")
    await press_charge_now(page)
    await confirm(page)

    await page.evaluate("harness.reject(new Error('Connection lost'))")
    await page.wait_for_function("harness.cards.waiting.shadowRoot.querySelector('.result').checkVisibility()")
    told = await words(page, "waiting")
    await page.evaluate("harness.cards.waiting.shadowRoot.querySelector('.close').click()")

    assert "It did not work: Connection lost" in told
    assert "It did not work: Connection lost" not in await words(page, "waiting")


async def test_a_press_works_while_home_assistant_is_away(open_card: OpenCard):
    page = await open_card("waiting", "settled")
    await page.wait_for_function("harness.cards.waiting.shadowRoot.querySelector('.ask')")
    nothing_to_offer = await page.evaluate("harness.cards.settled.shadowRoot.querySelector('.ask')")
    await page.context.set_offline(True)

    await press_charge_now(page)
    await page.context.set_offline(False)

    assert nothing_to_offer is None
    assert "Charge now up to 80%, without waiting for the planned times?" in await words(page, "waiting")


async def test_the_keyboard_is_enough_and_the_focus_never_gets_lost(open_card: OpenCard):
    page = await open_card("waiting")
    focused = "harness.cards.waiting.shadowRoot.activeElement?.className ?? ''"

    await page.keyboard.press("Tab")
    first = await page.evaluate(focused)
    await page.keyboard.press("Tab")
    chart = await page.evaluate("harness.cards.waiting.shadowRoot.activeElement.getAttribute('class')")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    asked = "harness.cards.waiting.shadowRoot.querySelector('.ask')?.checkVisibility()"
    await page.wait_for_function(asked)
    asking = await inside(page, "waiting", ":focus")
    await page.keyboard.press("Escape")
    back = await page.evaluate(focused)
    await page.keyboard.press("Enter")
    await page.wait_for_function(asked)
    await page.keyboard.press("Enter")
    await page.wait_for_function("harness.hass.calls.length")

    assert (first, chart, asking, back) == ("who", "chart", "Charge now", "button wide")
    assert await page.evaluate("harness.hass.calls.length") == 1
    assert await page.evaluate(focused) == "who"


async def test_a_question_is_taken_back_when_its_answer_can_no_longer_be_carried_out(open_card: OpenCard):
    page = await open_card("waiting")
    await press_charge_now(page)

    await page.evaluate("payload => harness.push('waiting', payload)", PAYLOADS["immediate"])

    shown = await words(page, "waiting")
    assert "Back to schedule" in shown
    assert "Cancel" not in shown


async def test_actions_can_be_left_out(open_card: OpenCard):
    page = await open_card("waiting", config={"show_actions": False})

    assert "Charge now" not in await words(page, "waiting")


# -- the chart ---------------------------------------------------------------------------------------------------------


async def test_pointer_and_arrow_keys_read_the_chart(open_card: OpenCard):
    page = await open_card("charging")
    chart = page.locator("enode-flex-card .chart")
    detail = "harness.cards.charging.shadowRoot.querySelector('.detail').textContent.replaceAll('\\u00a0', ' ')"

    await chart.focus()
    await page.wait_for_function("harness.cards.charging.shadowRoot.querySelector('.chart rect[y=\"24\"]')")
    await page.keyboard.press("End")
    end = await page.evaluate(detail)
    await page.keyboard.press("ArrowLeft")
    before = await page.evaluate(detail)
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    first = await page.evaluate(detail)
    await page.keyboard.press("Escape")
    none = await page.evaluate(detail)
    box = await chart.bounding_box()
    assert box
    await page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 80)
    hovered = await page.evaluate(detail)

    assert end == f"05:15{DASH}07:00 · No charging planned"
    assert before == f"03:00{DASH}05:15 · 16.2 kWh planned · Scheduled"
    assert first == f"17:45{DASH}18:00 · 6.4 kW · Battery reserve"
    assert none == "10.0 kWh charged · 24.0 kWh planned"
    assert hovered == before


async def test_solid_is_final_and_hatched_is_planned(open_card: OpenCard):
    page = await open_card("charging")

    bars = await page.evaluate(
        """() => [...harness.root("charging").querySelectorAll(".bars path")]
            .map((it) => [it.getAttribute("class"), it.style.fill.includes("url")])"""
    )

    assert {(name.split()[1], hatched) for name, hatched in bars} == {("measured", False), ("planned", True)}
    assert [name for name, _ in bars].count("battery_reserve measured") == 2


async def test_a_screen_reader_gets_the_blocks_as_a_list(open_card: OpenCard):
    page = await open_card("charging")

    told = await page.evaluate(
        """() => [...harness.root("charging").querySelectorAll("ul.hear li")]
            .map((it) => it.textContent.replaceAll("\u00a0", " "))"""
    )

    assert told == [
        "17:45 to 18:15, Battery reserve, 3.6 kWh, done",
        "23:00 to 01:00, Scheduled, 14.4 kWh, running",
        "03:00 to 05:15, Scheduled, 16.2 kWh, planned",
    ]


async def test_two_cards_do_not_share_the_patterns_of_their_bars(open_card: OpenCard):
    page = await open_card("charging", "waiting")

    ids = await page.evaluate(
        """() => Object.keys(harness.cards)
            .flatMap((name) => [...harness.root(name).querySelectorAll("pattern")].map((it) => it.id))"""
    )

    assert len(ids) == len(set(ids)) == 8


# -- manners -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hass", "browser_zone", "ready_by"),
    [
        ({"time_format": "24"}, "Europe/Oslo", "Ready by 07:00"),
        ({"time_format": "12"}, "Europe/Oslo", "Ready by 7:00 AM"),
        ({"time_format": "language"}, "Europe/Oslo", "Ready by 7:00 AM"),
        ({"time_format": "system"}, "Europe/Oslo", "Ready by 07:00"),
        ({"time_zone": "local"}, "Asia/Kolkata", "Ready by 11:30"),
        ({"time_zone": "server"}, "Asia/Kolkata", "Ready by 07:00"),
        ({"time_zone": "server", "server_zone": "America/New_York"}, "Asia/Kolkata", "Ready by 01:00"),
    ],
)
async def test_times_are_told_as_the_person_wants_them(
    open_card: OpenCard, hass: dict[str, str], browser_zone: str, ready_by: str
):
    page = await open_card("waiting", browser_zone=browser_zone, **hass)

    assert ready_by in await words(page, "waiting")


async def test_numbers_follow_the_persons_settings(open_card: OpenCard):
    page = await open_card("charging", number_format="decimal_comma")

    assert "10,0 kWh charged · 24,0 kWh planned" in await words(page, "charging")


async def test_another_language_changes_the_card_in_place(open_card: OpenCard):
    page = await open_card("waiting")
    norwegian = TRANSLATIONS["common"] | {
        "card_language": "nb",
        "card_ready_by": "Klar til {time}",
        "card_in": "om {duration}",
    }

    await page.evaluate(
        """strings => {
            const fill = (text, values = {}) => text?.replace(/\\{(\\w+)\\}/g, (_, key) => values[key] ?? "");
            const norwegian = async () => (key, values) => fill(strings[key.split(".").pop()], values);
            harness.cards.waiting.hass = { ...harness.hass, language: "nb", loadBackendTranslation: norwegian };
        }""",
        norwegian,
    )
    await page.wait_for_function(
        "harness.cards.waiting.shadowRoot.querySelector('.strong').textContent.startsWith('Klar')"
    )

    shown = await words(page, "waiting")
    assert "Klar til 07:00" in shown
    assert "om 8 t 53 min" in shown


async def test_nothing_is_left_in_english_where_there_is_a_translation(open_card: OpenCard):
    english = await open_card(*STATES, config={"show_history": True})
    german = await open_card(
        *STATES, config={"show_history": True}, strings=GERMAN["common"], language="de", time_format="24"
    )

    for name in STATES:
        shown = await words(german, name)
        same = {it for it in shown if re.search("[a-z]{3}", it)} & set(await words(english, name))
        assert same - {"Ioniq 5", "Problem"} == set(), name
    assert "Fertig bis 07:00" in await words(german, "charging")
    assert "in 6 Std. 53 Min." in await words(german, "charging")
    assert "Nur 58 % bis 07:00 erwartet" in await words(german, "off_target")
    assert "10,0 kWh geladen · 24,0 kWh geplant" in await words(german, "charging")


async def test_right_to_left_mirrors_the_card_but_not_the_axis_of_time(open_card: OpenCard):
    page = await open_card("charging", direction="rtl")

    told = await page.evaluate(
        """() => {
            const root = harness.cards.charging.shadowRoot;
            const left = (selector) => root.querySelector(selector).getBoundingClientRect().left;
            const range = document.createRange();
            range.selectNode(root.querySelector(".ready-by .soft").firstChild);
            const dot = range.getBoundingClientRect().left;
            const pairs = [[".badge", ".chip"], [".had", ".tick"], [".ready line", ".now line"]];
            return [
                ...pairs.map(([one, other]) => left(one) > left(other)),
                left(".ready-by .strong") > dot && dot > left(".ready-by .soft bdi"),
            ];
        }"""
    )

    assert told == [True, True, True, True]


async def test_the_chart_fits_every_width(open_card: OpenCard):
    page = await open_card("charging", "off_target", "dense", card_width=229)
    for width in (229, 300, 380, 500, 700, 1200):
        await page.evaluate("width => document.documentElement.style.setProperty('--card-width', width + 'px')", width)
        await page.wait_for_timeout(60)

        outside = await page.evaluate("harness.outside()")

        assert outside == [], width


async def test_labels_of_the_axis_never_touch(open_card: OpenCard):
    for hours in ("12", "24"):
        page = await open_card("charging", "off_target", "start_failed", "settled", "dense", time_format=hours)
        for width in (229, 320, 420, 800):
            await page.evaluate(
                "width => document.documentElement.style.setProperty('--card-width', width + 'px')", width
            )
            await page.wait_for_timeout(60)
            touching = await page.evaluate("harness.touching()")
            assert touching == [], (hours, width)


@pytest.mark.parametrize("ready_by", ["24T04:20", "24T04:45", "24T05:00", "24T10:00"])
async def test_the_label_of_the_present_makes_way_for_the_flag(open_card: OpenCard, ready_by: str):
    page = await open_card("ready")
    snapshot = changed("ready", ready_by=f"2026-11-{ready_by}:00+00:00")
    snapshot["session"] |= {"ready_by": snapshot["ready_by"]}

    await page.evaluate("payload => harness.push('ready', payload)", snapshot)

    pill, flag = await page.evaluate(
        """() => [".now rect", ".ready path"]
            .map((it) => harness.cards.ready.shadowRoot.querySelector(it).getBoundingClientRect())
            .map(({ left, right }) => [left, right])"""
    )
    assert pill[1] <= flag[0] or flag[1] <= pill[0]


async def test_reduced_motion_stops_what_turns(open_card: OpenCard):
    page = await open_card("starting", reduced_motion=True)

    assert await page.evaluate("harness.cards.starting.shadowRoot.querySelector('.spin').getAnimations().length") == 0


async def test_a_tap_on_the_head_opens_more_info(open_card: OpenCard):
    page = await open_card("charging")

    asked = await page.evaluate(
        """() => {
            let asked;
            document.addEventListener("hass-more-info", (event) => (asked = event.detail.entityId));
            harness.cards.charging.shadowRoot.querySelector(".who").click();
            return asked;
        }"""
    )

    assert asked == "sensor.ioniq_5_charging_status"


async def test_the_picker_the_editor_and_the_strategy_know_the_card(open_card: OpenCard):
    page = await open_card()

    told = await page.evaluate(
        """async () => {
            const card = customElements.get("enode-flex-card");
            const [entry] = window.customCards;
            harness.add("charging");
            await new Promise((resolve) => setTimeout(resolve, 50));
            const form = await card.getConfigForm();
            const strategy = customElements.get("ll-strategy-dashboard-enode-flex");
            const dashboard = await strategy.generate({}, harness.hass);
            return {
                entries: window.customCards.length,
                ours: entry.getEntitySuggestion(harness.hass, "sensor.ioniq_5_charging_status"),
                foreign: entry.getEntitySuggestion(harness.hass, "light.kitchen"),
                missing: entry.getEntitySuggestion(harness.hass, "light.none"),
                stub: card.getStubConfig(harness.hass),
                fields: form.schema.map((it) => it.name),
                labels: form.schema.map((it) => form.computeLabel(it)),
                cards: dashboard.views[0].sections.flatMap((it) => it.cards),
                grid: document.createElement("enode-flex-card").getGridOptions(),
            };
        }"""
    )

    assert told["entries"] == 1
    assert told["ours"] == {"config": {"type": "custom:enode-flex-card", "device_id": "device-1"}}
    assert told["foreign"] is None
    assert told["missing"] is None
    assert told["stub"] == {"device_id": "device-1"}
    assert told["fields"] == ["device_id", "entity", "name", "show_actions", "show_history"]
    assert all(label and label != field for label, field in zip(told["labels"], told["fields"], strict=True))
    assert [it["device_id"] for it in told["cards"]] == ["device-2", "device-1"]
    assert told["grid"] == {"columns": 12, "min_columns": 6, "rows": "auto"}


# -- the history -------------------------------------------------------------------------------------------------------


async def open_history(page: Page, name: str) -> None:
    await page.evaluate("name => harness.cards[name].shadowRoot.querySelector('.fold').click()", name)
    await page.wait_for_function("name => harness.cards[name].shadowRoot.querySelector('.session')", arg=name)


async def test_the_history_is_read_when_it_is_opened_and_each_bar_opens_its_details(open_card: OpenCard):
    page = await open_card("settled", config={"show_history": True})
    before = await page.evaluate("harness.hass.calls.length")

    await open_history(page, "settled")
    newest = await words(page, "settled")
    await page.locator(".session").nth(0).click()
    oldest = await words(page, "settled")

    assert before == 0
    assert await page.evaluate("harness.hass.calls") == [
        {"type": "enode_flex/history", "limit": 14, "device_id": "device-1"}
    ]
    assert await page.locator(".session").count() == 14
    assert {"Battery reserve", "Scheduled", "Charge now", "Other charging"} <= set(newest), "the colours are explained"
    assert "Monday 23 November, 17:40 to 07:41" in newest or "Monday, November 23, 17:40 to 07:41" in newest
    assert [it for it in newest if it not in oldest]


async def test_the_history_is_walked_with_the_arrow_keys(open_card: OpenCard):
    page = await open_card("settled", config={"show_history": True})
    await open_history(page, "settled")

    await page.locator(".session[aria-selected=true]").focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")

    assert (
        await page.evaluate(
            """() => [...harness.root("settled").querySelectorAll(".session")]
                .findIndex((it) => it.getAttribute("aria-selected") === "true" && it.matches(":focus"))"""
        )
        == 11
    )


async def test_a_new_settled_session_renews_the_history_that_is_open(open_card: OpenCard):
    page = await open_card("settled", config={"show_history": True})
    await open_history(page, "settled")

    await page.evaluate("payload => harness.push('settled', payload)", PAYLOADS["unmanaged"])

    await page.wait_for_function("harness.hass.calls.length === 2")


async def test_a_history_that_cannot_be_read_says_so(open_card: OpenCard):
    page = await open_card("settled", config={"show_history": True})
    await page.evaluate("void (harness.hass.callWS = async () => { throw new Error('no'); })")

    await page.evaluate("harness.cards.settled.shadowRoot.querySelector('.fold').click()")
    await page.wait_for_function("harness.cards.settled.shadowRoot.querySelector('.note')?.textContent")

    assert "The sessions could not be read. Close and open this list to try again." in await words(page, "settled")
