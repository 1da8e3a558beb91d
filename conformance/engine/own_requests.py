"""Before a run relies on a request of ours, check it by the rules for providers: peers have sent wrong ones.

Two opinions: our validator over the edition's profiles, and, for STU3, fhir.resources' models, which share no code with it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from conformance.core.results import Blame, Finding, Severity

if TYPE_CHECKING:
    from conformance.fhir.validation.validator import Validator


_MODELLED = "3.0."  # the FHIR versions that fhir.resources.STU3 has models of


def vouch(body: dict[str, Any], fhir_version: str, validator: Validator) -> Iterator[Finding]:
    """Yield what is wrong with a body that we are about to send as a valid one; each finding is ours, not the provider's."""
    kind = str(body.get("resourceType"))
    for issue in validator.validate(body):
        if issue.is_error:
            yield _ours(f"{kind}: {issue.message}", issue.path)
    model = _model(kind) if fhir_version.startswith(_MODELLED) else None
    if model is not None:
        try:
            model.model_validate(body)
        except ValueError as error:
            yield _ours(f"{kind}: fhir.resources refuses it: {str(error).splitlines()[0]}", kind)


def _model(kind: str) -> Any:
    try:
        return getattr(importlib.import_module(f"fhir.resources.STU3.{kind.lower()}"), kind)
    except (ImportError, AttributeError):
        return None


def _ours(message: str, location: str) -> Finding:
    return Finding(
        f"a request of ours is not valid FHIR, so what a provider returns to it proves nothing: {message}",
        severity=Severity.WARN,
        location=location,
        blame=Blame.TOOL,
        code="own-request",
    )
