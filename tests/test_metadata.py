"""What hassfest and the HACS action would say, and the arrows of the house: without a network.

The checks themselves are in tests/metadata/: functions that return what is wrong. Each is asked about the repository,
and about samples in which something is wrong, so that a check that finds nothing any more is noticed.
"""

from collections.abc import Callable, Iterable, Mapping
import copy
from functools import cache
import importlib
from pathlib import Path
import re
from typing import Any
from unittest.mock import MagicMock

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
from PIL import Image
import pytest
import voluptuous as vol

from custom_components.enode_flex import CONFIG_SCHEMA, config_flow
from custom_components.enode_flex.api.models import WEEKDAYS
from custom_components.enode_flex.charging import ErrorWord
from custom_components.enode_flex.const import ALL_USERS, DOMAIN, PLATFORMS, REPOSITORY_URL
from custom_components.enode_flex.exceptions import TRANSLATION_KEYS
from custom_components.enode_flex.issues import IssueKind
from custom_components.enode_flex.services import async_setup_services
from custom_components.enode_flex.sources.base import RefusalReason
from tests.metadata import package, source, texts
from tests.metadata.repository import (
    BRAND,
    INTEGRATION,
    ROOT,
    integration_json,
    integration_yaml,
    python_files,
    read_json,
)

MANIFEST = integration_json("manifest.json")
TEXTS = integration_json("translations/en.json")
ICONS = integration_json("icons.json")
SERVICES = integration_yaml("services.yaml")
CODE = dict(python_files("custom_components/enode_flex"))


def module_name(module: str) -> str:
    return f"{source.PACKAGE}.{module}"


def changed(document: Any, path: Iterable[str], value: Any) -> Any:
    """A copy of a document in which one thing is another; None takes it away."""
    document = copy.deepcopy(document)
    *above, last = path
    place = document
    for key in above:
        place = place.setdefault(key, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


# -- manifest, hacs.json, requirements ---------------------------------------------------------------------------------


def test_the_manifest_is_as_hassfest_wants_it() -> None:
    assert package.manifest_problems(MANIFEST) == []
    assert MANIFEST["domain"] == DOMAIN == INTEGRATION.name
    assert CONFIG_SCHEMA is not None, "there is async_setup"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", None),
        ("version", "one"),
        ("codeowners", []),
        ("codeowners", ["enode-flex"]),
        ("documentation", "http://github.com/enode-flex/enode-flex-home-assistant"),
        ("documentation", "https://www.home-assistant.io/integrations/enode_flex"),
        ("issue_tracker", None),
        ("iot_class", "cloudy"),
        ("integration_type", None),
        ("domain", "enode"),
        ("quality", "gold"),
        ("aaa", "an unknown key in the wrong place"),
        ("requirements", ["mashumaro >= 3.17"]),
        ("requirements", ["mashumaro"]),
        ("after_dependencies", ["recorder", "frontend"]),
    ],
)
def test_a_wrong_manifest_is_noticed(key: str, value: Any) -> None:
    assert package.manifest_problems(changed(MANIFEST, [key], value))


def test_the_order_of_the_manifest_is_noticed() -> None:
    assert package.manifest_problems({"name": MANIFEST["name"], **MANIFEST})
    assert package.manifest_problems({"domain": DOMAIN, "version": "0.1.0", **MANIFEST})


def test_hacs_takes_the_repository() -> None:
    document = read_json("hacs.json")
    assert package.hacs_problems(document) == []
    assert document["name"] == MANIFEST["name"]
    folders = [it.name for it in (ROOT / "custom_components").iterdir() if it.is_dir() and not it.name.startswith("__")]
    assert folders == [DOMAIN], "HACS installs the first folder that it finds"
    assert (ROOT / "README.md").is_file()
    assert (ROOT / "LICENSE").is_file()


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "Enode Flex", "domains": ["sensor"]},
        {"name": "Enode Flex", "homeassistant": "new"},
        {"name": "Enode Flex", "zip_release": True},
        {"name": "Enode Flex", "content_in_root": "no"},
    ],
)
def test_a_wrong_hacs_json_is_noticed(document: dict[str, Any]) -> None:
    assert package.hacs_problems(document)


