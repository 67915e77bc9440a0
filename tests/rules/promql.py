"""The labels that an expression yields, and what it asks of series that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import promql_parser as promql

#: What Prometheus adds to every series of a target.
TARGET = frozenset({"job", "instance"})
Labels = frozenset[str]
#: Of a number, which has no labels and joins with everything.
Found = Labels | None


@dataclass
class Checker:
    """Reads expressions with the series that exist; ``problems`` is what is wrong with them."""

    series: Mapping[str, Labels]
    problems: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def labels(self, text: str) -> Found:
        """The labels of what the expression yields."""
        return self._of(promql.parse(text))

    def _of(self, expr: object) -> Found:
        match expr:
            case promql.NumberLiteral() | promql.StringLiteral():
                return None
            case promql.ParenExpr() | promql.UnaryExpr():
                return self._of(expr.expr)
            case promql.VectorSelector():
                return self._selected(expr)
            case promql.MatrixSelector():
                return self._selected(expr.vector_selector)
            case promql.Call():
                return self._called(expr)
            case promql.AggregateExpr():
                return self._aggregated(expr)
            case promql.BinaryExpr():
                return self._joined(expr)
        raise TypeError(f"not read yet: {expr}")

    def _selected(self, selector: promql.VectorSelector) -> Found:
        name = str(selector.name)
        self.used.add(name)
        if name not in self.series:
            self.problems.append(f"no series {name}")
            return None
        matched = {matcher.name for matcher in selector.matchers.matchers}
        self._within(f"{name} has no label", matched, self.series[name])
        return self.series[name]

    def _called(self, call: promql.Call) -> Found:
        found = [self._of(argument) for argument in call.args]
        vectors = [labels for labels in found if labels is not None]
        name = call.func.name
        if name == "absent":
            return frozenset()
        if not vectors:
            return None
        if name == "histogram_quantile":
            self._within("no histogram:", {"le"}, vectors[0])
            return vectors[0] - {"le"}
        return vectors[0]

    def _aggregated(self, aggregation: promql.AggregateExpr) -> Found:
        inner = self._of(aggregation.expr) or frozenset()
        modifier = aggregation.modifier
        named = set(modifier.labels) if modifier else set()
        self._within(f"{aggregation.prettify()}: there is no", named, inner)
        if modifier and modifier.type == promql.AggModifierType.Without:
            return inner - named
        return frozenset(named)

    def _joined(self, binary: promql.BinaryExpr) -> Found:
        left, right = self._of(binary.lhs), self._of(binary.rhs)
        if left is None or right is None:
            return right if left is None else left
        matching = binary.modifier.matching if binary.modifier else None
        if matching is None:
            if left != right:
                self.problems.append(f"never joined: {binary.prettify()}: {left} and {right}")
        else:
            self._within(f"{binary.prettify()}: not on the left:", set(matching.labels), left)
            self._within(f"{binary.prettify()}: not on the right:", set(matching.labels), right)
        return left

    def _within(self, what: str, named: set[str], present: Labels) -> None:
        self.problems += [f"{what} {label}" for label in sorted(named - present)]
