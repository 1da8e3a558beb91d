"""How much a proof tries, and the pieces of work that it is cut into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """How much to try.

    `near` is how many other cases of a fault's area are tried on it besides those that name it (None: all), `far` how many
    of other areas; both are drawn by `seed`. `select` keeps the faults and cases whose name holds it, and their partners.
    `pairs` is how many pairs of faults are tried at once; without `faults` none is tried, nor the clean provider.
    `variants` is none, quick (as many as go together at once, on a sample) or all (as many as go together at once, on every
    case, and each alone on `variant_sample` cases, None for every one, of those that it can touch);
    `variant_pairs` and `variant_triples` are how many are tried at once on a sample, `disguised` how many faults under
    variants.
    """

    near: int | None = 0
    far: int = 0
    select: str = ""
    seed: int = 1
    pairs: int = 0
    faults: bool = True
    variants: str = "none"
    variant_sample: int | None = None
    variant_pairs: int = 0
    variant_triples: int = 0
    disguised: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """Work for one process: cases to run with faults at work, those in `named` on a database of their own.

    Without faults and variants it is the clean run; `traced`, it is the one that shows which variants can touch each case.
    `pair` tells a trial of two faults at once.
    """

    edition: str
    faults: tuple[str, ...]
    named: tuple[str, ...]
    others: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    traced: bool = False

    @property
    def alone(self) -> str:
        """The variant that is at work by itself, "" for any other task."""
        return self.variants[0] if len(self.variants) == 1 and not self.faults else ""

    @property
    def pair(self) -> bool:
        """Whether two faults are at work at once."""
        return len(self.faults) > 1

    @property
    def clean(self) -> bool:
        """Whether the provider is as it is."""
        return not self.faults and not self.variants and not self.traced

    @property
    def size(self) -> int:
        """How many cases are run."""
        return len(self.named) + len(self.others)

    @property
    def what(self) -> str:
        """What is tried, in words."""
        if self.traced:
            return f"{self.edition} to see which variants touch what"
        with_variants = f" as {', '.join(self.variants[:3])}" if self.variants else ""
        return f"{self.edition} {' and '.join(self.faults) or 'without faults'}{with_variants}"
