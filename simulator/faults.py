"""Faults: what goes wrong between the world and the client, by endpoint (contract 11.9)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
import re
from typing import Literal

from .clock import Clock
from .documents import Json
from .mutations import drop_at, extra_keys, null_at, replace_words


@dataclass(kw_only=True, slots=True)
class Fault:
    """One thing that goes wrong.

    `path` is a path or a template of the contract: `{...}` stands for one segment, a trailing `*` for any rest.
    All that is set happens: first the wait, then the cut, then the answer.

    A `status` or a `body` replaces the answer without asking the world; `after_handling` lets the world obey first,
    so that only the answer is lost. The last four alter the real answer.
    """

    method: str = "*"
    path: str = "*"
    # How often it strikes, and for how long by the simulator's clock; None: until cleared.
    count: int | None = None
    duration: timedelta | None = None

    latency: float = 0.0  # seconds of real time
    cut: Literal["before", "after", "middle"] | None = None  # after: handled, then cut; middle: half the body comes

    status: int | None = None
    title: str | None = None
    detail: str = "A fault was injected"
    type_uri: str | None = None
    retry_after: int | None = None  # seconds
    retry_after_as_date: bool = False  # told as an HTTP date by the simulator's clock
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Literal["problem", "html", "malformed", "empty"] = "problem"
    after_handling: bool = False

    replace: Mapping[str, str] = field(default_factory=dict)  # text values that become others, wherever they stand
    extra_keys: Mapping[str, object] = field(default_factory=dict)  # added to every object
    null: tuple[str, ...] = ()  # JSON paths such as "data.*.target.latest" that become null
    drop: tuple[str, ...] = ()  # JSON paths whose key goes missing

    def __post_init__(self) -> None:
        """Refuse what could never strike."""
        if not (self.path == "*" or self.path.startswith("/")):
            raise ValueError("A fault's path begins with / or is *")
        if self.count is not None and self.count < 1:
            raise ValueError("A fault's count is at least 1")
        if self.latency < 0:
            raise ValueError("A fault's latency is not negative")

    @property
    def replaces_answer(self) -> bool:
        """Whether the real answer is not told at all."""
        return self.status is not None or self.body != "problem"

    def matches(self, method: str, path: str) -> bool:
        """Return whether it concerns a request."""
        return self.method in {"*", method} and _pattern(self.path).fullmatch(path) is not None

    def answer_headers(self, now: datetime) -> dict[str, str]:
        """Return the headers of the answer, Retry-After among them."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            later = now + timedelta(seconds=self.retry_after)
            headers["Retry-After"] = (
                format_datetime(later, usegmt=True) if self.retry_after_as_date else str(self.retry_after)
            )
        return headers

    def alter(self, document: Json) -> Json:
        """Return the real answer with the four alterations."""
        if self.replace:
            document = replace_words(document, self.replace)
        if self.extra_keys:
            document = extra_keys(document, self.extra_keys)
        for path in self.null:
            document = null_at(document, path)
        for path in self.drop:
            document = drop_at(document, path)
        return document

    @property
    def alters_answer(self) -> bool:
        """Whether the real answer is told, but changed."""
        return bool(self.replace or self.extra_keys or self.null or self.drop)


@dataclass(slots=True)
class _Active:
    fault: Fault
    until: datetime | None
    left: int | None


class Faults:
    """The faults in force, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active: dict[int, _Active] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._active)

    def __iter__(self) -> Iterator[tuple[int, Fault]]:
        return iter([(number, active.fault) for number, active in self._active.items()])

    def add(self, fault: Fault) -> int:
        """Put a fault in force and return its number."""
        number = next(self._numbers)
        until = None if fault.duration is None else self._clock.now() + fault.duration
        self._active[number] = _Active(fault, until, fault.count)
        return number

    def remove(self, number: int) -> bool:
        """End one fault; False if it is not in force."""
        return self._active.pop(number, None) is not None

    def clear(self) -> None:
        """End all."""
        self._active.clear()

    def left(self, number: int) -> int | None:
        """Return how often a fault will still strike; None: without end."""
        return self._active[number].left

    def strike(self, method: str, path: str) -> list[Fault]:
        """Return the faults that this request meets, and count them."""
        now = self._clock.now()
        struck = []
        for number, active in list(self._active.items()):
            if active.until is not None and active.until <= now:
                del self._active[number]
                continue
            if not active.fault.matches(method, path):
                continue
            struck.append(active.fault)
            if active.left is not None:
                active.left -= 1
                if not active.left:
                    del self._active[number]
        return struck


def rate_limited(seconds: int = 60, *, path: str = "*", as_date: bool = False, count: int | None = None) -> Fault:
    """Return 429 with Retry-After, in seconds or as a date."""
    return Fault(
        path=path,
        count=count,
        status=429,
        retry_after=seconds,
        retry_after_as_date=as_date,
        detail="Too many requests",
    )


def _pattern(template: str) -> re.Pattern[str]:
    if template == "*":
        return re.compile(".*")
    rest = template.endswith("*")
    parts = re.split(r"(\{[^/{}]*\})", template.rstrip("*"))
    pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts)
    return re.compile(pattern + ".*" if rest else pattern)
