"""What must never be written down: tokens, keys, configured secrets, and who a patient is.

Applied before anything reaches a file, the evidence included. People get pseudonyms (pseudonyms.py), secrets get masks; both
are as long as what they replace, so that nothing else of a text changes. They are the same within a run.

A name is looked for in everything that is written after it became known: those of the configuration from the beginning on,
those of other patients from the response on that named them, that response included. What was written before is gone
through again at the end of the run (`again`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from conformance.core.exchange import Exchange, Headers
from conformance.core.results import Finding, RunInfo, ScenarioResult
from conformance.redaction import base64_runs, credentials
from conformance.redaction.encodings import Change, View, applied, decoded, differences, has_escapes
from conformance.redaction.known_people import KnownPeople
from conformance.redaction.ordinary_words import is_phrase
from conformance.redaction.patient_details import (
    ADDRESS,
    BIRTH,
    CONTACT,
    DEATH,
    IDENTIFIER,
    NAME,
    places,
)
from conformance.redaction.pseudonyms import Pseudonyms, is_mask
from conformance.redaction.value_places import is_value

SHORTEST_SECRET = 4  # shorter ones would mask half of every text
_DEEPEST = 4  # encodings within encodings
_REPEATED_TEXT = 500  # characters: labels, titles and header values up to here are redacted once and remembered
_SHORTEST_WORD = 3  # a detail shorter than this is not searched for in findings
_MOST_DETAILS = 2_000  # of one exchange, remembered for findings about it
_QUERY = {
    "family": NAME,
    "given": NAME,
    "name": NAME,
    "birthdate": BIRTH,
    "telecom": CONTACT,
    "phone": CONTACT,
    "email": CONTACT,
}
_PATIENT_QUERY = re.compile(
    r"([?&](family|given|name|birthdate|address[a-z-]{0,20}|telecom|phone|email)(?::[a-z]{1,20})?=)([^&#]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ConfiguredPerson:
    """A person named in the configuration. `number` is an NHS number; what is not known is ""."""

    number: str = ""
    names: tuple[str, ...] = ()
    birth_date: str = ""


class Learnt(NamedTuple):
    """What an exchange tells that texts about it may repeat: details of patients (value → kind), and credentials sent
    (credential → what stands in its place).
    """

    details: Mapping[str, str]
    credentials: Mapping[str, str]


class Redactor:
    """Masks what must not be written down.

    `extra_secrets` (passwords, keys) are masked always, in whatever encoding; `enabled=False` shows everything else, for a run
    on synthetic data. `people` are those of the configuration; `patient_identifiers` adds numbers without names. `key` makes
    the pseudonyms repeatable, for the parts of one run; without it each Redactor has its own, so that those of two runs cannot
    be matched. It must be as secret as the names.
    """

    def __init__(
        self,
        enabled: bool = True,
        extra_secrets: Iterable[str] = (),
        patient_identifiers: Iterable[str] = (),
        people: Iterable[ConfiguredPerson] = (),
        *,
        key: bytes | None = None,
    ) -> None:
        self.enabled = enabled
        self.key = key or secrets.token_bytes(32)
        self._pseudonyms = Pseudonyms(self.key)
        self._secrets = _alternatives(extra_secrets)
        self._people = KnownPeople(self._pseudonyms)
        self._late = KnownPeople(self._pseudonyms, valid_numbers=False)  # those named in responses
        self._short_text = lru_cache(maxsize=4096)(self._masked)
        numbers = [ConfiguredPerson(number=number) for number in patient_identifiers]
        for person in (*people, *numbers):
            self._add(person)

    def _add(self, person: ConfiguredPerson) -> None:
        number = self._people.person()
        if person.number.strip():
            self._people.learn(IDENTIFIER, person.number.strip(), number)
        for name in person.names:
            self._people.learn(NAME, name, number)
        self._people.learn(NAME, " ".join(person.names), number)
        self._people.learn(BIRTH, person.birth_date, number)

    def text(self, value: str) -> str:
        """Return a text without tokens, keys, configured secrets, NHS numbers and people known."""
        return self._short_text(value) if len(value) <= _REPEATED_TEXT else self._masked(value)

    def reference(self, value: str) -> str:
        """Return a reference masked as a text, but for a logical id that is a valid NHS number of nobody known."""
        text = self._without_secrets(value)
        return applied(text, self._people.changes(text, is_id=True)) if self.enabled else text

    def detail(self, value: str, kind: str) -> str:
        """Return what stands in place of a detail of a person, of a kind of patient_details, wherever it stands."""
        return self._people.replaced(value, kind) if self.enabled and value else value

    def url(self, value: str) -> str:
        """Return a URL masked as `text` does, and without the personal parameters of a search for patients."""
        if self.enabled and "/Patient" in value:
            value = _PATIENT_QUERY.sub(self._parameter, value)
        return self.text(value)

    def headers(self, headers: Headers, *, own: bool = False) -> Headers:
        """Return headers with credentials masked; the scheme (`Bearer`) stays, so that a wrong scheme is seen.

        `own` says that we sent them: of our own token the claims stay, with pseudonyms.
        """
        return tuple((name, self._header(name, value, own)) for name, value in headers)

    def body(self, data: bytes) -> bytes:
        """Return a body with the same layout and everything personal or secret in it masked."""
        self._learn((data,))
        return self._body(data)

    def exchange(self, exchange: Exchange, learnt: Learnt | None = None) -> Exchange:
        """Return an exchange fit to be written. `learnt` is what `learnt` returned for it before."""
        sent = (learnt or self.learnt(exchange)).credentials
        return replace(
            exchange,
            label=self.text(exchange.label),
            url=self.url(exchange.url),
            request_headers=self.headers(exchange.request_headers, own=True),
            request_body=self._body(exchange.request_body),
            reason=self._echo(exchange.reason, sent),
            response_headers=self.headers(
                tuple((name, _replaced(value, sent)) for name, value in exchange.response_headers)
            ),
            response_body=self._body(exchange.response_body, sent),
            surplus=self._body(exchange.surplus, sent),
            failure=exchange.failure and replace(exchange.failure, message=self._echo(exchange.failure.message, sent)),
        )

    def learnt(self, exchange: Exchange) -> Learnt:
        """Return what an exchange tells of patients and which credentials it carried, and look for these people from now on."""
        found = self._learn((exchange.request_body, exchange.response_body, exchange.surplus), exchange.started[:4])
        return Learnt(found, self._credentials(exchange))

    def finding(self, finding: Finding, seen: Iterable[Learnt] = ()) -> Finding:
        """Return a finding fit to be written; what exchanges contained (`seen`) is masked in its texts."""
        learnt = list(seen)
        known = {value: kind for one in learnt for value, kind in one.details.items()}
        return self._finding(finding, known, {value: mask for one in learnt for value, mask in one.credentials.items()})

    def scenario(self, scenario: ScenarioResult, seen: Iterable[Learnt] = ()) -> ScenarioResult:
        """Return a scenario's result fit to be written; what its exchanges contained (`seen`) is masked in its texts."""
        learnt = list(seen)
        known = {value: kind for one in learnt for value, kind in one.details.items()}
        sent = {value: mask for one in learnt for value, mask in one.credentials.items()}
        return replace(
            scenario,
            title=self.text(scenario.title),
            reason=self._free_text(scenario.reason, known, sent),
            findings=tuple(self._finding(finding, known, sent) for finding in scenario.findings),
            why=self.text(scenario.why),
            fix=self.text(scenario.fix),
            contradictions=tuple(self.text(text) for text in scenario.contradictions),
            traceback=self._free_text(scenario.traceback, known, sent),
        )

    def run(self, run: RunInfo) -> RunInfo:
        """Return the description of a run, fit to be written."""
        return replace(
            run,
            provider=self.url(run.provider),
            subject={name: self.text(value) for name, value in run.subject.items()},
            settings={name: self.text(value) for name, value in run.settings.items()},
            configuration={name: self.url(value) for name, value in run.configuration.items()},
            notices=tuple(self.finding(notice) for notice in run.notices),
        )

    def mask(self, kind: str, value: str) -> str:
        """Return what stands in a secret's place; it has the same length, and no configured secret in it."""
        mask = self._pseudonyms.mask(kind, value)
        if self._secrets and self._secrets.search(mask):
            mask = "*" * len(value)
        return "#" * len(value) if self._secrets and self._secrets.search(mask) else mask

    # what was written before

    @property
    def learnt_count(self) -> int:
        """How many words, numbers and dates of people became known from responses so far."""
        return self._late.size

    def again(self, text: str, depth: int = 0) -> str:
        """Return a text that was masked already, without the people who became known since."""
        text = _without(self._late, _behind_escapes(text, depth, self.again))
        return _in_base64(text, depth, self.again)

    def body_again(self, data: bytes) -> bytes:
        """Return a body that was masked already, likewise."""
        return _with_text(data, self.again)

    # people

    def _learn(self, bodies: Iterable[bytes], year: str = "9999") -> dict[str, str]:
        """Remember what bodies tell of patients, and return the first of it."""
        found: dict[str, str] = {}
        if not self.enabled:
            return found
        new = False
        for data in bodies:
            people: dict[int, int] = {}
            for kind, value, person in _details(data):
                number = people.setdefault(person, self._people.person()) if person else self._people.person()
                if self._people.learn(kind, value, number, latest=year):
                    self._late.learn(kind, value, number, latest=year)
                    new = True
                if len(found) < _MOST_DETAILS:
                    found[value] = kind
        if new:
            self._short_text.cache_clear()
        return found

    def _parameter(self, match: re.Match[str]) -> str:
        kind = _QUERY.get(match[2].lower(), ADDRESS)
        return match[1] + _detail_replaced(match[3], lambda value: self._people.replaced(value, kind))

    # bodies and texts

    def _body(self, data: bytes, sent: Mapping[str, str] | None = None) -> bytes:
        if not data:
            return data
        return _with_text(data, lambda text: self._document(_replaced(text, sent or {})))

    def _document(self, text: str, depth: int = 0) -> str:
        """A body, or what base64 holds, masked: first where the structure tells of people, then everywhere."""
        if self.enabled:
            changes = []
            for start, end, kind, _ in places(text):
                new = _detail_replaced(text[start:end], lambda value, kind=kind: self._people.replaced(value, kind))  # type: ignore[misc]
                changes.append(Change(start, end, new))
            text = applied(text, changes)
        return self._masked(text, depth)

    def _masked(self, text: str, depth: int = 0) -> str:
        """A text masked, and what it holds in other encodings."""
        text = self._without_secrets(_behind_escapes(text, depth, self._masked))
        if self.enabled and text:
            text = _without(self._people, applied(text, credentials.changes(text, self.mask)))
        return self._without_secrets(_in_base64(text, depth, self._document))

    def _without_secrets(self, text: str) -> str:
        if self._secrets is None:
            return text
        for _ in range(4):  # a mask and its neighbour may spell a secret anew
            text, count = self._secrets.subn(lambda match: self.mask("secret", match[0]), text)
            if not count:
                return text
        return self._secrets.sub(lambda match: "*" * len(match[0]), text)

    # headers and credentials

    def _header(self, name: str, value: str, own: bool) -> str:
        if not self.enabled:
            return self.text(value)
        if name.lower() in {"location", "content-location", "link"}:
            return self.url(value)
        if not credentials.is_secret_name(name):
            opaque = () if credentials.is_open_header(name) else credentials.opaque_parts(value, self.mask)
            return self.text(applied(value, opaque))
        if "cookie" in name.lower() and "=" in value:
            return self.text(applied(value, credentials.cookie_changes(value, self.mask)))
        scheme, credential = credentials.split_scheme(name, value)
        return self._without_secrets(scheme + self._credential(credential, own))

    def _credential(self, value: str, own: bool) -> str:
        """What stands in place of a credential: of an unsecured token, and of our own, the claims are kept."""
        if not value.strip() or is_mask(value):
            return value
        token = credentials.TOKEN.fullmatch(value)
        if token and (own or credentials.is_unsecured(value)):
            signature = credentials.signature_of(value)
            claims = value[: len(value) - len(signature)]
            kept = applied(claims, base64_runs.changes(claims, lambda inner: self._document(inner, 2)))
            return kept + (self.mask("token", signature) if signature else "")
        return self._document(value, 0) if own and value.startswith("{") else self.mask("token", value)

    def _credentials(self, exchange: Exchange) -> dict[str, str]:
        """What to write for the credentials that a request carried, because a response may repeat them in any place."""
        if not self.enabled:
            return {}
        found = {}
        for name, value in exchange.request_headers:
            if credentials.is_secret_name(name):
                credential = credentials.split_scheme(name, value)[1].strip()
                if len(credential) >= credentials.SHORTEST_CREDENTIAL and not is_mask(credential):
                    found[credential] = self._credential(credential, own=True)
        return found

    # findings

    def _echo(self, value: str, sent: Mapping[str, str]) -> str:
        return self.text(_replaced(value, sent))

    def _free_text(self, value: str, known: Mapping[str, str], sent: Mapping[str, str]) -> str:
        value = _replaced(value, sent)
        words = sorted((word for word in known if len(word) >= _SHORTEST_WORD and word in value), key=len, reverse=True)
        if words:
            pattern = r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)"
            value = re.sub(pattern, lambda match: self._people.replaced(match[0], known[match[0]]), value)
        return self.text(value)

    def _finding(self, finding: Finding, known: Mapping[str, str], sent: Mapping[str, str]) -> Finding:
        def clean(value: str) -> str:
            return self._free_text(value, known, sent)

        return replace(
            finding,
            message=clean(finding.message),
            location=clean(finding.location),
            found=clean(finding.found),
            expected=clean(finding.expected),
            evidence=clean(finding.evidence),
        )


