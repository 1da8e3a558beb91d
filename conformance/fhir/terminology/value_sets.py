"""Value sets, offline: is a code in one? Yes, no, or nobody here can tell. Source: ValueSet in FHIR 1.0.2 and 3.0.1.

What a value set says is kept as rules, not as one long list: a part that needs a terminology server (a SNOMED filter, a
code system that is not loaded) leaves only the codes of its own system undecided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.fhir.errors import DefinitionError, UnknownDefinitionError
from conformance.fhir.terminology import language_tags
from conformance.fhir.terminology.code_systems import CodeSystem, NotLocalError, displays_of, read_code_system
from conformance.fhir.terminology.membership import CannotTell, Member, Membership, NotMember

# True: in it; False: not in it; a text: why that is not known.
Verdict = bool | str
Rule = Callable[[str, str], Verdict]

# DSTU2 profiles bind to pages of the specification; the page of a value set names its canonical URL.
_PAGE = re.compile(r"https?://(?:www\.)?hl7\.org/fhir/(?:[\w.]+/)?valueset-([\w-]+)\.html")
_CANONICAL = "http://hl7.org/fhir/ValueSet/"
_REMEMBERED = 20_000
_LONG = 1000  # characters from which a question is not remembered: content may be hostile
_LISTED = 12


class Store(Protocol):
    """What the terminology needs of `Definitions`."""

    def value_set(self, url: str) -> dict[str, Any]:
        """The ValueSet in JSON form; raises UnknownDefinitionError."""
        ...

    def code_system(self, url: str) -> dict[str, Any]:
        """The CodeSystem in JSON form; raises UnknownDefinitionError."""
        ...

    def all(self, resource_type: str) -> Iterable[tuple[str, str | None, str]]:
        """URL, version and origin of what is held."""
        ...


@dataclass(frozen=True, slots=True)
class Expansion:
    """The codes known to be in a value set, and the reasons why there may be more; none: it is complete."""

    codes: frozenset[tuple[str, str]]
    open_because: tuple[str, ...] = ()


@dataclass(slots=True)
class _Content:
    """A value set made ready: its rule, the codes it names, their displays, and the systems it draws on."""

    rule: Rule
    named: set[tuple[str, str]] = field(default_factory=set)
    displays: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)


class OfflineTerminology:
    """Decides membership from loaded definitions alone; it never uses a network.

    `problems` lists what is wrong with value sets themselves, such as one that imports itself.
    """

    def __init__(self, definitions: Store) -> None:
        self.problems: list[str] = []
        self._definitions = definitions
        self._contents: dict[str, _Content] = {}
        self._systems: dict[str, CodeSystem | None] = {}
        self._inline: dict[str, CodeSystem] | None = None
        self._decided: dict[tuple[str, str | None, str, str | None], Membership] = {}

    # -- asking ----------------------------------------------------------------------------------------------------

    def check(self, value_set: str, system: str | None, code: str, display: str | None = None) -> Membership:
        """Whether the code is in the value set of that canonical URL; without a system, in any system it draws on.

        A display that differs from those known makes a note on `Member`; it decides nothing.
        """
        key = (value_set, system, code, display)
        membership = self._decided.get(key)
        if membership is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            membership = self._decide(value_set, system, code, display)
            if len(code) + len(system or "") + len(display or "") < _LONG:
                self._decided[key] = membership
        return membership

    def check_code(self, value_set: str, code: str) -> Membership:
        """As `check`, for an element of type code, which has no system beside it."""
        return self.check(value_set, None, code)

    def expand(self, value_set: str) -> Expansion:
        """The codes known to be members, as (system, code)."""
        content = self._content(value_set)
        members = frozenset(pair for pair in content.named if content.rule(*pair) is True)
        return Expansion(members, tuple(dict.fromkeys(content.reasons)))

    def displays(self, system: str, code: str, value_set: str | None = None) -> list[str]:
        """The displays known for a code: the value set's own first, then those of its code system."""
        found = list(self._content(value_set).displays.get((system, code), ())) if value_set else []
        known = self._code_system(system)
        if known is not None and (concept := known.concepts.get(known.fold(code))) is not None:
            found.extend(concept.displays)
        return list(dict.fromkeys(found))

    def _decide(self, value_set: str, system: str | None, code: str, display: str | None) -> Membership:
        content = self._content(value_set)
        systems = [system] if system is not None else sorted(content.systems) or [""]
        verdict = _any(content.rule(one, code) for one in systems)
        if isinstance(verdict, str):
            return CannotTell(verdict)
        if not verdict:
            return NotMember(self._hint(value_set, content, system, code))
        home = next(one for one in systems if content.rule(one, code) is True)
        return Member(self._display_note(home, code, display, value_set))

    def _display_note(self, system: str, code: str, display: str | None, value_set: str) -> str:
        known = self.displays(system, code, value_set) if display is not None else []
        if not known or display is None or _plain(display) in {_plain(one) for one in known}:
            return ""
        return f"The display {display!r} is not that of the code, which is {' or '.join(map(repr, known[:3]))}."

    def _hint(self, value_set: str, content: _Content, system: str | None, code: str) -> str:
        members = sorted(self.expand(value_set).codes)
        elsewhere = sorted({home for home, member in members if member == code and home != system})
        if system is not None and elsewhere:
            return f"The code belongs to the system {elsewhere[0]}."
        similar = [
            member for home, member in members if member.casefold() == code.casefold() and home == (system or home)
        ]
        if similar:
            return f"The code is spelled {similar[0]!r}."
        if system is not None and content.systems and system not in content.systems:
            return f"Its codes are of the system {' or '.join(sorted(content.systems)[:3])}."
        if members and len(members) <= _LISTED and not content.reasons:
            return f"Its codes are {', '.join(member for _, member in members)}."
        return ""

    # -- making value sets ready -----------------------------------------------------------------------------------

    def _content(self, url: str, importing: tuple[str, ...] = ()) -> _Content:
        found = self._contents.get(url)
        if found is not None:
            return found
        if url in language_tags.VALUE_SETS:
            return _language_tags()
        if url in importing:
            chain = " imports ".join([*importing[importing.index(url) :], url])
            return self._faulty(f"a value set imports itself: {chain}")
        try:
            content = self._read(self._definitions.value_set(url), url, (*importing, url))
        except UnknownDefinitionError:
            page = _PAGE.fullmatch(url)
            content = self._content(_CANONICAL + page[1]) if page else _undecided(f"the value set {url} is not loaded")
        except (DefinitionError, AttributeError, TypeError, ValueError) as error:
            content = self._faulty(f"the value set {url} cannot be read: {error}")
        if not importing:
            # What was read within a circle is as good as where it was entered; only whole value sets are kept.
            self._contents[url] = content
        return content

    def _faulty(self, message: str) -> _Content:
        if message not in self.problems:
            self.problems.append(message)
        return _undecided(message)

    def _read(self, raw: dict[str, Any], url: str, importing: tuple[str, ...]) -> _Content:
        compose = raw.get("compose") or {}
        included: list[_Content] = []
        if (inline := raw.get("codeSystem")) is not None:
            included.append(_whole(read_code_system(inline, str(inline.get("system", "")))))
        included += [self._content(one, importing) for one in compose.get("import") or ()]
        included += [self._part(one, importing) for one in compose.get("include") or ()]
        if not included:
            included = [_listed(raw["expansion"])] if raw.get("expansion") else []
        if not included:
            return self._faulty(f"the value set {url} says nothing of its content")
        excluded = [self._part(one, importing) for one in compose.get("exclude") or ()]
        return _combined(included, excluded)

    def _part(self, part: dict[str, Any], importing: tuple[str, ...]) -> _Content:
        """One include or exclude: a system's codes, listed or filtered, and within all the value sets it names."""
        conditions = [self._content(one, importing) for one in part.get("valueSet") or ()]
        system = part.get("system")
        if system is not None:
            conditions.append(self._of_system(str(system), part))
        if not conditions:
            return self._faulty(f"the value set {importing[-1]} includes neither a system nor a value set")
        result = _merged(conditions, lambda code_system, code: _all(one.rule(code_system, code) for one in conditions))
        return result if len(conditions) > 1 else conditions[0]

    def _of_system(self, system: str, part: dict[str, Any]) -> _Content:
        listed = part.get("concept")
        if listed:
            displays = {(system, str(one.get("code"))): displays_of(one) for one in listed}
            known = self._code_system(system)
            return _enumerated(system, {code for _, code in displays}, known, displays)
        if system == language_tags.SYSTEM and not part.get("filter"):
            return _language_tags()
        known = self._code_system(system)
        if known is None:
            needed = "a filter of" if part.get("filter") else "all codes of"
            return _undecided(f"it draws on {needed} the code system {system}, which is not loaded", system)
        if not part.get("filter"):
            return _whole(known)
        try:
            return _enumerated(system, known.select(part["filter"]), known)
        except NotLocalError as error:
            return _undecided(str(error), system)

    def _code_system(self, url: str) -> CodeSystem | None:
        if url not in self._systems:
            try:
                self._systems[url] = read_code_system(self._definitions.code_system(url), url)
            except UnknownDefinitionError:
                self._systems[url] = self._inline_systems().get(url)
            except (DefinitionError, AttributeError, TypeError) as error:
                self._faulty(f"the code system {url} cannot be read: {error}")
                self._systems[url] = None
        return self._systems[url]

    def _inline_systems(self) -> dict[str, CodeSystem]:
        """DSTU2 defines code systems inside value sets; which, only reading them all shows."""
        if self._inline is None:
            self._inline = {}
            for url, _, _ in self._definitions.all("ValueSet"):
                inline = self._inline_part(url)
                if inline is not None:
                    system = str(inline.get("system", ""))
                    self._inline[system] = read_code_system(inline, system)
        return self._inline

    def _inline_part(self, url: str) -> dict[str, Any] | None:
        try:
            inline = self._definitions.value_set(url).get("codeSystem")
        except DefinitionError as error:
            self._faulty(f"the value set {url} cannot be read: {error}")
            return None
        return inline if isinstance(inline, dict) else None


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    reason: Verdict = False
    for verdict in verdicts:
        if verdict is True:
            return True
        reason = reason or verdict
    return reason


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    reason: Verdict = True
    for verdict in verdicts:
        if verdict is False:
            return False
        reason = verdict if isinstance(verdict, str) and reason is True else reason
    return reason


