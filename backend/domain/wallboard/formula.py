"""An own figure: a formula over measures, ``lost / (handled + lost) * 100``.

Read by Python's own parser, of whose language only numbers, names of measures, ``+ - * /``, brackets, ``min`` and ``max``
are let through; nothing of it is ever executed as a program. What cannot be computed (a division by zero, a measure
without a value) has no value.
"""

import ast
import math
from collections.abc import Callable
from functools import lru_cache

from backend.domain.metrics.measures import Measure

LONGEST = 200
GREATEST = 1e9
_OPERATIONS: dict[type, Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max}
NAMES = frozenset(measure.value for measure in Measure)

Values = Callable[[Measure], float | None]


class BadFormula(ValueError):
    """It is not of this language; the message says what is not."""


class _NoValue(Exception):
    pass


@lru_cache(maxsize=256)
def parse(formula: str) -> ast.expr:
    """Raises BadFormula."""
    if len(formula) > LONGEST:
        raise BadFormula("too long")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BadFormula("not a formula") from None
    _check(tree)
    return tree


def measures(formula: str) -> frozenset[Measure]:
    """Those that it asks about. Raises BadFormula."""
    return frozenset(
        Measure(node.id) for node in ast.walk(parse(formula)) if isinstance(node, ast.Name) and node.id in NAMES
    )


def evaluate(formula: str, values: Values) -> float | None:
    """Raises BadFormula."""
    try:
        found = _value(parse(formula), values)
    except (_NoValue, ZeroDivisionError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=bool()):
            raise BadFormula("not a number")
        case ast.Constant(value=int() | float() as number):
            if not abs(number) <= GREATEST:
                raise BadFormula("too large")
        case ast.Name(id=name):
            if name not in NAMES:
                raise BadFormula(name)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and args:
            for argument in args:
                _check(argument)
        case _:
            raise BadFormula("not allowed")


def _value(node: ast.expr, values: Values) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            found = values(Measure(name))
            if found is None:
                raise _NoValue
            return float(found)
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, values)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATIONS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=args):
            return (
                _FUNCTIONS[name](*[_value(argument, values) for argument in args])
                if len(args) > 1
                else _value(args[0], values)
            )
    raise BadFormula("not allowed")
