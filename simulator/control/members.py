"""Members of JSON bodies, checked by the annotations of what takes them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
import inspect
from types import NoneType, UnionType
from typing import Any, Literal, TypeAliasType, Union, get_args, get_origin, get_type_hints

from ..documents import Document
from ..errors import BadRequestError


def hints_of(kind: type) -> dict[str, Any]:
    """Return the annotations of all fields of a class, and of its properties that can be set."""
    hints = get_type_hints(kind)
    for name, member in vars(kind).items():
        if isinstance(member, property) and member.fset is not None:
            hints[name] = get_type_hints(member.fget)["return"]
    return hints


def arguments(function: Callable[..., Any], body: Mapping[str, Any], *, given: int) -> dict[str, Any]:
    """Return the members of a body as keyword arguments of a function; its first `given` parameters are not theirs.

    Raises:
        BadRequestError: with one issue for every member that does not fit or is missing.
    """
    parameters = list(inspect.signature(function).parameters.values())[given:]
    hints = get_type_hints(function)
    required = [parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty]
    return read_members({parameter.name: hints[parameter.name] for parameter in parameters}, body, required=required)


def read_members(hints: Mapping[str, Any], body: Mapping[str, Any], *, required: Iterable[str] = ()) -> dict[str, Any]:
    """Return the values of a JSON body; durations are seconds.

    Raises:
        BadRequestError: with one issue for every member that does not fit or is missing.
    """
    issues: list[dict[str, object]] = [{"path": [name], "message": "Required"} for name in required if name not in body]
    values = {}
    for name, value in body.items():
        if name not in hints:
            known = ", ".join(sorted(hints)) or "none"
            issues.append({"path": [name], "message": f"Unknown member; there are: {known}"})
            continue
        try:
            values[name] = _read(hints[name], value)
        except ValueError as error:
            issues.append({"path": [name], "message": str(error)})
    if issues:
        raise BadRequestError("Body validation failed", issues=issues)
    return values


def write_members(holder: object, names: Iterable[str]) -> Document:
    """Return attributes as JSON; durations are seconds."""
    return {name: _write(getattr(holder, name)) for name in names}


def _read(hint: Any, value: Any) -> Any:
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    origin, args = get_origin(hint), get_args(hint)
    if origin in {UnionType, Union}:
        return _read_any(args, value)
    if origin is Literal:
        return _read_word(args, value)
    if origin is not None and issubclass(origin, Mapping):
        return _read_object(args, value)
    if origin is not None:
        return _read_array(args, value)
    return _read_plain(hint, value)


def _read_any(hints: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        if NoneType in hints:
            return None
        raise ValueError("Must not be null")
    messages = []
    for hint in hints:
        if hint is not NoneType:
            try:
                return _read(hint, value)
            except ValueError as error:
                messages.append(str(error))
    raise ValueError(", or ".join(messages))


def _read_word(words: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"Expected one of {', '.join(words)}")
    return value


def _read_array(args: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("Expected an array")  # noqa: TRY004 - an issue of the body, as all the others here
    return tuple(_read(args[0], item) for item in value)


def _read_object(args: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("Expected an object")  # noqa: TRY004 - see above
    return {key: item if args[1] is object else _read(args[1], item) for key, item in value.items()}


def _read_plain(hint: Any, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is timedelta:
        if not is_number or value < 0:
            raise ValueError("Expected seconds, 0 or more")
        return timedelta(seconds=value)
    if hint is float:
        if not is_number:
            raise ValueError("Expected a number")
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        names = {int: "an integer", bool: "true or false", str: "a string"}
        raise ValueError(f"Expected {names[hint]}")
    return value


def _write(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value
