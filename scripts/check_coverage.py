"""Fails when a module of the integration is tested too little: the floors that scripts/test promises.

Lines: 95 % of every module, 100 % of config_flow.py. Lines and branches: 100 % of charging/.
"""

import json
from pathlib import Path
import subprocess
import sys
import tempfile

FLOOR = 95.0
ROOT = Path(__file__).parent.parent


def main() -> int:
    """Read the coverage of the last run and hold every module against its floor."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)]
        subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - our own interpreter and arguments
        files = json.loads(report.read_text())["files"]
    failures = []
    lines = covered = 0
    for name, file in sorted(files.items()):
        summary = file["summary"]
        lines += summary["num_statements"]
        covered += summary["covered_lines"]
        of_lines = 100.0 * summary["covered_lines"] / summary["num_statements"] if summary["num_statements"] else 100.0
        floor = FLOOR
        if name.endswith("/config_flow.py") or "/charging/" in name:
            floor = 100.0
        if of_lines < floor:
            failures.append(f"{name}: {of_lines:.1f} % of lines, {floor:.0f} % wanted; missing {file['missing_lines']}")
        if "/charging/" in name and summary["covered_branches"] < summary["num_branches"]:
            failures.append(f"{name}: branches missing {file['missing_branches']}")
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "custom_components/enode_flex").rglob("*.py")}
    failures += [f"{name}: never measured" for name in sorted(expected - set(files))]
    print(f"coverage: {covered} of {lines} lines in {len(files)} modules ({100.0 * covered / max(lines, 1):.1f} %)")
    for failure in failures:
        print(f"coverage: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
