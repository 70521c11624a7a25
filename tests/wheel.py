"""Install the built wheel alone, in every way the manual names, and use it from another folder.

Run by ``make wheel``: catches a missing template or data file, a stray database in the wheel, an
import that only works from the checkout, and constraints that do not fit the wheel. What is not on
this machine (pipx) is left out, and said.
"""

from __future__ import annotations

import json
import os
import shutil
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
BESIDE = ("torkham.service", "torkham.sh")  # what a server needs, in share/torkham
TOP_LEVEL = {"monitor", "store", "classifiers"}
ROOT = Path(__file__).resolve().parents[1]
STRAY = (".db", ".db-wal", ".log", ".pyc")


def check_listing(wheel: Path) -> None:
    """Refuse a wheel with strays or without what the product needs at run time."""
    names = zipfile.ZipFile(wheel).namelist()
    own = [name for name in names if ".dist-info" not in name and ".data/" not in name]
    tops = {name.split("/")[0] for name in own}
    missing = [name for name in NEEDED if name not in names]
    missing += [
        name for name in BESIDE if not any(n.endswith(f"share/torkham/{name}") for n in names)
    ]
    strays = [name for name in names if name.endswith(STRAY)]
    if tops != TOP_LEVEL or missing or strays:
        sys.exit(f"wheel: top level {sorted(tops)}, missing {missing}, stray {strays}")


def constrained(wheel: Path) -> tuple[str, str]:
    """Return the option, the same for all, that takes the versions Torkham was tested with."""
    return "--constraint", str(wheel.parent / "constraints.txt")


def by_pip(wheel: Path, folder: Path) -> Path:
    """Install as deploy.md does on a server, with the versions tested; return the command."""
    environment = folder / "env"
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *constrained(wheel), str(wheel)], check=True)
    return environment / "bin/torkham"


def by_uv(wheel: Path, folder: Path) -> Path:
    """Install as a tool of uv; return the command."""
    environ = os.environ | {
        "UV_TOOL_DIR": str(folder / "tools"),
        "UV_TOOL_BIN_DIR": str(folder / "uv-bin"),
    }
    call = [str(ROOT / ".bootstrap/bin/uv"), "tool", "install", "--quiet", *constrained(wheel)]
    subprocess.run([*call, str(wheel)], check=True, env=environ)
    return folder / "uv-bin/torkham"


def by_pipx(wheel: Path, folder: Path) -> Path:
    """Install by pipx; return the command."""
    environ = os.environ | {
        "PIPX_HOME": str(folder / "pipx"),
        "PIPX_BIN_DIR": str(folder / "pipx-bin"),
    }
    call = [
        "pipx",
        "install",
        "--python",
        sys.executable,
        f"--pip-args={'='.join(constrained(wheel))}",
    ]
    subprocess.run([*call, str(wheel)], check=True, env=environ, capture_output=True)
    return folder / "pipx-bin/torkham"


def used(torkham: Path, folder: Path) -> None:
    """Do what everybody does first, in an empty folder."""
    folder.mkdir()
    subprocess.run([torkham, "init"], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    subprocess.run([torkham, "check"], check=True, cwd=folder, stdout=subprocess.DEVNULL)


def shown(torkham: Path, folder: Path) -> dict[str, object]:
    """Run the demo once and return what it tells. Leaves where its books do not balance."""
    demo = subprocess.run(
        [torkham, "demo", "--once", "--json"],
        check=True, cwd=folder, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    result: dict[str, object] = json.loads(demo.stdout)
    if not result["balanced"]:
        sys.exit(f"wheel: the demo's books do not balance: {result['ledger']}")
    return result


def main() -> None:
    """Check the one wheel in the folder named on the command line."""
    (wheel,) = Path(sys.argv[1]).resolve().glob("torkham-*.whl")
    check_listing(wheel)
    ways = {"pip": by_pip, "uv tool": by_uv}
    if shutil.which("pipx"):
        ways["pipx"] = by_pipx
    else:
        print("wheel: pipx is not here; that way was not tried")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="torkham-wheel-") as name:
        folder = Path(name)
        for number, (way, install) in enumerate(ways.items()):
            torkham = install(wheel, folder)
            used(torkham, folder / f"place-{number}")
            print(f"wheel: {wheel.name} runs, installed by {way}")  # noqa: T201
        result = shown(folder / "env/bin/torkham", folder)
    print(f"wheel: the demo's ledger {result['ledger']}")  # noqa: T201


if __name__ == "__main__":
    main()
