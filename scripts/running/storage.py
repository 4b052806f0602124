"""Files of Home Assistant's storage, written while it does not run."""

import json
from pathlib import Path
from typing import Any


def put(config: Path, key: str, data: dict[str, Any], version: int, minor: int = 1) -> None:
    """Write one file of the storage."""
    storage = config / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": version, "minor_version": minor, "key": key, "data": data})
    (storage / key).write_text(text)


def put_port(config: Path, port: int) -> None:
    """Let Home Assistant listen on a port of the loopback address.

    As ``http:`` in YAML this would be a trial that Home Assistant reverts, with a restart, after five minutes.
    """
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-11-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    put(config, "http", {"stable": stable, "pending": None, "yaml_migration_done": True}, 3)
