"""A headless Chromium, logged in to a running demo."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import subprocess
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

ROOT = Path(__file__).parents[2]
# Without these Chromium looks for its maker's hosts at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str | None:
    """The path of a Chromium on this machine."""
    found = subprocess.run([ROOT / "scripts/find-browser"], capture_output=True, text=True, check=False)  # noqa: S603
    return found.stdout.strip() or None


@asynccontextmanager
async def browser(executable: str) -> AsyncIterator[Browser]:
    """A running Chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=executable, headless=True, args=list(FLAGS))
        try:
            yield running
        finally:
            await running.close()


async def logged_in(
    running: Browser,
    url: str,
    token: str,
    *,
    width: int = 1280,
    height: int = 900,
    dark: bool = False,
    language: str | None = None,
    **context: Any,
) -> tuple[BrowserContext, Page]:
    """A page that is logged in to Home Assistant with a long-lived token."""
    opened = await running.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=context.pop("device_scale_factor", 1),
        color_scheme="dark" if dark else "light",
        locale=context.pop("locale", "en-GB"),
        timezone_id=context.pop("timezone_id", "Europe/Oslo"),
        service_workers="block",
        **context,
    )
    tokens = json.dumps(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 10**9,
            "hassUrl": url,
            "clientId": f"{url}/",
            "expires": 10**13,
            "refresh_token": "",
        }
    )
    script = f"""if (window.top === window) {{
        localStorage.setItem("hassTokens", {json.dumps(tokens)});
        localStorage.setItem("dockedSidebar", '"always_hidden"');
        {f'localStorage.setItem("selectedLanguage", {json.dumps(json.dumps(language))});' if language else ""}
    }}"""
    await opened.add_init_script(script)
    return opened, await opened.new_page()
