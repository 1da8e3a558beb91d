"""What a fleet writes: fleet.json (results.schema.json), one junit.xml with a test case for each provider, and fleet.html."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET  # only written, never parsed

from conformance import __version__
from conformance.core.errors import UsageError
from conformance.fleet import page
from conformance.fleet.model import Record, Remark, State
from conformance.fleet.summary import Since, Summary, since
from conformance.reporting.display import bounded, xml_safe
from conformance.reporting.results_json import compact
from conformance.reporting.writing import write_whole

SCHEMA_VERSION = 1
FILE_NAME = "fleet.json"
_MOST_NAMED = 20  # causes in a test case


def writer(folder: Path, older: Summary | None) -> Callable[[Summary], None]:
    """Return what writes the outputs of a fleet into its folder, beside what an earlier fleet came to, if there is one."""

    def write(summary: Summary) -> None:
        changed = since(older, summary) if older else None
        write_whole(folder / FILE_NAME, *pieces(summary, changed))
        write_whole(folder / "junit.xml", junit(summary))
        text = page.render(summary, changed, folder)
        write_whole(folder / "fleet.html", text.encode("utf-8", "backslashreplace"))

    return write


def pieces(summary: Summary, changed: Since | None) -> Iterator[bytes]:
    """Yield fleet.json piece by piece: one cause or provider a line."""
    head: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "fleet": {name: getattr(summary, name) for name in ("name", "pack", "started", "finished", "stopped")},
        "tool_version": __version__,
        "exit_code": int(summary.code),
        "summary": {state.value: summary.counts[state] for state in State},
        "remarks": [asdict(remark) for remark in summary.remarks],
        "since": asdict(changed) if changed else None,
    }
    yield compact(head)[:-1] + b',"causes":[\n'
    yield from _lines(
        {"edition": one.edition, "title": one.title, **asdict(one.cause), "providers": list(one.providers)}
        for one in summary.causes
    )
    yield b'\n],"providers":[\n'
    yield from _lines(record.to_json() for record in summary.records)
    yield b"\n]}\n"


def _lines(documents: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    separator = b""
    for document in documents:
        yield separator + compact(document)
        separator = b",\n"


def read(path: Path) -> Summary:
    """Return what an earlier fleet came to, by its folder or its fleet.json. Raises UsageError where it is none."""
    file = path / FILE_NAME if path.is_dir() else path
    try:
        return _summary(json.loads(file.read_bytes()))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        fix = "Give the folder of an earlier fleet, or its fleet.json."
        raise UsageError(f"{file} is no fleet.json of gpconnect-assure ({type(error).__name__})", fix=fix) from error


def _summary(document: Mapping[str, Any]) -> Summary:
    if document["schema"] != SCHEMA_VERSION:
        raise ValueError(f"schema {document['schema']}")
    records = tuple(Record.from_json(one) for one in document["providers"])
    return Summary(**document["fleet"], records=records, remarks=tuple(Remark(**one) for one in document["remarks"]))


def last_before(folder: Path, name: str) -> Summary | None:
    """Return the newest fleet of the same file that lies beside a folder and was not stopped, if there is one."""
    others = [path for path in folder.resolve().parent.glob(f"*/{FILE_NAME}") if path.parent != folder.resolve()]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True):
        with suppress(UsageError):
            found = read(path)
            if found.name == name and not found.stopped:
                return found
    return None


# Build servers


def junit(summary: Summary) -> bytes:
    """Return junit.xml: a suite of the fleet, a test case for each provider. Times are in seconds.

    The scenarios of a provider are in the junit.xml of its own run.
    """
    totals = {
        "tests": str(len(summary.records)),
        "failures": str(summary.counts[State.NOT_CONFORMANT]),
        "errors": str(len(summary.of(State.FAULT, State.CONFIGURATION))),
        "time": f"{sum(record.seconds for record in summary.records):.3f}",
    }
    skipped = str(len(summary.of(State.NOT_TESTABLE, State.NOT_RUN)))
    root = ET.Element("testsuites", {"name": "gpconnect-assure", **totals})
    suite = ET.SubElement(root, "testsuite", {"name": f"fleet.{summary.pack}", **totals, "skipped": skipped})
    suite.set("timestamp", summary.started)
    for record in summary.records:
        suite.append(_case(record, summary.pack))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


_ELEMENTS = {
    State.NOT_CONFORMANT: "failure",
    State.FAULT: "error",
    State.CONFIGURATION: "error",
    State.NOT_TESTABLE: "skipped",
    State.NOT_RUN: "skipped",
}


def _case(record: Record, pack: str) -> ET.Element:
    named = {"classname": f"fleet.{record.edition or pack}", "name": record.name, "time": f"{record.seconds:.3f}"}
    case = ET.Element("testcase", _safe(named))
    if record.state in _ELEMENTS:
        about = _safe({"message": f"{record.state.word}: {record.reason}", "type": record.state.value})
        ET.SubElement(case, _ELEMENTS[record.state], about).text = xml_safe(bounded(_text(record)))
    return case


def _text(record: Record) -> str:
    where = [f"base URL: {record.base_url}", *([f"evidence: {record.host} {record.folder}"] if record.folder else [])]
    causes = [f"{one.severity} {one.id} {one.message} (found {one.found or 'nothing'})" for one in record.causes]
    more = [f"and {len(causes) - _MOST_NAMED} more causes"] if len(causes) > _MOST_NAMED else []
    return "\n".join([*where, *causes[:_MOST_NAMED], *more])


def _safe(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: xml_safe(bounded(value, 2_000)) for name, value in attributes.items()}
