"""Write `index.py` anew from the declarations: `python -m tensorsh.ops.reindex`."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import tensorsh.ops
from tensorsh.ops import registry

# The modules of this package that make operators rather than declare them.
MACHINERY = frozenset({"arguments", "cascade", "codegen", "engine", "index", "numbers", "registry", "reindex", "results", "schema", "summing", "ties", "writing"})


def families() -> dict[str, str]:
    """Operator name (with its namespace) -> the module that declares it and the initials of its forms."""
    found: dict[str, str] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(tensorsh.ops.__path__)):
        if module in MACHINERY:
            continue
        import_module(f"tensorsh.ops.{module}")
    for (namespace, name), listed in registry.OPERATORS.items():
        variants = frozenset().union(*[operator.variants for operator in listed])
        marks = "".join(variant[0] for variant in ("function", "method", "inplace", "out") if variant in variants)
        entry = f"{listed[0].family.rpartition('.')[2]} {marks}"
        found[f"{namespace}.{name}" if namespace else name] = entry
    return dict(sorted(found.items()))


def text() -> str:
    """What `index.py` must say."""
    source = Path(__file__).with_name("index.py").read_text(encoding="utf-8")
    head = source[: source.index("FAMILIES")]
    rows = "".join(f'    "{name}": "{family}",\n' for name, family in families().items())
    return f"{head}FAMILIES: dict[str, str] = {{\n{rows}}}\n"


if __name__ == "__main__":
    Path(__file__).with_name("index.py").write_text(text(), encoding="utf-8")
