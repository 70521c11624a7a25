"""Pictures of every page of the desk, to be looked at by people.

    make screenshots ARGS="[--to FOLDER] [--only /queue] [--width 390 --width 1280] [--dark]"

The pages are those of the sample newsroom; a picture is named by its page, its width and its ink.
Needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from bench.desk_pages import sample_desk, widths

Ink = Literal["light", "dark"]


def main() -> int:
    """Make the pictures and print where they are."""
    asked = arguments().parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sample_desk(Path(folder)) as desk:
        pages = [path for path in desk.addresses() if path.startswith(asked.only)]
        inks: Sequence[Ink] = ("light", "dark") if asked.dark else ("light",)
        count = take(desk.url, pages, asked.to, widths(asked.width), inks)
    print(f"{count} pictures of {len(pages)} pages in {asked.to}")
    return 0 if count else 1


def arguments() -> argparse.ArgumentParser:
    """Return what may be asked for."""
    parser = argparse.ArgumentParser(description="Pictures of every page of the desk.")
    parser.add_argument("--to", type=Path, default=Path("screenshots"), help="folder (screenshots)")
    parser.add_argument("--only", default="/", help="pages whose address begins so")
    parser.add_argument("--width", type=int, action="append", help="in pixels (390 and 1280)")
    parser.add_argument("--dark", action="store_true", help="in dark ink as well")
    return parser


def take(
    url: str, pages: Sequence[str], folder: Path, across: Sequence[int], inks: Sequence[Ink]
) -> int:
    """Take a picture of each page at each width in each ink; return how many."""
    from playwright.sync_api import sync_playwright

    taken = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for width in across:
            for ink in inks:
                view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=ink)
                for path in pages:
                    view.goto(url + path)
                    name = f"{_name(path)}-{width}-{ink}.png"
                    view.screenshot(path=folder / name, full_page=True)
                    taken += 1
                view.close()
        browser.close()
    return taken


def _name(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:60] or "today"


if __name__ == "__main__":
    raise SystemExit(main())
