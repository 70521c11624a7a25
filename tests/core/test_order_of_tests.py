"""The longest files of tests are begun first: else one worker is left with one at the end."""

from __future__ import annotations

import pytest


def test_files_whose_tests_may_take_longest_are_begun_first(
    request: pytest.FixtureRequest,
) -> None:
    allowed: dict[str, float] = {}
    for item in request.session.items:
        for mark in item.iter_markers("timeout"):
            allowed[str(item.path)] = max(allowed.get(str(item.path), 0.0), mark.args[0])
    assert list(allowed.values()) == sorted(allowed.values(), reverse=True)
    # Unless it is told not to, xdist begins with the files of most tests.
    assert not getattr(request.config.option, "loadscopereorder", False)


def test_the_tests_of_a_file_stay_together(request: pytest.FixtureRequest) -> None:
    files = [str(item.path) for item in request.session.items]
    begun = [path for before, path in zip(["", *files], files, strict=False) if path != before]
    assert len(begun) == len(set(begun))
