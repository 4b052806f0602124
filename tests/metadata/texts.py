"""What hassfest asks of translations, icons and the YAML beside them. Every check returns what is wrong, as text."""

from collections.abc import Iterator, Mapping
import re
from typing import Any

from homeassistant.helpers.entity import EntityDescription
import voluptuous as vol

from .package import schema_problems

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FORBIDDEN: Mapping[str, re.Pattern[str]] = {
    "HTML": re.compile(r"<\s*/?\s*[a-zA-Z]"),
    "a URL (pass it as a placeholder)": re.compile(r"https?://|www\.", re.IGNORECASE),
    "a blank at its edge": re.compile(r"^\s|\s$"),
    "a placeholder in single quotes": re.compile(r"'\{\w+\}'"),
    "a reference, which only core can resolve": re.compile(r"\[%key"),
}


def placeholders(text: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(text))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise vol.Invalid("no text")
    for what, pattern in _FORBIDDEN.items():
        if pattern.search(value):
            raise vol.Invalid(f"contains {what}")
    if re.search(r"[{}]", _PLACEHOLDER.sub("", value)):
        raise vol.Invalid("contains a brace that belongs to no placeholder")
    return value


_KEY = vol.All(str, vol.Match(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\Z"))
_TEXTS = {_KEY: _text}


def _described(step: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(step.get("data_description", {})) - set(step.get("data", {})):
        raise vol.Invalid(f"describes fields that are not there: {sorted(unknown)}")
    return step


_SECTION = {
    vol.Optional("name"): _text,
    vol.Optional("description"): _text,
    vol.Optional("data"): _TEXTS,
    vol.Optional("data_description"): _TEXTS,
}
_STEP = vol.All(
    {
        vol.Required("title"): _text,
        vol.Optional("description"): _text,
        vol.Optional("data"): _TEXTS,
        vol.Optional("data_description"): _TEXTS,
        vol.Optional("menu_options"): _TEXTS,
        vol.Optional("submit"): _text,
        vol.Optional("sections"): {_KEY: vol.All(_SECTION, _described)},
    },
    _described,
)
_FLOW = {
    vol.Required("step"): {_KEY: _STEP},
    vol.Optional("error"): _TEXTS,
    vol.Optional("abort"): _TEXTS,
    vol.Optional("progress"): _TEXTS,
    vol.Optional("create_entry"): _TEXTS,
}
_FIELDS = {_KEY: {vol.Required("name"): _text, vol.Required("description"): _text}}
_ACTION = {
    vol.Required("name"): _text,
    vol.Required("description"): _text,
    vol.Optional("fields"): _FIELDS,
    vol.Optional("sections"): {_KEY: {vol.Required("name"): _text, vol.Optional("description"): _text}},
}
_ENTITY = {
    vol.Optional("name"): _text,
    vol.Optional("state"): _TEXTS,
    vol.Optional("state_attributes"): {_KEY: {vol.Optional("name"): _text, vol.Optional("state"): _TEXTS}},
    vol.Optional("unit_of_measurement"): _text,
}
_ISSUE = vol.Any(
    vol.Schema({vol.Required("title"): _text, vol.Required("description"): _text}),
    vol.Schema({vol.Required("title"): _text, vol.Required("fix_flow"): _FLOW}),
)
TRANSLATIONS = vol.Schema(
    {
        vol.Required("config"): _FLOW,
        vol.Optional("options"): _FLOW,
        vol.Optional("selector"): {_KEY: {vol.Required("options"): _TEXTS}},
        vol.Optional("entity"): {_KEY: {_KEY: _ENTITY}},
        vol.Optional("services"): {_KEY: _ACTION},
        vol.Optional("triggers"): {_KEY: _ACTION},
        vol.Optional("conditions"): {_KEY: _ACTION},
        vol.Optional("exceptions"): {_KEY: {vol.Required("message"): _text}},
        vol.Optional("issues"): {_KEY: _ISSUE},
        vol.Optional("common"): _TEXTS,
        vol.Optional("system_health"): {vol.Required("info"): _TEXTS},
        vol.Optional("device"): {_KEY: {vol.Required("name"): _text}},
    }
)


#: What reads the same in another language, by language: names, loanwords, and what is all placeholder and unit.
SAME_TEXTS: Mapping[str, frozenset[str]] = {
    "de": frozenset(
        {
            "Flex",
            "Limit",
            "Name",
            "Problem",
            "Sandbox",
            "Start",
            "Start {level}",
            "Reserve {level}",
            "in {duration}",
            "{kwh} kWh",
        }
    ),
}


def _flat(document: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, key))
        else:
            yield ".".join((*above, key)), value


def language_problems(language: str, other: Mapping[str, Any], english: Mapping[str, Any]) -> Iterator[str]:
    """What a further translation lacks: texts, placeholders, and texts that somebody forgot to translate."""
    theirs, ours = dict(_flat(other)), dict(_flat(english))
    yield from (f"{language}, {key} is missing" for key in ours if key not in theirs)
    yield from (f"{language}, {key} is not in the English texts" for key in theirs if key not in ours)
    same = SAME_TEXTS.get(language, frozenset())
    for key, text in theirs.items():
        if key not in ours:
            continue
        if placeholders(text) != placeholders(ours[key]):
            yield f"{language}, {key} has other placeholders than the English text"
        if text == ours[key] and re.search(r"[a-z]", _PLACEHOLDER.sub("", text)) and text not in same:
            yield f"{language}, {key} is still English: {text}"


def _own_states(icons: dict[str, Any]) -> dict[str, Any]:
    same = [key for key in ("state", "range") if icons["default"] in icons.get(key, {}).values()]
    if same:
        raise vol.Invalid("has the default icon for a state, which need not be said")
    return icons


_ICON = vol.All(str, vol.Match(r"mdi:[a-z0-9-]+\Z"))
_ICON_OF_ENTITY = vol.All(
    {
        vol.Required("default"): _ICON,
        vol.Optional("state"): {_KEY: _ICON},
        vol.Optional("range"): {str: _ICON},
        vol.Optional("state_attributes"): {
            _KEY: {vol.Required("default"): _ICON, vol.Optional("state"): {_KEY: _ICON}}
        },
    },
    _own_states,
)
ICONS = vol.Schema(
    {
        vol.Optional("entity"): {_KEY: {_KEY: _ICON_OF_ENTITY}},
        vol.Optional("services"): {_KEY: {vol.Required("service"): _ICON, vol.Optional("sections"): {_KEY: _ICON}}},
        vol.Optional("triggers"): {_KEY: {vol.Required("trigger"): _ICON}},
        vol.Optional("conditions"): {_KEY: {vol.Required("condition"): _ICON}},
    }
)


def translation_problems(texts: Any) -> list[str]:
    return schema_problems(TRANSLATIONS, texts)


def icon_problems(icons: Any) -> list[str]:
    return schema_problems(ICONS, icons)


def difference(what: str, wanted: set[str], there: set[str]) -> list[str]:
    """What is used and missing, and what is there and unused."""
    return [f"{what}: {name} is missing" for name in sorted(wanted - there)] + [
        f"{what}: {name} is not used" for name in sorted(there - wanted)
    ]


#: Entities of these platforms have the states on and off.
_ON_OFF = frozenset({"binary_sensor", "calendar", "switch"})


def entity_problems(
    platform: str,
    description: EntityDescription,
    attributes: set[str],
    texts: Mapping[str, Any],
    icons: Mapping[str, Any],
) -> Iterator[str]:
    """What an entity lacks of texts and icons, or has too many of: name, states, attributes, event types."""
    key = description.translation_key or description.key
    what = f"{platform} {key}"
    own: Mapping[str, Any] = texts.get("entity", {}).get(platform, {}).get(key, {})
    icon: Mapping[str, Any] = icons.get("entity", {}).get(platform, {}).get(key, {})
    if "name" not in own:
        yield f"{what}: the name is missing"
    options = set(getattr(description, "options", None) or ())
    yield from difference(f"{what}, states", options, set(own.get("state", {})))
    told = dict(own.get("state_attributes", {}))
    if event_types := set(getattr(description, "event_types", None) or ()):
        named = set(told.pop("event_type", {}).get("state", {}))
        yield from difference(f"{what}, event types", event_types, named)
    yield from difference(f"{what}, attributes", attributes, set(told))
    states = options or (_states_of(platform))
    yield from (f"{what}: there is no state {state} for an icon" for state in set(icon.get("state", {})) - states)
    if not icon and getattr(description, "device_class", None) is None:
        yield f"{what}: has neither a device class nor an icon"


def _states_of(platform: str) -> set[str]:
    return {"on", "off"} if platform in _ON_OFF else set()


def action_problems(
    category: str, described: Mapping[str, Any], texts: Mapping[str, Any], icons: Mapping[str, Any]
) -> Iterator[str]:
    """Whether services.yaml (or triggers, conditions), translations and icons name the same things and fields."""
    actions = {key: action or {} for key, action in described.items() if not key.startswith(".")}
    named = texts.get(category, {})
    yield from difference(f"{category}, texts", set(actions), set(named))
    yield from difference(f"{category}, icons", set(actions), set(icons.get(category, {})))
    for key in sorted(set(actions) & set(named)):
        fields = actions[key].get("fields", {})
        yield from difference(f"{category} {key}, fields", set(fields), set(named[key].get("fields", {})))
        for name, field in fields.items():
            select = ((field or {}).get("selector") or {}).get("select") or {}
            if (translation_key := select.get("translation_key")) is not None:
                options = {it["value"] if isinstance(it, Mapping) else it for it in select["options"]}
                there = set(texts.get("selector", {}).get(translation_key, {}).get("options", {}))
                yield from difference(f"{category} {key}, {name}", options, there)
