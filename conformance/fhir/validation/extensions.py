"""Extensions: which definition an extension has by its url, and whether it may stand where it stands.

An unknown extension is allowed anywhere and reported as not checked. A resource with an unknown modifierExtension conforms as
well, but whoever does not understand it has to refuse the resource. Source: FHIR 1.0.2 and 3.0.1 "Extensibility".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.fhir.addresses import read_canonical
from conformance.fhir.definitions.element_tree import Node
from conformance.fhir.definitions.profile_chain import Layers
from conformance.fhir.definitions.store import Structure
from conformance.fhir.errors import DefinitionError, UnknownDefinitionError
from conformance.fhir.invariants.functions import has_value
from conformance.fhir.issues import Location, shorten
from conformance.fhir.validation.context import INFORMATION, WARNING, Run

if TYPE_CHECKING:
    from conformance.fhir.validation.plans import ObjectPlan, PlanCompiler

ANYWHERE = frozenset(["Any", "*", "Element"])
LONG = 1000  # characters from which a url is not remembered
SUGGESTIONS = 50  # unknown URLs in one run that are compared with the known ones: content may be hostile


def contexts_of(layers: Layers, code: str, *, resource: bool) -> frozenset[str]:
    """What an extension's context may call this element: its paths in its resource and type, and its type."""
    paths = {node.element.path for node in layers if node.element.slice_name is None or not node.structure.constrains}
    general = {"Resource", "DomainResource"} if resource else {"Element"}
    return frozenset(paths | general | {code, "Any", "*"})


def is_relative(url: str) -> bool:
    """True for the name of a nested extension, which has no scheme."""
    return ":" not in url


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an extension by its url: the layers of its definition, and what of its place is wrong."""

    roots: Layers = ()
    structure: Structure | None = None
    is_modifier: bool = False
    is_misplaced: bool = False
    problem: str = ""  # why its definition cannot be used


class ExtensionFinder:
    """Finds what is known of an extension by url, once for each url and place."""

    __slots__ = ("compiler", "is_modifier", "known", "owner")

    def __init__(self, compiler: PlanCompiler, owner: ObjectPlan, *, is_modifier: bool) -> None:
        self.compiler = compiler
        self.owner = owner
        self.is_modifier = is_modifier
        self.known: dict[str, Known] = {}

    def find(self, url: str) -> Known:
        """What is known of that url, with or without a version; nothing where no extension's definition is loaded."""
        found = self.known.get(url)
        if found is None:
            read = read_canonical(url)
            found = self._look_up(read.url if read.version else url)
            if len(self.known) < 1000 and len(url) < LONG:  # urls come from the content, which may be hostile
                self.known[url] = found
        return found

    def _look_up(self, url: str) -> Known:
        try:
            roots = self.compiler.library.roots(self.compiler.definitions.canonical(url))
        except UnknownDefinitionError:
            return Known()
        except DefinitionError as error:
            return Known(problem=str(error))
        structure = roots[0].structure
        if structure.type != "Extension":
            return Known()
        is_modifier = any(node.element.is_modifier for node in roots)
        return Known(roots, structure, is_modifier, self._is_misplaced(structure))

    def _is_misplaced(self, structure: Structure) -> bool:
        stated = [context for kind, context in structure.contexts if kind in ("resource", "datatype")]
        if not stated or len(stated) != len(structure.contexts):
            return False
        return not any(context in self.owner.contexts or context in ANYWHERE for context in stated)

    def judge(self, item: dict[str, Any], known: Known, location: Location, run: Run, *, sliced: bool) -> None:
        """Report an extension out of place, and an unknown one where that matters."""
        self._judge_content(item, location, run)
        if known.structure is not None:
            self._judge_place(known, known.structure, location, run, sliced=sliced)
        elif known.problem:
            run.note("definition-unusable", location, known.problem, known.problem, kind="definition")
        elif not sliced:
            self._judge_unknown(item["url"], location, run)

    def _judge_content(self, item: dict[str, Any], location: Location, run: Run) -> None:
        """A value or extensions, never both, never neither. STU3 says so in an invariant (ext-1), DSTU2 in prose alone."""
        if self.compiler.definitions.generation != "dstu2":
            return
        if has_value(item) == ("extension" in item):
            message = "An extension has either a value or extensions of its own."
            found = "both" if "extension" in item else "neither"
            run.report("extension-content", location, message, found=found, expected="one of them")

    def _judge_place(self, known: Known, structure: Structure, location: Location, run: Run, *, sliced: bool) -> None:
        """The element and its kind. A profile that puts an extension where its own definition forbids it is at fault."""
        wrong = []
        if known.is_misplaced:
            expected = " or ".join(context for _, context in structure.contexts)
            message = f"This extension is for {expected}; it must not stand on {self.owner.type_name}."
            wrong.append(("extension-context", message, expected))
        if known.is_modifier != self.is_modifier:
            member = "modifierExtension" if known.is_modifier else "extension"
            what = "a modifier" if known.is_modifier else "no modifier"
            message = f"The definition of this extension makes it {what}, so it belongs in {member}."
            wrong.append(("extension-modifier", message, member))
        for code, message, expected in wrong:
            if sliced:
                said = f"A profile puts the extension {structure.url} here. {message}"
                run.note("definition-conflict", location, said, structure.url, code, kind="definition")
            else:
                run.report(code, location, message, found=structure.url, expected=expected)

    def _judge_unknown(self, url: str, location: Location, run: Run) -> None:
        if not is_relative(url):
            self._report_unknown(url, location, run)
        elif self.owner.type_name != "Extension":
            message = f"The url of an extension is absolute; {shorten(url)} is not."
            run.report("extension-url", location, message, found=url, expected="an absolute URL")
        else:
            self._judge_part(url, location, run)

    def _judge_part(self, url: str, location: Location, run: Run) -> None:
        """The parts of a complex extension have relative urls; which there are, only its own definition says."""
        definitions = [node for node in self.owner.layers if node.structure.constrains and _defines_parts(node)]
        if definitions:
            message = f"{shorten(url)} is not among the parts of this extension."
            run.report("extension-unknown-part", location, message, node=definitions[0], found=url)

    def _report_unknown(self, url: str, location: Location, run: Run) -> None:
        """Name it: a modifier wherever it stands, any other once for each url."""
        hint = self._hint(url, run)
        if read_canonical(url).version:
            message = "The url of an extension is a URI without a version behind it."
            run.report("extension-url", location, message, found=url, expected=read_canonical(url).url)
        elif self.is_modifier:
            message = (
                "This modifierExtension is not known: a consumer that does not understand it must refuse the resource."
            )
            code, expected = "modifier-extension-unknown", "a known modifierExtension"
            run.report(code, location, message + hint, found=url, expected=expected, severity=WARNING)
        else:
            message = f"The extension {shorten(url, 200)} is not checked: its definition is not loaded.{hint}"
            severity = WARNING if hint else INFORMATION
            run.note("not-checked-extension", location, message, url[:200], kind="not-checked", severity=severity)

    def _hint(self, url: str, run: Run) -> str:
        tried = run.memo.setdefault("suggestions", {})
        if url not in tried and len(tried) < SUGGESTIONS:
            tried[url] = self.compiler.definitions.nearest_extension(url)
        found = tried.get(url)
        return f" Did you mean {found}?" if found else ""


def _defines_parts(node: Node) -> bool:
    """True for the definition of an extension, and for a slice that states the parts of one itself."""
    return "." not in node.element.path or "extension" in node.children
