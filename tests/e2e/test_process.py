"""Programs of the demo: started, watched and stopped by their own handle."""

import asyncio
import os
from pathlib import Path
import signal
import sys

import pytest

from scripts.running import process
from scripts.running.process import Program, free_port, port_is_free

ROOT = Path(__file__).parents[2]


async def started(folder: Path, code: str) -> Program:
    return await Program.start("it", [sys.executable, "-uc", code], log=folder / "log", cwd=folder, env=os.environ)


async def says(program: Program, word: str) -> None:
    async with asyncio.timeout(20):
        for _ in range(200):
            if word in program.tail():
                return
            await asyncio.sleep(0.1)
    raise AssertionError(program.tail())


async def test_what_a_program_said_before_it_ended_can_be_shown(tmp_path: Path) -> None:
    program = await started(tmp_path, "print('\\n'.join(map(str, range(100)))); raise SystemExit(3)")
    assert await program.wait() == 3
    assert not program.is_running
    assert program.tail().splitlines()[-1] == "99"
    assert len(program.tail().splitlines()) == process.TAIL_LINES


async def test_a_program_that_does_not_stop_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_WITHIN", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    program = await started(tmp_path, deaf)
    await says(program, "deaf")
    await program.stop()
    assert await program.wait() == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_demo_can_be_stopped_while_it_starts(tmp_path: Path, number: signal.Signals) -> None:
    port, simulator_port = free_port(), free_port()
    options = ["--state", str(tmp_path), "--port", str(port), "--simulator-port", str(simulator_port)]
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.running.demo", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert demo.stdout is not None
    async with asyncio.timeout(60):
        assert b"Starting" in await demo.stdout.readline()
        demo.send_signal(number)
        rest = await demo.stdout.read()
        assert await demo.wait() == 0
    assert b"Stopping" in rest
    assert port_is_free(port)
    assert port_is_free(simulator_port)
