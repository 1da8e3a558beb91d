"""What is allowed in a configuration and is seldom meant: said before a run, without keeping it from going on."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.config.model import Config
from conformance.config.violations import Problem

_USUAL_DAYS = 14


def advice(config: Config) -> Iterator[Problem]:
    """Yield each remark as path and text."""
    for number, patient in enumerate(config.data.patients):
        if not patient.roles:
            yield ("data", "patients", number), "has no role, so that no scenario uses this patient"
    window = config.data.window
    days = window.end_days - window.start_days + 1
    if days > _USUAL_DAYS:
        yield (
            ("data", "window"),
            f"{days} days are searched for slots: {_USUAL_DAYS} are enough, and take fewer requests",
        )
    if not config.tls.verify:
        yield ("tls", "verify"), "any server certificate is accepted: for trials only"
    if config.tls.certificate and config.provider.root.startswith("http:"):
        yield ("tls", "certificate"), "is not used: the address begins with http://"
    if not config.run.redact:
        yield ("run", "redact"), "tokens and NHS numbers will stand in the reports"
