"""What must never be written down: tokens, keys, configured secrets, and who a patient is.

Applied before anything reaches a file, the evidence included. A masked value keeps its identity within a run: the same
value gets the same short keyed hash, so a reader can still tell "the same token" from "another token". The hash is
spelled in letters only, so that a mask never looks like something to mask: redacting twice changes nothing.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from conformance.core.exchange import Exchange, Headers
from conformance.core.nhs_numbers import LENGTH, is_nhs_number
from conformance.core.results import Finding, RunInfo, RunResult, ScenarioResult
from conformance.redaction.patient_details import details_in, is_mask, mask_details

SHORTEST_SECRET = 4  # shorter ones would mask half of every text
_REPEATED_TEXT = 500  # characters: labels, titles and header values up to here are redacted once and remembered
_SHORTEST_WORD = 3  # a patient's detail shorter than this is not searched for in free text
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")
_GAP = r"(?:[ \u00a0+-]|%20)?"
_NHS = re.compile(rf"[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}(?![0-9])")
_PERCENT_BEFORE = re.compile(r"%[0-9A-Fa-f][0-9]\Z")
_DIGIT_BEFORE = re.compile(r"[0-9]\Z")
_DIGIT = r"(?:[0-9]|%3[0-9]|\\u003[0-9]|&#0*(?:4[89]|5[0-7]);|&#[xX]0*3[0-9];)"
_ENCODED = re.compile(rf"{_DIGIT}{{{LENGTH}}}")
_ONE_DIGIT = re.compile(_DIGIT)
_NO_GAPS = str.maketrans("", "", " \u00a0+-")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_=+/-]{8,}+(?:\.[A-Za-z0-9_=+/-]*+){0,2}")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_PASSWORD = re.compile(r"(://[^/\s:@?#]*:)([^/\s@?#]+)(@)")
_PATIENT_QUERY = re.compile(
    r"([?&](?:family|given|name|birthdate|address[a-z-]*|telecom|phone|email)(?::[a-z]+)?=)([^&#]+)", re.IGNORECASE
)
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "apikey", "ocp-apim-subscription-key"}
)


class Learnt(NamedTuple):
    """What an exchange tells that texts about it may repeat: details of patients (value → kind), and credentials sent."""

    details: dict[str, str]
    credentials: tuple[str, ...]


class Redactor:
    """Masks what must not be written down.

    `extra_secrets` (passwords, keys) are masked always, in whatever spelling (percent, JSON, XML); `enabled=False`
    shows everything else, for a run on synthetic data. `patient_identifiers` are masked even where their check digit
    is wrong, and so is a number that differs from one of them in the check digit only. `key` makes the hashes
    repeatable; without it each Redactor has its own, so hashes of two runs cannot be matched.

    A run says the same again and again (header values, titles, a diary searched twice), and how a text is masked depends
    on nothing but the text and what is given here: what came last is remembered.
    """

    def __init__(
        self,
        enabled: bool = True,
        extra_secrets: Iterable[str] = (),
        patient_identifiers: Iterable[str] = (),
        *,
        key: bytes | None = None,
    ) -> None:
        self.enabled = enabled
        self._key = key or secrets.token_bytes(16)
        self._secrets = _alternatives(extra_secrets)
        self._identifiers = _identifier_pattern(patient_identifiers)
        self._masks = lru_cache(maxsize=4096)(self._mask)
        self._short_text = lru_cache(maxsize=4096)(self._text)
        self._masked_body = lru_cache(maxsize=128)(self._mask_body)
        self._body_details = lru_cache(maxsize=128)(self._find_details)

    def text(self, value: str) -> str:
        """Return a text without tokens, keys, configured secrets, NHS numbers and configured identifiers."""
        return self._short_text(value) if len(value) <= _REPEATED_TEXT else self._text(value)

    def _text(self, value: str) -> str:
        value = self._mask_secrets(value)
        if not self.enabled or not value:
            return value
        if "PRIVATE KEY" in value:
            value = _PRIVATE_KEY.sub(lambda match: self.mask("key", match[0]), value)
        if "eyJ" in value:
            value = _TOKEN.sub(lambda match: self.mask("token", match[0]), value)
        if "@" in value:
            value = _PASSWORD.sub(self._password, value)
        return self._mask_secrets(self._numbers(value))

    def url(self, value: str) -> str:
        """Return a URL masked as `text` does, and without the personal parameters of a search for patients."""
        value = self.text(value)
        if self.enabled and "/Patient" in value:
            value = self._mask_secrets(_PATIENT_QUERY.sub(self._parameter, value))
        return value

    def headers(self, headers: Headers) -> Headers:
        """Return headers with credentials masked; the scheme (`Bearer`) stays, so that a wrong scheme is seen."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def body(self, data: bytes, known: dict[str, str] | None = None) -> bytes:
        """Return a body with the same layout and everything personal or secret in it masked.

        `known` holds details of patients seen elsewhere (value → kind): texts equal to one of them are masked too.
        """
        if not data:
            return data
        return self._body(data, {**(known or {}), **self._details_in(data)})

    def _body(self, data: bytes, known: dict[str, str]) -> bytes:
        """Mask a body; `known` holds its own details already."""
        return self._masked_body(data, tuple(known.items())) if data else data

    def _mask_body(self, data: bytes, known: tuple[tuple[str, str], ...]) -> bytes:
        text, encoding = _decoded(data)
        if self.enabled:
            text = mask_details(self._mask_secrets(text), dict(known), self.mask)
        return self.text(text).encode(encoding, "replace")

    def exchange(self, exchange: Exchange, known: dict[str, str] | None = None) -> Exchange:
        """Return an exchange fit to be written. `known` holds details of patients seen elsewhere (value → kind)."""
        own, credentials = self.learnt(exchange)
        known = {**(known or {}), **own}
        return replace(
            exchange,
            label=self.text(exchange.label),
            url=self.url(exchange.url),
            request_headers=self.headers(exchange.request_headers),
            request_body=self._body(exchange.request_body, known),
            reason=self.text(exchange.reason),
            response_headers=self.headers(_without(exchange.response_headers, credentials, self)),
            response_body=self._body(_echoes(exchange.response_body, credentials, self), known),
            surplus=self._body(exchange.surplus, known),
            failure=exchange.failure and replace(exchange.failure, message=self.text(exchange.failure.message)),
        )

    def finding(self, finding: Finding) -> Finding:
        """Return a finding fit to be written."""
        return self._finding(finding, {}, ())

    def learnt(self, exchange: Exchange) -> Learnt:
        """Return what an exchange tells of patients and which credentials it carried, for texts about it."""
        details = self._details_in(exchange.request_body) | self._details_in(exchange.response_body)
        return Learnt(details, self._credentials(exchange))

    def scenario(self, scenario: ScenarioResult, seen: Iterable[Learnt] = ()) -> ScenarioResult:
        """Return a scenario's result fit to be written; what its exchanges told (`seen`) is masked in its texts."""
        told = list(seen)
        known = {value: kind for one in told for value, kind in one.details.items()}
        credentials = tuple({text for one in told for text in one.credentials})
        return replace(
            scenario,
            title=self.text(scenario.title),
            reason=self._free_text(scenario.reason, known, credentials),
            findings=tuple(self._finding(finding, known, credentials) for finding in scenario.findings),
            why=self.text(scenario.why),
            fix=self.text(scenario.fix),
            contradictions=tuple(self.text(text) for text in scenario.contradictions),
            traceback=self._free_text(scenario.traceback, known, credentials),
        )

    def run(self, run: RunInfo) -> RunInfo:
        """Return what is told of a run, fit to be written."""
        return replace(
            run,
            provider=self.url(run.provider),
            subject={name: self.text(value) for name, value in run.subject.items()},
            settings={name: self.text(value) for name, value in run.settings.items()},
            notices=tuple(self.finding(notice) for notice in run.notices),
        )

    def result(self, result: RunResult) -> RunResult:
        """Return a whole run, fit to be written."""
        learnt = {number: self.learnt(exchange) for number, exchange in result.exchanges.items()}
        scenarios = tuple(
            self.scenario(one, [learnt[number] for number in one.exchanges if number in learnt])
            for one in result.scenarios
        )
        exchanges = {number: self.exchange(exchange) for number, exchange in result.exchanges.items()}
        return RunResult(self.run(result.run), scenarios, exchanges)

    def mask(self, kind: str, value: str) -> str:
        """Return what stands in a value's place: its kind and a short hash that only this run can compute."""
        return self._masks(kind, value)

    def _mask(self, kind: str, value: str) -> str:
        if kind == "identifier" and is_nhs_number(value):
            kind = "NHS"
        for attempt in range(8):
            seed = f"{attempt}{value}".encode("utf-8", "surrogatepass")
            digest = hashlib.blake2s(seed, key=self._key, digest_size=4).hexdigest().translate(_LETTERS)
            mask = f"NHS-{digest}" if kind == "NHS" else f"[{kind} {digest}]"
            if not self._secrets or not self._secrets.search(mask):
                return mask
        return "*" * 8

    def _mask_secrets(self, value: str) -> str:
        if not self._secrets or not value:
            return value
        for _ in range(4):  # a mask and its neighbour may spell a secret anew
            value, count = self._secrets.subn(lambda match: self.mask("secret", match[0]), value)
            if not count:
                return value
        return self._secrets.sub("*" * 8, value)

    def _numbers(self, value: str) -> str:
        if self._identifiers:
            value = self._identifiers.sub(lambda match: self._number(match[0]), value)
        if "%3" in value or "\\u003" in value or "&#" in value:
            value = _ENCODED.sub(self._encoded_number, value)
        return _NHS.sub(self._nhs_number, value)

    def _number(self, shown: str) -> str:
        return self.mask("NHS", _plain_digits(shown) or shown)

    def _encoded_number(self, match: re.Match[str]) -> str:
        digits = _plain_digits(match[0])
        ours = is_nhs_number(digits) or (self._identifiers and self._identifiers.search(digits))
        return self.mask("NHS", digits) if len(match[0]) > LENGTH and ours else match[0]

    def _nhs_number(self, match: re.Match[str]) -> str:
        digits = _nhs_digits(match[0])
        if not digits:
            return match[0]
        before = match.string[max(0, match.start() - 3) : match.start()]
        inside_longer = _DIGIT_BEFORE.search(before) and not _PERCENT_BEFORE.search(before)
        return match[0] if inside_longer else self.mask("NHS", digits)

    def _password(self, match: re.Match[str]) -> str:
        return match[0] if is_mask(match[2].replace("%20", " ")) else f"{match[1]}{'*' * 8}{match[3]}"

    def _parameter(self, match: re.Match[str]) -> str:
        return match[0] if is_mask(match[2]) else f"{match[1]}{'*' * 8}"

    def _header(self, name: str, value: str) -> str:
        if not self.enabled or name.lower() not in _SECRET_HEADERS:
            return self.text(value)
        scheme, gap, rest = value.partition(" ") if "authorization" in name.lower() else ("", "", value)
        if not rest.strip():
            scheme, gap, rest = "", "", value
        if not rest.strip() or is_mask(rest) or is_mask(value) or rest.strip().lower() in {"bearer", "basic"}:
            return self.text(value)
        return f"{self.text(scheme)}{gap}{self.mask('token', rest)}"

    def _credentials(self, exchange: Exchange) -> tuple[str, ...]:
        """Return the credentials that a request carried, because an answer may repeat them in any place."""
        if not self.enabled:
            return ()
        values = [value for name, value in exchange.request_headers if name.lower() in _SECRET_HEADERS]
        parts = (value.partition(" ")[2].strip() or value.strip() for value in values)
        return tuple(part for part in parts if len(part) >= 12 and not is_mask(part))

    def _details_in(self, data: bytes) -> dict[str, str]:
        return self._body_details(data) if data else {}

    def _find_details(self, data: bytes) -> dict[str, str]:
        if not self.enabled or not (b"P" in data or b"\x00" in data or b"\\u" in data):
            return {}
        found = details_in(_decoded(data)[0])
        return found | {self._mask_secrets(value): kind for value, kind in found.items()} if self._secrets else found

    def _free_text(self, value: str, known: dict[str, str], credentials: Iterable[str]) -> str:
        for text in credentials:
            value = value.replace(text, self.mask("token", text))
        words = sorted((word for word in known if len(word) >= _SHORTEST_WORD and word in value), key=len, reverse=True)
        if words:
            pattern = r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)"
            value = re.sub(pattern, lambda match: self.mask(known[match[0]], match[0]), value)
        return self.text(value)

    def _finding(self, finding: Finding, known: dict[str, str], credentials: Iterable[str]) -> Finding:
        def clean(value: str) -> str:
            return self._free_text(value, known, credentials)

        return replace(
            finding,
            message=clean(finding.message),
            location=clean(finding.location),
            found=clean(finding.found),
            expected=clean(finding.expected),
            evidence=clean(finding.evidence),
        )


