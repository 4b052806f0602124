"""Switches for what the contract leaves open (contract 11.13)."""

from dataclasses import dataclass, field
from typing import Literal

from .paging import DEFAULT_PAGE_SIZE
from .settings import WorldSettings


@dataclass(kw_only=True, slots=True)
class Switches:
    """How documents are written. All may be changed while the server runs.

    `keys`, `single` and `lists` act on /flex alone, whose wording is known second hand, unless `everywhere` is set.
    """

    keys: Literal["camelCase", "snake_case"] = "camelCase"
    # A single object bare, or in {"data": ...}.
    single: Literal["bare", "data"] = "bare"
    # {"data", "pagination"}; {"data"} alone, in one page; or the bare array.
    lists: Literal["paged", "data", "bare"] = "paged"
    everywhere: bool = False
    # How many items a page holds when the client does not say.
    page_size: int = DEFAULT_PAGE_SIZE

    # The answer for a policy that has no live session.
    no_live_session: Literal["404", "404_empty", "204", "null", "empty"] = "404"
    # The answer to PUT target.
    target_answer: Literal["session", "target", "204"] = "session"

    # Key of a measurement's start; "none" leaves only the energy. `timeseries_end` adds endAt.
    timeseries_start: Literal["startAt", "from", "start", "timestamp", "time", "at", "none"] = "startAt"
    timeseries_end: bool = True
    # False: the key `valuation` is missing wherever it would be null; "never" in the settings makes it null.
    valuation_null: bool = True
    # target, outcome and error when there is none: {"latest": null}, or null themselves.
    empty_latest: Literal["object", "null"] = "object"

    # Without the Z, to be read as UTC.
    naive_timestamps: bool = False
    # None: as documented, sessions without and everything else with milliseconds.
    milliseconds: bool | None = None

    settings: WorldSettings = field(default_factory=WorldSettings)

    @property
    def running_block(self) -> Literal["planned", "delivered"]:
        """What a running block's kwhSum means."""
        return self.settings.running_block_kwh

    @running_block.setter
    def running_block(self, meaning: Literal["planned", "delivered"]) -> None:
        self.settings.running_block_kwh = meaning

    @property
    def valuation(self) -> Literal["settled", "always", "never"]:
        """When a session has a valuation."""
        return self.settings.valuation

    @valuation.setter
    def valuation(self, when: Literal["settled", "always", "never"]) -> None:
        self.settings.valuation = when