def test_the_tests_run_with_the_requirements_of_the_manifest() -> None:
    assert package.requirements_in((ROOT / "requirements/integration.in").read_text()) == MANIFEST["requirements"]


def test_comments_are_no_requirements() -> None:
    assert package.requirements_in("# why\n\na>=1  # because\nb==2\n") == ["a>=1", "b==2"]


# -- brand -------------------------------------------------------------------------------------------------------------


def test_the_brand_images_are_fit_to_be_shown() -> None:
    images = sorted(BRAND.iterdir())
    assert {"icon.png", "icon@2x.png", "logo.png", "logo@2x.png"} <= {image.name for image in images}
    assert [problem for image in images for problem in package.brand_problems(image)] == []


@pytest.mark.parametrize(
    ("name", "mode", "size", "colour", "dot"),
    [
        ("icon.png", "RGBA", (300, 256), (0, 0, 0, 255), True),
        ("icon.png", "RGBA", (128, 128), (0, 0, 0, 255), True),
        ("icon.png", "RGB", (256, 256), (0, 0, 0), False),
        ("icon.png", "RGBA", (256, 256), (0, 0, 0, 255), False),
        ("icon.png", "RGBA", (256, 256), (0, 0, 0, 0), True),
        ("logo@2x.png", "RGBA", (600, 128), (0, 0, 0, 255), True),
        ("picture.png", "RGBA", (256, 256), (0, 0, 0, 255), True),
    ],
    ids=["not square", "too small", "no alpha", "opaque", "empty border", "low logo", "unknown name"],
)
def test_a_wrong_image_is_noticed(
    tmp_path: Path, name: str, mode: str, size: tuple[int, int], colour: tuple[int, ...], dot: bool
) -> None:
    image = Image.new(mode, size, colour)
    if dot:
        image.putpixel((50, 50), (0, 0, 0, 255 - colour[-1]))
    image.save(tmp_path / name)
    assert len(package.brand_problems(tmp_path / name)) == 1


# -- translations and icons --------------------------------------------------------------------------------------------


def test_the_translations_are_as_hassfest_wants_them() -> None:
    assert texts.translation_problems(TEXTS) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["config", "step", "user", "title"], "<b>Connect</b>"),
        (["config", "step", "user", "title"], " Connect"),
        (["config", "step", "user", "title"], "Connect\n"),
        (["config", "step", "user", "title"], ""),
        (["config", "step", "user", "title"], None),
        (["config", "step", "user", "description"], "See https://example.com"),
        (["config", "step", "user", "description"], "See WWW.example.com"),
        (["config", "step", "user", "description"], "It's '{client_id}'"),
        (["config", "step", "user", "description"], "[%key:common::config_flow::data::api_key%]"),
        (["config", "step", "user", "description"], "It is {client id}"),
        (["config", "step", "user", "heading"], "Connect"),
        (["config", "step", "user", "data_description", "colour"], "There is no such field."),
        (["config", "error", "_edge"], "A key"),
        (["config", "error", "Upper"], "A key"),
        (["selector", "environment", "choices"], {"a": "A"}),
        (["entity", "sensor", "error", "states"], {"a": "A"}),
        (["services", "immediate_start", "description"], None),
        (["exceptions", "no_session", "text"], "Text"),
        (["issues", "sample"], {"title": "A title alone"}),
        (["issues", "sample"], {"title": "Both", "description": "One", "fix_flow": {"step": {"a": {"title": "Two"}}}}),
        (["title"], "Enode Flex"),
    ],
)
def test_a_wrong_translation_is_noticed(path: list[str], value: Any) -> None:
    assert texts.translation_problems(changed(TEXTS, path, value))


