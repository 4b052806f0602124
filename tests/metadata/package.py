"""What the hassfest and HACS actions ask of the files around the code. Every check returns what is wrong, as text."""

from collections.abc import Iterable, Mapping
from pathlib import Path
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from PIL import Image
import voluptuous as vol
from yarl import URL

from custom_components.enode_flex.const import REPOSITORY_URL

OWNER, REPOSITORY = URL(REPOSITORY_URL).parts[1:3]

_VERSIONS = [
    AwesomeVersionStrategy.CALVER,
    AwesomeVersionStrategy.SEMVER,
    AwesomeVersionStrategy.SIMPLEVER,
    AwesomeVersionStrategy.BUILDVER,
    AwesomeVersionStrategy.PEP440,
]


def _version(text: str) -> str:
    if AwesomeVersion(text).strategy not in _VERSIONS:
        raise vol.Invalid("no version")
    return text


def _requirement(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+((==|>=|<=|~=|<|>)[A-Za-z0-9.*]+(,|$))+", text):
        raise vol.Invalid("no requirement without blanks and with a version")
    return text


_HTTPS = vol.All(str, vol.Match(r"https://(?!www\.home-assistant\.io/integrations)"))

MANIFEST = vol.Schema(
    {
        vol.Required("domain"): "enode_flex",
        vol.Required("name"): str,
        vol.Required("codeowners"): vol.All([vol.Match(r"@[\w-]+")], vol.Length(min=1)),
        vol.Required("config_flow"): True,
        vol.Required("documentation"): _HTTPS,
        vol.Required("integration_type"): vol.In(["hub", "service", "device"]),
        vol.Required("iot_class"): vol.In(["cloud_polling", "cloud_push"]),
        vol.Required("issue_tracker"): _HTTPS,
        vol.Required("version"): _version,
        vol.Optional("after_dependencies"): [str],
        vol.Optional("dependencies"): [str],
        vol.Optional("import_executor"): bool,
        vol.Optional("loggers"): [str],
        vol.Optional("requirements"): [_requirement],
        vol.Optional("single_config_entry"): bool,
    }
)

HACS = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Optional("content_in_root"): bool,
        vol.Optional("country"): vol.Any(str, [str]),
        vol.Optional("filename"): str,
        vol.Optional("hacs"): _version,
        vol.Optional("hide_default_branch"): bool,
        vol.Optional("homeassistant"): _version,
        vol.Optional("persistent_directory"): str,
        vol.Optional("render_readme"): bool,
        vol.Optional("zip_release"): bool,
    }
)


def schema_problems(schema: vol.Schema, document: Any) -> list[str]:
    """What a document has against its schema."""
    try:
        schema(document)
    except vol.MultipleInvalid as invalid:
        return [str(error) for error in invalid.errors]
    return []


def manifest_problems(manifest: Mapping[str, Any]) -> list[str]:
    problems = schema_problems(MANIFEST, dict(manifest))
    rest = [key for key in manifest if key not in ("domain", "name")]
    if list(manifest) != ["domain", "name", *sorted(rest)]:
        problems.append("keys are not in the order domain, name, then the alphabet")
    for key in ("dependencies", "after_dependencies", "loggers", "requirements"):
        if manifest.get(key, []) != sorted(manifest.get(key, [])):
            problems.append(f"{key} is not sorted")
    return problems


def hacs_problems(document: Mapping[str, Any]) -> list[str]:
    problems = schema_problems(HACS, dict(document))
    if document.get("zip_release") and "filename" not in document:
        problems.append("zip_release needs filename")
    return problems


#: Least and greatest height of a brand image; an icon is as wide as it is high.
BRAND_SIZES: Mapping[str, tuple[int, int]] = {
    "icon.png": (256, 256),
    "icon@2x.png": (512, 512),
    "dark_icon.png": (256, 256),
    "dark_icon@2x.png": (512, 512),
    "logo.png": (128, 256),
    "logo@2x.png": (256, 512),
    "dark_logo.png": (128, 256),
    "dark_logo@2x.png": (256, 512),
}


def brand_problems(path: Path) -> list[str]:
    """What an image of the brand folder has against the brands' norm: size, transparency, no empty border."""
    if path.name not in BRAND_SIZES:
        return [f"{path.name} is no image that Home Assistant serves"]
    problems = []
    with Image.open(path) as image:
        width, height = image.size
        least, most = BRAND_SIZES[path.name]
        if image.format != "PNG":
            problems.append(f"{path.name} is no PNG")
        if not least <= min(width, height) <= most:
            problems.append(f"{path.name} is {width} x {height}")
        if "icon" in path.name and width != height:
            problems.append(f"{path.name} is not square")
        if image.mode != "RGBA" or image.getchannel("A").getextrema()[0] != 0:
            problems.append(f"{path.name} is not transparent anywhere")
        elif image.getchannel("A").getbbox() != (0, 0, width, height):
            problems.append(f"{path.name} has an empty border")
    return problems


