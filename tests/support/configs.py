"""The configuration of a bundled provider, for many tests: its file is read once, as that takes longer than most tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from conformance.config.bundled import bundled_config
from conformance.config.model import Config


def config_for(edition: str, base_url: str, reports: Path, *, overrides: Mapping[str, str] | None = None) -> Config:
    """Return what bundled_config returns, of a configuration that cannot be changed and so can be shared."""
    config = _read(edition, tuple(sorted((overrides or {}).items())))
    provider, run = replace(config.provider, base_url=base_url), replace(config.run, reports=reports.absolute())
    return replace(config, provider=provider, run=run)


@cache
def _read(edition: str, overrides: tuple[tuple[str, str], ...]) -> Config:
    return bundled_config(
        edition, "http://provider.test/A20047/1/gpconnect", Path("reports"), overrides=dict(overrides)
    )
