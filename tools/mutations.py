"""Changes to our code, one place at a time: which there are, what a file looks like after one, and a sample of them by seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).resolve().parents[1]
COMPARISONS = "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Is_IsNot IsNot_Is"
ARITHMETIC = (
    "Add_Sub Sub_Add Mul_Add Div_Mul FloorDiv_Mul Mod_Mul BitOr_BitAnd BitAnd_BitOr LShift_RShift RShift_LShift"
)
OTHERS = """AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd ReplaceBreakWithContinue
ReplaceContinueWithBreak ExceptionReplacer NumberReplacer RemoveDecorator ZeroIterationForLoop ReplaceUnaryOperator_Delete_Not
ReplaceUnaryOperator_Delete_USub"""


class ChangedWord(Operator):  # type: ignore[misc]
    """Changes a text that holds no blank."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Where it applies."""
        if node.type == "string" and _is_word(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ARG002
        """Put two letters in front of what the quotes hold."""
        start = len(node.value) - len(node.value.lstrip("rbRBuU")) + 1
        return parso.python.tree.String(node.value[:start] + "XX" + node.value[start:], node.start_pos, node.prefix)

    @classmethod
    def examples(cls) -> Any:
        """None."""
        return ()


class NotInForIn(Operator):  # type: ignore[misc]
    """Turns `in` of a comparison into `not in`, and back."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Where it applies."""
        if node.type == "comparison":
            yield from ((child.start_pos, child.end_pos) for child in node.children if _membership(child))

    def mutate(self, node: Any, index: int) -> Any:
        """Swap the operator."""
        number, child = [(n, child) for n, child in enumerate(node.children) if _membership(child)][index]
        word = "not in" if child.type == "keyword" else "in"
        node.children[number] = parso.python.tree.Keyword(word, child.start_pos, " ")
        return node

    @classmethod
    def examples(cls) -> Any:
        """None."""
        return ()


def _membership(node: Any) -> bool:
    return (node.type == "keyword" and node.value == "in") or (
        node.type == "comp_op" and node.get_code(include_prefix=False).split() == ["not", "in"]
    )


def _is_word(node: Any) -> bool:
    """Whether a text holds no blank, is no docstring and names no attribute or type that only a type checker reads."""
    statement = node.parent
    while statement.type != "expr_stmt" and statement.parent is not None:
        statement = statement.parent
    code = statement.get_code(include_prefix=False)
    text = node.value.strip("rbRBuU\"'")
    idle = code.startswith("__slots__") or (statement.type == "expr_stmt" and "Literal[" in code)
    return text != "" and " " not in text and not idle and node.parent.type != "simple_stmt"


def operators() -> dict[str, Operator]:
    """The operators by name."""
    names = [f"ReplaceComparisonOperator_{name}" for name in COMPARISONS.split()]
    names += [f"ReplaceBinaryOperator_{name}" for name in ARITHMETIC.split()]
    found = {name: get_operator(f"core/{name}")() for name in (*names, *OTHERS.split())}
    return {**found, "ChangedWord": ChangedWord(), "NotInForIn": NotInForIn()}


OPERATORS = operators()


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the operator's `number`th place in a file, at a line, and the line before and after it."""

    path: str
    operator: str
    number: int
    line: int
    first: int
    last: int
    before: str = ""
    after: str = ""
    fate: str = ""  # killed, survived, timeout


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file."""
    tree = parso.parse(path.read_text(encoding="utf-8"))
    numbers: Counter[str] = Counter()
    for node in _nodes(tree):
        for name, operator in OPERATORS.items():
            for start, end in operator.mutation_positions(node):
                number, numbers[name] = numbers[name], numbers[name] + 1
                if not _in_annotation(node) and not _guards_only(node):
                    first, last = _statement(node, start[0], end[0])
                    yield Mutant(path.relative_to(ROOT).as_posix(), name, number, start[0], first, last)


def _statement(node: Any, first: int, last: int) -> tuple[int, int]:
    """The lines of the statement that a node is in; of a compound statement those of the node."""
    while node.parent is not None and node.type != "simple_stmt":
        node = node.parent
        if node.type in {"if_stmt", "for_stmt", "while_stmt", "with_stmt", "try_stmt", "funcdef", "classdef"}:
            return first, last
    return min(first, node.start_pos[0]), max(last, node.end_pos[0])


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", ()):
        yield from _nodes(child)


def _in_annotation(node: Any) -> bool:
    """Whether a node is part of a type: nothing evaluates it here."""
    while node.parent is not None:
        parent = node.parent
        if (
            parent.type in {"tfpdef", "annassign"}
            and parent.children.index(node) <= 2
            and parent.children[0] is not node
        ):
            return parent.type == "tfpdef" or parent.children.index(node) == 1
        if parent.type == "funcdef" and parent.annotation is node:
            return True
        node = parent
    return False


def _guards_only(node: Any) -> bool:
    """Whether a node says that a dataclass is frozen or has slots: that keeps our own code in order, and no test can see it."""
    return node.parent.type == "argument" and node.parent.children[0].get_code().strip() in {"frozen", "slots"}


def drawn_from(everything: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Draw mutants that are Python, and different from what was there."""
    shuffled = random.Random(seed).sample(everything, len(everything))
    found: list[Mutant] = []
    for mutant in shuffled:
        if len(found) == count:
            break
        code, changed = mutate(mutant)
        try:
            compile(code, mutant.path, "exec")
        except SyntaxError:
            continue
        found += [changed] if changed.before != changed.after else []
    return found


def mutate(mutant: Mutant) -> tuple[str, Mutant]:
    """Return the mutated file, and the mutant with its line before and after."""
    before = (ROOT / mutant.path).read_text(encoding="utf-8")
    try:
        after = mutate_code(before, OPERATORS[mutant.operator], mutant.number) or before
    except AttributeError:  # cosmic-ray does not know exceptions with a dot in their name
        after = before
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=False) if a != b]
    a, b = changed[0] if changed else ("", "")
    return after, Mutant(**{**asdict(mutant), "before": a.strip(), "after": b.strip()})
