"""Compiled checks: what is run for each value. Plans are made by `compiler`, once for each set of layers.

`ObjectPlan` checks an object and hands its members to `Property` plans, which look at list or single, cardinality and
presence and hand each value on. Locations are linked pairs, turned into text only where there is something to report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from conformance.fhir.definitions.element_definitions import UNBOUNDED, TypeRef
from conformance.fhir.definitions.profile_chain import Layers, Library
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.issues import Location
from conformance.fhir.terminology.membership import Terminology
from conformance.fhir.validation.content import check_element_id, report_empty, report_no_object
from conformance.fhir.validation.context import Object, Run

if TYPE_CHECKING:
    from conformance.fhir.definitions.element_tree import Node
    from conformance.fhir.validation.choices import Choice

HINTS = 50  # unknown elements with a suggestion in one run: comparing names is slow, and content may be hostile
Rule = Callable[[Any, Location, Run], None]


class Plan(Protocol):
    """Checks one value."""

    def check(self, value: Any, location: Location, run: Run) -> None:
        """Report to `run` what is wrong with the value."""
        ...


class Member(Protocol):
    """Checks one member of an object: a property, its `_` shadow, or something that should not be there."""

    def check(self, value: Any, location: Location, run: Run, owner: Object, /) -> None:
        """Report what is wrong with the member's value; `owner` is the object it belongs to."""
        ...


class LeafRules(Protocol):
    """Makes rules of the invariants on primitives."""

    def leaf_rules(self, layers: Layers, code: str) -> Iterator[Rule]:
        """The rules of a primitive's plan."""
        ...


class ResourceChecks(Protocol):
    """Checks resources wherever one stands."""

    def plan(self, layers: Layers, code: str) -> Plan:
        """The plan for an element that holds a resource."""
        ...

    def failing(self, resource: Any, profile: str, run: Run) -> str:
        """By trial: the first error of a resource or datatype under a profile, or nothing. Raises DefinitionError."""
        ...

    def is_fhir_type(self, kind: str) -> bool:
        """True for the name of a resource type of this generation."""
        ...


class PlanCompiler(Protocol):
    """What plans and rules ask of the compiler that makes them."""

    @property
    def library(self) -> Library: ...
    @property
    def definitions(self) -> Definitions: ...
    @property
    def terminology(self) -> Terminology | None: ...
    @property
    def invariants(self) -> LeafRules: ...
    @property
    def resources(self) -> ResourceChecks: ...

    def value_plan(self, layers: Layers, code: str) -> Plan:
        """The plan of a single value of type `code` under these layers (most derived first)."""
        ...

    def object_plan(
        self,
        layers: Layers,
        code: str,
        alternatives: list[tuple[Node, TypeRef]] | None = None,
        *,
        resource: bool = False,
        shadow: bool = False,
    ) -> ObjectPlan:
        """The plan of an object."""
        ...

    def member(self, plan: ObjectPlan, key: str) -> Member:
        """The plan of one member of an object."""
        ...


class ObjectPlan:
    """Checks an object against a set of layers. Members are compiled when first met."""

    __slots__ = (
        "choices",
        "compiler",
        "contexts",
        "is_resource",
        "is_shadow",
        "layers",
        "members",
        "required",
        "rules",
        "sound",
        "type_name",
    )

    def __init__(
        self, compiler: PlanCompiler, layers: Layers, type_name: str, *, is_resource: bool, is_shadow: bool = False
    ) -> None:
        self.compiler = compiler
        self.layers = layers
        self.type_name = type_name
        self.is_resource = is_resource
        self.is_shadow = is_shadow  # of a primitive: what its `_key` holds, beside the value
        self.members: dict[str, Member] = {}
        self.sound: dict[str, set[str]] = {}  # texts known to be sound, for members that are a single primitive
        self.required: tuple[Property, ...] = ()
        self.choices: tuple[Choice, ...] = ()
        self.rules: tuple[Rule, ...] = ()
        self.contexts: frozenset[str] = frozenset()

    def check(self, value: Any, location: Location, run: Run) -> None:
        """Members first, then what is missing, then rules over the whole object."""
        if value.__class__ is not dict or not value:
            report_no_object(value, location, run)
            return
        if "id" in value:
            self._check_id(value, location, run)
        members, sound = self.members, self.sound
        for key, item in value.items():
            if item.__class__ is str and key in sound and item in sound[key]:
                continue
            member = members.get(key)
            if member is None:
                member = self.compiler.member(self, key)
            member.check(item, (location, key), run, value)
        for wanted in self.required:
            if wanted.key not in value:
                wanted.absent(value, location, run)
        for choice in self.choices:
            choice.check(value, location, run)
        for rule in self.rules:
            rule(value, location, run)

    def _check_id(self, value: Object, location: Location, run: Run) -> None:
        """An element with an id: it needs content besides, and no other has the same."""
        if self.is_resource:
            return
        if len(value) == 1 and not self.is_shadow:
            report_empty(location, self.node, run)
        check_element_id(value["id"], location, run)

    @property
    def node(self) -> Node:
        """The most derived layer, to name in messages."""
        return self.layers[0]


