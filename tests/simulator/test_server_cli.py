"""`python -m simulator`, as a process of its own."""

from collections.abc import Callable, Iterator
from datetime import timedelta
import json
from pathlib import Path
import re
import signal
import subprocess
import sys
from urllib.request import urlopen

import pytest

from simulator.cli import _parser

ROOT = Path(__file__).parents[2]
PATIENCE = 30  # seconds


@pytest.fixture
def start(socket_enabled) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    processes = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-u", "-m", "simulator", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate(timeout=PATIENCE)


def read_greeting(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what is printed before it serves, and the address in it."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            greeting = "".join(lines)
            return greeting, re.search(r"API address +(http://\S+)", greeting)[1]
    pytest.fail(f"no greeting but {lines}: {process.stderr.read()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_stops_cleanly(start, number):
    process = start("--port", "0", "--scenario", "demo", "--history-days", "3", "--client-id", "me")
    greeting, address = read_greeting(process)
    assert address.startswith("http://127.0.0.1:")
    with urlopen(f"{address}/simulator/state", timeout=PATIENCE) as answer:  # noqa: S310 - loopback
        state = json.load(answer)
    assert state["clock"] == "system"
    assert [client["id"] for client in state["clients"]] == ["me"]
    # The one on classic smart charging has no session of Flex.
    sessions = [car["session"]["state"] for car in state["vehicles"] if car["session"] is not None]
    assert [state[:6] for state in sessions].count("ACTIVE") == 1
    process.send_signal(number)
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Client secret  demo-secret" in greeting
    assert f"Token address  {address}/oauth2/token" in greeting
    assert f"Control page   {address}/simulator/" in greeting
    assert output == "Stopped.\n"
    assert "Traceback" not in errors


def test_a_taken_port_is_told(start):
    first = start("--port", "0", "--scenario", "standard", "--history-days", "1")
    port = read_greeting(first)[1].rpartition(":")[2]
    second = start("--port", port, "--scenario", "standard", "--history-days", "1")
    output, errors = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in errors
    assert "--port" in errors
    assert "Traceback" not in errors
    assert output == ""


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as caught:
        _parser().parse_args(["--help"])
    assert caught.value.code == 0
    told = capsys.readouterr().out
    for option in ("host", "port", "seed", "scenario", "client-id", "client-secret", "cloud-delay", "history-days"):
        assert f"--{option}" in told


@pytest.mark.parametrize(
    "arguments",
    [["--port", "70000"], ["--port", "x"], ["--scenario", "x"], ["--cloud-delay", "-1"], ["--history-days", "many"]],
)
def test_nonsense_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        _parser().parse_args(arguments)
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_cloud_delay():
    assert _parser().parse_args([]).cloud_delay == timedelta(seconds=2)
    assert _parser().parse_args(["--cloud-delay", "0.5"]).cloud_delay == timedelta(seconds=0.5)
    assert _parser().parse_args(["--cloud-delay", "real"]).cloud_delay is None
