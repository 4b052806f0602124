"""Refusals and broken answers: the right class, Enode's reason, and nothing personal or secret."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import logging
import traceback
from typing import Any

from freezegun import freeze_time
import pytest

from custom_components.enode_flex.api import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    EnodeClient,
    EnodeError,
    ForbiddenError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from custom_components.enode_flex.api.exchange import Answer, seconds_until
from custom_components.enode_flex.api.problems import MAX_ISSUES, MAX_TEXT, REDACTED, error_of, scrub

from .conftest import CLIENT_SECRET, FakeEnode, Reply

PATH = "/vehicles/v"
ENDPOINT = "GET /vehicles/{vehicle_id}"
PROBLEM = {"type": "https://developers.enode.com/api/problems/x", "title": "A title", "detail": "A detail"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, InvalidRequestError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (408, ConnectionFailedError),
        (409, ConflictError),
        (410, NotFoundError),
        (415, InvalidRequestError),
        (422, InvalidRequestError),
        (429, RateLimitedError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (302, MalformedAnswerError),
    ],
)
async def test_status_becomes_an_error(
    enode: FakeEnode, client: EnodeClient, status: int, expected: type[EnodeError]
) -> None:
    enode.reply("GET", PATH, Reply(PROBLEM, status, headers={"Location": "/elsewhere"}))
    with pytest.raises(EnodeError) as caught:
        await client.vehicle("v")
    error = caught.value
    assert type(error) is expected
    assert (error.title, error.detail, error.status, error.endpoint) == ("A title", "A detail", status, ENDPOINT)
    assert str(error) == f"{ENDPOINT} {status}: A title: A detail"


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"[]", b'{"title": 5, "detail": null}', b"\xff\xfe{"]
)
@pytest.mark.parametrize(("status", "expected"), [(404, NotFoundError), (422, InvalidRequestError), (502, ServerError)])
async def test_refusal_without_a_problem_document(
    enode: FakeEnode, client: EnodeClient, body: bytes, status: int, expected: type[EnodeError]
) -> None:
    enode.reply("GET", PATH, Reply(body=body, status=status))
    with pytest.raises(expected) as caught:
        await client.vehicle("v")
    assert (caught.value.title, caught.value.detail) == (None, None)
    assert str(caught.value) == f"{ENDPOINT} {status}: {expected.__name__}"


def test_error_without_anything_says_its_kind() -> None:
    assert str(EnodeError()) == "EnodeError"


@pytest.mark.parametrize(
    ("issues", "expected"),
    [
        ([{"path": ["schedule", "monday", 0], "message": "Invalid"}], ("schedule.monday.0: Invalid",)),
        ([{"path": "action", "message": "Invalid"}], ("action: Invalid",)),
        ([{"message": "Invalid"}], ("Invalid",)),
        ([{"code": "too_big", "maximum": 100, "inner": {}}], ("code: too_big, maximum: 100",)),
        (["Plain", None, 5, {}], ("Plain",)),
        ("not a list", ()),
        (None, ()),
    ],
)
async def test_issues(enode: FakeEnode, client: EnodeClient, issues: Any, expected: tuple[str, ...]) -> None:
    enode.reply("GET", PATH, Reply(PROBLEM | {"issues": issues}, 400))
    with pytest.raises(InvalidRequestError) as caught:
        await client.vehicle("v")
    assert caught.value.issues == expected
    assert all(issue in str(caught.value) for issue in expected)


def test_number_of_issues_is_bounded() -> None:
    answer = Answer(status=400, body=b'{"issues": [' + b'"x",' * 99 + b'"x"]}')
    error = error_of(answer, endpoint="GET /")
    assert isinstance(error, InvalidRequestError)
    assert len(error.issues) == MAX_ISSUES


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "expected"), [("120", 120), ("0", 0), ("-5", 0), ("1.5", 1.5), ("soon", None), (None, None)]
)
async def test_retry_after_seconds(
    enode: FakeEnode, client: EnodeClient, status: int, header: str | None, expected: float | None
) -> None:
    enode.reply("GET", PATH, Reply(PROBLEM, status, headers={"Retry-After": header} if header else {}))
    with pytest.raises((RateLimitedError, ServerError)) as caught:
        await client.vehicle("v")
    assert caught.value.retry_after == expected


@pytest.mark.parametrize(("minutes", "expected"), [(5, 300), (-5, 0)])
def test_retry_after_date(minutes: int, expected: float) -> None:
    now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    then = now + timedelta(minutes=minutes)
    with freeze_time(now):
        assert seconds_until(format_datetime(then, usegmt=True)) == expected
        assert seconds_until(format_datetime(then.replace(tzinfo=None))) == expected


def test_retry_after_is_no_date() -> None:
    assert seconds_until("Mon, 99 Nov 2026 99:00:00 GMT") is None


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"<!DOCTYPE html><p>Hello", "HTML instead of JSON"),
        (b'{"id": "v", ', "Broken JSON"),
        (b"\xff\xfe\xfa", "Broken JSON"),
        (b"[" * 200_000, "Broken JSON"),
        (b"", "No Vehicle"),
        (b"null", "No Vehicle"),
        (b"[]", "No Vehicle"),
        (b'"text"', "No Vehicle"),
        (b'{"brand": "x"}', "No Vehicle"),
        (b'{"data": null}', "No Vehicle"),
    ],
)
async def test_answer_that_is_no_vehicle(enode: FakeEnode, client: EnodeClient, body: bytes, detail: str) -> None:
    enode.reply("GET", PATH, Reply(body=body))
    with pytest.raises(MalformedAnswerError) as caught:
        await client.vehicle("v")
    assert (caught.value.detail, caught.value.status, caught.value.endpoint) == (detail, 200, ENDPOINT)


async def test_cut_connection(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, Reply(is_cut=True))
    with pytest.raises(ConnectionFailedError) as caught:
        await client.vehicle("v")
    assert caught.value.endpoint == ENDPOINT
    assert caught.value.detail is not None
    assert caught.value.detail.startswith("Connection failed (")


async def test_body_that_is_not_what_its_encoding_says(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ConnectionFailedError):
        await client.vehicle("v")


async def test_time_out(enode: FakeEnode, make_client: Callable[..., EnodeClient]) -> None:
    client = make_client(timeout=0.2)
    await client_knows_its_token(enode, client)
    enode.reply("GET", PATH, Reply(is_stuck=True))
    with pytest.raises(ConnectionFailedError, match="Timed out"):
        await client.vehicle("v")


async def client_knows_its_token(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", "/health/ready", Reply(status=204))
    assert await client.ready()


@pytest.mark.parametrize("port", [1, 9])
async def test_nobody_listens(make_client: Callable[..., EnodeClient], port: int) -> None:
    with pytest.raises(ConnectionFailedError, match="Connection failed"):
        await make_client(base_url=f"http://127.0.0.1:{port}").vehicles()


@pytest.mark.parametrize(
    "address", ["", "nonsense", "http://[", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999"]
)
async def test_address_that_is_none(make_client: Callable[..., EnodeClient], address: str) -> None:
    with pytest.raises(ConnectionFailedError):
        await make_client(base_url=address).vehicles()
    with pytest.raises(ConnectionFailedError):
        await make_client(token_url=address).vehicles()


# Secrets and personal data

PERSONAL = [
    "Bearer abcdefghijklmnop.qrstuvwxyz",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    'client_secret="hunter22"',
    "password: hunter22",
    "VIN WVWZZZE1ZMP000001",
    "59.91, 10.75",
    "at 59.913868",
    "latitude: 59.9",
    "nora@example.org",
    "https://link.enode.com/x?token=abc",
    CLIENT_SECRET,
    "token-1-of-the-client",
]
LEAKS = [
    "abcdefghijklmnop",
    "eyJ",
    "hunter22",
    "WVWZZZE1ZMP000001",
    "59.9",
    "10.75",
    "nora",
    "link.enode.com",
    CLIENT_SECRET,
    "token-1",
]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500])
async def test_no_error_tells_a_secret(
    enode: FakeEnode, client: EnodeClient, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    text = " and ".join(PERSONAL)
    problem = {"title": text, "detail": text, "issues": [{"path": ["x"], "message": text}, {"vin": PERSONAL[4][4:]}]}
    enode.reply("GET", PATH, Reply(problem, status))
    with pytest.raises(EnodeError) as caught:
        await client.vehicle("v")
    error = caught.value
    said = [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error)), caplog.text]
    for leak in LEAKS:
        assert not any(leak in part for part in said), leak
    assert error.title is not None
    assert REDACTED in error.title


async def test_webhook_secret_is_not_told(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("POST", "/webhooks", Reply({"detail": "Weak secret pass-phrase and header-value"}, 400))
    with pytest.raises(InvalidRequestError) as caught:
        await client.create_webhook("https://x.example/", "pass-phrase", authentication=("x-key", "header-value"))
    assert caught.value.detail == f"Weak secret {REDACTED} and {REDACTED}"


async def test_address_with_ids_is_not_told(make_client: Callable[..., EnodeClient]) -> None:
    user_id = "nora@home"
    with pytest.raises(ConnectionFailedError) as caught:
        await make_client(base_url="http://127.0.0.1:1").user(user_id)
    told = "".join(traceback.format_exception(caught.value))
    assert user_id not in told
    assert "%40" not in told


@pytest.mark.parametrize(
    "text",
    [
        "Could not find user with ID ha-demo-user",
        "Vehicle 3d1c9a52-6f0e-4b7c-9a41-52f1e6b0c7aa is fully charged (81.5 %)",
        "Basic information is missing",
        "See https://developers.enode.com/api/problems/not-found",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert scrub(text, ("",)) == text


def test_text_of_enode_is_one_line_and_not_endless() -> None:
    assert scrub("two\r\n lines\t") == "two lines"
    assert len(scrub("x " * 10_000)) == MAX_TEXT


async def test_debug_lines_hold_template_status_and_time_alone(
    enode: FakeEnode, client: EnodeClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="custom_components.enode_flex.api")
    enode.reply("GET", "/users/nora/vehicles", Reply({"data": []}))
    await client.user_vehicles("nora")
    lines = [record.getMessage() for record in caplog.records if "enode_flex" in record.name]
    assert [line.rsplit(" in ", 1)[0] for line in lines] == [
        "POST /oauth2/token 200",
        "GET /users/{user_id}/vehicles 200",
    ]
    assert all(line.endswith(" ms") for line in lines)


@pytest.mark.parametrize("bad", ["", ".", ".."])
async def test_id_that_would_lead_elsewhere(enode: FakeEnode, client: EnodeClient, bad: str) -> None:
    with pytest.raises(InvalidRequestError, match="An id is missing"):
        await client.delete_policy(bad)
    assert enode.seen == []


async def test_id_with_slashes_stays_one_segment(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", "/vehicles/a%2Fb%3Fc%23d%25%20e", Reply({"id": "a/b?c#d% e"}))
    assert (await client.vehicle("a/b?c#d% e")).id == "a/b?c#d% e"


async def test_authentication_error_is_no_other_error() -> None:
    assert not issubclass(AuthenticationError, (ForbiddenError, InvalidRequestError))