def _not(verdict: Verdict) -> Verdict:
    return verdict if isinstance(verdict, str) else not verdict


def _undecided(reason: str, system: str | None = None) -> _Content:
    """Nothing is known: of the codes of one system, or of any code."""
    content = _Content(lambda wanted, _: reason if system is None or wanted == system else False, reasons=[reason])
    if system is not None:
        content.systems.add(system)
    return content


def _language_tags() -> _Content:
    """All language tags, with the system of BCP 47 or without one."""
    content = _Content(
        lambda system, code: system in (language_tags.SYSTEM, "") and language_tags.is_well_formed(code),
        reasons=["language tags follow a grammar and are not listed"],
    )
    content.systems.add(language_tags.SYSTEM)
    return content


def _enumerated(
    system: str, codes: set[str], known: CodeSystem | None, displays: dict[tuple[str, str], list[str]] | None = None
) -> _Content:
    fold = known.fold if known is not None else str
    content = _Content(lambda wanted, code: wanted == system and fold(code) in codes)
    content.named = {(system, code) for code in codes}
    content.displays = displays or {}
    content.systems = {system}
    return content


def _whole(known: CodeSystem) -> _Content:
    if known.complete:
        return _enumerated(known.url, set(known.concepts), known)
    reason = f"the code system {known.url} is held in part only"
    content = _enumerated(known.url, set(known.concepts), known)
    content.rule = lambda wanted, code: wanted == known.url and (known.fold(code) in known.concepts or reason)
    content.reasons = [reason]
    return content


