"""``make audit``: is any package we lock known to be vulnerable? It passes only when it looked.

pip-audit says nothing, and ends well, when its source does not know a package: behind a mirror, a
firewall or without a network that is every one of them. So the source is asked first about a
version that is known to be vulnerable; unless it says so, nothing was audited.

Exit code: 0 nothing is known against any package; 1 something is; 2 it could not be found out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CANARY = "jinja2==2.4.1"  # CVE-2014-1402, CVE-2016-10745, CVE-2019-10906 and more
UV = os.environ.get("UV", "uv")  # the one the Makefile made
TOOL = (UV, "tool", "run", "pip-audit==2.10.1")
CLEAN, VULNERABLE, UNKNOWN = 0, 1, 2

Ask = Callable[[str], tuple[str, str]]  # requirements → what pip-audit printed, and complained


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an audit ended: the exit code, and what to tell, a line each."""

    code: int
    lines: tuple[str, ...]


def unproven(canary: str, complaint: str = "") -> Verdict | None:
    """Return why the source cannot be relied upon, by its answer about a known fault; or None."""
    known = _packages(canary)
    if known is None:
        return _unknown(f"the source of vulnerabilities did not answer ({_reason(complaint)})")
    if not any(package.get("vulns") for package in known):
        return _unknown(f"the source does not know that {CANARY} is vulnerable: it is no source")
    return None


def _reason(complaint: str) -> str:
    return " ".join(complaint.split())[-300:] or "no answer that could be read"


def judged(canary: str, report: str, wanted: int, complaint: str = "") -> Verdict:
    """Return what two answers of pip-audit (``--format json``) come to.

    ``canary`` is its answer about a version that is known to be vulnerable, ``report`` the one
    about the ``wanted`` packages.
    """
    if (first := unproven(canary, complaint)) is not None:
        return first
    packages = _packages(report)
    if packages is None:
        return _unknown(f"the locked packages got no answer ({_reason(complaint)})")
    skipped = [one for one in packages if "skip_reason" in one or "vulns" not in one]
    if skipped:
        named = ", ".join(str(one.get("name")) for one in skipped[:5])
        return _unknown(f"{len(skipped)} packages could not be audited ({named} …)")
    if len(packages) < wanted:
        return _unknown(f"only {len(packages)} of {wanted} packages were audited")
    found = [_line(package, fault) for package in packages for fault in package["vulns"]]
    if found:
        return Verdict(code=VULNERABLE, lines=tuple(found))
    said = f"audit: nothing is known against any of {len(packages)} packages"
    return Verdict(code=CLEAN, lines=(said,))


def _packages(text: str) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    good = isinstance(found, list) and found and all(isinstance(one, dict) for one in found)
    return found if good else None


def _line(package: dict[str, Any], fault: dict[str, Any]) -> str:
    mended = ", ".join(fault.get("fix_versions") or ()) or "no version yet"
    return f"{package['name']} {package.get('version')}: {fault.get('id')}; mended in {mended}"


def _unknown(why: str) -> Verdict:
    return Verdict(code=UNKNOWN, lines=(f"audit: NOT AUDITED: {why}",))


# --- asking ---------------------------------------------------------------------------------


def asked(requirements: str) -> tuple[str, str]:
    """Ask pip-audit about pinned requirements; it installs nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        path.write_text(requirements)
        words = [*TOOL, "--format", "json", "--no-deps", "--disable-pip", "-r", str(path)]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, timeout=600, check=False
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return "", str(error)
    return done.stdout, done.stderr


def locked() -> str:
    """Return every package of uv.lock with its version, extras and tools of development too."""
    words = [UV, "export", "--frozen", "--all-extras", "--all-groups", "--no-hashes",
             "--no-emit-project", "--no-annotate", "--no-header"]  # fmt: skip
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return "\n".join(line.partition(";")[0].strip() for line in text.splitlines()) + "\n"


def audit(requirements: str, ask: Ask = asked) -> Verdict:
    """Audit pinned requirements, after a proof that the source answers."""
    wanted = len([line for line in requirements.splitlines() if "==" in line])
    if not wanted:
        return _unknown("the lock names no package")
    canary, complaint = ask(CANARY + "\n")
    if (first := unproven(canary, complaint)) is not None:
        return first
    report, complaint = ask(requirements)
    return judged(canary, report, wanted, complaint)


def main() -> None:
    """Print the verdict and leave with its code."""
    try:
        verdict = audit(locked())
    except (OSError, subprocess.CalledProcessError) as error:
        verdict = _unknown(f"uv.lock could not be read ({error})")
    print("\n".join(verdict.lines), file=sys.stderr if verdict.code else sys.stdout)
    sys.exit(verdict.code)


if __name__ == "__main__":
    main()
