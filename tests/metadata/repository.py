"""Where the repository keeps what is checked."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

from homeassistant.const import Platform
import yaml

ROOT = Path(__file__).parent.parent.parent
INTEGRATION = ROOT / "custom_components/enode_flex"
BRAND = INTEGRATION / "brand"

PLATFORM_NAMES = frozenset(platform.value for platform in Platform)


def read_json(path: str) -> Any:
    """A JSON document, by its path in the repository."""
    return json.loads((ROOT / path).read_text())


def integration_json(path: str) -> Any:
    return read_json(f"custom_components/enode_flex/{path}")


def integration_yaml(path: str) -> Any:
    """A YAML document of the integration; an empty one where the integration has none."""
    file = INTEGRATION / path
    return (yaml.safe_load(file.read_text()) or {}) if file.exists() else {}


def python_files(*folders: str) -> Iterator[tuple[str, str]]:
    """Dotted module name and source of every Python file below the folders; a package's name ends with __init__."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path.read_text()
