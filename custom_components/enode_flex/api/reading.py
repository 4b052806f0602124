"""Tolerant reading of Enode's JSON (contract, section 12): what cannot be read becomes None, and nothing raises.

``Document`` is the base of every dataclass in ``models``. Before mashumaro builds an object, the JSON object is brought
into the dataclass's own shape: keys in snake_case, nulls and values of a wrong shape dropped, so that defaults hold.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import lru_cache
import math
import re
from typing import Any, get_args, get_origin, override

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_TRUTH = {"true": True, "false": False}


def to_text(value: Any) -> str | None:
    """Return text as it is and a number as its digits (ids are compared as text), else None."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, int) else None


def to_float(value: Any) -> float | None:
    """Return a finite number, also from numeric text, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if math.isfinite(number) else None


def to_int(value: Any) -> int | None:
    """Return the nearest whole number of what ``to_float`` reads, else None."""
    number = to_float(value)
    return None if number is None else round(number)


def to_bool(value: Any) -> bool | None:
    """Return a truth value, also from 0, 1 and the words true and false, else None."""
    if isinstance(value, str):
        return _TRUTH.get(value.strip().lower())
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    return None


def to_datetime(value: Any) -> datetime | None:
    """Return an ISO 8601 time as an aware one in UTC; a naive one is taken as UTC (contract, 4). Else None."""
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except TypeError, ValueError, OverflowError:
        return None


@lru_cache(maxsize=1024)
def _snake(key: str) -> str:
    return _HUMP.sub(r"_\1", key).lower()


def snake_keys(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object with its keys in snake_case and without its nulls."""
    result: dict[str, Any] = {}
    for key, value in document.items():
        if value is not None:
            result.setdefault(_snake(key), value)
    return result


def latest(document: Mapping[str, Any], key: str) -> Any:
    """Return what ``key`` holds, one level of ``latest`` taken off; None for nothing (contract, 8.4 to 8.6)."""
    value = document.get(key)
    if isinstance(value, Mapping) and "latest" in value:
        value = value["latest"]
    return value or None


_SCALARS: dict[Any, Any] = {
    str: {"deserialize": to_text},
    float: {"deserialize": to_float},
    int: {"deserialize": to_int},
    bool: {"deserialize": to_bool},
    datetime: {"deserialize": to_datetime},
}


class Document(DataClassDictMixin):
    """A frozen dataclass that is read from a JSON object, whatever that object looks like.

    ``from_dict`` raises only for what is no object or has no id where the dataclass requires one. ``to_dict`` writes
    what ``from_dict`` reads back into an equal object.
    """

    __slots__ = ()

    class Config(BaseConfig):
        """How single values are read."""

        serialization_strategy = _SCALARS

    @override
    @classmethod
    def __pre_deserialize__(cls, d: dict[Any, Any]) -> dict[Any, Any]:
        if not isinstance(d, Mapping):
            raise TypeError("not an object")
        document = cls._reshape(snake_keys(d))
        return {
            shape.name: value for shape in _shapes(cls) if (value := shape.fit(document.get(shape.name))) is not None
        }

    @classmethod
    def _reshape(cls, document: dict[str, Any]) -> dict[str, Any]:
        """Bring Enode's arrangement of an object (keys in snake_case, no nulls) into the dataclass's own."""
        return document


def read[T: Document](model: type[T], document: Any) -> T | None:
    """Return the object, or None if it cannot be read at all: it is no object, or has no id where it needs one."""
    try:
        return model.from_dict(document)
    except LookupError, TypeError, ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a field may hold: a scalar, an object, or a collection of either."""

    name: str
    model: type[Document] | None
    is_list: bool
    is_map: bool
    is_required: bool

    def fit(self, value: Any) -> Any:
        """Return the value without the parts of a wrong shape, None if nothing fits."""
        if self.is_list:
            return [item for item in value if self._fits(item)] if isinstance(value, (list, tuple)) else None
        if self.is_map:
            return (
                {key: item for key, item in value.items() if self._fits(item)} if isinstance(value, Mapping) else None
            )
        return value if self._fits(value) else None

    def _fits(self, value: Any) -> bool:
        if self.model is None:
            return value is not None and (not (self.is_required or self.is_list) or bool(to_text(value)))
        if not isinstance(value, Mapping):
            return False
        required = [shape.name for shape in _shapes(self.model) if shape.is_required]
        return not required or all(to_text(snake_keys(value).get(name)) for name in required)


_SHAPES: dict[type[Document], tuple[_Shape, ...]] = {}


def _shapes(model: type[Document]) -> tuple[_Shape, ...]:
    if model not in _SHAPES:
        of_model: Any = model  # every subclass is a dataclass, which the base itself is not
        _SHAPES[model] = tuple(
            _Shape(
                name=field.name,
                model=_model(field.type),
                is_list=_collection(field.type) is tuple,
                is_map=_collection(field.type) is Mapping,
                is_required=field.default is MISSING and field.default_factory is MISSING,
            )
            for field in fields(of_model)
        )
    return _SHAPES[model]


def _collection(hint: Any) -> Any:
    origin = get_origin(hint)
    return Mapping if isinstance(origin, type) and issubclass(origin, Mapping) else origin


def _model(hint: Any) -> type[Document] | None:
    """Return the dataclass inside ``X``, ``X | None``, ``tuple[X, ...]`` or ``Mapping[str, X]``, else None."""
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and is_dataclass(part) and issubclass(part, Document):
            return part
    return None
