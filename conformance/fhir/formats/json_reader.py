"""Reads FHIR JSON that nobody vouches for: everything wrong with the text is an issue with a place, never an exception.

The value is what Python's json gives, except that decimals stay exact (`Decimal`). What JSON forbids and Python allows
(duplicate keys, `NaN`, lone surrogates, a byte order mark) is found too. Source: RFC 8259; FHIR "JSON Representation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from conformance.fhir.formats.json_positions import Fault, JsonLocator, LineIndex, find_faults, parts_of
from conformance.fhir.issues import Issue, Location, Severity, path_of

BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'{}[]"'))
_LONE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.S
)
MAX_REPORTED = 50
_MOST_DIGITS = 12  # of a list position; a longer number is a name
# Not begun anew at each digit: a body full of long numbers would be gone through thousands of times.
_WILD = re.compile(r"(?<!\d)\d{4000}|\d[eE][+-]?\d{10}", re.ASCII)
_HTML = re.compile(rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of untrusted input is read: `size` in bytes, `depth` in levels, `elements` counts XML elements."""

    size: int = 128 * 1024 * 1024
    depth: int = 200
    elements: int = 4_000_000


DEFAULT = Limits()


@dataclass(slots=True)
class Document:
    """What was read: the JSON form (None where nothing could be), the problems of the text, and where things are."""

    value: Any
    problems: list[Issue] = field(default_factory=list)
    format: str = "json"
    make_locator: Callable[[], Callable[[str], int | None]] | None = None
    _locate: Callable[[str], int | None] | None = None

    def line_of(self, pointer: str) -> int | None:
        """The line of a JSON pointer, from 1; the nearest ancestor's where it leads nowhere; None without text."""
        if self._locate is None:
            self._locate = self.make_locator() if self.make_locator else lambda _: None
        return self._locate(pointer)

    @property
    def readable(self) -> bool:
        """False where the text gave no value at all."""
        return self.value is not None


def path_from_pointer(pointer: str, root: str = "$this") -> str:
    """The FHIRPath-like form of a JSON pointer: `/entry/0/id` is `Bundle.entry[0].id` for the root Bundle."""
    return path_of(_location(root, parts_of(pointer)))


def _location(root: str, parts: list[str]) -> Location:
    location: Location = (None, root)
    for part in parts:
        location = (location, int(part) if part.isdecimal() and len(part) < _MOST_DIGITS else part)
    return location


def problem(
    code: str,
    message: str,
    *,
    line: int | None = None,
    pointer: str = "",
    root: str = "$this",
    severity: Severity = Severity.ERROR,
    found: str | None = None,
    expected: str | None = None,
) -> Issue:
    """An issue of the text itself."""
    path = path_from_pointer(pointer, root)
    return Issue(severity, code, message, path, pointer, found=found, expected=expected, line=line)


def too_large(size: int, limits: Limits) -> Issue:
    """The issue for input over the size limit; `size` is what is known of it."""
    return problem(
        "too-large",
        f"the input is larger than the limit: at least {size:,} bytes, limit {limits.size:,}; nothing of it was read",
        found=f"{size:,} bytes",
        expected=f"at most {limits.size:,} bytes",
    )


def looks_like_xml(data: bytes) -> bool:
    """True where the first character that is not white space opens a tag."""
    return data[:1024].removeprefix(BOM).lstrip()[:1] == b"<"


def looks_like_html(data: bytes) -> bool:
    """True for a web page, such as a proxy's or a web server's error page."""
    return _HTML.match(data[:1024].removeprefix(BOM)) is not None


def is_html() -> Issue:
    """The issue for a web page where a resource is wanted."""
    return problem(
        "html", "this is an HTML page, not a FHIR resource", line=1, found="HTML", expected="a FHIR resource"
    )


def read_json(data: bytes, limits: Limits = DEFAULT) -> Document:
    """FHIR JSON as sent, in bytes. Never raises for what the bytes hold; see `Document.problems`."""
    if len(data) > limits.size:
        return Document(None, [too_large(len(data), limits)])
    if looks_like_html(data):
        return Document(None, [is_html()])
    problems: list[Issue] = []
    text = decode(data, problems)
    if text is None:
        return Document(None, problems)
    return _parse(text, problems, limits)


def decode(data: bytes, problems: list[Issue]) -> str | None:
    """Bytes as text in UTF-8, the only encoding FHIR has; adds a problem and gives None for anything else."""
    for bom, name in _OTHER_BOMS.items():
        if data.startswith(bom):
            problems.append(
                problem("not-utf8", f"the text is {name}: FHIR is UTF-8", line=1, found=name, expected="UTF-8")
            )
            return None
    if data.startswith(BOM):
        message = "the text starts with a byte order mark, which does not belong there"
        problems.append(problem("byte-order-mark", message, line=1, severity=Severity.WARNING))
        data = data[len(BOM) :]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        message = f"the text is not UTF-8: {found} at offset {error.start:,}, line {line}"
        problems.append(problem("not-utf8", message, line=line, found=found, expected="UTF-8"))
        return None


