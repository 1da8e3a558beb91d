"""Editions, configurations and builders with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.config.model import Config
from conformance.consumer.request_builder import RequestBuilder
from conformance.spec import Edition, editions, load
from tests.support.configs import config_for

NOW = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # the second of July in the UK
ROOT_URL = "http://provider.test/A20047/1"


@pytest.fixture(params=editions())
def edition(request: pytest.FixtureRequest) -> Edition:
    return load(request.param)


@pytest.fixture
def config(edition: Edition, tmp_path: Path) -> Config:
    return config_for(edition.name, ROOT_URL, tmp_path)


@pytest.fixture
def builder(edition: Edition, config: Config) -> RequestBuilder:
    return RequestBuilder(edition, config, clock=lambda: NOW)


@pytest.fixture
def builder_of(tmp_path: Path) -> Callable[..., RequestBuilder]:
    def make(name: str, options: dict[str, str] | None = None, **overrides: str) -> RequestBuilder:
        given = {key.replace("__", "."): value for key, value in overrides.items()}
        made = config_for(name, ROOT_URL, tmp_path, overrides=given)
        return RequestBuilder(load(name, options), made, clock=lambda: NOW)

    return make


def slot(number: str = "1", start: str = "09:00", end: str = "09:10") -> dict[str, object]:
    day = "2026-07-06T"
    return {"resourceType": "Slot", "id": number, "start": f"{day}{start}:00+01:00", "end": f"{day}{end}:00+01:00"}
