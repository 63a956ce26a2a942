"""Parameters for Go notebooks in papermill.

papermill has a registry of translators by kernel name and language, and none for Go. It loads what other packages offer
as engines when it is imported; this module is loaded so, and registers a translator for the language "go" on the way. The
engine itself is papermill's ordinary one.
"""
import json
import math
import re

from papermill.engines import NBClientEngine as Engine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import papermill_translators

__all__ = ["Engine", "GoTranslator"]

# name := value, and var name type = value without either of type and value.
DECLARATION = re.compile(
    r"(?:var\s+(?P<var>\w+)(?:[ \t]+(?P<type>[^=\s][^=]*?))?(?:\s*=\s*(?P<initial>.+))?|(?P<name>\w+)\s*:=\s*(?P<value>.+))$"
)
# Comments begin with // outside of strings.
COMMENT = re.compile(r"""("(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])*')|//.*""")


class GoTranslator:
    """What papermill asks of a translator. It looks at the notebook's defaults first and writes the parameters then."""

    def __init__(self):
        self._declared = set()

    def inspect(self, cell):
        """Returns the parameters that the cell of the defaults declares at its top level, one to a line."""
        found = []
        for line in cell["source"].splitlines():
            code = COMMENT.sub(lambda m: m.group(1) or "", line).rstrip()
            match = DECLARATION.match(code)
            if match:
                found.append(Parameter(
                    name=match["var"] or match["name"],
                    inferred_type_name=match["type"] or "None",
                    default=match["initial"] or match["value"] or "",
                    help=line[len(code):].strip().removeprefix("//").strip(),
                ))
        self._declared = {p.name for p in found}
        return found

    def codify(self, parameters, comment="Parameters"):
        """Returns the cell. What the defaults declare is assigned, so that it keeps its type; the rest is declared."""
        declared, self._declared = self._declared, set()
        lines = [f"// {comment}"]
        for name, value in parameters.items():
            if name in declared:
                lines.append(f"{name} = {literal(value)}")
            elif value is None:
                lines.append(f"var {name} any")
            else:
                lines.append(f"{name} := {literal(value)}")
        return "\n".join(lines) + "\n"


def literal(value):
    """Returns a value as a Go expression. What neither JSON nor YAML has becomes a string, as in papermill's own translators."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 64:
            raise PapermillException(f"parameter {value}: no integer type of Go holds it")
        return str(value) if value < 1 << 63 else f"uint64({value})"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return type_of(value) + "{" + ", ".join(map(literal, value)) + "}"
    if isinstance(value, dict):
        return type_of(value) + "{" + ", ".join(f"{quote(str(k))}: {literal(v)}" for k, v in value.items()) + "}"
    return quote(str(value))


def number(value):
    if math.isnan(value):
        return "math.NaN()"
    if math.isinf(value):
        return f"math.Inf({'1' if value > 0 else '-1'})"
    return repr(value)


def quote(text):
    # JSON's escapes are Go's, but for characters beyond 16 bits, which stay as they are; a byte order mark may not.
    return json.dumps(text, ensure_ascii=False).replace("\ufeff", "\\ufeff")


def type_of(value):
    """Returns the Go type of a value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if value < 1 << 63 else "uint64"
    if isinstance(value, float):
        return "float64"
    if isinstance(value, (list, tuple)):
        return "[]" + common(value)
    if isinstance(value, dict):
        return "map[string]" + common(value.values())
    return "any" if value is None else "string"


def common(values):
    """Returns the type that holds all of the values."""
    types = {type_of(v) for v in values}
    if types == {"int", "float64"}:
        return "float64"
    return types.pop() if len(types) == 1 else "any"


papermill_translators.register("go", GoTranslator())
