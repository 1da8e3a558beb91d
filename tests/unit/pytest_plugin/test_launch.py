"""The command's own pytest: what it needs and nothing else, and the process afterwards as it was before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from conformance.config.loading import load_config
from conformance.core.errors import AssureError, InternalError, UsageError
from conformance.core.resources import data_path
from conformance.pytest_plugin import launch as launching

EXAMPLE = data_path("config.example.yaml")
AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


@pytest.mark.parametrize("usual", [None, "0"])
@pytest.mark.parametrize("html", [True, False])
def test_only_the_plugins_of_a_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, usual: str | None, html: bool
) -> None:
    seen: dict[str, Any] = {}

    def main(arguments: list[str], plugins: list[object]) -> pytest.ExitCode:
        seen.update(arguments=arguments, autoload=os.environ.get(AUTOLOAD))
        return pytest.ExitCode.NO_TESTS_COLLECTED

    monkeypatch.delenv(AUTOLOAD, raising=False)
    if usual is not None:
        monkeypatch.setenv(AUTOLOAD, usual)
    monkeypatch.setattr(pytest, "main", main)
    with pytest.raises(UsageError, match="no scenario matches 'nothing'"):
        launching.launch(load_config(EXAMPLE), EXAMPLE, select="nothing", out=tmp_path, html=html)
    assert os.environ.get(AUTOLOAD) == usual
    assert seen["autoload"] == "1"
    chosen = [name for flag, name in zip(seen["arguments"], seen["arguments"][1:], strict=False) if flag == "-p"]
    assert {name for name in chosen if name != "no:cacheprovider"} == (
        {"gpconnect_assure", "xdist", *(("metadata", "html") if html else ())}
    )


@pytest.mark.parametrize(
    ("select", "kind", "said"),
    [("book", UsageError, "cannot use the selection 'book'"), ("", InternalError, "ended with 4 before any scenario")],
)
def test_a_selection_is_blamed_only_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, select: str, kind: type[AssureError], said: str
) -> None:
    monkeypatch.setattr(pytest, "main", lambda *_, **__: pytest.ExitCode.USAGE_ERROR)
    with pytest.raises(kind, match=said):
        launching.launch(load_config(EXAMPLE), EXAMPLE, select=select, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