def test_a_fix_flow_and_a_description_are_both_issues() -> None:
    fix_flow = {"step": {"confirm": {"title": "Mend it"}}, "error": {"still_there": "Try again."}}
    for issue in ({"title": "A", "description": "B"}, {"title": "A", "fix_flow": fix_flow}):
        assert texts.translation_problems(changed(TEXTS, ["issues", "sample"], issue)) == []


def further_languages() -> dict[str, Any]:
    paths = sorted((INTEGRATION / "translations").glob("*.json"))
    return {path.stem: integration_json(f"translations/{path.name}") for path in paths if path.stem != "en"}


@pytest.mark.parametrize("language", further_languages())
def test_a_further_language_has_every_text(language: str) -> None:
    document = further_languages()[language]
    assert texts.translation_problems(document) == []
    assert list(texts.language_problems(language, document, TEXTS)) == []
    assert document["common"]["card_language"] == language, "numbers and dates of the card follow it"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (["common", "card_close"], None, "common.card_close is missing"),
        (["common", "card_colour"], "Farbe", "common.card_colour is not in the English texts"),
        (["common", "card_now"], "Jetzt", "common.card_now has other placeholders than the English text"),
        (["common", "card_close"], "Close", "common.card_close is still English: Close"),
        (["exceptions", "no_session"], None, "exceptions.no_session.message is missing"),
    ],
)
def test_a_gap_in_a_further_language_is_noticed(path: list[str], value: Any, problem: str) -> None:
    document = changed(further_languages()["de"], path, value)
    assert list(texts.language_problems("de", document, TEXTS)) == [f"de, {problem}"]


def test_the_icons_are_as_hassfest_wants_them() -> None:
    assert texts.icon_problems(ICONS) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["entity", "sensor", "ready_by", "default"], "hass:flag"),
        (["entity", "sensor", "ready_by", "default"], "mdi:Flag"),
        (["entity", "sensor", "outcome", "default"], ICONS["entity"]["sensor"]["outcome"]["state"]["on_target"]),
        (["entity", "sensor", "outcome", "default"], None),
        (["services", "immediate_start", "icon"], "mdi:flash"),
        (["buttons"], {}),
    ],
)
def test_a_wrong_icon_is_noticed(path: list[str], value: Any) -> None:
    assert texts.icon_problems(changed(ICONS, path, value))


# -- entities ----------------------------------------------------------------------------------------------------------


def is_description(value: Any) -> bool:
    """Whether a value describes an entity: Home Assistant's own descriptions are not instances of what they say."""
    return any(base.__name__ == EntityDescription.__name__ for base in type(value).__mro__)


@cache
def entities() -> tuple[tuple[str, EntityDescription], ...]:
    """Every description in every platform: those that stand in its module, alone or in a table."""
    found = []
    for platform in PLATFORMS:
        values = vars(importlib.import_module(module_name(platform.value))).values()
        tables = [value if isinstance(value, tuple) else (value,) for value in values]
        found += [(platform.value, it) for table in tables for it in table if is_description(it)]
    return tuple(found)


def attributes_of(description: EntityDescription) -> set[str]:
    """The attributes that an entity can have: those of a snapshot in which nothing is missing."""
    function: Callable[[Any], Mapping[str, Any] | None] | None = getattr(description, "attributes_fn", None)
    return set((function(MagicMock()) if function is not None else None) or {})


@pytest.mark.parametrize(("platform", "description"), entities(), ids=lambda it: getattr(it, "key", it))
def test_every_name_state_and_attribute_of_an_entity_has_a_text(platform: str, description: EntityDescription) -> None:
    assert list(texts.entity_problems(platform, description, attributes_of(description), TEXTS, ICONS)) == []