def _listed(expansion: dict[str, Any]) -> _Content:
    """An expansion made elsewhere: good for its codes, and for all if it is not one page of several."""
    content = _Content(lambda system, code: (system, code) in content.named)
    waiting = list(expansion.get("contains") or ())
    while waiting:
        item = waiting.pop()
        waiting.extend(item.get("contains") or ())
        pair = (str(item.get("system", "")), str(item.get("code", "")))
        if item.get("code") and item.get("abstract") is not True:
            content.named.add(pair)
            content.displays[pair] = displays_of(item)
    content.systems = {system for system, _ in content.named}
    total = expansion.get("total")
    if isinstance(total, int) and total > len(content.named):
        reason = "its expansion is one page of several"
        content.rule = lambda system, code: (system, code) in content.named or reason
        content.reasons = [reason]
    return content


def _combined(included: list[_Content], excluded: list[_Content]) -> _Content:
    def rule(system: str, code: str) -> Verdict:
        inside = _any(one.rule(system, code) for one in included)
        if inside is False or not excluded:
            return inside
        return _all([inside, _not(_any(one.rule(system, code) for one in excluded))])

    content = _merged(included, rule)
    content.reasons += [reason for one in excluded for reason in one.reasons]
    return content


def _merged(parts: list[_Content], rule: Rule) -> _Content:
    content = _Content(rule)
    for part in parts:
        content.named |= part.named
        content.systems |= part.systems
        content.reasons += part.reasons
        for pair, texts in part.displays.items():
            content.displays[pair] = [*content.displays.get(pair, ()), *texts]
    return content


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
