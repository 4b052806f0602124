"""JSON as the simulator builds it."""

from typing import Any

type Document = dict[str, Any]
"""A JSON object."""

type Json = dict[str, Any] | list[Any] | str | float | bool | None
"""Any JSON value."""
