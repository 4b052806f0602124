"""Draws the images of custom_components/enode_flex/brand from the SVG files beside this script.

usage: .venv-demo/bin/python scripts/brand/render.py
"""

from pathlib import Path
import re
import subprocess

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BRAND = ROOT / "custom_components/enode_flex/brand"

#: Image without scale: its source, and the colour of the name in it (the mark's own colours suit any background).
IMAGES = {
    "icon": ("icon.svg", "black"),
    "logo": ("logo.svg", "#1c2b33"),
    "dark_logo": ("logo.svg", "#f1f5f6"),
}
SCALES = {"": 1, "@2x": 2}


def draw(browser: Browser, source: Path, colour: str, scale: int, target: Path) -> None:
    """Draw one image on a transparent ground, as large as the source's viewBox times the scale."""
    svg = source.read_text()
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    if box is None:
        raise ValueError(f"{source.name} has no viewBox")
    width, height = int(box[1]), int(box[2])
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    style = f"<style>body {{ margin: 0; color: {colour} }} svg {{ display: block; width: {width}px }}</style>"
    page.set_content(f"<!doctype html>{style}{svg}")
    page.screenshot(path=target, omit_background=True)
    page.close()


def main() -> None:
    """Draw all images."""
    finder = [ROOT / "scripts/find-browser"]
    found = subprocess.run(finder, check=True, capture_output=True, text=True)  # noqa: S603 - our own script
    BRAND.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip(), args=["--no-sandbox"])
        for name, (source, colour) in IMAGES.items():
            for suffix, scale in SCALES.items():
                draw(browser, HERE / source, colour, scale, BRAND / f"{name}{suffix}.png")
        browser.close()


if __name__ == "__main__":
    main()