def requirements_in(text: str) -> list[str]:
    """The requirements of a requirements file, without comments."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


_URL = re.compile(r"https?://[^\s\"'<>()\[\]`\\]+")


def url_problems(text: str) -> list[str]:
    """URLs of a project that is not this one, where this one must be meant."""
    return [url for url in (found.rstrip(".,;:!*_") for found in _URL.findall(text)) if not _is_fine(url, set())]


def _is_fine(url: str, seen: set[str]) -> bool:
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if parts.hostname == "my.home-assistant.io":
        if "owner" in query or "repository" in query:
            return (query.get("owner"), query.get("repository")) == (OWNER, REPOSITORY)
        inner = query.get("blueprint_url")
        return inner is None or (inner not in seen and _is_fine(inner, seen | {inner}))
    if parts.hostname in ("github.com", "raw.githubusercontent.com", "www.github.com"):
        return parts.hostname != "www.github.com" and parts.path.split("/")[1:3] == [OWNER, REPOSITORY]
    return True


def anchor_problems(urls: Iterable[str], readme: str) -> list[str]:
    """Links into the README whose heading is not there."""
    headings = re.findall(r"^#+ +(.+?)\s*$", readme, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return [url for url in urls if "#" in url and url.partition("#")[2] not in anchors]


#: The rules of the Integration Quality Scale, by tier.
RULES: Mapping[str, frozenset[str]] = {
    "bronze": frozenset(
        {
            "action-setup",
            "appropriate-polling",
            "brands",
            "common-modules",
            "config-flow-test-coverage",
            "config-flow",
            "dependency-transparency",
            "docs-actions",
            "docs-triggers",
            "docs-conditions",
            "docs-high-level-description",
            "docs-installation-instructions",
            "docs-removal-instructions",
            "entity-event-setup",
            "entity-unique-id",
            "has-entity-name",
            "runtime-data",
            "test-before-configure",
            "test-before-setup",
            "unique-config-entry",
        }
    ),
    "silver": frozenset(
        {
            "action-exceptions",
            "config-entry-unloading",
            "docs-configuration-parameters",
            "docs-installation-parameters",
            "entity-unavailable",
            "integration-owner",
            "log-when-unavailable",
            "parallel-updates",
            "reauthentication-flow",
            "test-coverage",
        }
    ),
    "gold": frozenset(
        {
            "devices",
            "diagnostics",
            "discovery-update-info",
            "discovery",
            "docs-data-update",
            "docs-examples",
            "docs-known-limitations",
            "docs-supported-devices",
            "docs-supported-functions",
            "docs-troubleshooting",
            "docs-use-cases",
            "dynamic-devices",
            "entity-category",
            "entity-device-class",
            "entity-disabled-by-default",
            "entity-translations",
            "exception-translations",
            "icon-translations",
            "reconfiguration-flow",
            "repair-issues",
            "stale-devices",
        }
    ),
    "platinum": frozenset(["async-dependency", "inject-websession", "strict-typing"]),
}

_STATUS = vol.Any(
    vol.In(["done", "todo"]),
    vol.Schema({vol.Required("status"): vol.In(["todo", "exempt"]), vol.Required("comment"): vol.Length(min=10)}),
)
QUALITY_SCALE = vol.Schema(
    {vol.Required("rules"): {vol.Required(rule): _STATUS for rules in RULES.values() for rule in rules}}
)

#: A rule that asks for nothing while a file is not there: it may only be exempt as long as that is so.
EXEMPT_WITHOUT = {"docs-triggers": "trigger.py", "docs-conditions": "condition.py"}


def quality_problems(document: Any, files: Iterable[str]) -> list[str]:
    """What quality_scale.yaml lacks, and which exemption has lost its reason."""
    problems = schema_problems(QUALITY_SCALE, document)
    here = set(files)
    rules = document.get("rules", {}) if isinstance(document, Mapping) else {}
    for rule, file in EXEMPT_WITHOUT.items():
        status = rules.get(rule)
        if isinstance(status, Mapping) and status.get("status") == "exempt" and file in here:
            problems.append(f"{rule} is exempt although there is {file}")
    return problems
