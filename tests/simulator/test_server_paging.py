from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from simulator.errors import BadRequestError
from simulator.paging import PageRequest, paginate
from tests.simulator.contract import PROBLEM, violations

START = datetime(2026, 1, 1, tzinfo=UTC)


def items(count, same_time=1):
    return [(START + timedelta(seconds=index // same_time), f"id{index:04}") for index in range(count)]


def walk(things, size, direction="after", first=None):
    query = {"pageSize": str(size)} | ({} if first is None else {direction: first})
    pages = []
    while True:
        page = paginate(things, PageRequest.parse(query), lambda item: item)
        pages.append(page)
        cursor = getattr(page, direction)
        if cursor is None:
            return pages
        query = {"pageSize": str(size), direction: cursor}


@given(count=st.integers(0, 40), size=st.integers(1, 12), same_time=st.integers(1, 4))
def test_pages_tell_every_item_once_newest_first_and_back(count, size, same_time):
    things = items(count, same_time)
    pages = walk(things, size)
    assert [item for page in pages for item in page.items] == sorted(things, reverse=True)
    assert pages[0].before is None
    assert all(len(page.items) == size for page in pages[:-1])
    if len(pages) > 1:
        back = walk(things, size, "before", pages[-1].before)
        assert [item for page in reversed(back) for item in page.items] == [
            item for page in pages[:-1] for item in page.items
        ]


def test_what_comes_or_goes_meanwhile_repeats_and_hides_nothing():
    things = items(10)
    first = paginate(things, PageRequest(size=4), lambda item: item)
    changed = [item for item in things if item != first.items[-1]] + [(START + timedelta(days=1), "new")]
    assert first.after is not None
    second = paginate(changed, PageRequest.parse({"pageSize": "4", "after": first.after}), lambda item: item)
    assert second.items == sorted(things, reverse=True)[4:8]


def test_fifty_by_default():
    assert len(paginate(items(60), PageRequest.parse({}), lambda item: item).items) == 50


async def test_a_page_may_be_shorter_than_documented(sim, api):
    sim.switches.page_size = 7
    page = await api.get("/flex/vehicle-policies/sessions")
    assert len(page["data"]) == 7
    assert page["pagination"]["after"]
    assert len((await api.get("/flex/vehicle-policies/sessions?pageSize=9"))["data"]) == 9


@pytest.mark.parametrize("size", ["0", "-1", "x", "", "1.5", "²"])
def test_a_page_size_that_is_none_is_refused(size):
    with pytest.raises(BadRequestError) as caught:
        PageRequest.parse({"pageSize": size})
    assert caught.value.issues[0]["path"] == ["pageSize"]


@pytest.mark.parametrize("cursor", ["", "x", "a" * 13, "bnVsbA", "WzEsMiwzXQ", "ä"])
def test_a_cursor_made_elsewhere_is_refused(cursor):
    with pytest.raises(BadRequestError):
        PageRequest.parse({"after": cursor})


async def test_over_http(api):
    whole = (await api.get("/vehicles"))["data"]
    first = await api.get("/vehicles?pageSize=2")
    second = await api.get(f"/vehicles?pageSize=2&after={first['pagination']['after']}")
    assert first["data"] + second["data"] == whole
    assert (first["pagination"]["before"], second["pagination"]["after"]) == (None, None)
    back = await api.get(f"/vehicles?pageSize=2&before={second['pagination']['before']}")
    assert back["data"] == first["data"]
    assert "created" not in first["pagination"]["after"]
    cursors = f"after={first['pagination']['after']}&before={second['pagination']['before']}"
    answer = await api("GET", f"/vehicles?{cursors}")
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []


async def test_sorted_newest_first(sim, api):
    created = [sim.world.locations[place["id"]].created_at for place in (await api.get("/locations"))["data"]]
    assert all(newer >= older for newer, older in pairwise(created))
