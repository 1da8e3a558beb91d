"""A definition's flat list of elements as a tree: children by name, slices beside them.

Elements arrive in pre-order, so a stack of the open path is enough. Slices are steps of their own, else the children of
two slices would mix. DSTU2 has no element ids and writes slice names where a mere label may stand as well; STU3 repeats
the name of a concrete choice (`valueReference`) as slice name. Both are distinguished here, by path and order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.fhir.definitions.element_definitions import ElementDef
from conformance.fhir.definitions.store import Structure

EXTENSIONS = ("extension", "modifierExtension")


@dataclass(slots=True, eq=False)
class Node:
    """One element of one definition: its facts, its children by name, its slices by slice name, in order."""

    structure: Structure
    element: ElementDef
    children: dict[str, Node] = field(default_factory=dict)
    slices: dict[str, Node] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The element's id, or its path with the slice name where the definition has no ids."""
        element = self.element
        if element.id:
            return element.id
        return f"{element.path}:{element.slice_name}" if element.slice_name else element.path


@dataclass(slots=True)
class Tree:
    """A definition as a tree, with what is wrong with it (texts) and its elements by path and by label."""

    root: Node
    problems: list[str]
    by_path: dict[str, Node]

    def referred(self, reference: str) -> Node | None:
        """The element a contentReference (an id, which is a path) or a nameReference (a label) means."""
        return self.by_path.get(reference) or self.by_path.get("@" + reference)


def build_tree(structure: Structure, elements: Sequence[ElementDef]) -> Tree:
    """The tree of a snapshot's or differential's elements. `elements` must not be empty."""
    first = elements[0]
    root_name = first.path.partition(".")[0]
    rooted = first.path == root_name
    root = Node(structure, first if rooted else ElementDef(path=root_name))
    tree = Tree(root, [], {root_name: root})
    stack = [root]
    for element in elements[1:] if rooted else elements:
        _insert(tree, stack, element)
    return tree


def _insert(tree: Tree, stack: list[Node], element: ElementDef) -> None:
    """Put the element under the node its path continues, opening what a sparse differential leaves out."""
    parent_path, _, name = element.path.rpartition(".")
    while len(stack) > 1 and not _within(element.path, stack[-1].element.path):
        stack.pop()
    if not _within(element.path, stack[-1].element.path):
        tree.problems.append(f"element {element.path} does not belong to {stack[-1].element.path}")
        return
    while stack[-1].element.path != parent_path:
        missing = parent_path[len(stack[-1].element.path) + 1 :].partition(".")[0]
        stack.append(_child(stack[-1], missing))
    stack.append(_place(tree, stack[-1], name, element))


def _within(path: str, ancestor: str) -> bool:
    return path.startswith(ancestor + ".")


def _child(parent: Node, name: str) -> Node:
    """The child of that name, made without facts where the definition does not state it."""
    if name not in parent.children:
        parent.children[name] = Node(parent.structure, ElementDef(path=f"{parent.element.path}.{name}"))
    return parent.children[name]


def _place(tree: Tree, parent: Node, name: str, element: ElementDef) -> Node:
    node = Node(parent.structure, element)
    existing = parent.children.get(name)
    if _is_slice(existing, name, element):
        _add_slice(tree, _child(parent, name), node)
        return node
    if existing is not None:
        if existing.children or existing.element.slicing or existing.element.types or existing.slices:
            tree.problems.append(f"element {element.path} is defined twice without being sliced")
        node.slices, node.children = existing.slices, existing.children
    parent.children[name] = node
    tree.by_path.setdefault(element.path, node)
    if element.slice_name:
        tree.by_path.setdefault("@" + element.slice_name, node)
    return node


def _is_slice(existing: Node | None, name: str, element: ElementDef) -> bool:
    """A named element is a slice where its path is open already, is an extension, or (STU3) is named otherwise.

    Without a name it is one only as a further element of a path that is sliced.
    """
    label = element.slice_name
    if label is None:
        return existing is not None and (existing.element.slicing is not None or name in EXTENSIONS)
    if existing is not None:
        return True
    return label != name and (name in EXTENSIONS or element.id is not None)


def _add_slice(tree: Tree, owner: Node, node: Node) -> None:
    """Beside its siblings, or below the slice it re-slices (`a/b` refines `a`)."""
    label = node.element.slice_name or f"#{len(owner.slices) + 1}"
    outer, _, inner = label.rpartition("/")
    if outer and outer in owner.slices:
        owner.slices[outer].slices[inner] = node
        return
    if label in owner.slices:
        tree.problems.append(f"slice {label} of {node.element.path} is defined twice")
    owner.slices[label] = node


def concrete_choices(stem: str, codes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(`valueString`, `string`) for every type a choice may have."""
    for code in codes:
        yield stem + code[:1].upper() + code[1:], code
