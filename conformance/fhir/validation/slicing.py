"""Slicing: which slice each item of a list belongs to, and whether the slices are filled as the definition requires.

Extensions are always sliced by url. Slices are distinguished by `discriminators`; a slice that cannot be is the
definition's fault and is said once, never held against the content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from conformance.fhir.definitions.element_definitions import UNBOUNDED, Discriminator, Slicing
from conformance.fhir.definitions.element_tree import EXTENSIONS, Node
from conformance.fhir.definitions.profile_chain import Layers, distinct
from conformance.fhir.issues import Location
from conformance.fhir.validation import discriminators
from conformance.fhir.validation.context import WARNING, Object, Run
from conformance.fhir.validation.extensions import ExtensionFinder
from conformance.fhir.validation.plans import ObjectPlan, Plan, PlanCompiler, Property

BY_URL = Slicing((Discriminator("value", "url"),), "open", False)


def property_class(key: str, layers: Layers) -> type[Property]:
    """The kind of property a set of layers needs."""
    if key in EXTENSIONS:
        return ExtensionProperty
    return SlicedProperty if any(node.slices and not key_is_choice(node) for node in layers) else Property


def key_is_choice(node: Node) -> bool:
    """True for a choice group, whose slices are types rather than parts of a list."""
    return node.element.name.endswith("[x]")


@dataclass(slots=True)
class Slice:
    """One slice, merged over the layers that name it. `test` is None where the slice cannot be distinguished."""

    name: str
    nodes: Layers
    test: discriminators.Test | None
    min: int
    max: int
    inner: list[SliceGroup] = field(default_factory=list)


@dataclass(slots=True)
class SliceGroup:
    """Slices that share their discriminators; `node` holds the slicing entry."""

    node: Node
    slicing: Slicing
    slices: list[Slice]
    member: str | None = None
    by_value: dict[str, list[int]] = field(default_factory=dict)
    canonical: Callable[[str], str] = str

    def __post_init__(self) -> None:
        """Where all slices differ by the text of one member, they are looked up instead of tried in turn."""
        tests = [part.test for part in self.slices]
        direct = [test for test in tests if isinstance(test, discriminators.Direct)]
        if len(direct) == len(tests) and len({test.name for test in direct}) == 1:
            self.member = direct[0].name
            for index, test in enumerate(direct):
                self.by_value.setdefault(test.canonical(test.value), []).append(index)
            self.canonical = direct[0].canonical

    def hits(self, item: Any, run: Run) -> list[int]:
        """The indexes of the slices an item belongs to."""
        if self.member is not None:
            found = item.get(self.member) if item.__class__ is dict else None
            if found.__class__ is str:
                return self.by_value.get(self.canonical(found), [])
        return [index for index, part in enumerate(self.slices) if part.test is not None and part.test(item, run)]


class SlicedProperty(Property):
    """A list with slices: each item is checked under the layers of its slices, then the slices are counted."""

    __slots__ = ("code", "compiler", "groups", "layers", "plans")

    def prepare(self, compiler: PlanCompiler, _owner: ObjectPlan, layers: Layers, code: str) -> None:
        """Compile the slices; called once, right after construction. `_owner` is the plan of the object around."""
        self.compiler = compiler
        self.layers = layers
        self.code = code
        self.plans: dict[Layers, Plan] = {}
        self.groups = make_groups(compiler, layers, layers, code, BY_URL if self.key in EXTENSIONS else None)

    def check(self, value: Any, location: Location, run: Run, owner: Object) -> None:
        """As any property; a single value is sliced like a list of one."""
        if self.is_list or self.max == 0 or value.__class__ is list:
            super().check(value, location, run, owner)
        else:
            self._check_items([(value, location)], location, run)

    def check_list(self, value: Any, location: Location, run: Run, _owner: Object) -> None:
        """Each item under its slices, then the counts, the order, and what is left over."""
        if self.is_sound_list(value, location, run):
            self._check_items([(item, (location, index)) for index, item in enumerate(value)], location, run)

    def _check_items(self, items: list[tuple[Any, Location]], location: Location, run: Run) -> None:
        tallies = [Tally(group) for group in self.groups]
        for item, place in items:
            nodes: list[Node] = []
            for tally in tallies:
                nodes.extend(tally.take(item, place, run))
            self.check_item(item, tuple(nodes), place, run)
        for tally in tallies:
            tally.close(location, run)

    def check_item(self, item: Any, slices: Layers, location: Location, run: Run) -> None:
        """One item under the property's layers and those of its slices."""
        self.plan_for(slices).check(item, location, run)

    def plan_for(self, extra: Layers) -> Plan:
        """The plan of an item that belongs to slices."""
        if not extra:
            return self._plan or self.plan
        plan = self.plans.get(extra)
        if plan is None:
            plan = self.plans[extra] = self.compiler.value_plan(distinct([*extra, *self.layers]), self.code)
        return plan

    def absent(self, owner: Object, location: Location, run: Run) -> None:
        """An absent list has no item in any slice: required slices are missing too."""
        super().absent(owner, location, run)
        for group in self.groups:
            Tally(group).close((location, self.key), run)


