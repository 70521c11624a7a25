"""Install the built wheel alone and use it from another folder.

Run by ``make wheel``: catches a missing template or data file, a stray database in the wheel, and
an import that only works from the checkout.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

NEEDED = (
    "monitor/py.typed",
    "store/py.typed",
    "classifiers/py.typed",
    "monitor/config/feeds.yaml",
    "monitor/web/static/desk.css",
    "classifiers/topics/pak_afg_ttp/lexicon.yaml",
)
TOP_LEVEL = {"monitor", "store", "classifiers"}
STRAY = (".db", ".db-wal", ".log", ".pyc")


def check_listing(wheel: Path) -> None:
    """Refuse a wheel with strays or without what the product needs at run time."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    missing = [name for name in NEEDED if name not in names]
    strays = [name for name in names if name.endswith(STRAY)]
    if tops != TOP_LEVEL or missing or strays:
        sys.exit(f"wheel: top level {sorted(tops)}, missing {missing}, stray {strays}")


def main() -> None:
    """Check the one wheel in the folder named on the command line."""
    (wheel,) = Path(sys.argv[1]).resolve().glob("torkham-*.whl")
    check_listing(wheel)
    with tempfile.TemporaryDirectory(prefix="torkham-wheel-") as folder:
        environment = Path(folder, "env")
        venv.create(environment, with_pip=True)
        pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel)]
        subprocess.run(pip, check=True)
        torkham = environment / "bin/torkham"
        subprocess.run([torkham, "init"], check=True, cwd=folder)
        subprocess.run([torkham, "check"], check=True, cwd=folder)
        demo = subprocess.run(
            [torkham, "demo", "--once", "--json"],
            check=True, cwd=folder, capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        result = json.loads(demo.stdout)
    if not result["balanced"]:
        sys.exit(f"wheel: the demo's books do not balance: {result['ledger']}")
    print(f"wheel: {wheel.name} runs alone; ledger {result['ledger']}")  # noqa: T201


if __name__ == "__main__":
    main()