def _details(data: bytes) -> Iterator[tuple[str, str, int]]:
    """Yield what a body says of patients: kind, value and of whom. Narratives and pictures are not looked for elsewhere, nor a
    display that is no name ("the patient"), nor, where nothing says whose they are, identifiers with letters.
    """
    if not (b"P" in data or b"\\u" in data):
        return
    text = decoded(data)[0]
    for start, end, kind, person in places(text):
        value = View(text[start:end]).plain
        if not person and (is_phrase(value) if kind == NAME else kind == IDENTIFIER and not value.isdigit()):
            continue  # of a broken body: it may be an organisation's, such as the consumer's ODS code in every search
        if value.strip() and kind in {NAME, ADDRESS, CONTACT, BIRTH, DEATH, IDENTIFIER}:
            yield kind, value, person


def _without(people: KnownPeople, text: str) -> str:
    """A text without the people known."""
    return applied(text, (change for change in people.changes(text) if is_value(text, change)))


def _behind_escapes(text: str, depth: int, masked: Callable[[str, int], str]) -> str:
    """A text in which what its escapes spell is masked."""
    if depth < _DEEPEST and has_escapes(text) and (view := View(text)):
        return applied(text, view.back(differences(view.plain, masked(view.plain, depth + 1))))
    return text


def _in_base64(text: str, depth: int, masked: Callable[[str, int], str]) -> str:
    """A text in which what its base64 holds is masked."""
    if depth >= _DEEPEST:
        return text
    return applied(text, base64_runs.changes(text, lambda inner: masked(inner, depth + 2)))


def _with_text(data: bytes, masked: Callable[[str], str]) -> bytes:
    """A body with its text masked, in the encoding that it had."""
    text, encoding = decoded(data)
    new = masked(text)
    return data if new == text else new.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")


def _detail_replaced(shown: str, replaced: Callable[[str], str]) -> str:
    """A detail as it is written, with escapes, replaced."""
    view = View(shown)
    return applied(shown, view.back(differences(view.plain, replaced(view.plain))))


def _replaced(text: str, known: Mapping[str, str]) -> str:
    for value, new in known.items():
        text = text.replace(value, new)
    return text


def _alternatives(values: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern of the secrets, the longest first; None without any."""
    chosen = {value for value in values if len(value) >= SHORTEST_SECRET}
    if not chosen:
        return None
    return re.compile("|".join(map(re.escape, sorted(chosen, key=lambda text: (-len(text), text)))))
