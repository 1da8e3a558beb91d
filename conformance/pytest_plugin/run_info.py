"""The description of a run that begins: of whom, of what, with which settings."""

from __future__ import annotations

import uuid

from conformance import __version__
from conformance.config.flattening import flattened
from conformance.config.model import Config
from conformance.core.results import RunInfo
from conformance.engine.session import Session
from conformance.pytest_plugin.fingerprints import of_tool
from conformance.pytest_plugin.resume import CONFIGURATION


def info_of(session: Session, started: str) -> RunInfo:
    """Return the description of a run that begins; `started` is ISO 8601 with offset."""
    config, report = session.config, session.config.report
    subject = {
        "supplier": report.supplier,
        "product": report.product,
        "version": report.version,
        "environment": report.environment,
        "assurer": report.assurer,
    }
    settings = {
        CONFIGURATION: str(config.path),
        "via_proxy": "yes" if config.provider.via_proxy else "no",
        "strict": "yes" if config.run.strict else "no",
        "definitions": _definitions(config),
        "tool_sha256": of_tool(),
        **({} if config.tls.verify else {"server certificate": "not checked (tls.verify: false)"}),
        **{f"option {key}": value for key, value in session.edition.options.items()},
    }
    return RunInfo(
        id=str(uuid.uuid4()),
        edition=session.edition.name,
        edition_title=session.edition.title,
        provider=config.provider.base_url,
        started=started,
        tool_version=__version__,
        subject={key: value for key, value in subject.items() if value},
        settings=settings,
        configuration=flattened(config),
    )


def _definitions(config: Config) -> str:
    """Return in words which definitions responses are validated against."""
    shipped = f"shipped with gpconnect-assure {__version__}"
    if not config.definitions.paths:
        return shipped
    added = ", ".join(str(path) for path in config.definitions.paths)
    first, then = (added, shipped) if config.definitions.prefer == "added" else (shipped, added)
    return f"{first}; for what is not there, those {then}"
