"""Talks to a running Home Assistant as a user's browser does: REST for flows, the websocket for everything else."""

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

POLL_EVERY = 0.25


class HomeAssistantError(Exception):
    """Home Assistant answered something else than was hoped for."""

    def __init__(self, text: str, *, code: str | None = None) -> None:
        super().__init__(text)
        #: The error code of a websocket command.
        self.code = code


class HomeAssistantClient:
    """A logged-in client. Its websocket is opened when first needed, and again after Home Assistant restarted."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url
        self._token = token
        self._next_id = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None and self._reader is not None:
            await self._socket.close()
            await self._reader

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
        """One websocket command; its result.

        Raises:
            HomeAssistantError: it answers with an error, or goes away meanwhile.
        """
        if self._socket is None or self._socket.closed:
            self._socket = await self._connect()
        self._next_id += 1
        future = self._waiting[self._next_id] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._next_id, "type": kind, **fields})
        answer = await future
        if not answer["success"]:
            raise HomeAssistantError(f"{kind}: {answer['error']}", code=answer["error"]["code"])
        return answer["result"]

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self._session.ws_connect(f"{self._url}/api/websocket", max_msg_size=0)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": self._token})
        if (await socket.receive_json())["type"] != "auth_ok":
            raise HomeAssistantError("the token is not accepted")
        self._reader = asyncio.create_task(self._read(socket))
        return socket

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        # All the time, also between commands: Home Assistant hangs up on who does not answer its pings.
        async for message in socket:
            answer = message.json()
            if answer["type"] == "result" and (future := self._waiting.pop(answer["id"], None)) is not None:
                future.set_result(answer)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(HomeAssistantError("Home Assistant hung up"))
        self._waiting.clear()

    async def command_or_none(self, kind: str, *, unless: str, **fields: Any) -> Any:
        """One websocket command; its result, or None where it answers with this error code."""
        try:
            return await self.command(kind, **fields)
        except HomeAssistantError as error:
            if error.code != unless:
                raise
            return None

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