def test_no_text_and_no_icon_is_of_an_entity_that_does_not_exist() -> None:
    there = {f"{platform}.{it.translation_key or it.key}" for platform, it in entities()}
    assert there == {f"{platform}.{key}" for platform, keys in TEXTS["entity"].items() for key in keys}
    assert {f"{platform}.{key}" for platform, keys in ICONS["entity"].items() for key in keys} <= there
    assert {platform for platform, _ in entities()} == {it.value for it in PLATFORMS}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["entity", "sensor", "outcome", "name"], None),
        (["entity", "sensor", "outcome", "state", "on_target"], None),
        (["entity", "sensor", "outcome", "state", "perhaps"], "Perhaps"),
        (["entity", "sensor", "outcome", "state_attributes", "ready_by"], None),
        (["entity", "sensor", "outcome", "state_attributes", "colour"], {"name": "Colour"}),
    ],
)
def test_a_text_of_an_entity_that_lacks_or_is_too_many_is_noticed(path: list[str], value: Any) -> None:
    (outcome,) = (it for platform, it in entities() if (platform, it.key) == ("sensor", "outcome"))
    attributes = attributes_of(outcome)
    assert {"ready_by", "raw"} <= attributes
    assert list(texts.entity_problems("sensor", outcome, attributes, changed(TEXTS, path, value), ICONS))


def test_an_icon_that_lacks_or_is_too_many_is_noticed() -> None:
    (outcome,) = (it for platform, it in entities() if (platform, it.key) == ("sensor", "outcome"))
    surplus = changed(ICONS, ["entity", "sensor", "outcome", "state", "perhaps"], "mdi:help")
    assert list(texts.entity_problems("sensor", outcome, attributes_of(outcome), TEXTS, surplus))
    (button,) = (it for platform, it in entities() if (platform, it.key) == ("button", "immediate_start"))
    lacking = changed(ICONS, ["entity", "button", "immediate_start"], None)
    assert list(texts.entity_problems("button", button, set(), TEXTS, lacking))


def test_event_types_want_texts() -> None:
    event = MagicMock(key="session", translation_key=None, options=None, event_types=["started"], device_class="a")
    told = {"entity": {"event": {"session": {"name": "Session"}}}}
    assert list(texts.entity_problems("event", event, set(), told, {})) == [
        "event session, event types: started is missing"
    ]
    told = changed(
        told, ["entity", "event", "session", "state_attributes", "event_type", "state", "started"], "Started"
    )
    assert list(texts.entity_problems("event", event, set(), told, {})) == []


# -- keys in the code --------------------------------------------------------------------------------------------------


@cache
def known_keys() -> dict[str, source.Known]:
    """What the expressions after ``translation_key=`` can be, where they are not the key itself."""
    errors = frozenset(key for _, key in TRANSLATION_KEYS)
    refused = frozenset({"unknown", *(word.value for word in ErrorWord if word is not ErrorWord.NONE)})
    return {
        "translation_key(error)": source.Known(keys=errors, placeholders=frozenset({"reason"})),
        "refusal.reason.value": source.Known(
            keys=frozenset(it.value for it in RefusalReason), placeholders=frozenset({"detail"})
        ),
        "f\"refused_{word or 'unknown'}\"": source.Known(keys=frozenset(f"refused_{word}" for word in refused)),
        # Inside the function _translation, whose calls are looked at instead.
        "key": source.Known(keys=frozenset()),
        "issue.kind": source.Known(keys=frozenset(kind.value for kind in IssueKind)),
    }


def uses() -> list[source.Use]:
    return [use for module, text in CODE.items() for use in source.uses(module, text)]


def test_every_exception_has_a_text_and_every_text_an_exception() -> None:
    messages = {key: it["message"] for key, it in TEXTS["exceptions"].items()}
    assert list(source.key_problems("exceptions", uses(), known_keys(), messages)) == []


def test_every_issue_has_a_text_and_every_text_an_issue() -> None:
    titles = {key: it["title"] for key, it in TEXTS.get("issues", {}).items()}
    assert list(source.key_problems("issues", uses(), known_keys(), titles)) == []


