"""junit.xml for build servers: one test case a scenario, class name edition.interaction.

JUnit knows neither warnings nor reasons for not testing: a warning is a pass whose text and property say so; skip and omit
are both `skipped`, told apart by `type`.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET  # only written, never parsed

from conformance.core.results import Finding, RunResult, ScenarioResult, Severity, Verdict
from conformance.reporting.cause_view import in_one_line
from conformance.reporting.display import xml_safe


def dumps(result: RunResult) -> bytes:
    """Return junit.xml of a run. Times are in seconds."""
    counts, run = result.summary(), result.run
    seconds = sum(scenario.duration_ms for scenario in result.scenarios) / 1_000
    totals = {
        "tests": str(len(result.scenarios)),
        "failures": str(counts[Verdict.FAIL]),
        "errors": str(counts[Verdict.ERROR]),
        "skipped": str(counts[Verdict.SKIP] + counts[Verdict.OMIT]),
        "time": f"{seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": "gpconnect-assure", **totals})
    suite = ET.SubElement(root, "testsuite", _safe({"name": run.edition, "timestamp": run.started}) | totals)
    about = {"id": run.id, "provider": run.provider, "tool_version": run.tool_version, **run.subject, **run.settings}
    _properties(suite, [*about.items(), ("complete", str(run.complete).lower())])
    for scenario in result.scenarios:
        suite.append(_case(scenario))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _case(scenario: ScenarioResult) -> ET.Element:
    named = {"classname": f"{scenario.edition}.{scenario.interaction}", "name": scenario.id}
    case = ET.Element("testcase", _safe({**named, "time": f"{scenario.duration_ms / 1_000:.3f}"}))
    requirements = [("requirement", requirement) for requirement in scenario.requirements]
    _properties(case, [("title", scenario.title), ("verdict", scenario.verdict.value), *requirements])
    text = findings_text(scenario)
    if scenario.verdict is Verdict.FAIL:
        _child(case, "failure", text, message=_first(scenario), type="non-conformity")
    elif scenario.verdict is Verdict.ERROR:
        _child(case, "error", text, message=scenario.reason or _first(scenario), type="error")
    elif scenario.verdict in (Verdict.SKIP, Verdict.OMIT):
        _child(case, "skipped", "", message=scenario.reason, type=scenario.verdict.value)
    elif text:
        _child(case, "system-out", f"WARNING: {_first(scenario)}\n{text}" if scenario.verdict is Verdict.WARN else text)
    return case


def findings_text(scenario: ScenarioResult) -> str:
    """Return a scenario's reason, findings and traceback as plain text for a build log."""
    parts = [scenario.reason, *(_finding_text(finding) for finding in scenario.findings), scenario.traceback]
    return "\n".join(part for part in parts if part)


def _finding_text(finding: Finding) -> str:
    facts = (
        ("where", finding.location),
        ("found", finding.found),
        ("expected", finding.expected),
        ("requirement", finding.requirement),
        ("most likely", finding.blame.value),
        ("evidence", finding.evidence),
    )
    return "\n".join([f"{finding.severity}: {finding.message}", *(f"  {name}: {fact}" for name, fact in facts if fact)])


def _first(scenario: ScenarioResult) -> str:
    """The title of a scenario with the first failure (else warning): what is wrong, what was found and what was expected."""
    heavy = (Severity.FAIL, Severity.WARN)
    found = sorted(
        (one for one in scenario.findings if one.severity in heavy), key=lambda one: heavy.index(one.severity)
    )
    return f"{scenario.title}: {in_one_line(found[0])}" if found else scenario.title


def _properties(owner: ET.Element, pairs: list[tuple[str, str]]) -> None:
    holder = ET.SubElement(owner, "properties")
    for name, value in pairs:
        ET.SubElement(holder, "property", _safe({"name": name, "value": value}))


def _child(owner: ET.Element, tag: str, text: str, **attributes: str) -> None:
    child = ET.SubElement(owner, tag, _safe(attributes))
    child.text = xml_safe(text) or None


def _safe(attributes: dict[str, str]) -> dict[str, str]:
    return {name: xml_safe(value) for name, value in attributes.items()}
