"""junit.xml for build servers: a suite for each interaction, a test case for each scenario, class name edition.interaction.

It keeps to the schema of Jenkins (xunit-plugin, junit-10.xsd), which knows no properties of a test case: titles, requirements,
causes and verdicts are properties of the suite, named `ID/title` and so on. JUnit knows neither warnings nor reasons for not
testing: a warning is a pass whose output says so and which the suite's property `warnings` counts; skip, omit and waived are
all `skipped`, distinguished by `type`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET  # only written, never parsed

from conformance.causes import Cause, causes_of
from conformance.core.results import Finding, RunInfo, RunResult, ScenarioResult, Verdict
from conformance.core.waivers import WaiverUse
from conformance.reporting.cause_view import heaviest, in_one_line, title_of
from conformance.reporting.display import bounded, xml_safe
from conformance.reporting.overview import in_order

_LONGEST = 2_000  # characters of an attribute
_SKIPPED = (Verdict.SKIP, Verdict.OMIT, Verdict.WAIVED)


def dumps(result: RunResult) -> bytes:
    """Return junit.xml of a run. Times are in seconds."""
    writer = _Writer(result)
    totals = _totals(result.scenarios)
    del totals["skipped"]  # which the schema has for suites only
    root = ET.Element("testsuites", {"name": "gpconnect-assure", **totals})
    for interaction in in_order(dict.fromkeys(one.interaction for one in result.scenarios)):
        root.append(writer.suite(interaction, [one for one in result.scenarios if one.interaction == interaction]))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _totals(scenarios: Sequence[ScenarioResult]) -> dict[str, str]:
    verdicts = [one.verdict for one in scenarios]
    return {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count(Verdict.FAIL)),
        "errors": str(verdicts.count(Verdict.ERROR)),
        "skipped": str(sum(verdict in _SKIPPED for verdict in verdicts)),
        "time": f"{sum(one.duration_ms for one in scenarios) / 1_000:.3f}",
    }


class _Writer:
    """Writes the suites of a run: knows its causes and its waivers by scenario."""

    def __init__(self, result: RunResult) -> None:
        self._run = result.run
        self._causes: dict[str, list[Cause]] = {}
        for cause in causes_of(result):
            for name in cause.scenarios:
                self._causes.setdefault(name, []).append(cause)
        self._waivers = {name: use for use in result.waivers for name in use.scenarios}

    def suite(self, interaction: str, scenarios: Sequence[ScenarioResult]) -> ET.Element:
        """Return the suite of an interaction (a key)."""
        name = f"{self._run.edition}.{interaction}"
        suite = ET.Element("testsuite", _safe({"name": name, "timestamp": self._run.started, **_totals(scenarios)}))
        warnings = sum(one.verdict is Verdict.WARN for one in scenarios)
        pairs = [*_about(self._run), ("warnings", str(warnings))]
        for one in scenarios:
            pairs += ((f"{one.id}/{key}", value) for key, value in self._facts(one) if value)
        _properties(suite, pairs)
        for one in scenarios:
            suite.append(self._case(one))
        return suite

    def _facts(self, scenario: ScenarioResult) -> Iterator[tuple[str, str]]:
        yield "title", scenario.title
        yield "verdict", scenario.verdict.value
        yield "requirements", " ".join(scenario.requirements)
        yield "causes", " ".join(cause.id for cause in self._causes.get(scenario.id, ()))

    def _case(self, scenario: ScenarioResult) -> ET.Element:
        named = {"classname": f"{scenario.edition}.{scenario.interaction}", "name": scenario.id}
        case = ET.Element("testcase", _safe({**named, "time": f"{scenario.duration_ms / 1_000:.3f}"}))
        causes = self._causes.get(scenario.id, ())
        text, first = findings_text(scenario, causes), _first(scenario, causes)
        if scenario.verdict is Verdict.FAIL:
            _child(case, "failure", text, message=first, type="non-conformity")
        elif scenario.verdict is Verdict.ERROR:
            _child(
                case,
                "error",
                text,
                message=f"{scenario.title}: {scenario.reason}" if scenario.reason else first,
                type="error",
            )
        elif scenario.verdict is Verdict.WAIVED:
            _child(case, "skipped", text, message=f"{_excuse(self._waivers.get(scenario.id))}{first}", type="waived")
        elif scenario.verdict in _SKIPPED:
            _child(case, "skipped", "", message=f"{scenario.title}: {scenario.reason}", type=scenario.verdict.value)
        elif text:
            _child(case, "system-out", f"WARNING: {first}\n{text}" if scenario.verdict is Verdict.WARN else text)
        return case


def _about(run: RunInfo) -> Iterator[tuple[str, str]]:
    yield from (("id", run.id), ("provider", run.provider), ("tool_version", run.tool_version))
    yield from (*run.subject.items(), *run.settings.items(), ("complete", str(run.complete).lower()))


def _excuse(use: WaiverUse | None) -> str:
    if use is None:
        return ""
    waiver = use.waiver
    return f"waived until {waiver.expires.isoformat()} ({waiver.ticket}, {waiver.owner}: {waiver.reason}): "


def findings_text(scenario: ScenarioResult, causes: Iterable[Cause] = ()) -> str:
    """Return a scenario's causes, reason, findings and traceback as plain text for a build log."""
    named = (f"cause {cause.id}: {title_of(cause)}" for cause in causes)
    parts = [*named, scenario.reason, *(_finding_text(finding) for finding in scenario.findings), scenario.traceback]
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


def _first(scenario: ScenarioResult, causes: Sequence[Cause]) -> str:
    """The title with the first failure (else warning): what is wrong, what was found and expected, and the cause."""
    found = heaviest(scenario.findings)
    cause = f" [cause {causes[0].id}]" if causes else ""
    return f"{scenario.title}: {in_one_line(found)}{cause}" if found else scenario.title


def _properties(owner: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    holder = ET.SubElement(owner, "properties")
    for name, value in pairs:
        ET.SubElement(holder, "property", _safe({"name": name, "value": value}))


def _child(owner: ET.Element, tag: str, text: str, **attributes: str) -> None:
    child = ET.SubElement(owner, tag, _safe(attributes))
    child.text = xml_safe(bounded(text)) or None


def _safe(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: xml_safe(bounded(value, _LONGEST)) for name, value in attributes.items()}
