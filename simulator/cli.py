"""The command line: a simulator that lives by the machine's clock until it is told to stop."""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, ArgumentTypeError, Namespace
import asyncio
from collections.abc import Sequence
from datetime import timedelta
import errno
from ipaddress import ip_address
import logging
import signal
import sys
from typing import TextIO

from aiohttp import web

from . import scenario
from .auth import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Auth, Client
from .clock import SystemClock
from .paths import CONTROL, TOKEN_PATH
from .server import create_app, serve
from .settings import WorldSettings
from .webhook_sender import SenderSettings

DEFAULT_PORT = 8180
_SCENARIOS = {"demo": scenario.demo, "standard": scenario.standard}
_HIGHEST_PORT = 65_535


def main(arguments: Sequence[str]) -> int:
    """Run until SIGINT or SIGTERM; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return asyncio.run(_run(options))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m simulator",
        description="A local Enode: OAuth, vehicles, Flex sessions, webhooks, faults, and a page to steer them.",
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port to listen on; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=scenario.SEED, help="another seed is another world")
    parser.add_argument("--scenario", choices=sorted(_SCENARIOS), default="demo", help="what the world begins with")
    parser.add_argument("--client-id", default=DEFAULT_CLIENT_ID, help="client id that gets tokens")
    parser.add_argument("--client-secret", default=DEFAULT_CLIENT_SECRET, help="its secret")
    parser.add_argument(
        "--cloud-delay",
        type=_delay,
        default="2",
        metavar="SECONDS",
        help='how late the cloud sees a change; "real" looks every 2 to 20 minutes, as Enode does',
    )
    parser.add_argument(
        "--history-days", type=_days, default=60, metavar="DAYS", help="settled history behind the cars"
    )
    return parser


async def _run(options: Namespace) -> int:
    app = _make_app(options)
    try:
        runner = await serve(app, host=options.host, port=options.port)
    except OSError as error:
        _tell(_refusal(error, options), to=sys.stderr)
        return 1
    try:
        _tell(_greeting(runner, options))
        await _until_stopped()
    finally:
        await runner.cleanup()
    _tell("Stopped.")
    return 0


def _make_app(options: Namespace) -> web.Application:
    clock = SystemClock()
    settings = WorldSettings(cloud_delay=options.cloud_delay)
    world = _SCENARIOS[options.scenario](clock, seed=options.seed, settings=settings, days=options.history_days)
    auth = Auth(clock)
    auth.add_client(Client(id=options.client_id, secret=options.client_secret))
    return create_app(world, auth=auth, webhooks=SenderSettings(heartbeat=timedelta(minutes=1)))


async def _until_stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _greeting(runner: web.AppRunner, options: Namespace) -> str:
    host, port = runner.addresses[0][:2]
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    lines = [
        f"Control page   {base}{CONTROL}/",
        f"API address    {base}",
        f"Token address  {base}{TOKEN_PATH}",
        f"Client id      {options.client_id}",
        f"Client secret  {options.client_secret}",
        f"Scenario       {options.scenario}, seed {options.seed}, cloud delay {_delay_text(options.cloud_delay)}",
        "Ctrl-C stops it.",
    ]
    if not ip_address(host).is_loopback:
        lines.append("Anybody who reaches this address can use the control page: it asks for no password.")
    return "\n".join(lines)


def _refusal(error: OSError, options: Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {options.port} of {options.host} is taken: stop what uses it, or choose another with --port."
    return f"Cannot listen on {options.host} port {options.port}: {error.strerror or error}"


def _tell(text: str, *, to: TextIO | None = None) -> None:
    print(text, file=to or sys.stdout, flush=True)


def _delay_text(delay: timedelta | None) -> str:
    return "as Enode's" if delay is None else f"{delay.total_seconds():g} s"


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > _HIGHEST_PORT:
        raise ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _delay(text: str) -> timedelta | None:
    if text == "real":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not seconds >= 0:
        raise ArgumentTypeError('a delay is a number of seconds, or "real"')
    return timedelta(seconds=seconds)


def _days(text: str) -> int:
    if not text.isdigit():
        raise ArgumentTypeError("a history is a number of days")
    return int(text)
