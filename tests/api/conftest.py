"""A small scripted Enode on loopback, for what only a real connection shows."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.enode_flex.api import EnodeClient

CLIENT_ID = "a-client"
CLIENT_SECRET = "a-very-secret-secret"

SAMPLES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "enode-samples.json").read_text(encoding="utf-8")
)


@dataclass
class Reply:
    """What the server answers with: JSON, or raw bytes, or a connection that is cut or never answers."""

    document: Any = None
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    is_stuck: bool = False


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FakeEnode:
    """Answers what it was told to, and remembers what it was asked. Its token endpoint is /oauth2/token."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.something_asked = asyncio.Event()
        self.tokens_given = 0
        self.token_life: Any = 3599
        self.is_token_checked = True
        self.valid_token: str | None = None
        self._replies: dict[tuple[str, str], list[Reply]] = {}
        self._closing = asyncio.Event()
        self.base_url = ""

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/oauth2/token"

    def reply(self, method: str, path: str, *replies: Reply) -> None:
        """Answer with these one after the other, with the last one for ever."""
        self._replies[method, path] = list(replies)

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    @property
    def calls(self) -> list[Seen]:
        """All requests but those for tokens."""
        return [seen for seen in self.seen if seen.path != "/oauth2/token"]

    def close(self) -> None:
        self._closing.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(
            Seen(
                method=request.method,
                path=request.raw_path.partition("?")[0],
                query=list(request.query.items()),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.read(),
            )
        )
        self.something_asked.set()
        path = self.seen[-1].path
        replies = self._replies.get((request.method, path))
        if path == "/oauth2/token" and not replies:
            self.tokens_given += 1
            self.valid_token = f"token-{self.tokens_given}-of-the-client"
            return web.json_response(
                {"access_token": self.valid_token, "expires_in": self.token_life, "scope": "", "token_type": "bearer"}
            )
        is_known = request.headers.get("Authorization") == f"Bearer {self.valid_token}"
        if path != "/oauth2/token" and self.is_token_checked and not is_known:
            return web.json_response({"title": "Unauthorized", "detail": "Token expired"}, status=401)
        if not replies:
            return web.json_response({"title": "Not scripted", "detail": path}, status=500)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.is_stuck:
            await self._closing.wait()
        if reply.is_cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = (
            reply.body
            if reply.body is not None
            else b""
            if reply.status == 204
            else json.dumps(reply.document).encode()
        )
        return web.Response(
            status=reply.status, body=body, headers={"Content-Type": "application/json", **reply.headers}
        )


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the client warned of; asyncio has slow machines to complain about as well."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and "enode_flex.api" in record.name
    ]


@pytest.fixture
async def enode(socket_enabled: None) -> AsyncGenerator[FakeEnode]:
    fake = FakeEnode()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(access_log=None)
    fake.base_url = str(server.make_url("")).rstrip("/")
    yield fake
    fake.close()
    await server.close()


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def make_client(enode: FakeEnode, session: aiohttp.ClientSession) -> Callable[..., EnodeClient]:
    """Make a client of the fake Enode; keywords change what it is made with."""

    def make(**changes: Any) -> EnodeClient:
        settings = {
            "base_url": enode.base_url,
            "token_url": enode.token_url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        return EnodeClient(session, **(settings | changes))

    return make


@pytest.fixture
def client(make_client: Callable[..., EnodeClient]) -> EnodeClient:
    return make_client()
