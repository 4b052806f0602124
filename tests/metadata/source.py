"""What the source says about itself: imports, keys of texts, platforms. Every check returns what is wrong, as text."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
import re
from typing import Any

from .repository import PLATFORM_NAMES
from .texts import placeholders

PACKAGE = "custom_components.enode_flex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """Something imported: the absolute name of a module and, of "from" imports, the name taken from it."""

    module: str
    name: str | None
    line: int

    @property
    def inside(self) -> str | None:
        """The module within the integration ("" is the package itself); None: from elsewhere."""
        if self.module == PACKAGE:
            return ""
        return self.module.removeprefix(f"{PACKAGE}.") if self.module.startswith(f"{PACKAGE}.") else None

    @property
    def component(self) -> str | None:
        """The integration of Home Assistant's that is imported."""
        parts = self.module.split(".")
        if parts[:2] != ["homeassistant", "components"]:
            return None
        return parts[2] if len(parts) > 2 else self.name


def imports(module: str, source: str) -> Iterator[Import]:
    """All imports of a module, in functions too; those for type checkers alone are left out."""
    package = module.split(".")[:-1]
    for node in _run_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, name=None, line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            target = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(module=target, name=alias.name, line=node.lineno)


def _run_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those below ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_nodes(node)


#: What the rooms may import of the integration: a module, and all below it.
ROOMS: Mapping[str, tuple[str, ...]] = {
    "api": ("api",),
    "charging": ("charging", "api.models"),
    "sources": ("sources", "charging", "api"),
}
#: What talks to Enode: only the sources use it, the config flow to try credentials, and the setup to make the client.
CLIENT = ("api.auth", "api.client", "api.endpoints", "api.exchange", "api.transport", "api.wire")
MAY_USE_CLIENT = frozenset({"__init__", "config_flow"})


def arrow_problems(module: str, source: str) -> list[str]:
    """Imports that run against the arrows between the rooms of the house."""
    return [
        f"{module}:{it.line} imports {it.name or ''}{' of ' if it.name else ''}{it.module}: {why}"
        for it in imports(module, source)
        if (why := _why_not(module, it)) is not None
    ]


def _why_not(module: str, it: Import) -> str | None:
    top = it.module.split(".")[0]
    if module.startswith("simulator."):
        return "client and simulator meet over HTTP" if top in ("custom_components", "homeassistant") else None
    if top in ("simulator", "tests"):
        return "nothing outside the integration is installed with it"
    here = module.removeprefix(f"{PACKAGE}.")
    room = here.split(".")[0]
    if room in ROOMS:
        if top in ("homeassistant", "voluptuous"):
            return f"{room}/ knows nothing of Home Assistant"
        return None if it.inside is None or _is_below(it, ROOMS[room]) else f"{room}/ rests on {', '.join(ROOMS[room])}"
    if it.inside is None:
        return None
    target = _target(it)
    if target.split(".")[0] in PLATFORM_NAMES:
        return "nothing rests on a platform"
    if here not in MAY_USE_CLIENT and (it.name == "EnodeClient" or target.startswith(CLIENT)):
        return "only sources/ asks Enode"
    return None


def _target(it: Import) -> str:
    """The module that is meant; ``from . import x`` and ``from .api import models`` may mean one, too."""
    return ".".join(part for part in (it.inside, it.name) if part)


def _is_below(it: Import, modules: Iterable[str]) -> bool:
    return any(f"{_target(it)}.".startswith(f"{module}.") for module in modules)


#: Integrations that may be imported without being declared: the platforms of entities, and these few.
UNDECLARED = frozenset({"frontend", "persistent_notification", "sun", "system_health", "webhook", "zone"})


def dependency_problems(manifest: Mapping[str, Any], files: Iterable[tuple[str, str]]) -> list[str]:
    """Integrations that are imported and not declared, or declared and not imported."""
    files = list(files)
    own = {module.rpartition(".")[2] for module, _ in files}
    declared = {*manifest.get("dependencies", ()), *manifest.get("after_dependencies", ())}
    used = {it.component for module, source in files for it in imports(module, source) if it.component is not None}
    undeclared = used - declared - PLATFORM_NAMES - UNDECLARED - own
    return [f"{name} is imported and not declared" for name in sorted(undeclared)] + [
        f"{name} is declared and not imported" for name in sorted(declared - used)
    ]