def test_every_selector_has_texts_for_its_options() -> None:
    selects = {key: set(it["options"]) for key, it in TEXTS["selector"].items()}
    (environment,) = (it for key, it in config_flow.USER_SCHEMA.schema.items() if key == "environment")
    assert selects == {
        "environment": set(environment.config["options"]),
        "user_id": {ALL_USERS},
        "weekday": set(WEEKDAYS),
    }
    in_code = {use.key for use in uses() if use.category == "selector"}
    in_services = set(re.findall(r"translation_key: (\w+)", (INTEGRATION / "services.yaml").read_text()))
    assert in_code | in_services == set(selects)


@pytest.mark.parametrize(
    ("code", "messages", "problem"),
    [
        ("raise HomeAssistantError(translation_key='a')", {}, "exceptions a is missing"),
        ("raise HomeAssistantError(translation_key='a' if x else 'b')", {"a": "A"}, "exceptions b is missing"),
        ("_translation('a')", {}, "exceptions a is missing"),
        ("pass", {"a": "A"}, "exceptions a is not used"),
        ("HomeAssistantError(translation_key='a')", {"a": "{why}"}, "exceptions a wants why"),
        ("HomeAssistantError(translation_key='a', translation_placeholders={'w': w})", {"a": "{why}"}, "wants why"),
        ("_translation('a', w=w)", {"a": "{why}"}, "exceptions a wants why"),
        ("HomeAssistantError(translation_key=some(word))", {}, "which keys can some(word) be?"),
        ("Error(translation_key=translation_key(error))", {}, "exceptions not_found is missing"),
    ],
)
def test_a_wrong_key_is_noticed(code: str, messages: dict[str, str], problem: str) -> None:
    problems = list(source.key_problems("exceptions", source.uses("sample", code), known_keys(), messages))
    assert any(problem in it for it in problems)


def test_what_is_given_is_enough() -> None:
    code = (
        "E(translation_key='a', translation_placeholders={'why': w}); _translation('b', why=w); E(translation_key=k(x))"
    )
    known = {"k(x)": source.Known(keys=frozenset({"c"}), placeholders=frozenset({"why"}))}
    messages = dict.fromkeys("abc", "{why}")
    assert list(source.key_problems("exceptions", source.uses("sample", code), known, messages)) == []


def test_every_text_of_the_category_common_is_used() -> None:
    of_python = [key for key in TEXTS["common"] if not key.startswith("card_")]
    # Capabilities are Enode's words: the source makes the key of whatever word comes.
    assert list(source.common_problems(of_python, CODE.items(), DOMAIN)) == []


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("text('calendar_a')", "common calendar_b is not used"),
        ("text('calendar_a'); text('calendar_b'); text('calendar_c')", "common calendar_c is missing"),
        ("f'component.{DOMAIN}.common.{key}'", "common calendar_a is not used"),
    ],
)
def test_a_wrong_common_text_is_noticed(code: str, problem: str) -> None:
    assert problem in list(source.common_problems(["calendar_a", "calendar_b"], [("sample", code)], DOMAIN))


@pytest.mark.parametrize("code", ["f'component.{DOMAIN}.common.calendar_{kind}'", "f'calendar_{kind}'"])
def test_a_pattern_uses_a_family_of_common_texts(code: str) -> None:
    assert list(source.common_problems(["calendar_a", "calendar_b"], [("sample", code)], DOMAIN)) == []


# -- config flow -------------------------------------------------------------------------------------------------------


def fields(*schemas: vol.Schema) -> set[str]:
    return {str(marker) for schema in schemas for marker in schema.schema}


def test_the_texts_of_the_flows_are_those_that_are_used() -> None:
    steps, errors, aborts = source.flow_words(CODE[module_name("config_flow")])
    errors |= {key for _, key in TRANSLATION_KEYS}
    config, options = TEXTS["config"], TEXTS["options"]
    assert steps == set(config["step"]) | set(options["step"])
    assert errors == set(config["error"]) | set(options["error"])
    assert aborts == set(config["abort"])