class Property:
    """A property of an object: how often it may occur, and the plan for its values."""

    __slots__ = ("_plan", "is_list", "key", "make_plan", "max", "max_node", "min", "min_node", "node", "shadow")

    def __init__(self, key: str, node: Node, make_plan: Callable[[], Plan], *, is_list: bool) -> None:
        self.key = key
        self.node = node
        self.make_plan = make_plan
        self.is_list = is_list
        self._plan: Plan | None = None
        self.min, self.max = 0, UNBOUNDED
        self.min_node = self.max_node = node
        self.shadow = False  # True for primitives, whose id and extensions stand in `_key`

    @property
    def plan(self) -> Plan:
        """The plan of a single value, compiled when first needed: types may be recursive."""
        if self._plan is None:
            self._plan = self.make_plan()
        return self._plan

    def check(self, value: Any, location: Location, run: Run, owner: Object) -> None:
        """Cardinality and JSON shape, then the value or each item."""
        if self.max == 0:
            self._prohibited(location, run)
        elif self.is_list:
            self.check_list(value, location, run, owner)
        elif value.__class__ is list:
            message = f"{self.key} is not repeatable, so JSON carries a single value, not a list."
            run.report("list-unexpected", location, message, node=self.node, found=value, expected="a single value")
        else:
            (self._plan or self.plan).check(value, location, run)

    def check_list(self, value: Any, location: Location, run: Run, owner: Object, /) -> None:
        """A list: not empty, within its cardinality, each item by the plan; null only as filler beside `_key`."""
        if not self.is_sound_list(value, location, run):
            return
        plan = self._plan or self.plan
        for index, item in enumerate(value):
            if item is None and self.shadow:
                self.check_filler(owner, index, location, run)
            else:
                plan.check(item, (location, index), run)

    def is_sound_list(self, value: Any, location: Location, run: Run) -> bool:
        """True for a list to look into; its length is judged here."""
        if value.__class__ is not list:
            message = f"{self.key} may repeat, so JSON carries a list even for one value."
            run.report("list-expected", location, message, node=self.node, found=value, expected="a JSON list")
            return False
        count = len(value)
        if count == 0:
            run.report("empty-list", location, "An empty list is not allowed.", node=self.node, found="[]")
            return False
        if count > self.max:
            expected = f"at most {self.max}"
            message = f"{self.key} occurs {count} times; {expected} may be present."
            run.report("cardinality-max", location, message, node=self.max_node, found=str(count), expected=expected)
        elif count < self.min:
            expected = f"at least {self.min}"
            message = f"{self.key} occurs {count} times; {expected} must be present."
            run.report("cardinality-min", location, message, node=self.min_node, found=str(count), expected=expected)
        return True

    def check_filler(self, owner: Object, index: int, location: Location, run: Run) -> None:
        """A null in a list of primitives stands for a value that has only an id or extensions."""
        beside = owner.get("_" + self.key)
        if not (isinstance(beside, list) and index < len(beside) and isinstance(beside[index], dict)):
            message = f"null is only allowed where _{self.key} has the id or extensions of that value."
            run.report("null-value", (location, index), message, node=self.node, found="null")

    def absent(self, owner: Object, location: Location, run: Run) -> None:
        """Report a property that is wanted and not there; a primitive may have only its `_key`."""
        if self.min and not (self.shadow and "_" + self.key in owner):
            expected = f"at least {self.min}"
            message = f"{self.key} is missing; {expected} must be present."
            run.report("cardinality-min", location, message, node=self.min_node, found="0", expected=expected)

    def _prohibited(self, location: Location, run: Run) -> None:
        message = f"{self.key} must not be present here."
        run.report("prohibited-element", location, message, node=self.max_node, found="present", expected="absent")


