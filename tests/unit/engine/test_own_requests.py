"""Our own requests are held to the rules that providers are held to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.consumer import request_bodies
from conformance.core.results import Blame
from conformance.engine.own_requests import vouch
from conformance.engine.session import Session
from conformance.spec import editions
from tests.support.configs import config_for

SLOT = {"id": "1", "start": "2026-11-23T10:00:00+00:00", "end": "2026-11-23T10:10:00+00:00"}


def booking(session: Session) -> dict[str, Any]:
    return request_bodies.booking(
        session.edition, session.config, slots=[SLOT], patient_id="1", location_id="2", now=datetime.now(UTC)
    )


@pytest.fixture(params=editions())
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = Session(config_for(request.param, "http://127.0.0.1:9/x", tmp_path))
    yield made
    made.close()


def test_a_valid_booking_is_vouched_for(session: Session) -> None:
    assert not list(vouch(booking(session), session.edition.fhir_version, session.validator))


def test_an_invalid_one_is_ours_to_mend(session: Session) -> None:
    found = list(vouch(booking(session) | {"start": "soon"}, session.edition.fhir_version, session.validator))
    assert found
    assert {finding.blame for finding in found} == {Blame.TOOL}
    told = " ".join(finding.message for finding in found)
    assert ("fhir.resources" in told) is (session.edition.generation == "stu3")
