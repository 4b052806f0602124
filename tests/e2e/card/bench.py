"""Measures the card (scripts/bench-card): medians and worst of many, in milliseconds."""

import asyncio
import statistics
import sys
from typing import Any

from playwright.async_api import Page

from scripts.running.browser import browser, find_browser

from .conftest import ORIGIN, PAYLOADS, TRANSLATIONS, serve

FIRST_PICTURE = 150.0
UPDATE = 8.0
ROUNDS = 12

MEASURE = """async ([options, rounds]) => {
    harness.start(options);
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

    // From the snapshot's arrival to the second frame after the card drew it: script, layout and paint.
    const firsts = [];
    const card = harness.add("nothing yet");
    await frame();
    const arrived = performance.now();
    harness.push("nothing yet", harness.payloads.dense);
    firsts.push(performance.now() - arrived);
    await frame();
    const painted = performance.now() - arrived;

    // Updates: everything that may change does.
    const updates = [];
    for (let round = 0; round < 60; round++) {
        const payload = structuredClone(harness.payloads.dense);
        payload.battery.now = 30 + round % 40;
        payload.power_kw = round % 11;
        payload.session.series.forEach((it, index) => (it.kwh = (index + round) % 7 / 3));
        payload.session.blocks.forEach((it, index) => (it.kwh = 5 + (index + round) % 6));
        payload.now = new Date(Date.parse(payload.now) + round * 60000).toISOString();
        const { callback } = harness.hass.connection.subscriptions.at(-1);
        const start = performance.now();
        callback(payload);
        updates.push(performance.now() - start);
        await frame();
    }

    // The measure of the machine: as many plain elements, each made once and then changed.
    const list = document.createElement("div");
    document.body.append(list);
    for (let index = 0; index < 160; index++) list.append(document.createElement("span"));
    const baseline = [];
    for (let round = 0; round < 60; round++) {
        const start = performance.now();
        for (const node of list.children) {
            node.setAttribute("title", "round " + round);
            node.textContent = String(round);
        }
        baseline.push(performance.now() - start);
        await frame();
    }
    return { script: firsts[0], painted, updates, baseline };
}"""


async def measure(page: Page) -> dict[str, Any]:
    """One fresh page: a cold first picture, then updates."""
    await page.route(f"{ORIGIN}/**", serve)
    await page.goto(f"{ORIGIN}/harness.html")
    await page.wait_for_function("window.harness?.ready")
    options = {"payloads": PAYLOADS, "strings": TRANSLATIONS["common"]}
    return await page.evaluate(MEASURE, [options, ROUNDS])


async def main() -> int:
    """Print the table; 1 when a bound is broken."""
    executable = find_browser()
    if executable is None:
        sys.exit("no Chromium on this machine")
    results = []
    async with browser(executable) as running:
        for _ in range(ROUNDS):
            context = await running.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
            results.append(await measure(await context.new_page()))
            await context.close()
    updates = sorted(it for result in results for it in result["updates"])
    baseline = sorted(it for result in results for it in result["baseline"])
    painted = [result["painted"] for result in results]
    rows = {
        "first picture, painted (median)": statistics.median(painted),
        "first picture, painted (worst)": max(painted),
        "first picture, script alone (median)": statistics.median(result["script"] for result in results),
        "update, script (median)": statistics.median(updates),
        "update, script (95 of 100 below)": updates[int(len(updates) * 0.95)],
        "baseline: 160 plain elements changed (median)": statistics.median(baseline),
    }
    for name, value in rows.items():
        sys.stdout.write(f"{value:8.2f} ms  {name}\n")
    return int(rows["first picture, painted (median)"] > FIRST_PICTURE or rows["update, script (median)"] > UPDATE)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
