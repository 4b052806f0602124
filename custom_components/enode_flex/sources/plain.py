"""A vehicle that neither Flex nor smart charging controls: its charges are seen, and counted as unmanaged sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import override

from ..api.models import Vehicle
from .base import SourceName
from .seen import SeenSource


class PlainSource(SeenSource):
    """Serves every vehicle that no other source serves."""

    name = SourceName.NONE

    @override
    async def async_serves(self, vehicles: Sequence[Vehicle], now: datetime) -> frozenset[str]:
        return frozenset(vehicle.id for vehicle in vehicles)
