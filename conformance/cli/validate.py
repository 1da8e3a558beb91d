"""`gpconnect-assure validate`: FHIR files against the profiles, without a provider."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.definitions import guess_edition, load_edition, open_definitions
from conformance.core.errors import AssureError, ExitCode, InternalError, UsageError
from conformance.fhir.formats.json_reader import DEFAULT, Limits, looks_like_xml, read_json, too_large
from conformance.fhir.issues import Issue, Severity
from conformance.fhir.rendering import as_json, as_outcome, as_text, printable
from conformance.spec import DEFAULT as DEFAULT_EDITION
from conformance.spec import conceded

if TYPE_CHECKING:
    from conformance.fhir.formats.json_reader import Document
    from conformance.fhir.validation.validator import Validator

SUFFIXES = (".json", ".xml")
_SHOWN = 8
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


class Size(click.ParamType[int]):
    """A size in bytes, or with K, M or G behind it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"(\d{1,12})([KMG]?)B?", str(value).upper())
        if match is None:
            self.fail(f"{value!r} is no size: a number of bytes, or with K, M or G, such as 20M", param, ctx)
        return int(match[1]) * _UNITS[match[2]]


class UnknownEditionError(Exception):
    """An input whose content does not tell its edition; the message is its name."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One input validated: its name, the profiles it was held to (None: it could not be read), and the issues."""

    name: str
    generation: str
    profiles: tuple[str, ...] | None
    issues: list[Issue]

    @property
    def conformant(self) -> bool:
        """True without any error about the content."""
        return not any(issue.is_error for issue in self.issues)


@dataclass(slots=True)
class Bench:
    """What validates the inputs of one call: the options, and a validator for each edition met."""

    edition: str | None
    profiles: tuple[str, ...]
    added: tuple[Path, ...]
    limits: Limits
    _validators: dict[str, Validator] = field(default_factory=dict)

    def validator(self, name: str) -> Validator:
        """The validator of an edition. Raises UsageError where a profile asked for is unknown."""
        if name not in self._validators:
            from conformance.fhir.terminology.value_sets import OfflineTerminology
            from conformance.fhir.validation.validator import Validator

            definitions = open_definitions(load_edition(name), self.added)
            for profile in self.profiles:
                if not definitions.has_structure(profile):
                    known = [url for url, _, _ in definitions.all()]
                    raise UsageError(f"no profile {profile} is loaded for {name}", fix=_suggest(profile, known))
            self._validators[name] = Validator(definitions, terminology=OfflineTerminology(definitions))
        return self._validators[name]

    def check(self, name: str, data: bytes) -> Checked:
        """Validate one input. Raises UnknownEditionError where its edition cannot be told."""
        if looks_like_xml(data):
            from conformance.fhir.formats.xml import read_xml

            edition = self.edition or guess_edition(data)
            document = read_xml(data, self.validator(edition or DEFAULT_EDITION).definitions, self.limits)
        else:
            document = read_json(data, self.limits)
            edition = self.edition or (guess_edition(data) if document.readable else None)
        if edition is None:
            if document.readable:
                raise UnknownEditionError(name)
            return Checked(name, _any_generation(), None, document.problems)
        validator = self.validator(edition)
        issues = [_weighed(issue, edition) for issue in validator.validate_document(document, self.profiles)]
        return Checked(name, validator.definitions.generation, self._held_to(document), issues)

    def _held_to(self, document: Document) -> tuple[str, ...] | None:
        if not document.readable:
            return None
        return tuple(dict.fromkeys([*self.profiles, *_claimed(document.value)]))


def _weighed(issue: Issue, edition: str) -> Issue:
    """An issue as a run weighs it: what the pages of the edition show is no error, and the message says so."""
    concession = conceded(issue, load_edition(edition)) if issue.is_error else None
    if concession is None:
        return issue
    severity = Severity.WARNING if concession.warns else Severity.INFORMATION
    return replace(issue, severity=severity, message=f"{issue.message} Accepted: {concession.because}")


def _claimed(resource: Any) -> Iterator[str]:
    """The profiles that a resource and those inside it name."""
    if not isinstance(resource, dict):
        return
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    yield from (url for url in (named if isinstance(named, list) else ()) if isinstance(url, str))
    for key in ("entry", "parameter", "contained"):
        listed = resource.get(key)
        for one in listed if isinstance(listed, list) else ():
            inner = one.get("resource") if isinstance(one, dict) and key != "contained" else one
            if inner is not resource:
                yield from _claimed(inner)


def _suggest(profile: str, known: Sequence[str]) -> str:
    by_name = {url.rpartition("/")[2].casefold(): url for url in known}
    close = difflib.get_close_matches(profile.rpartition("/")[2].casefold(), by_name, n=1, cutoff=0.7)
    also = "`gpconnect-assure profiles list` shows them all."
    return f"Did you mean {by_name[close[0]]}? {also}" if close else also


