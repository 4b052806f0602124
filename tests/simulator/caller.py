"""A client of the simulator that knows nothing of Enode but how to get a token."""

from dataclasses import dataclass
import json as jsonlib
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout, TCPConnector, ThreadedResolver, encode_basic_auth

from simulator.server import Simulator


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.text)


class Caller:
    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        connector = TCPConnector(force_close=True, resolver=ThreadedResolver())
        self._session = ClientSession(connector=connector, timeout=ClientTimeout(total=10))
        self.token: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    async def raw(self, method: str, path: str, **options: Any) -> Answer:
        async with self._session.request(
            method, self.sim.base_url + path, allow_redirects=False, **options
        ) as response:
            return Answer(response.status, dict(response.headers), await response.text())

    async def ask_token(
        self, client_id: str | None = None, secret: str | None = None, *, form: dict[str, str] | None = None
    ) -> Answer:
        basic = encode_basic_auth(client_id or self.sim.client_id, secret or self.sim.client_secret)
        data = {"grant_type": "client_credentials"} if form is None else form
        return await self.raw("POST", "/oauth2/token", headers={"Authorization": basic}, data=data)

    async def log_in(self, client_id: str | None = None, secret: str | None = None) -> None:
        answer = await self.ask_token(client_id, secret)
        assert answer.status == 200, answer.text
        self.token = answer.json["access_token"]

    async def __call__(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        if self.token is None:
            await self.log_in()
        options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self.token}", **(headers or {})}}
        if body is not None:
            options["json"] = body
        return await self.raw(method, path, **options)

    async def get(self, path: str) -> Any:
        answer = await self("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    async def control(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.raw(method, f"/simulator/{path}", **({} if body is None else {"json": body}))