def platform_problems(platforms: Iterable[str], files: Mapping[str, str]) -> list[str]:
    """Platforms without PARALLEL_UPDATES, without a file, or with a file and not set up. ``files`` by name."""
    platforms = set(platforms)
    problems = [f"{name} has no file" for name in sorted(platforms - set(files))]
    problems += [f"{name} is not set up" for name in sorted((PLATFORM_NAMES & set(files)) - platforms)]
    for name in sorted(platforms & set(files)):
        told = (node for node in ast.parse(files[name]).body if isinstance(node, ast.Assign | ast.AnnAssign))
        if not any("PARALLEL_UPDATES" in ast.unparse(node) for node in told):
            problems.append(f"{name} does not say PARALLEL_UPDATES")
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A key of a text that the source uses. ``placeholders`` None: not written at the place of use."""

    category: str
    expression: str
    key: str | None
    placeholders: frozenset[str] | None
    where: str


def uses(module: str, source: str) -> Iterator[Use]:
    """Every use of ``translation_key=`` and of a function ``_translation(key, **placeholders)``."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = ast.unparse(node.func).rpartition(".")[2]
        keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
        given: frozenset[str] | None
        if function == "_translation" and node.args:
            category, expression = "exceptions", node.args[0]
            given = frozenset(keywords)
        elif "translation_key" in keywords:
            category, expression = _category(function), keywords["translation_key"]
            given = _literal_keys(keywords.get("translation_placeholders"))
        else:
            continue
        for one in _alternatives(expression):
            yield Use(
                category=category,
                expression=ast.unparse(one),
                key=one.value if isinstance(one, ast.Constant) else None,
                placeholders=given,
                where=f"{module}:{node.lineno}",
            )


def _category(function: str) -> str:
    if function.endswith("Description"):
        return "entity"
    return {"SelectSelectorConfig": "selector", "async_create_issue": "issues"}.get(function, "exceptions")


def _alternatives(expression: ast.expr) -> list[ast.expr]:
    if isinstance(expression, ast.IfExp):
        return [*_alternatives(expression.body), *_alternatives(expression.orelse)]
    return [expression]


def _literal_keys(expression: ast.expr | None) -> frozenset[str] | None:
    if expression is None:
        return frozenset()
    if not isinstance(expression, ast.Dict):
        return None
    return frozenset(key.value for key in expression.keys if isinstance(key, ast.Constant))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which keys an expression in the source can be, and which placeholders come with them (None: as written there)."""

    keys: frozenset[str]
    placeholders: frozenset[str] | None = None


def key_problems(
    category: str, found: Iterable[Use], known: Mapping[str, Known], texts: Mapping[str, str]
) -> Iterator[str]:
    """Keys without a text, texts without a use, and texts that want a placeholder that nobody gives."""
    used: set[str] = set()
    for use in found:
        if use.category != category:
            continue
        if use.key is None and use.expression not in known:
            yield f"{use.where}: which keys can {use.expression} be? Say it in tests/test_metadata.py"
            continue
        meant = known[use.expression] if use.key is None else Known(keys=frozenset({use.key}))
        given = meant.placeholders if meant.placeholders is not None else use.placeholders
        for key in sorted(meant.keys):
            used.add(key)
            if key not in texts:
                yield f"{use.where}: {category} {key} is missing"
            elif given is not None and (lacking := placeholders(texts[key]) - given):
                yield f"{use.where}: {category} {key} wants {', '.join(sorted(lacking))}"
    yield from (f"{category} {key} is not used" for key in sorted(set(texts) - used))


_SLUG = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+\Z")


def common_problems(keys: Iterable[str], files: Iterable[tuple[str, str]], domain: str) -> Iterator[str]:
    """Texts of the category common that Python does not use, and words of their families that have no text."""
    keys = set(keys)
    families = {key.partition("_")[0] for key in keys}
    constants: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for _, source in files:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.append(_pattern(node))
    whole = f"component.{domain}.common."
    for key in sorted(keys):
        if key not in constants and not any(it.fullmatch(key) or it.fullmatch(whole + key) for it in patterns):
            yield f"common {key} is not used"
    for word in sorted(constants - keys):
        if _SLUG.match(word) and word.partition("_")[0] in families:
            yield f"common {word} is missing"


def _pattern(node: ast.JoinedStr) -> re.Pattern[str]:
    """What an f-string can become; one that is all variable at its end tells nothing and matches nothing."""
    parts = [re.escape(part.value) if isinstance(part, ast.Constant) else r"\w*" for part in node.values]
    literal = "".join(part for part in parts if part != r"\w*").rpartition(r"\.")[2]
    return re.compile("".join(parts) if literal else r"(?!)")


def flow_words(source: str) -> tuple[set[str], set[str], set[str]]:
    """Steps, errors and reasons to abort that a module of flows names."""
    steps: set[str] = set()
    errors: set[str] = set()
    aborts: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            words = {it.arg: it.value.value for it in node.keywords if isinstance(it.value, ast.Constant)}
            if "step_id" in words:
                steps.add(words["step_id"])
            if ast.unparse(node.func).endswith("async_abort") and "reason" in words:
                aborts.add(words["reason"])
            if ast.unparse(node.func).endswith("_abort_if_unique_id_configured"):
                aborts.add("already_configured")
        elif (
            isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        ):
            aborts.add(node.value.value)
        elif isinstance(node, ast.Dict | ast.DictComp):
            values = node.values if isinstance(node, ast.Dict) else [node.value]
            errors |= {it.value for it in values if isinstance(it, ast.Constant) and _is_word(it.value)}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("errors["):
            errors |= {it.value for it in (node.value,) if isinstance(it, ast.Constant)}
    return steps, errors, aborts


def _is_word(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z_]+", value) is not None