class MarkedProperty(Property):
    """A primitive that has to carry an extension: where it has no `_key`, the extension is missing."""

    __slots__ = ()

    def check(self, value: Any, location: Location, run: Run, owner: Object) -> None:
        """As any property; then what its absent shadow would have had to hold."""
        super().check(value, location, run, owner)
        if self.max and "_" + self.key not in owner:
            shadow = self.plan.shadow_plan()  # type: ignore[attr-defined]
            for wanted in shadow.required if isinstance(shadow, ObjectPlan) else ():
                wanted.absent({}, location, run)


class Shadow:
    """`_key`: ids and extensions of a primitive, paired by index where the primitive repeats."""

    __slots__ = ("plan", "prop")

    def __init__(self, prop: Property, plan: Plan) -> None:
        self.prop = prop
        self.plan = plan

    def check(self, value: Any, location: Location, run: Run, owner: Object) -> None:
        """The shape of the shadow, and its id and extensions."""
        prop = self.prop
        if prop.max == 0:
            prop.check(None, location, run, owner)
        elif not prop.is_list:
            self._check_one(value, owner.get(prop.key), location, run)
        elif value.__class__ is not list:
            message = f"{prop.key} may repeat, so _{prop.key} is a list."
            run.report("list-expected", location, message, node=prop.node, found=value, expected="a JSON list")
        else:
            self._check_items(value, location, run, owner)

    def _check_items(self, value: list[Any], location: Location, run: Run, owner: Object) -> None:
        partner = owner.get(self.prop.key)
        values = partner if isinstance(partner, list) else []
        if values and len(values) != len(value):
            message = f"_{self.prop.key} and {self.prop.key} differ in length: they pair by position."
            run.report("shadow-length", location, message, found=str(len(value)), expected=f"{len(values)} items")
        for index, item in enumerate(value):
            if item is not None:
                self._check_one(item, values[index] if index < len(values) else None, (location, index), run)
            elif index >= len(values):
                message = "null stands here without a value beside it."
                run.report("null-value", (location, index), message, node=self.prop.node, found="null")

    def _check_one(self, value: Any, partner: Any, location: Location, run: Run) -> None:
        """An id or extensions; without a value beside them the extensions are the content, an id alone is none."""
        if partner is None and isinstance(value, dict) and value.keys() == {"id"}:
            report_empty(location, self.prop.node, run)
        self.plan.check(value, location, run)


class Unknown:
    """A member no layer knows."""

    __slots__ = ("expected", "key", "message", "names", "node")

    def __init__(
        self, key: str, node: Node, message: str, expected: str | None = None, names: tuple[str, ...] = ()
    ) -> None:
        self.key = key
        self.node = node
        self.message = message
        self.expected = expected
        self.names = names  # what was perhaps meant

    def check(self, _value: Any, location: Location, run: Run, _owner: Object) -> None:
        """Report it; what is inside it is not looked at."""
        message = self.message + (self._hint() if len(run.issues) < HINTS and not run.quiet else "")
        run.report("unknown-element", location, message, node=self.node, found=self.key, expected=self.expected)

    def _hint(self) -> str:
        close = get_close_matches(self.key[:60], self.names, n=1)
        return f" Did you mean {close[0]}?" if close else ""


class Ignored:
    """A member that is no element: `resourceType`."""

    __slots__ = ()

    def check(self, _value: Any, _location: Location, _run: Run, _owner: Object) -> None:
        """Nothing to check."""


class NotChecked:
    """A value whose definition cannot be applied: said once, never blamed on the content."""

    __slots__ = ("message", "node")

    def __init__(self, node: Node, message: str) -> None:
        self.node = node
        self.message = message

    def check(self, _value: Any, location: Location, run: Run) -> None:
        """Note that the value was not checked."""
        run.note("definition-unusable", location, self.message, self.message, kind="definition", node=self.node)