@click.command(name="validate")
@click.argument("inputs", nargs=-1, metavar="[FILES|FOLDERS|-]...")
@click.option("--profile", "-p", multiple=True, metavar="URL", help="Hold the resources to this profile too.")
@click.option("--edition", "-e", help="dstu2 or stu3; else told from the profiles that the content names.")
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json", "outcome"]), default="text", show_default=True
)
@click.option(
    "--definitions",
    "-d",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="More definitions (folder, file, .tgz package); they take precedence over ours.",
)
@click.option(
    "--limit-size",
    type=Size(),
    default=DEFAULT.size,
    metavar="SIZE",
    help="Refuse larger inputs unread; bytes, or 20M. Default: 128M.",
)
def command(
    inputs: tuple[str, ...],
    profile: tuple[str, ...],
    edition: str | None,
    form: str,
    definitions: tuple[Path, ...],
    limit_size: int,
) -> int:
    """Validate FHIR resources, in JSON or XML, against the profiles of GP Connect.

    Without a file, or for -, standard input is read. Profiles are those the content names in meta.profile, and --profile.

    Exit codes: 0 conformant (warnings allowed), 1 errors found, 2 usage, 4 a fault of this tool.
    """
    if edition is not None:
        load_edition(edition)
    bench = Bench(edition, profile, definitions, Limits(size=limit_size))
    undecided: list[str] = []
    checked = [_show_text(one) if form == "text" else one for one in _check_all(inputs, bench, undecided)]
    if form == "json":
        files = [as_json(one.name, one.issues) | {"profiles": list(one.profiles or ())} for one in checked]
        conformant = not undecided and all(one.conformant for one in checked)
        click.echo(json.dumps({"conformant": conformant, "files": files, "undecided": undecided}, indent=1))
    elif form == "outcome" and checked:
        click.echo(json.dumps(_outcomes(checked), indent=1))
    if undecided:
        raise UsageError(
            f"cannot tell the edition, as no profile of one alone is named, of: {', '.join(undecided)}",
            fix="Say which: --edition dstu2 or --edition stu3.",
        )
    return int(ExitCode.CONFORMANT if all(one.conformant for one in checked) else ExitCode.NON_CONFORMANT)


def _check_all(inputs: Sequence[str], bench: Bench, undecided: list[str]) -> Iterator[Checked]:
    """Each input judged; the names of those whose edition cannot be told go to `undecided`."""
    for name, path in _expand(inputs):
        try:
            data = _read(name, path, bench.limits)
            yield data if isinstance(data, Checked) else bench.check(name, data)
        except UnknownEditionError as error:
            undecided.append(str(error))
        except AssureError:
            raise
        except Exception as error:
            # Whatever the content, a crash is ours: never an exit code that speaks of the content.
            message = f"{name}: validation broke down ({type(error).__name__}: {error})"
            raise InternalError(message, fix="This is a fault of gpconnect-assure; please report it.") from error


def _expand(inputs: Sequence[str]) -> Iterator[tuple[str, Path | None]]:
    """Names and paths of the files to read; None stands for standard input."""
    if not inputs and sys.stdin.isatty():
        raise UsageError("nothing to validate", fix="Name files or folders, or - for standard input.")
    for name in inputs or ("-",):
        path = Path(name)
        if name == "-":
            yield "standard input", None
        elif path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
            if not found:
                raise UsageError(f"{name}: holds no .json or .xml file")
            yield from ((str(one), one) for one in found)
        elif path.exists():
            yield name, path
        else:
            raise UsageError(f"{name}: there is no such file or folder")


def _read(name: str, path: Path | None, limits: Limits) -> bytes | Checked:
    """The bytes; or, over the limit, the verdict: one byte more than allowed is all that is ever read."""
    try:
        size = path.stat().st_size if path is not None and path.is_file() else 0
        if size > limits.size:
            return Checked(name, _any_generation(), None, [too_large(size, limits)])
        if path is None:
            data = sys.stdin.buffer.read(limits.size + 1)
        else:
            with path.open("rb") as file:
                data = file.read(limits.size + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read ({error.strerror or error})") from error
    return data if len(data) <= limits.size else Checked(name, _any_generation(), None, [too_large(len(data), limits)])


def _any_generation() -> str:
    """The FHIR generation of the OperationOutcome about an input whose own cannot be determined."""
    return load_edition(DEFAULT_EDITION).generation


def _show_text(one: Checked) -> Checked:
    click.echo(as_text(one.name, one.issues))
    if one.profiles is not None:
        names = [printable(url) for url in one.profiles[:_SHOWN]]
        more = f", and {len(one.profiles) - _SHOWN} more" if len(one.profiles) > _SHOWN else ""
        held = ", ".join(names) + more or "FHIR's own rules alone, as no profile is named; --profile names one"
        click.echo(f"  held to: {held}")
    return one


def _outcomes(checked: Sequence[Checked]) -> dict[str, Any]:
    """One OperationOutcome; or for several inputs a Bundle of them, in their order."""
    outcomes = [as_outcome(one.issues, one.generation) for one in checked]
    if len(outcomes) == 1:
        return outcomes[0]
    for one, outcome in zip(checked, outcomes, strict=True):
        outcome["id"] = re.sub(r"[^A-Za-z0-9.\-]+", "-", one.name)[-64:].strip("-") or "input"
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": outcome} for outcome in outcomes]}
