"""One provider for each edition, shared by the cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.judgement.bed import Bed


def _bed(edition: str, **options: str) -> Iterator[Bed]:
    bed = Bed(edition, options)
    yield bed
    bed.close()


@pytest.fixture(scope="package")
def stu3() -> Iterator[Bed]:
    yield from _bed("stu3")


@pytest.fixture(scope="package")
def dstu2() -> Iterator[Bed]:
    yield from _bed("dstu2")


@pytest.fixture(scope="package")
def published() -> Iterator[Bed]:
    """DSTU2 by the token page of the published release."""
    yield from _bed("dstu2", jwt_profile="published")


@pytest.fixture(params=["stu3", "dstu2"])
def bed(request: pytest.FixtureRequest) -> Bed:
    """Either edition."""
    found: Bed = request.getfixturevalue(request.param)
    return found
