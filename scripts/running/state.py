"""The demo's state folder: one demo at a time uses it, and nothing that is not a demo's is ever deleted.

``login.json`` holds how to log in, ``remembered.json`` what the demo made in Home Assistant, ``config`` is Home
Assistant's own folder.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import fcntl
import json
from pathlib import Path
import shutil
import sys
from typing import Any

from .errors import DemoError
from .storage import put_port

ROOT = Path(__file__).parents[2]
DEFAULT = ROOT / ".demo"
DOMAIN = "enode_flex"
_LOCK = "demo.lock"


class State:
    """The folder of one demo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.config = self.folder / "config"
        self._login = self.folder / "login.json"
        self._remembered = self.folder / "remembered.json"

    @contextmanager
    def held(self, *, reset: bool = False) -> Iterator[None]:
        """Keep the folder for this demo alone.

        Raises:
            DemoError: another demo runs in it, or it holds something else than a demo.
        """
        lock = self.folder / _LOCK
        if self.folder != DEFAULT and not lock.exists() and self.folder.exists() and any(self.folder.iterdir()):
            raise DemoError(f"{self.folder} is not a demo's folder: choose an empty one with --state")
        self.folder.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DemoError(
                    f"a demo already runs with its state in {self.folder}: stop it, or choose another --state"
                ) from error
            if reset:
                self._forget()
            yield

    def _forget(self) -> None:
        for path in self.folder.iterdir():
            if path.name == _LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    async def prepare(self, port: int) -> dict[str, str]:
        """Make Home Assistant's folder, or give the one that is there this port; how to log in.

        Raises:
            DemoError: the folder could not be made.
        """
        if not self._login.exists():
            # Also what an interrupted start left behind: half a folder cannot be finished.
            self._forget()
        self.config.mkdir(exist_ok=True)
        for name, empty in (("automations", "[]"), ("scenes", "[]"), ("scripts", "{}")):
            if not (file := self.config / f"{name}.yaml").exists():
                file.write_text(f"{empty}\n")
        shutil.copy(Path(__file__).with_name("configuration.yaml"), self.config / "configuration.yaml")
        link = self.config / "custom_components" / DOMAIN
        link.parent.mkdir(exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(ROOT / "custom_components" / DOMAIN, target_is_directory=True)
        put_port(self.config, port)
        if not self._login.exists():
            login_text = await _seed(self.config)
            self._login.touch(mode=0o600)
            self._login.write_text(login_text)
        login = {**json.loads(self._login.read_text()), "url": f"http://127.0.0.1:{port}"}
        self._login.write_text(json.dumps(login))
        return login

    def login(self) -> dict[str, str]:
        """How to log in to the demo that was started last (url, token, username, password).

        Raises:
            DemoError: no demo was ever started with this folder.
        """
        if not self._login.exists():
            raise DemoError(f"no demo has its state in {self.folder}: start it with scripts/demo")
        login: dict[str, str] = json.loads(self._login.read_text())
        return login

    @property
    def remembered(self) -> dict[str, Any]:
        """What an earlier start made in Home Assistant."""
        if not self._remembered.exists():
            return {}
        remembered: dict[str, Any] = json.loads(self._remembered.read_text())
        return remembered

    def remember(self, what: Mapping[str, Any]) -> None:
        """Add to what the next start will know."""
        self._remembered.write_text(json.dumps(self.remembered | dict(what)))


async def _seed(config: Path) -> str:
    # In a process of its own: Home Assistant's runner and this one's event loop do not mix.
    command = [sys.executable, "-m", "scripts.running.seed", str(config)]
    seeding = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await seeding.communicate()
    except asyncio.CancelledError:
        if seeding.returncode is None:
            seeding.kill()
            await seeding.wait()
        raise
    if seeding.returncode != 0:
        raise DemoError(f"Home Assistant's folder could not be made:\n{errors.decode(errors='replace')}")
    return output.decode().splitlines()[-1]
