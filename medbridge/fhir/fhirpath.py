"""FHIRPath expressions, compiled by fhirpathpy, which passes over what its parser does not understand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Compiled = Callable[[Any, dict[str, Any]], list[Any]]


class NotEvaluable(Exception):
    """The expression, or a function in it, is more than this server can evaluate."""


def compile_expression(expression: str, functions: Mapping[str, Any]) -> Compiled:
    """functions: fhirpathpy's userInvocationTable. Raises NotEvaluable for what is no FHIRPath."""
    tokens(expression)
    import fhirpathpy

    try:
        compiled: Compiled = fhirpathpy.compile(expression, _model(), {"userInvocationTable": functions})
    except Exception as error:
        raise NotEvaluable(f"“{expression[:80]}”: {error}") from error
    return compiled


def typed(value: Any, type: str | None, shadow: Any = None) -> Any:
    """The value as fhirpathpy carries it, with the type that `is` and `ofType` ask for."""
    from fhirpathpy.engine.nodes import ResourceNode

    return ResourceNode(value, type, shadow)  # type: ignore[no-untyped-call]


def tokens(expression: str) -> list[str]:
    """The words of the expression in order. Raises NotEvaluable for what is no FHIRPath."""
    from antlr4 import Token
    from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

    stream = _stream(expression)
    parser = FHIRPathParser(stream)
    parser.removeErrorListeners()
    try:
        parser.expression()
    except RecursionError:
        raise NotEvaluable(f"“{expression[:80]}” is nested too deeply") from None
    if parser.getNumberOfSyntaxErrors() or stream.LA(1) != Token.EOF:
        raise NotEvaluable(f"“{expression[:80]}” is not FHIRPath")
    return _visible(stream)


def lexed(text: str) -> list[str]:
    """The words, whether or not they make an expression."""
    stream = _stream(text)
    stream.fill()
    return _visible(stream)


def _stream(text: str) -> Any:
    from antlr4 import CommonTokenStream, InputStream
    from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer

    lexer = FHIRPathLexer(InputStream(text))
    lexer.removeErrorListeners()
    return CommonTokenStream(lexer)


def _visible(stream: Any) -> list[str]:
    return [str(token.text) for token in stream.tokens if token.channel == 0 and token.type > 0]


@cache
def _model() -> Any:
    from fhirpathpy.models import models

    return models["r4"]
