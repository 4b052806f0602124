"""The simulator's control interface: what a person does on its page."""

from collections.abc import Mapping
from typing import Any

import aiohttp


class SimulatorError(Exception):
    """The control interface refused; the text is its problem document."""


class SimulatorClient:
    """Steers a running simulator."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call below ``/simulator``; the answer's JSON, None without one."""
        async with self._session.request(method, f"{self.url}/simulator{path}", json=body) as answer:
            text = await answer.text()
            if not answer.ok:
                raise SimulatorError(f"{method} {path}: {answer.status} {text}")
            return await answer.json() if text else None

    async def act(self, vehicle_id: str, action: str, **arguments: Any) -> Any:
        """Do something to a vehicle (``plug_in``, ``raise_error`` with ``error``, ...); what came of it."""
        return (await self.request("POST", f"/vehicles/{vehicle_id}/{action}", arguments))["result"]

    async def state(self) -> dict[str, Any]:
        """Everything that the page shows."""
        return dict(await self.request("GET", "/state"))

    async def vehicle(self, vehicle_id: str) -> dict[str, Any]:
        """One vehicle as the page shows it."""
        return next(vehicle for vehicle in (await self.state())["vehicles"] if vehicle["id"] == vehicle_id)
