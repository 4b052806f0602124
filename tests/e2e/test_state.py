"""The demo's state folder: kept for one demo, and never mistaken for something else."""

from pathlib import Path
import socket

import pytest

from scripts.running.demo import running_demo
from scripts.running.errors import DemoError
from scripts.running.process import free_port
from scripts.running.state import State


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(DemoError, match="is not a demo's folder"), State(tmp_path).held(reset=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_reset_forgets_everything_of_a_demo(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    with state.held():
        state.remember({"entry_id": "1"})
        (state.config / ".storage").mkdir(parents=True)
    with state.held():
        assert state.remembered == {"entry_id": "1"}
    with state.held(reset=True):
        assert state.remembered == {}
        assert not state.config.exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    state = State(tmp_path)
    with state.held(), pytest.raises(DemoError, match="already runs"), State(tmp_path).held():
        pass
    with state.held():
        pass


def test_without_a_demo_there_is_no_login(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="start it with scripts/demo"):
        State(tmp_path).login()


@pytest.mark.parametrize("option", ["--port", "--simulator-port"])
async def test_a_taken_port_is_told_with_the_option_that_helps(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        ports = {"port": free_port(), "simulator_port": free_port()} | {option.strip("-").replace("-", "_"): taken}
        with pytest.raises(DemoError, match=f"port {taken} is taken.*{option}$"):
            async with running_demo(tmp_path, **ports):
                pass