def _alternatives(values: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern of the secrets in every spelling they may be met in, the longest first; None without any."""
    spellings: set[str] = set()
    for value in values:
        if len(value) < SHORTEST_SECRET:
            continue
        encoded = quote(value, safe="", errors="replace")
        escaped = (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value))
        misread = value.encode("utf-8", "replace").decode("latin-1")
        lower = re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
        spellings.update((value, encoded, lower, quote(value, errors="replace"), misread, *escaped))
    if not spellings:
        return None
    return re.compile("|".join(map(re.escape, sorted(spellings, key=lambda text: (-len(text), text)))))


def _identifier_pattern(values: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern of the configured identifiers, digits in any grouping and with any check digit."""
    patterns = []
    for value in sorted({value.strip() for value in values if value.strip()}, key=len, reverse=True):
        digits = re.sub(r"[\s-]", "", value)
        if len(digits) == LENGTH and digits.isascii() and digits.isdigit():
            patterns.append(_GAP.join(digits[:-1]) + _GAP + "[0-9]")
        elif len(value) >= SHORTEST_SECRET:
            patterns.append(re.escape(value))
    return re.compile("|".join(patterns)) if patterns else None


def _plain_digits(shown: str) -> str:
    """Return the digits of a number however they are encoded (percent, JSON or XML escapes), gaps dropped."""
    return "".join(_digit(atom[0]) for atom in _ONE_DIGIT.finditer(shown.replace("%20", " ")))


@lru_cache(maxsize=1024)
def _nhs_digits(shown: str) -> str:
    """Return the NHS number that ten grouped digits are, "" when they are none (a telephone number, a time)."""
    digits = shown.replace("%20", "").translate(_NO_GAPS)
    return digits if is_nhs_number(digits) else ""


def _digit(atom: str) -> str:
    if atom.startswith("&#") and atom[2] not in "xX":
        return chr(int(atom[2:-1]))
    return atom.rstrip(";")[-1]


def _decoded(data: bytes) -> tuple[str, str]:
    """Return a body as text and the encoding that gives the same bytes back."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-le" if data[:2] == b"\xff\xfe" else "utf-16-be"
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            return data.decode("latin-1"), "latin-1"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _echoes(data: bytes, credentials: Iterable[str], redactor: Redactor) -> bytes:
    for text in credentials:
        data = data.replace(text.encode("utf-8", "replace"), redactor.mask("token", text).encode())
    return data


def _without(headers: Headers, credentials: Iterable[str], redactor: Redactor) -> Headers:
    for text in credentials:
        headers = tuple((name, value.replace(text, redactor.mask("token", text))) for name, value in headers)
    return headers