class ExtensionProperty(SlicedProperty):
    """extension and modifierExtension: items meet their own definition as well as the slice's."""

    __slots__ = ("finder",)

    def prepare(self, compiler: PlanCompiler, owner: ObjectPlan, layers: Layers, code: str) -> None:
        """As for any sliced list; definitions are found by url."""
        super().prepare(compiler, owner, layers, code)
        self.finder = ExtensionFinder(compiler, owner, is_modifier=self.key == "modifierExtension")

    def check_item(self, item: Any, slices: Layers, location: Location, run: Run) -> None:
        """One extension: its definition by url, its place, then its content."""
        url = item.get("url") if isinstance(item, dict) else None
        if isinstance(url, str):
            known = self.finder.find(url)
            self.finder.judge(item, known, location, run, sliced=bool(slices))
            slices = (*slices, *known.roots)
        self.plan_for(slices).check(item, location, run)


def make_groups(
    compiler: PlanCompiler, layers: Layers, context: Layers, code: str, default: Slicing | None
) -> list[SliceGroup]:
    """The slicings of a list: layers with the same discriminators make one group, slices of one name one slice.

    A layer without a slicing entry of its own refines the slices of the definition it builds on.
    """
    found: dict[tuple[Discriminator, ...], tuple[Node, Slicing, list[Node]]] = {}
    pending: list[Node] = []
    for node in layers:
        slicing = node.element.slicing or default
        if slicing is None:
            pending.extend([node] if node.slices else [])
            continue
        found.setdefault(slicing.discriminators, (node, slicing, []))[2].extend([*pending, node])
        pending = []
    if pending:
        found[()] = (pending[0], Slicing((), "open", False), pending)
    groups = []
    for node, slicing, owners in found.values():
        named = _by_name(owners)
        if named or slicing.rules == "closed":
            slices = [_slice(compiler, name, parts, slicing, context, code) for name, parts in named.items()]
            if compiler.definitions.generation == "dstu2" and not any(part.test for part in slices):
                _tell_by_presence(compiler, slices, slicing, context, code)
            groups.append(SliceGroup(node, slicing, slices))
    return groups


def _tell_by_presence(
    compiler: PlanCompiler, slices: list[Slice], slicing: Slicing, context: Layers, code: str
) -> None:
    """DSTU2 has no "exists": of two slices, one demands the element at the path and the other forbids it."""
    paths = [Discriminator("exists", one.path) for one in slicing.discriminators]
    tests = [discriminators.make_test(compiler, part.nodes, context, code, paths) for part in slices]
    if len(slices) == 2 and all(tests):
        for part, test in zip(slices, tests, strict=True):
            part.test = test


def _by_name(owners: list[Node]) -> dict[str, list[Node]]:
    """The slices by name: in the order of the definition that introduced them, the most derived layer first in each."""
    names = dict.fromkeys(name for owner in reversed(owners) for name in owner.slices)
    return {name: [owner.slices[name] for owner in owners if name in owner.slices] for name in names}


def _slice(compiler: PlanCompiler, name: str, parts: list[Node], slicing: Slicing, context: Layers, code: str) -> Slice:
    nodes = distinct(parts)
    test = discriminators.make_test(compiler, nodes, context, code, slicing.discriminators)
    made = Slice(
        name,
        nodes,
        test,
        max((node.element.min or 0 for node in nodes), default=0),
        min((UNBOUNDED if node.element.max is None else node.element.max for node in nodes), default=UNBOUNDED),
    )
    if any(node.slices for node in nodes):
        made.inner = make_groups(compiler, nodes, distinct([*nodes, *context]), code, slicing)
    return made


