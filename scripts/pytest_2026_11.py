"""Runs pytest on Home Assistant 2026.11.0, whose packages stand first on PYTHONPATH.

The newest test harness pins 2026.10.4 and looks for one helper where 2026.11 no longer has it; respx imports httpx
before Home Assistant can alias it. To be replaced by the harness's release for 2026.11.
"""

import sys

from homeassistant.components import logger
from homeassistant.components.logger import helpers
import pytest

# The name under which the harness for 2026.10.4 imports it.
logger._clear_logger_overwrites = helpers._clear_logger_overwrites  # type: ignore[attr-defined]  # noqa: SLF001

sys.exit(pytest.main(["-p", "no:respx", *sys.argv[1:]]))