def test_flow_words_reads_what_a_flow_says() -> None:
    code = """
async def step():
    errors = {"base": "wrong"}
    errors["field"] = "worse"
    other = {key: "bad" for key in keys}
    if await self.async_set_unique_id(x):
        self._abort_if_unique_id_configured()
    if x:
        return self.async_abort(reason="over")
    return self.async_show_form(step_id="one", errors=errors)
def why():
    return "taken"
"""
    assert source.flow_words(code) == ({"one"}, {"wrong", "worse", "bad"}, {"already_configured", "over", "taken"})


def test_every_field_of_every_step_has_a_name_and_a_description_and_none_is_left_over() -> None:
    wanted = {
        "user": fields(config_flow.USER_SCHEMA),
        "custom": fields(config_flow.CUSTOM_SCHEMA, config_flow.CREDENTIALS_SCHEMA),
        "follow": {"user_id"},
        "reauth_confirm": fields(config_flow.SECRET_SCHEMA),
        "reconfigure": fields(config_flow.CREDENTIALS_SCHEMA, config_flow.CUSTOM_SCHEMA),
    }
    steps = TEXTS["config"]["step"]
    assert {key: set(step["data"]) for key, step in steps.items()} == wanted
    assert {key: set(step["data_description"]) for key, step in steps.items()} == wanted
    options = TEXTS["options"]["step"]["init"]
    assert set(options["data"]) == set(options["data_description"]) == fields(config_flow.OPTIONS_SCHEMA)


# -- actions, triggers, conditions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", ["services", "triggers", "conditions"])
def test_yaml_translations_and_icons_name_the_same(category: str) -> None:
    described = integration_yaml(f"{category}.yaml")
    assert list(texts.action_problems(category, described, TEXTS, ICONS)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["services", "immediate_start"], None),
        (["services", "sing"], {"name": "Sing", "description": "Sings.", "fields": {}}),
        (["services", "immediate_start", "fields", "wait"], None),
        (["services", "immediate_start", "fields", "song"], {"name": "Song", "description": "Which one."}),
        (["selector", "weekday", "options", "monday"], None),
    ],
)
def test_an_action_without_its_texts_is_noticed(path: list[str], value: Any) -> None:
    assert list(texts.action_problems("services", SERVICES, changed(TEXTS, path, value), ICONS))


def test_an_action_without_an_icon_is_noticed() -> None:
    assert list(
        texts.action_problems("services", SERVICES, TEXTS, changed(ICONS, ["services", "immediate_start"], None))
    )
    assert list(texts.action_problems("services", {".anchor": {}, "sing": {}}, {}, {})) == [
        "services, texts: sing is missing",
        "services, icons: sing is missing",
    ]


@pytest.mark.parametrize(("file", "function"), [("trigger", "triggers"), ("condition", "conditions")])
async def test_triggers_and_conditions_are_those_of_the_code(hass: HomeAssistant, file: str, function: str) -> None:
    described = {key for key in integration_yaml(f"{function}.yaml") if not key.startswith(".")}
    in_code: set[str] = set()
    if module_name(file) in CODE:
        in_code = set(await getattr(importlib.import_module(module_name(file)), f"async_get_{function}")(hass))
    assert in_code == described


async def test_services_yaml_shows_what_the_schemas_take(hass: HomeAssistant) -> None:
    async_setup_services(hass)
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert set(registered) == set(SERVICES)
    for name, service in registered.items():
        shown = SERVICES[name].get("fields", {})
        taken = {str(marker): (marker, validator) for marker, validator in service.schema.schema.items()}
        assert set(shown) == set(taken), name
        for field, (marker, validator) in taken.items():
            it = shown[field] or {}
            assert it.get("required", False) is isinstance(marker, vol.Required), f"{name}.{field}"
            if "default" in it:
                assert it["default"] == marker.default(), f"{name}.{field}"
            _expect_same_bounds(f"{name}.{field}", it["selector"], vol.Schema(validator))


