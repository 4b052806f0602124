"""The access token: asked for as Enode wants it, kept, renewed in time, and by one at a time."""

import asyncio
import base64
from collections.abc import Callable
from urllib.parse import parse_qs

import aiohttp
import pytest

from custom_components.enode_flex.api import (
    AuthenticationError,
    ConnectionFailedError,
    EnodeClient,
    EnodeError,
    MalformedAnswerError,
    RateLimitedError,
    ServerError,
)
from custom_components.enode_flex.api.auth import TokenKeeper

from .conftest import CLIENT_ID, CLIENT_SECRET, FakeEnode, Reply

TOKEN_PATH = "/oauth2/token"


class Clock:
    """Seconds that go on when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(enode: FakeEnode, session: aiohttp.ClientSession, clock: Clock) -> TokenKeeper:
    return TokenKeeper(
        session,
        token_url=enode.token_url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        timeout=5,
        clock=clock,
    )


async def test_asks_with_basic_auth_and_a_form(enode: FakeEnode, keeper: TokenKeeper) -> None:
    assert await keeper.token() == "token-1-of-the-client"
    (seen,) = enode.asked(TOKEN_PATH)
    assert seen.method == "POST"
    assert (
        base64.b64decode(seen.headers["authorization"].removeprefix("Basic ")).decode() == "a-client:" + CLIENT_SECRET
    )
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(seen.body.decode()) == {"grant_type": ["client_credentials"]}


async def test_token_is_kept_until_a_minute_before_its_end(enode: FakeEnode, keeper: TokenKeeper, clock: Clock) -> None:
    await keeper.token()
    clock.now += 3599 - 60 - 1
    assert await keeper.token() == "token-1-of-the-client"
    clock.now += 1
    assert await keeper.token() == "token-2-of-the-client"
    assert len(enode.asked(TOKEN_PATH)) == 2


@pytest.mark.parametrize(("life", "kept_for"), [(100, 80), (5, 4), ("600", 540), (None, 3539), ("soon", 3539)])
async def test_short_and_untold_lives(
    enode: FakeEnode, keeper: TokenKeeper, clock: Clock, life: object, kept_for: float
) -> None:
    enode.token_life = life
    await keeper.token()
    clock.now += kept_for - 0.5
    await keeper.token()
    assert enode.tokens_given == 1
    clock.now += 0.5
    await keeper.token()
    assert enode.tokens_given == 2


@pytest.mark.parametrize("life", [0, -5])
async def test_token_without_a_life_serves_once(enode: FakeEnode, keeper: TokenKeeper, life: int) -> None:
    enode.token_life = life
    assert await keeper.token() == "token-1-of-the-client"
    assert await keeper.token() == "token-2-of-the-client"


async def test_many_at_once_share_one_renewal(enode: FakeEnode, keeper: TokenKeeper) -> None:
    enode.token_life = 0
    assert set(await asyncio.gather(*(keeper.token() for _ in range(20)))) == {"token-1-of-the-client"}
    assert enode.tokens_given == 1


async def test_many_at_once_share_one_failure_and_the_next_asks_again(enode: FakeEnode, keeper: TokenKeeper) -> None:
    enode.reply("POST", TOKEN_PATH, Reply(status=503))
    results = await asyncio.gather(*(keeper.token() for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [ServerError] * 5
    assert len(enode.asked(TOKEN_PATH)) == 1
    enode.reply("POST", TOKEN_PATH, Reply({"access_token": "fine", "expires_in": 3599}))
    assert await keeper.token() == "fine"


async def asked_and_waiting(enode: FakeEnode, keeper: TokenKeeper, waiters: int) -> list[asyncio.Task[str]]:
    """Waiters on one renewal, which has reached the server."""
    tasks = [asyncio.create_task(keeper.token()) for _ in range(waiters)]
    await enode.something_asked.wait()
    return tasks


async def test_a_waiter_that_gives_up_does_not_take_the_renewal_along(enode: FakeEnode, keeper: TokenKeeper) -> None:
    tasks = await asked_and_waiting(enode, keeper, 3)
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == ["token-1-of-the-client"] * 2
    assert len(enode.asked(TOKEN_PATH)) == 1


async def test_the_last_waiter_that_gives_up_ends_the_renewal(enode: FakeEnode, keeper: TokenKeeper) -> None:
    enode.reply("POST", TOKEN_PATH, Reply(is_stuck=True))
    before = asyncio.all_tasks()
    tasks = await asked_and_waiting(enode, keeper, 2)
    renewals = [task for task in asyncio.all_tasks() - before if task.get_name() == "enode token renewal"]
    assert len(renewals) == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, *renewals, return_exceptions=True)
    assert renewals[0].cancelled()
    enode.reply("POST", TOKEN_PATH, Reply({"access_token": "fine", "expires_in": 3599}))
    assert await keeper.token() == "fine"


async def test_invalidating_an_old_token_keeps_the_new_one(enode: FakeEnode, keeper: TokenKeeper) -> None:
    first = await keeper.token()
    keeper.invalidate(first)
    second = await keeper.token()
    keeper.invalidate(first)
    assert await keeper.token() == second
    assert enode.tokens_given == 2


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            Reply({"error": "invalid_client", "error_description": "Client authentication failed"}, 401),
            AuthenticationError,
        ),
        (Reply({"error": "invalid_client"}, 400), AuthenticationError),
        (Reply(body=b"<html>", status=403), AuthenticationError),
        (Reply(status=408), ConnectionFailedError),
        (Reply(status=429, headers={"Retry-After": "7"}), RateLimitedError),
        (Reply(status=500), ServerError),
        (Reply(status=503, headers={"Retry-After": "7"}), ServerError),
        (Reply(status=404), MalformedAnswerError),
        (Reply(status=302, headers={"Location": "https://elsewhere.example/"}), MalformedAnswerError),
        (Reply(body=b"<html>Sign in</html>"), MalformedAnswerError),
        (Reply(body=b""), MalformedAnswerError),
        (Reply([]), MalformedAnswerError),
        (Reply({"token": "x"}), MalformedAnswerError),
        (Reply({"access_token": None}), MalformedAnswerError),
        (Reply({"access_token": ""}), MalformedAnswerError),
        (Reply({"access_token": "two\nlines"}), MalformedAnswerError),
        (Reply({"access_token": "ünïcode"}), MalformedAnswerError),
        (Reply(is_cut=True), ConnectionFailedError),
    ],
)
async def test_refusals(enode: FakeEnode, keeper: TokenKeeper, reply: Reply, expected: type[EnodeError]) -> None:
    enode.reply("POST", TOKEN_PATH, reply)
    with pytest.raises(EnodeError) as caught:
        await keeper.token()
    assert type(caught.value) is expected
    assert caught.value.endpoint == "POST /oauth2/token"
    if reply.headers.get("Retry-After"):
        assert getattr(caught.value, "retry_after", None) == 7


async def test_reason_of_a_refusal(enode: FakeEnode, keeper: TokenKeeper) -> None:
    document = {"error": "invalid_client", "error_description": f"Wrong secret {CLIENT_SECRET} for this client"}
    enode.reply("POST", TOKEN_PATH, Reply(document, 401))
    with pytest.raises(AuthenticationError) as caught:
        await keeper.token()
    assert (caught.value.title, caught.value.status) == ("invalid_client", 401)
    assert caught.value.detail == "Wrong secret **REDACTED** for this client"
    assert CLIENT_SECRET not in str(caught.value)


async def test_slow_token_endpoint_times_out(enode: FakeEnode, make_client: Callable[..., EnodeClient]) -> None:
    enode.reply("POST", TOKEN_PATH, Reply(is_stuck=True))
    with pytest.raises(ConnectionFailedError, match="Timed out"):
        await make_client(timeout=0.05).vehicles()
    assert enode.calls == []


async def test_refused_token_is_renewed_and_the_request_repeated_once(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", "/vehicles", Reply({"data": []}))
    await client.vehicles()
    enode.valid_token = "another"
    await client.vehicles()
    assert enode.tokens_given == 2
    assert [seen.headers["authorization"] for seen in enode.calls] == [
        "Bearer token-1-of-the-client",
        "Bearer token-1-of-the-client",
        "Bearer token-2-of-the-client",
    ]


async def test_body_is_sent_again_after_the_renewal(enode: FakeEnode, client: EnodeClient) -> None:
    enode.is_token_checked = False
    enode.reply("PUT", "/flex/sessions/s/target", Reply(status=401), Reply(status=204))
    await client.set_target("s", "REGULAR")
    assert [seen.json for seen in enode.calls] == [{"type": "REGULAR"}] * 2


async def test_a_new_token_that_is_refused_too_is_an_authentication_error(
    enode: FakeEnode, client: EnodeClient
) -> None:
    enode.is_token_checked = False
    enode.reply("GET", "/vehicles", Reply({"title": "Unauthorized", "detail": "No"}, 401))
    with pytest.raises(AuthenticationError) as caught:
        await client.vehicles()
    assert (caught.value.status, caught.value.title) == (401, "Unauthorized")
    assert len(enode.calls) == 2
    # The token that was refused twice is not tried a third time.
    with pytest.raises(AuthenticationError):
        await client.vehicles()
    assert enode.calls[2].headers["authorization"] == "Bearer token-3-of-the-client"


async def test_many_refused_at_once_renew_once(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", "/vehicles", Reply({"data": []}))
    await client.vehicles()
    enode.valid_token = "another"
    await asyncio.gather(*(client.vehicles() for _ in range(8)))
    assert enode.tokens_given == 2
