"""The demo: starts simulator and Home Assistant, sets the integration up through its own flow, waits for Ctrl-C."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import shutil
import signal
import sys
import time

import aiohttp

from .dashboard import DOMAIN, URL_PATH, make_dashboard
from .home_assistant import HomeAssistantClient, HomeAssistantError
from .process import Program, port_is_free

ROOT = Path(__file__).parents[2]
CLIENT_ID, CLIENT_SECRET = "demo-client", "demo-secret"
#: The lower bound of the polling options, and how late the simulated Enode sees a change (seconds).
POLLING_INTERVAL = 30
CLOUD_DELAY = 2
STARTS_WITHIN = 120.0


class DemoError(Exception):
    """The demo cannot go on; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Where a running demo is."""

    url: str
    token: str
    username: str
    password: str
    simulator_url: str
    state: Path
    home_assistant: Program
    simulator: Program


@asynccontextmanager
async def running_demo(state: Path, *, port: int, simulator_port: int) -> AsyncIterator[Demo]:
    """Start both programs with their state in a folder, set everything up, and stop both in the end.

    Raises:
        DemoError: a port is taken, or a program does not come up.
    """
    for taken, option in ((port, "--port"), (simulator_port, "--simulator-port")):
        if not port_is_free(taken):
            raise DemoError(f"port {taken} is taken: stop what listens there, or choose another one with {option}")
    config = state / "config"
    seed = await _seeded(state, config, port=port, simulator_port=simulator_port)
    environment = os.environ | {"HA_DISABLE_LOG_FILE": "1", "PYTHONUNBUFFERED": "1"}
    programs: list[Program] = []
    try:
        simulator = await Program.start(
            "simulator",
            [
                sys.executable, "-m", "simulator", "--scenario", "demo", "--port", str(simulator_port),
                "--cloud-delay", str(CLOUD_DELAY), "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET,
            ],
            log=state / "simulator.log",
            cwd=ROOT,
            env=environment,
        )  # fmt: skip
        programs.append(simulator)
        home_assistant = await Program.start(
            "Home Assistant",
            [sys.executable, "-m", "homeassistant", "-c", str(config), "--log-no-color"],
            log=state / "home-assistant.log",
            cwd=config,
            env=environment,
        )
        programs.append(home_assistant)
        demo = Demo(
            url=seed["url"],
            token=seed["token"],
            username=seed["username"],
            password=seed["password"],
            simulator_url=f"http://127.0.0.1:{simulator_port}",
            state=state,
            home_assistant=home_assistant,
            simulator=simulator,
        )
        await _until_up(demo, programs)
        yield demo
    finally:
        # Home Assistant first: it should not see its Enode vanish.
        for program in reversed(programs):
            await program.stop()


async def _seeded(state: Path, config: Path, *, port: int, simulator_port: int) -> dict[str, str]:
    """The login of this state folder; made at the first start."""
    remembered = state / "seed.json"
    ports = {"port": port, "simulator_port": simulator_port}
    if remembered.exists():
        seed: dict[str, object] = json.loads(remembered.read_text())
        if {key: seed[key] for key in ports} == ports:
            _link(config)
            return {key: str(value) for key, value in seed.items()}
        # The ports are written into what Home Assistant stored: other ports are another demo.
        shutil.rmtree(state)
    config.mkdir(parents=True, exist_ok=True)
    for name in ("automations", "scripts", "scenes"):
        (config / f"{name}.yaml").write_text("[]\n" if name != "scripts" else "{}\n")
    shutil.copy(Path(__file__).parent / "configuration.yaml", config / "configuration.yaml")
    _link(config)
    command = [sys.executable, "-m", "scripts.running.seed", str(config), str(port)]
    seeding = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await seeding.communicate()
    if seeding.returncode != 0:
        raise DemoError(f"the configuration could not be made:\n{errors.decode()}")
    seed = json.loads(output.decode().splitlines()[-1]) | ports
    remembered.write_text(json.dumps(seed))
    return {key: str(value) for key, value in seed.items()}


def _link(config: Path) -> None:
    """Let Home Assistant find the integration where it is worked on."""
    link = config / "custom_components" / DOMAIN
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT / "custom_components" / DOMAIN, target_is_directory=True)


async def _until_up(demo: Demo, programs: list[Program]) -> None:
    """Wait for both, and make what a first start needs: the entry, its options, the dashboard."""
    ends = [asyncio.create_task(program.wait()) for program in programs]
    up = asyncio.create_task(_set_up(demo))
    try:
        await asyncio.wait([*ends, up], return_when=asyncio.FIRST_COMPLETED)
        if up.done():
            await up
            return
        for program in programs:
            if not program.is_running:
                raise DemoError(f"{program.name} ended at its start:\n{program.tail()}")
    except (TimeoutError, HomeAssistantError, aiohttp.ClientError) as error:
        raise DemoError(f"Home Assistant did not come up ({error!r}):\n{demo.home_assistant.tail()}") from error
    finally:
        for task in (*ends, up):
            task.cancel()


async def _set_up(demo: Demo) -> None:
    async with aiohttp.ClientSession() as session, HomeAssistantClient(session, demo.url, demo.token) as client:
        await client.wait_until_running(STARTS_WITHIN)
        entries = await client.command("config_entries/get", domain=DOMAIN)
        if not entries:
            known = {
                "environment": "custom",
                "base_url": demo.simulator_url,
                "token_url": f"{demo.simulator_url}/oauth2/token",
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "user_id": "home",
            }
            result = await client.finish_flow("/api/config/config_entries/flow", {"handler": DOMAIN}, known)
            if result["type"] != "create_entry":
                raise HomeAssistantError(f"the integration could not be set up: {result}")
            await client.finish_flow(
                "/api/config/config_entries/options/flow",
                {"handler": result["result"]["entry_id"]},
                {"polling_interval_active": POLLING_INTERVAL, "polling_interval_idle": POLLING_INTERVAL},
            )
        await make_dashboard(client)
        await client.command("frontend/set_user_data", key="core", value={"default_panel": URL_PATH})


async def _main(arguments: argparse.Namespace) -> int:
    state: Path = arguments.state
    if arguments.reset and state.exists():
        shutil.rmtree(state)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    started = time.monotonic()
    print("Starting the simulator and Home Assistant ...", flush=True)
    async with running_demo(state, port=arguments.port, simulator_port=arguments.simulator_port) as demo:
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
        programs = (demo.home_assistant, demo.simulator)
        ends = [asyncio.create_task(program.wait()) for program in programs]
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([*ends, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*ends, stopped):
            task.cancel()
        if not stop.is_set():
            for program in programs:
                if not program.is_running:
                    raise DemoError(f"{program.name} ended by itself; the other one is stopped too:\n{program.tail()}")
        print("Stopping ...", flush=True)
    return 0


def main() -> int:
    """Parse the command line and run the demo."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="Home Assistant's port (default: 8123)")
    parser.add_argument("--simulator-port", type=int, default=8124, help="the simulator's port (default: 8124)")
    parser.add_argument("--reset", action="store_true", help="forget the state of earlier demos first")
    parser.add_argument("--state", type=Path, default=ROOT / ".demo", help="folder of its state (default: .demo)")
    try:
        return asyncio.run(_main(parser.parse_args()))
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
