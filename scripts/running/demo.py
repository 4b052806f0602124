"""The demo: starts simulator and Home Assistant, sets the integration up through its own flow, waits for Ctrl-C."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import sys
import time

import aiohttp

from .cars import wait_for_cars
from .dashboard import URL_PATH, make_dashboard
from .energy import make_energy_preferences
from .enode import CLIENT_ID, CLIENT_SECRET, POLLING_INTERVAL, forget_entry, make_entry, set_options
from .errors import DemoError
from .home_assistant import HomeAssistantClient, HomeAssistantError
from .person import make_person
from .process import Program, port_is_free
from .state import DEFAULT, ROOT, State

#: How late the simulated Enode sees a change (seconds).
CLOUD_DELAY = 2
STARTS_WITHIN = 120.0
CARS_WITHIN = 60.0
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Where a running demo is."""

    url: str
    token: str
    username: str
    password: str
    simulator_url: str
    #: Its folder, and what is remembered in it.
    state: Path
    memory: State
    home_assistant: Program
    simulator: Program

    @property
    def programs(self) -> tuple[Program, Program]:
        """What runs; Home Assistant first, for in this order they are stopped."""
        return self.home_assistant, self.simulator


@asynccontextmanager
async def running_demo(folder: Path, *, port: int, simulator_port: int, reset: bool = False) -> AsyncIterator[Demo]:
    """Start both programs with their state in a folder, set everything up, and stop both in the end.

    Raises:
        DemoError: a port is taken, the folder is not the demo's, or a program does not come up.
    """
    state = State(folder)
    with state.held(reset=reset):
        for wanted, option in ((port, "--port"), (simulator_port, "--simulator-port")):
            if not port_is_free(wanted):
                raise DemoError(f"port {wanted} is taken: stop what listens there, or choose another one with {option}")
        login = await state.prepare(port)
        started: list[Program] = []
        try:
            simulator = await _start_simulator(state, simulator_port)
            started.append(simulator)
            home_assistant = await _start_home_assistant(state)
            started.append(home_assistant)
            demo = Demo(
                url=login["url"],
                token=login["token"],
                username=login["username"],
                password=login["password"],
                simulator_url=f"http://127.0.0.1:{simulator_port}",
                state=state.folder,
                memory=state,
                home_assistant=home_assistant,
                simulator=simulator,
            )
            await _set_up_or_fail(demo)
            yield demo
        finally:
            # Home Assistant first: it should not see its Enode vanish.
            for program in reversed(started):
                await program.stop()


async def _start_simulator(state: State, port: int) -> Program:
    options = {
        "--scenario": "demo",
        "--port": str(port),
        "--cloud-delay": str(CLOUD_DELAY),
        "--client-id": CLIENT_ID,
        "--client-secret": CLIENT_SECRET,
    }
    return await Program.start(
        "the simulator",
        [sys.executable, "-m", "simulator", *(word for option in options.items() for word in option)],
        log=state.folder / "simulator.log",
        cwd=ROOT,
        env=_environment(),
    )


async def _start_home_assistant(state: State) -> Program:
    return await Program.start(
        "Home Assistant",
        [sys.executable, "-m", "homeassistant", "-c", str(state.config), "--log-no-color"],
        log=state.folder / "home-assistant.log",
        cwd=state.config,
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    return os.environ | {"HA_DISABLE_LOG_FILE": "1", "PYTHONUNBUFFERED": "1"}


async def _set_up_or_fail(demo: Demo) -> None:
    """Make what a start needs, while watching that both programs live."""
    making = asyncio.create_task(set_up(demo))
    ends = _ends_of(demo.programs)
    try:
        await asyncio.wait([making, *ends], return_when=asyncio.FIRST_COMPLETED)
        _fail_if_ended(demo.programs, "ended at the start")
        await making
    except (TimeoutError, HomeAssistantError, aiohttp.ClientError) as error:
        _fail_if_ended(demo.programs, "ended at the start")
        raise DemoError(f"Home Assistant did not come up ({error!r}):\n{demo.home_assistant.tail()}") from error
    finally:
        for task in (making, *ends):
            task.cancel()


async def set_up(demo: Demo) -> None:
    """What a start makes in Home Assistant once it runs: entry, options, person, Energy preferences, dashboard."""
    async with aiohttp.ClientSession() as session, HomeAssistantClient(session, demo.url, demo.token) as client:
        await client.wait_until_running(STARTS_WITHIN)
        memory = demo.memory
        if (old := memory.remembered.get("entry_id")) is not None:
            await forget_entry(client, old)
        entry_id = await make_entry(client, demo.simulator_url)
        memory.remember({"entry_id": entry_id})
        await set_options(client, entry_id)
        await make_person(client)
        cars = await wait_for_cars(client, CARS_WITHIN)
        await make_energy_preferences(client, cars)
        await make_dashboard(client, cars, memory)


def _ends_of(programs: Iterable[Program]) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(program.wait()) for program in programs]


def _fail_if_ended(programs: Iterable[Program], what: str) -> None:
    for program in programs:
        if not program.is_running:
            raise DemoError(f"{program.name} {what}:\n{program.tail()}")


async def _run(arguments: argparse.Namespace) -> None:
    """Run the demo until it is cancelled.

    Raises:
        DemoError: a program ended by itself.
    """
    started = time.monotonic()
    print("Starting the simulator and Home Assistant ...", flush=True)
    async with running_demo(
        arguments.state, port=arguments.port, simulator_port=arguments.simulator_port, reset=arguments.reset
    ) as demo:
        print(
            f"""
Home Assistant   {demo.url}/{URL_PATH}
Login            {demo.username} / {demo.password}
Simulator        {demo.simulator_url}/simulator/   (plug in, let a start fail, ...)

Up after {time.monotonic() - started:.0f} s. Home Assistant asks every {POLLING_INTERVAL} s (the options' lower bound),
the simulated Enode sees a change after {CLOUD_DELAY} s: what you do there shows here within a minute.
Press Ctrl-C to stop both; scripts/demo --reset forgets this demo's state.
""",
            flush=True,
        )
        ends = _ends_of(demo.programs)
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            _fail_if_ended(demo.programs, "ended by itself, so the demo ends")
        finally:
            for task in ends:
                task.cancel()


async def _main(arguments: argparse.Namespace) -> None:
    """Run the demo until Ctrl-C, also while it starts; a closed terminal or SIGTERM are the same."""
    running = asyncio.create_task(_run(arguments))
    told: list[int] = []

    def stop() -> None:
        # Once: a second Ctrl-C must not interrupt the stopping, which is bounded.
        if not told:
            told.append(1)
            print("\nStopping ...", flush=True)
            running.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        await running
    except asyncio.CancelledError:
        if not told:
            raise


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {_HIGHEST_PORT}")
    return int(text)


def main() -> int:
    """Parse the command line and run the demo."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="A simulated Enode and a real Home Assistant. Ctrl-C stops both."
    )
    parser.add_argument("--port", type=_port, default=8123, help="Home Assistant's port (default: 8123)")
    parser.add_argument("--simulator-port", type=_port, default=8124, help="the simulator's port (default: 8124)")
    parser.add_argument("--reset", action="store_true", help="forget the state of earlier demos first")
    parser.add_argument("--state", type=Path, default=DEFAULT, help="folder of its state (default: .demo)")
    arguments = parser.parse_args()
    if arguments.port == arguments.simulator_port:
        parser.error("--port and --simulator-port must differ")
    try:
        asyncio.run(_main(arguments))
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
