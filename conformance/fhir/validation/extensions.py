"""Extensions: which definition an extension has by its url, and whether it may stand where it stands.

An unknown extension is allowed, an unknown modifierExtension is not: who meets it must not process the resource.
Source: FHIR 3.0.1 "Extensibility".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.fhir.definitions.profile_chain import Layers
from conformance.fhir.definitions.store import Structure
from conformance.fhir.errors import DefinitionError, UnknownDefinitionError
from conformance.fhir.invariants.functions import has_value
from conformance.fhir.issues import Location, shorten
from conformance.fhir.validation.context import Run

if TYPE_CHECKING:
    from conformance.fhir.validation.compiler import Compiler
    from conformance.fhir.validation.plans import ObjectPlan

ANYWHERE = frozenset(["Any", "*", "Element"])


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
    """What is known of an extension by its url: the layers of its definition, and whether it is out of place here."""

    roots: Layers = ()
    structure: Structure | None = None
    misplaced: bool = False
    problem: str = ""  # why its definition cannot be used


class ExtensionFinder:
    """Finds what is known of an extension by url, once for each url and place."""

    __slots__ = ("compiler", "is_modifier", "known", "owner")

    def __init__(self, compiler: Compiler, owner: ObjectPlan, *, is_modifier: bool) -> None:
        self.compiler = compiler
        self.owner = owner
        self.is_modifier = is_modifier
        self.known: dict[str, Known] = {}

    def find(self, url: str) -> Known:
        """What is known of that url; nothing where no extension's definition with it is loaded."""
        found = self.known.get(url)
        if found is None:
            found = self._look_up(url)
            if len(self.known) < 1000:  # urls come from the content, which may be hostile
                self.known[url] = found
        return found

    def _look_up(self, url: str) -> Known:
        try:
            roots = self.compiler.library.roots(url)
        except UnknownDefinitionError:
            return Known()
        except DefinitionError as error:
            return Known(problem=str(error))
        structure = roots[0].structure
        if structure.type != "Extension":
            return Known()
        return Known(roots, structure, self._is_misplaced(structure))

    def _is_misplaced(self, structure: Structure) -> bool:
        stated = [context for kind, context in structure.contexts if kind in ("resource", "datatype")]
        if not stated or len(stated) != len(structure.contexts):
            return False
        return not any(context in self.owner.contexts or context in ANYWHERE for context in stated)

    def judge(self, item: dict[str, Any], known: Known, location: Location, run: Run, *, sliced: bool) -> None:
        """Report an extension out of place, and an unknown one where that matters."""
        self._judge_content(item, location, run)
        if known.misplaced and known.structure is not None:
            self._report_misplaced(known.structure, location, run, sliced=sliced)
        elif known.problem:
            run.note("definition-unusable", location, known.problem, known.problem, kind="definition")
        elif known.structure is None and not sliced:
            self._judge_unknown(item["url"], location, run)

    def _judge_content(self, item: dict[str, Any], location: Location, run: Run) -> None:
        """A value or extensions, never both, never neither. STU3 says so in an invariant (ext-1), DSTU2 in prose alone."""
        if self.compiler.definitions.generation != "dstu2":
            return
        if has_value(item) == ("extension" in item):
            message = "An extension has either a value or extensions of its own."
            found = "both" if "extension" in item else "neither"
            run.report("extension-content", location, message, found=found, expected="one of them")

    def _report_misplaced(self, structure: Structure, location: Location, run: Run, *, sliced: bool) -> None:
        """A profile that puts the extension where its own definition forbids it is at fault, not the content."""
        expected = " or ".join(context for _, context in structure.contexts)
        if sliced:
            message = f"A profile puts the extension {structure.url} here; its own definition is for {expected}."
            run.note("definition-fault", location, message, structure.url, kind="definition")
        else:
            message = f"This extension is for {expected}; it must not stand on {self.owner.type_name}."
            run.report("extension-context", location, message, node=None, found=structure.url, expected=expected)

    def _judge_unknown(self, url: str, location: Location, run: Run) -> None:
        nested = self.owner.type_name == "Extension"
        if is_relative(url):
            parents = [node for node in self.owner.layers if node.structure.constrains]
            if not nested:
                message = f"The url of an extension is absolute; {shorten(url)} is not."
                run.report("extension-url", location, message, found=url, expected="an absolute URL")
            elif parents:
                message = f"{shorten(url)} is not among the parts of this extension."
                run.report("extension-unknown-part", location, message, node=parents[0], found=url)
        elif self.is_modifier:
            message = (
                "This modifierExtension is not known: a consumer that does not understand it must refuse the resource."
            )
            run.report("modifier-extension-unknown", location, message, found=url, expected="a known modifierExtension")