def _parse(text: str, problems: list[Issue], limits: Limits) -> Document:
    lone: list[int] = []
    if _LONE.search(text):
        text = _ESCAPES.sub(lambda match: _replace_lone(match, lone), text)
    suspect: list[str] = []
    try:
        value = _loads(text, suspect)
        depth = _depth(text, limits.depth)
    except RecursionError:
        depth, value = limits.depth + 1, None
    except json.JSONDecodeError as error:
        problems.append(_not_json(error, text))
        return Document(None, problems)
    except (ValueError, ArithmeticError):
        problems.append(_wild_number(text))
        return Document(None, problems)
    if depth > limits.depth:
        problems.append(_too_deep(limits))
        return Document(None, problems)
    if suspect or lone:
        problems.extend(_locate(text, lone))
    if value is None:
        problems.append(problem("not-a-resource", "the text is null: a resource is wanted", line=1, found="null"))
    return Document(value, problems, make_locator=lambda: JsonLocator(text).line_of)


def _loads(text: str, suspect: list[str]) -> Any:
    """Parse; names in `suspect` what has to be looked for, since the parser cannot say where it was."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            suspect.append("duplicate")
        return result

    return json.loads(text, object_pairs_hook=members, parse_float=Decimal, parse_constant=suspect.append)


def _depth(text: str, limit: int) -> int:
    """Levels of nesting, counted no further than just over the limit.

    Walking the values would cost as much as parsing. Here all but brackets and quotes is dropped, then strings, and
    then the innermost pairs of brackets, one level a pass: each a scan at the speed of C.
    """
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    data = data.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in data:
        data = re.sub(rb'"[^"]*"', b"", data)
    depth = 0
    while data and depth <= limit:
        data = data.replace(b"{}", b"").replace(b"[]", b"")
        depth += 1
    return depth


def _replace_lone(match: re.Match[str], lone: list[int]) -> str:
    if match["lone"] is None:
        return match[0]
    lone.append(match.start())
    return "\\ufffd"


def _locate(text: str, lone: list[int]) -> list[Issue]:
    lines = LineIndex(text)
    issues: list[Issue] = []
    for fault in find_faults(text, lone):
        if len(issues) == MAX_REPORTED:
            issues.append(problem("more-problems", f"more than {MAX_REPORTED} such problems; the rest are not listed"))
            break
        issues.append(_fault_issue(fault, lines.line(fault.offset)))
    return issues


def _fault_issue(fault: Fault, line: int) -> Issue:
    name = fault.pointer.rsplit("/", 1)[-1]
    if fault.kind == "duplicate":
        message = f"the key {name!r} occurs twice in one object (again on line {line}); the last one was taken"
        return problem("duplicate-key", message, line=line, pointer=fault.pointer, found=name, expected="each key once")
    if fault.kind == "constant":
        message = f"{fault.found} is not JSON: a number is written in digits"
        return problem(
            "not-a-number", message, line=line, pointer=fault.pointer, found=fault.found, expected="a number"
        )
    message = "a string holds half of a surrogate pair, which is no character"
    return problem("lone-surrogate", message, line=line, pointer=fault.pointer, found=fault.found[:40])


def _not_json(error: json.JSONDecodeError, text: str) -> Issue:
    line, column = error.lineno, error.colno
    reason = error.msg[:1].lower() + error.msg[1:]
    if not text.strip():
        return problem("not-json", "the input is empty: a FHIR resource is wanted", line=1)
    if error.msg == "Extra data":
        reason = "more text follows the end of the resource"
    near = text[error.pos : error.pos + 20].split("\n")[0]
    at = f" at {near!r}" if near else ": the text ends too soon"
    message = f"the text is not JSON: {reason}, line {line}, column {column}{at}"
    return problem("not-json", message, line=line, found=near or "end of text")


def _wild_number(text: str) -> Issue:
    """Numbers beyond what Python converts: thousands of digits, or an exponent out of range."""
    wild = _WILD.search(text)
    line = text.count("\n", 0, wild.start()) + 1 if wild else None
    message = "a number has thousands of digits or an exponent out of range; nothing was read"
    return problem(
        "number-too-large", message, line=line, found=text[wild.start() : wild.start() + 20] + "…" if wild else None
    )


def _too_deep(limits: Limits) -> Issue:
    message = f"the text is nested more than {limits.depth} levels deep, which no resource is; nothing was read"
    return problem("too-deep", message, line=1, expected=f"at most {limits.depth} levels")
