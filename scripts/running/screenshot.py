"""Takes a picture of a page of the running demo: scripts/screenshot PATH OUT.png [--width 1280] [--dark] ..."""

import argparse
import asyncio
from pathlib import Path
import sys

from .browser import browser, find_browser, logged_in
from .errors import DemoError
from .state import DEFAULT, State


async def _main(arguments: argparse.Namespace) -> int:
    executable = find_browser()
    if executable is None:
        print("no Chromium found: install Debian's package chromium, or set CHROMIUM to one", file=sys.stderr)
        return 1
    login = State(arguments.state).login()
    async with browser(executable) as running:
        _, page = await logged_in(
            running,
            login["url"],
            login["token"],
            width=arguments.width,
            height=arguments.height,
            dark=arguments.dark,
            language=arguments.language,
        )
        await page.goto(login["url"] + arguments.path, wait_until="domcontentloaded")
        await page.wait_for_timeout(arguments.wait * 1000)
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=arguments.out)
    return 0


def main() -> int:
    """Parse the command line and take the picture."""
    parser = argparse.ArgumentParser(prog="scripts/screenshot", description=__doc__)
    parser.add_argument("path", help="for example /charging-demo/cars")
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--lang", "--language", dest="language", help="language of the user interface (nb, de, ...)")
    parser.add_argument("--wait", type=float, default=5.0, help="seconds until the picture is taken")
    parser.add_argument("--state", type=Path, default=DEFAULT, help="folder of the demo's state")
    try:
        return asyncio.run(_main(parser.parse_args()))
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
