"""Changes to a JSON document that a client must survive. The document itself stays as it is."""

from collections.abc import Callable, Mapping

from .documents import Document, Json


def replace_words(document: Json, words: Mapping[str, str]) -> Json:
    """Replace every text value that equals one of the words, wherever it stands; keys stay."""
    if isinstance(document, dict):
        return {key: replace_words(value, words) for key, value in document.items()}
    if isinstance(document, list):
        return [replace_words(item, words) for item in document]
    if isinstance(document, str):
        return words.get(document, document)
    return document


def extra_keys(document: Json, keys: Mapping[str, object]) -> Json:
    """Add the keys to every object that does not have them."""
    if isinstance(document, dict):
        return {**keys, **{key: extra_keys(value, keys) for key, value in document.items()}}
    if isinstance(document, list):
        return [extra_keys(item, keys) for item in document]
    return document


def null_at(document: Json, path: str) -> Json:
    """Put null at a path such as "data.*.target.latest"; `*` stands for every key or index, $ for the whole."""

    def put_null(holder: Document, key: str) -> None:
        holder[key] = None

    return _at(document, _parts(path), put_null) if _parts(path) else None


def drop_at(document: Json, path: str) -> Json:
    """Remove the key at a path such as "data.*.vehicleId"; list items do not go."""

    def remove(holder: Document, key: str) -> None:
        del holder[key]

    return _at(document, _parts(path), remove)


def _parts(path: str) -> list[str]:
    return [part for part in path.removeprefix("$").split(".") if part]


def _at(document: Json, parts: list[str], act: Callable[[Document, str], None]) -> Json:
    if not parts:
        return document
    first, *rest = parts
    if isinstance(document, list):
        return [_at(item, rest, act) if first in {"*", str(index)} else item for index, item in enumerate(document)]
    if not isinstance(document, dict):
        return document
    copy = dict(document)
    for key in [key for key in copy if first in {"*", key}]:
        if rest:
            copy[key] = _at(copy[key], rest, act)
        else:
            act(copy, key)
    return copy
