"""Collections: to the end, no further than wanted, and not for ever."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

import pytest

from custom_components.enode_flex.api import (
    EnodeClient,
    ForbiddenError,
    MalformedAnswerError,
    ServerError,
    Session,
    transport,
)
from custom_components.enode_flex.api.reading import read
from custom_components.enode_flex.api.transport import MAX_PAGES, TURN

from .conftest import FakeEnode, Reply, warnings_in

PATH = "/flex/vehicle-policies/sessions"


def page(*ids: Any, after: Any = None, **extra: Any) -> Reply:
    return Reply({"data": [{"id": i} for i in ids], "pagination": {"after": after, "before": None}, **extra})


def ids(sessions: tuple[Session, ...]) -> list[str]:
    return [session.id for session in sessions]


async def test_reads_to_the_end(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", "b", after="c+1/="), page("c", after="c2"), page("d"))
    assert ids(await client.sessions(vehicle_id="v 1", policy_id=None)) == ["a", "b", "c", "d"]
    assert [seen.query for seen in enode.calls] == [
        [("vehicleId", "v 1")],
        [("vehicleId", "v 1"), ("after", "c+1/=")],
        [("vehicleId", "v 1"), ("after", "c2")],
    ]


@pytest.mark.parametrize(
    "document",
    [
        [{"id": "a"}],
        {"data": [{"id": "a"}]},
        {"data": [{"id": "a"}], "pagination": None},
        {"data": [{"id": "a"}], "pagination": {"after": None}},
        {"data": [{"id": "a"}], "pagination": {"after": ""}},
        {"data": [{"id": "a"}], "pagination": {"after": {}}},
        {"data": [{"id": "a"}], "pagination": ["x"]},
    ],
)
async def test_list_that_is_a_single_page(enode: FakeEnode, client: EnodeClient, document: Any) -> None:
    enode.reply("GET", PATH, Reply(document))
    assert ids(await client.sessions()) == ["a"]
    assert len(enode.calls) == 1


async def test_others_get_their_turn_while_a_long_page_is_read(
    enode: FakeEnode, client: EnodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, seen = 0, []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def counted(model: type[Session], document: Any) -> Session | None:
        seen.append(turns)
        return read(model, document)

    monkeypatch.setattr(transport, "read", counted)
    enode.reply("GET", PATH, page(*(str(number) for number in range(4 * TURN))))
    task = asyncio.create_task(others())
    assert len(await client.sessions()) == 4 * TURN
    task.cancel()
    assert len(set(seen)) == 5


@pytest.mark.parametrize("document", [None, {}, {"data": None}, {"data": {}}, {"data": "x"}, "x", 3, {"items": []}])
async def test_answer_that_is_no_list(enode: FakeEnode, client: EnodeClient, document: Any) -> None:
    enode.reply("GET", PATH, Reply(document))
    with pytest.raises(MalformedAnswerError, match="No list"):
        await client.sessions()


async def test_cursor_that_comes_again_ends_the_list(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", after="x"), page("b", after="x"))
    assert ids(await client.sessions()) == ["a", "b"]
    assert len(enode.calls) == 2


async def test_cursors_that_come_again_in_a_circle_end_the_list(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", after="x"), page("b", after="y"), page("a", after="x"), page("never"))
    assert ids(await client.sessions()) == ["a", "b"]


async def test_list_without_an_end_is_capped_with_one_warning(
    enode: FakeEnode, client: EnodeClient, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [page(f"s{number}", after=f"c{number}") for number in range(MAX_PAGES + 5)]
    enode.reply("GET", PATH, *pages)
    assert len(await client.sessions()) == MAX_PAGES
    assert len(enode.calls) == MAX_PAGES
    enode.reply("GET", PATH, *pages)
    await client.sessions()
    warnings = warnings_in(caplog)
    assert warnings == [f"Enode's list at GET {PATH} does not end: stopped after {MAX_PAGES} pages"]


async def test_limit_stops_the_reading(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", "b", after="x"), page("c", "d", after="y"))
    assert ids(await client.sessions(limit=3)) == ["a", "b", "c"]
    assert len(enode.calls) == 2


async def test_limit_does_not_count_what_is_unreadable(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", None, after="x"), page("b"))
    assert ids(await client.sessions(limit=2)) == ["a", "b"]


async def test_until_keeps_the_page_and_asks_for_no_other(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", after="x"), page("b", "known", "c", after="y"), page("never"))
    assert ids(await client.sessions(until=lambda session: session.id == "known")) == ["a", "b", "known", "c"]
    assert len(enode.calls) == 2


async def test_id_that_comes_twice_counts_once(enode: FakeEnode, client: EnodeClient) -> None:
    enode.reply("GET", PATH, page("a", "b", after="x"), page("b", "c"))
    assert ids(await client.sessions()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "path", "call"),
    [
        ("Session", PATH, EnodeClient.sessions),
        ("Vehicle", "/vehicles", EnodeClient.vehicles),
        ("Policy", "/flex/vehicle-policies", EnodeClient.policies),
    ],
)
async def test_unreadable_ones_are_skipped_with_one_warning_each(
    *,
    enode: FakeEnode,
    client: EnodeClient,
    caplog: pytest.LogCaptureFixture,
    name: str,
    path: str,
    call: Callable[[EnodeClient], Any],
) -> None:
    enode.reply("GET", path, Reply({"data": [{"id": "a"}, "odd", {"id": ["x"]}, {"id": ""}, None, {"id": "b"}]}))
    for _ in range(2):
        assert [thing.id for thing in await call(client)] == ["a", "b"]
    warnings = warnings_in(caplog)
    assert warnings == [
        f"Skipped an unreadable {name} of Enode with the id NoneType",
        f"Skipped an unreadable {name} of Enode with the id list",
        f"Skipped an unreadable {name} of Enode with the id str",
    ]


async def test_warnings_are_bounded(enode: FakeEnode, client: EnodeClient, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(300):
        client._api._warn_once((str(number), ""), "%s %s", number)
    assert len(warnings_in(caplog)) == 100


@pytest.mark.parametrize(("status", "error"), [(403, ForbiddenError), (503, ServerError)])
async def test_refusal_of_a_later_page_is_raised(
    enode: FakeEnode, client: EnodeClient, status: int, error: type[Exception]
) -> None:
    enode.reply("GET", PATH, page("a", after="x"), Reply({}, status))
    with pytest.raises(error):
        await client.sessions()


async def test_list_of_things_without_ids_keeps_them_all(enode: FakeEnode, client: EnodeClient) -> None:
    start = Session.from_dict({"id": "s", "pluggedInAt": "2026-11-23T00:00:00Z"}).plugged_in_at
    assert start is not None
    body = json.dumps([{"kwhSum": 1}, {"kwhSum": 1}]).encode()
    enode.reply("GET", "/users/u/statistics/charging", Reply(body=body))
    assert [bucket.kwh_sum for bucket in await client.charging_statistics("u", start=start)] == [1, 1]
