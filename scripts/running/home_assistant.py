"""Talks to a running Home Assistant as a user's browser does: REST for flows, the websocket for everything else."""

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

POLL_EVERY = 0.25


class HomeAssistantError(Exception):
    """Home Assistant answered something else than was hoped for."""


class HomeAssistantClient:
    """A logged-in client."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url
        self._token = token
        self._next_id = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call of the REST API; the answer's JSON."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, self._url + path, json=body, headers=headers) as answer:
            if not answer.ok:
                raise HomeAssistantError(f"{method} {path}: {answer.status} {await answer.text()}")
            return await answer.json()

    async def wait_until_running(self, within: float) -> None:
        """Wait until Home Assistant says that it is up.

        Raises:
            TimeoutError: it did not in ``within`` seconds.
        """
        async with asyncio.timeout(within):
            while True:
                try:
                    if (await self.request("GET", "/api/config"))["state"] == "RUNNING":
                        return
                except aiohttp.ClientError, HomeAssistantError:
                    pass
                await asyncio.sleep(POLL_EVERY)

    async def command(self, kind: str, **fields: Any) -> Any:
        """One websocket command; its result."""
        if self._socket is None:
            self._socket = await self._session.ws_connect(f"{self._url}/api/websocket", max_msg_size=0)
            await self._socket.receive_json()
            await self._socket.send_json({"type": "auth", "access_token": self._token})
            if (await self._socket.receive_json())["type"] != "auth_ok":
                raise HomeAssistantError("the token is not accepted")
        self._next_id += 1
        await self._socket.send_json({"id": self._next_id, "type": kind, **fields})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == self._next_id and answer["type"] == "result":
                if not answer["success"]:
                    raise HomeAssistantError(f"{kind}: {answer['error']}")
                return answer["result"]

    async def finish_flow(self, path: str, start: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """Walk a flow to its end, filling every form's fields by name from ``known``.

        Raises:
            HomeAssistantError: a form shows an error, or asks for a field that is not known.
        """
        step = await self.request("POST", path, start)
        for _ in range(10):
            if step["type"] != "form":
                return dict(step)
            if step["errors"]:
                raise HomeAssistantError(f"step {step['step_id']}: {step['errors']}")
            fields = [field["name"] for field in step["data_schema"]]
            missing = [
                field["name"] for field in step["data_schema"] if field["name"] not in known and field.get("required")
            ]
            if missing:
                raise HomeAssistantError(f"step {step['step_id']} asks for {missing}")
            step = await self.request(
                "POST", f"{path}/{step['flow_id']}", {name: known[name] for name in fields if name in known}
            )
        raise HomeAssistantError("the flow does not end")