def _expect_same_bounds(field: str, selector: Mapping[str, Any], validator: vol.Schema) -> None:
    """A number that the form lets through is taken, one beyond is refused; so are options."""
    if (number := selector.get("number")) is not None:
        assert (validator(number["min"]), validator(number["max"])) == (number["min"], number["max"]), field
        for beyond in (number["min"] - 1, number["max"] + 1):
            with pytest.raises(vol.Invalid):
                validator(beyond)
    if (select := selector.get("select")) is not None:
        assert validator(select["options"] if select.get("multiple") else select["options"][0]), field
        with pytest.raises(vol.Invalid):
            validator(["no such option"])


# -- the code's structure ----------------------------------------------------------------------------------------------


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    assert source.dependency_problems(MANIFEST, CODE.items()) == []


@pytest.mark.parametrize(
    ("code", "is_wrong"),
    [
        ("from homeassistant.components.cloud import x", True),
        ("from homeassistant.components import cloud", True),
        ("import homeassistant.components.cloud", True),
        ("def f():\n    from homeassistant.components.cloud import x", True),
        ("if TYPE_CHECKING:\n    from homeassistant.components.cloud import x", False),
        ("from homeassistant.components.sensor import x", False),
        ("from homeassistant.components.sample import x", False),
    ],
)
def test_an_undeclared_integration_is_noticed(code: str, is_wrong: bool) -> None:
    files = [("sample", code)]
    assert bool(source.dependency_problems({}, files)) is is_wrong
    if is_wrong:
        assert not source.dependency_problems({"after_dependencies": ["cloud"]}, files)


def test_an_integration_that_is_declared_for_nothing_is_noticed() -> None:
    assert source.dependency_problems({"dependencies": ["cloud"]}, []) == ["cloud is declared and not imported"]


def test_every_platform_says_how_many_updates_run_at_once() -> None:
    files = {module.rpartition(".")[2]: text for module, text in CODE.items() if module.count(".") == 2}
    assert source.platform_problems((it.value for it in PLATFORMS), files) == []


@pytest.mark.parametrize(
    ("platforms", "files"),
    [
        (["sensor"], {"sensor": "x = 1"}),
        (["sensor"], {}),
        ([], {"sensor": "PARALLEL_UPDATES = 0"}),
    ],
)
def test_a_wrong_platform_is_noticed(platforms: list[str], files: dict[str, str]) -> None:
    assert len(source.platform_problems(platforms, files)) == 1
    assert source.platform_problems(["sensor"], {"sensor": "PARALLEL_UPDATES = 0", "helper": ""}) == []


def test_the_arrows_of_the_house_run_one_way() -> None:
    files = python_files("custom_components/enode_flex", "simulator")
    assert [problem for module, text in files for problem in source.arrow_problems(module, text)] == []


@pytest.mark.parametrize(
    ("module", "code", "is_wrong"),
    [
        (module_name("api.client"), "from homeassistant.core import x", True),
        (module_name("api.client"), "def f():\n    import homeassistant", True),
        (module_name("api.client"), "from ..charging import x", True),
        (module_name("api.client"), "from . import wire", False),
        (module_name("charging.plan"), "from homeassistant.util import dt", True),
        (module_name("charging.plan"), "from ..api.client import x", True),
        (module_name("charging.plan"), "from ..api import x", True),
        (module_name("charging.plan"), "from ..sources import x", True),
        (module_name("charging.plan"), "from ..const import x", True),
        (module_name("charging.plan"), "from .. import const", True),
        (module_name("charging.plan"), "from ..api.models import x", False),
        (module_name("charging.plan"), "from .blocks import x", False),
        (module_name("charging.__init__"), "from .blocks import x", False),
        (module_name("sources.flex"), "from ..coordinator import x", True),
        (module_name("sources.flex"), "import voluptuous", True),
        (module_name("sources.flex"), "from ..api.client import EnodeClient", False),
        (module_name("sensor"), "from .api import EnodeClient", True),
        (module_name("sensor"), "from .api.client import x", True),
        (module_name("sensor"), "from .api import transport", True),
        (module_name("sensor"), "from .api.models import x", False),
        (module_name("config_flow"), "from .api import EnodeClient", False),
        (module_name("__init__"), "from .api import EnodeClient", False),
        (module_name("coordinator"), "from .sensor import x", True),
        (module_name("coordinator"), "from . import sensor", True),
        (module_name("coordinator"), "from simulator import x", True),
        (module_name("coordinator"), "from tests.conftest import x", True),
        ("simulator.server", "from custom_components.enode_flex import x", True),
        ("simulator.server", "import homeassistant", True),
        ("simulator.server", "from .world import x", False),
    ],
)
def test_an_arrow_the_wrong_way_is_noticed(module: str, code: str, is_wrong: bool) -> None:
    assert bool(source.arrow_problems(module, code)) is is_wrong