class Tally:
    """Counts one list's items by slice."""

    __slots__ = ("counts", "group", "inner", "last", "left_over", "surplus")

    def __init__(self, group: SliceGroup) -> None:
        self.group = group
        self.counts = [0] * len(group.slices)
        self.surplus: dict[int, Location] = {}  # the first item too many of a slice
        self.inner = {i: [Tally(one) for one in part.inner] for i, part in enumerate(group.slices) if part.inner}
        self.last = -1
        self.left_over = False  # whether an item was in no slice

    def take(self, item: Any, place: Location, run: Run) -> Iterable[Node]:
        """Put an item into its slices; return their layers."""
        hits = self.group.hits(item, run)
        if not hits:
            self._unmatched(place, run)
            return ()
        if len(hits) > 1:
            self._ambiguous(hits, place, run)
        if self.left_over and self.group.slicing.rules == "openAtEnd":
            self._not_at_end(place, run)
        if self.group.slicing.ordered and hits[0] < self.last:
            message = f"Slice {self.group.slices[hits[0]].name} comes after {self.group.slices[self.last].name}."
            run.report(
                "slice-order", place, message, node=self.group.slices[hits[0]].nodes[0], expected="the order given"
            )
        self.last = max(self.last, hits[0])
        nodes: list[Node] = []
        for hit in hits:
            self.counts[hit] += 1
            if self.counts[hit] == self.group.slices[hit].max + 1:
                self.surplus[hit] = place
            for inner in self.inner.get(hit, ()):
                nodes.extend(inner.take(item, place, run))
            nodes.extend(self.group.slices[hit].nodes)
        return nodes

    def _unmatched(self, place: Location, run: Run) -> None:
        self.left_over = True
        if self.group.slicing.rules == "closed" and all(part.test is not None for part in self.group.slices):
            names = ", ".join(part.name for part in self.group.slices)
            message = "This item belongs to none of the slices, and no others are allowed."
            run.report("slice-closed", place, message, node=self.group.node, found="no slice", expected=names)

    def _ambiguous(self, hits: list[int], place: Location, run: Run) -> None:
        """Two slices of one definition that take the same item are that definition's fault."""
        sources = [self.group.slices[hit].nodes[0].structure.url for hit in hits]
        if len(set(sources)) < len(sources) and self.group.slicing.discriminators != BY_URL.discriminators:
            names = " and ".join(self.group.slices[hit].name for hit in hits)
            node = self.group.slices[hits[0]].nodes[0]
            message = f"An item fits the slices {names}: they are not distinguished."
            run.note("slice-ambiguous", place, message, node.label, names, kind="definition", node=node)

    def _not_at_end(self, place: Location, run: Run) -> None:
        message = "Items outside the slices are only allowed after those in slices."
        run.report("slice-open-at-end", place, message, node=self.group.node, severity=WARNING)

    def close(self, location: Location, run: Run) -> None:
        """Judge the counts."""
        for index, part in enumerate(self.group.slices):
            if part.test is None:
                _not_evaluable(part, location, run)
                continue
            count = self.counts[index]
            if not part.min <= count <= part.max:
                _judge_count(part, count, self.surplus.get(index, location), run)
            for one in self.inner.get(index, ()):
                one.close(location, run)


def _judge_count(part: Slice, count: int, location: Location, run: Run) -> None:
    node = part.nodes[0]
    if count < part.min:
        node = next(one for one in part.nodes if (one.element.min or 0) == part.min)
        message = f"Slice {part.name} occurs {count} times; at least {part.min} must be present."
        run.report("slice-min", location, message, node=node, found=str(count), expected=f"at least {part.min}")
    elif count > part.max:
        node = next(one for one in part.nodes if one.element.max == part.max)
        message = f"Slice {part.name} occurs {count} times; at most {part.max} may be present."
        run.report("slice-max", location, message, node=node, found=str(count), expected=f"at most {part.max}")


def _not_evaluable(part: Slice, location: Location, run: Run) -> None:
    node = part.nodes[0]
    message = (
        f"Slice {part.name} states nothing usable at its discriminator, so its items are not known; it is not checked."
    )
    run.note("slice-not-evaluable", location, message, node.structure.url, node.label, kind="definition", node=node)
