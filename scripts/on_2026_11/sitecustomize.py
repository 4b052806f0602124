"""Lets the tests run on Home Assistant 2026.11.0: this folder and that version's packages stand first on PYTHONPATH.

Python imports this module at its start, in the processes that pytest-xdist makes, too. The newest test harness pins
2026.10.4 and looks for one helper where 2026.11 no longer has it; and Home Assistant 2026.11 must be imported before
anything (respx, of the harness) imports httpx, which it replaces. To be removed with the harness for 2026.11.
"""

from homeassistant.components import logger
from homeassistant.components.logger import helpers

# The name under which the harness for 2026.10.4 imports it.
logger._clear_logger_overwrites = helpers._clear_logger_overwrites  # type: ignore[attr-defined]  # noqa: SLF001