# -- URLs, quality scale -----------------------------------------------------------------------------------------------


def files_with_urls() -> list[Path]:
    folders = [(INTEGRATION, "*.py"), (INTEGRATION / "frontend", "*.js"), (ROOT / "docs", "*.md")]
    folders += [(ROOT / "blueprints", "*.yaml"), (ROOT / ".github", "*.yml")]
    files = [ROOT / "README.md", ROOT / "hacs.json", ROOT / "pyproject.toml", INTEGRATION / "manifest.json"]
    return files + [path for folder, pattern in folders for path in sorted(folder.rglob(pattern))]


def test_every_url_of_the_project_is_the_one_in_const() -> None:
    found = {path.name: package.url_problems(path.read_text()) for path in files_with_urls()}
    assert {name: urls for name, urls in found.items() if urls} == {}
    assert MANIFEST["documentation"] == REPOSITORY_URL
    assert MANIFEST["issue_tracker"] == f"{REPOSITORY_URL}/issues"
    assert MANIFEST["codeowners"] == [f"@{package.OWNER}"]


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/someone/enode-flex-home-assistant",
        "https://github.com/enode-flex/enode-flex-home-assistant-2",
        "https://www.github.com/enode-flex/enode-flex-home-assistant",
        "https://raw.githubusercontent.com/enode-flex/other/main/a.yaml",
        "https://my.home-assistant.io/redirect/hacs_repository/?owner=enode-flex&repository=other",
        "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url=https%3A%2F%2Fgithub.com%2Fa%2Fb",
    ],
)
def test_a_foreign_url_is_noticed(url: str) -> None:
    assert package.url_problems(f"See [it]({url}).") == [url]


@pytest.mark.parametrize(
    "url",
    [
        REPOSITORY_URL,
        f"{REPOSITORY_URL}/issues",
        "https://my.home-assistant.io/redirect/hacs_repository/?owner=enode-flex&repository=enode-flex-home-assistant",
        "http://127.0.0.1:8124",
    ],
)
def test_a_url_of_the_project_is_fine(url: str) -> None:
    assert package.url_problems(f"See [it]({url}).") == []


def test_links_into_the_readme_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text()
    links = {url for text in CODE.values() for url in re.findall(r"\{REPOSITORY_URL\}(#[\w-]+)", text)}
    assert links, "the config flow has one"
    assert package.anchor_problems(links, readme) == []
    assert package.anchor_problems(["#nowhere"], readme) == ["#nowhere"]


def test_the_quality_scale_answers_every_rule() -> None:
    assert sum(len(rules) for rules in package.RULES.values()) == 54
    files = [path.name for path in INTEGRATION.iterdir()]
    assert package.quality_problems(integration_yaml("quality_scale.yaml"), files) == []


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("brands", None),
        ("brands", "maybe"),
        ("brands", {"status": "exempt"}),
        ("brands", {"status": "done", "comment": "done needs no comment"}),
        ("beauty", "done"),
        ("docs-triggers", {"status": "exempt", "comment": "There are no triggers."}),
    ],
)
def test_a_wrong_quality_scale_is_noticed(rule: str, value: Any) -> None:
    scale = changed(integration_yaml("quality_scale.yaml"), ["rules", rule], value)
    assert package.quality_problems(scale, ["trigger.py"])
