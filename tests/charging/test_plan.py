"""Blocks as entries of a calendar."""

from dataclasses import replace

from custom_components.enode_flex.charging.plan import overlapping, plan_entries
from tests.charging.samples import at, session


def test_past_is_final_and_the_rest_tentative() -> None:
    entries = plan_entries([session("C")], at("23T23:00"))
    assert [(it.start_at, it.kwh, it.tentative) for it in entries] == [
        (at("23T16:45"), 3.6, False),
        (at("23T22:00"), 14.4, True),
        (at("24T02:00"), 16.2, True),
    ]


def test_all_is_final_once_settled() -> None:
    assert not any(entry.tentative for entry in plan_entries([session("G")], at("23T00:00")))


def test_uids_stay_when_the_plan_moves() -> None:
    before = session("C")
    moved = replace(
        before, blocks=(*before.blocks[:1], replace(before.blocks[1], start_at=at("23T23:00")), *before.blocks[2:])
    )
    uids = [entry.uid for entry in plan_entries([before], at("23T18:00"))]
    assert [entry.uid for entry in plan_entries([moved], at("23T18:00"))] == uids
    assert len(set(uids)) == 3


def test_a_session_told_twice_stands_there_once() -> None:
    assert len(plan_entries([session("G"), session("G")], at("25T00:00"))) == 3


def test_an_unmanaged_charge_is_one_entry() -> None:
    (entry,) = plan_entries([session("H")], at("25T00:00"))
    assert (entry.window, entry.tentative) == (None, False)
    assert (entry.start_at, entry.end_at, entry.kwh) == (at("21T11:00"), at("21T11:45"), 21.6)
    empty = session("H", statistics=session("A").statistics)
    assert plan_entries([empty], at("25T00:00")) == ()


def test_span() -> None:
    entries = plan_entries([session("G")], at("25T00:00"))
    assert [it.start_at for it in overlapping(entries, at("23T17:15"), at("24T00:00"))] == [at("23T22:00")]
    assert overlapping(entries, at("25T00:00"), at("26T00:00")) == ()
