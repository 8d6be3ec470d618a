"""Imports run one way (docs/architecture.md), and a one-liner loads nothing that it does not use."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tensorsh"

# Which rooms a room may import, besides itself and `errors`.
MAY_IMPORT = {
    "errors": "",
    "runtime": "",
    "ops": "runtime",
    "torch": "runtime ops",
    "diagnostics": "runtime ops",
    "files": "runtime ops torch",
    "display": "runtime diagnostics",
    "language": "runtime ops torch display diagnostics files",
    "explain": "runtime ops torch display diagnostics files language",
    "session": "runtime ops torch display diagnostics files language explain",
    "shell": "runtime ops torch display diagnostics files language explain session",
    "cli": "runtime ops torch display diagnostics files language explain session shell",
    "__main__": "cli",
    "__init__": "session",
}

# Packages that only some rooms may import at all, and those that nothing may import while it is being loaded.
ONLY_IN = {
    "prompt_toolkit": {"shell"},
    "rich": {"shell", "display"},
    "pygments": {"shell"},
    "lark": {"language/build_tables.py"},
    "torch": set(),
}
# Against the direction, for a reason, and only when it is called for.
EXCEPTIONS = {("runtime/tensor.py", "tensorsh.display.tensor_text")}  # `repr` of a tensor
NEVER_AT_LOAD = {"scipy", "dataclasses", "argparse", "inspect"}
INTERACTIVE = {"shell", "display", "diagnostics", "explain"}  # may use `dataclasses` where a one-liner does not load it

ONE_LINER_LEAVES_OUT = set(
    "prompt_toolkit rich pygments scipy lark torch asyncio argparse dataclasses json subprocess unittest".split()
)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(tree: ast.AST, loading: bool = True) -> Iterator[tuple[str, bool]]:
    """Pairs of (module, whether it is imported while the file is being loaded); leaves out what only type checkers
    see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, loading
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or "", loading
            if node.module == "tensorsh":
                for name in node.names:
                    yield f"tensorsh.{name.name}", loading
        yield from imports(node, loading and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    room, here = room_of(path), str(path.relative_to(PACKAGE))
    allowed = {room, "errors", *MAY_IMPORT[room].split()}
    for name, loading in imports(ast.parse(path.read_text(encoding="utf-8"))):
        top, *rest = name.split(".")
        if top == "tensorsh":
            target = rest[0] if rest else "__init__"
            if target in MAY_IMPORT and target != "__init__":
                excepted = not loading and (here, name) in EXCEPTIONS
                assert target in allowed or excepted, f"{here} imports {name}"
        elif top in ONLY_IN:
            assert room in ONLY_IN[top] or here in ONLY_IN[top], f"{here} imports {name}"
        elif loading and top in NEVER_AT_LOAD and room not in INTERACTIVE:
            pytest.fail(f"{here} imports {name} while it is being loaded")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()} | {
        name for name in done.stderr.split() if name.startswith("tensorsh.")
    }


def test_a_one_liner_loads_only_what_it_uses() -> None:
    loaded = loaded_by("from tensorsh.cli import main\nassert main(['-c', 'ones(2, 2) + 1']) == 0")
    by_numpy = loaded_by("import numpy")
    assert not (loaded - by_numpy) & ONE_LINER_LEAVES_OUT
    assert not [name for name in loaded if name.startswith(("tensorsh.shell", "tensorsh.diagnostics"))]
    assert "tensorsh.ops.codegen.nodes" not in loaded  # nothing is recorded


def test_version_and_help_load_no_numpy() -> None:
    for option in ("--version", "--help"):
        assert "numpy" not in loaded_by(f"from tensorsh.cli import main\nassert main(['{option}']) == 0")
