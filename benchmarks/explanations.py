"""What it costs a plain script that explanations are possible: the same scripts with and without the facts that are kept for them.

    .venv/bin/python benchmarks/explanations.py [SECONDS]

Kept while nobody asks: the statement that runs, in the state and in every graph node; the latest in-place writes of a storage; how
a view was made; what left the graph; small saved values of a backward pass and what it added to a leaf; the questions whether a pass
is watched and whether memory was written to behind it; a look at each operation's first runs and at writes to chains of selections,
for warnings. Without them: the same package, with the lines of `KEPT` rewritten as it is imported. Both are
imported into one process and run in turns, a few milliseconds each, for SECONDS a script; so whatever else the machine does meets
both. The figure for a script is the median of the ratios of neighbouring runs. At most 5% is wanted on the whole.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import geometric_mean, quantiles
from time import process_time
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
MOST = 1.05
SECONDS = 4.0  # that each script is repeated for
FEWEST = 9  # pairs of runs

_WHERE = [(r"^(\s*)state\.where = .*$", r"\1pass"), (r"^(\s*)where = state\.where$", r"\1pass")]
# module -> (what keeps a fact, what stands there without it); each must be found
KEPT: dict[str, list[tuple[str, str]]] = {
    "tensorsh.language.compile_functions": _WHERE[:1],
    "tensorsh.language.functions": _WHERE,
    "tensorsh.language.calling": _WHERE,
    "tensorsh.language.fused_code": [(r"^(\s*)self\.line\(f\"state\.where = .*$", r"\1pass")],
    **{
        f"tensorsh.language.{name}": [(r"chained_writes\.may_lose\(", "(lambda owner: False)("), *wheres]
        for name, wheres in (("compile_targets", []), ("compile_statements", _WHERE[:1]))
    },
    "tensorsh.language.column_meets_row": [(r"^RUNS_WATCHED = 16$", "RUNS_WATCHED = 1")],
    "tensorsh.ops.codegen.nodes": [
        (r'"_node\.where = _state\.where"', '"_node.where = None"'),
        (r'^(\s*)write\(f"if type\(_v\) is Tensor and \(_v\._array\.size > .*$', r'\1write("if type(_v) is Tensor:")'),
        (r'write\(f"if not SMALL_ALL\(_node\.\{name\}\): ', 'write(f"'),
    ],
    "tensorsh.ops.codegen.results": [
        (r'write\(f"if \(\{condition\}\) and _t\._dtype\.kind < FLOAT: current\(\)\.cut\(_t\)"\)', "pass")
    ],
    "tensorsh.ops.codegen.writes": [(r'"_s\.wrote\(NAME, current\(\)\.where\)"', '"_s.version += 1"')],
    "tensorsh.ops.codegen.views": [
        (r'^    made = f"\(None, NAME, .*$', '    made = "None"'),
        (r'^    chained = f"\(_v\[3\], NAME, .*$', '    chained = "None"'),
    ],
    "tensorsh.ops.writing": [(r"tensor\.storage\(\)\.wrote\(operator, current\(\)\.where\)", "tensor.storage().version += 1")],
    "tensorsh.runtime.autograd": [
        (r"node\.apply\(grad\) if apply_node is None else .*$", "node.apply(grad)"),
        (r"^(\s*)_note_call\(meta, state, held, grad\)$", r"\1pass"),
        (r"^(\s*)meta\.calls = \[\(state\.where, state\.roots\)\]$", r"\1pass"),
        (r"^(\s*)state\.roots = tuple\(.*$", r"\1pass"),
        (r"^(\s*)if node\.sequence < written and .*:$", r"\1if False:"),
    ],
}

SCRIPTS = {
    **{name: f"samples/{name}.tsh" for name in ("autograd", "linear_regression", "classifier", "views", "tour")},
    "numbers in a loop": "total = 0\nfor i in range(20000):\n    total += i * i % 7\n",
    "calls in a loop": "def f(a, b):\n    c = a * b\n    return c + 1\nfor i in range(5000): f(i, 2)\n",
    "nested lists": "L = [[0] * 10 for i in range(10)]\nfor r in range(20):\n    for i in range(10):\n        for j in range(10):\n"
    "            L[i][j] = r\n            L[j][i] += i\n",
    "small operators": "x = ones(2, 2)\nfor i in range(2000):\n    y = x + x\n    z = y * 0.5\n",
    "comparisons": "x = ones(2, 2)\nfor i in range(2000):\n    a = x > 0.5\n    b = a & (x < 2)\n",
    "views": "x = arange(12.).view(3, 4)\nfor i in range(1000):\n    a = x[1]\n    b = x.t()\n    c = x[:, 1:3]\n",
    "in place": "x = ones(2, 2)\nfor i in range(2000):\n    x.add_(1)\n    x *= 0.5\n",
    "forward and backward": "w = ones(3, requires_grad=True); x = ones(4, 3)\nfor i in range(200):\n"
    "    loss = ((x @ w - 1) ** 2).mean()\n    loss.backward()\n    w.grad = None\n",
}


class Rewriter(importlib.abc.MetaPathFinder):
    """Imports the modules of `KEPT` without the lines that keep facts."""

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name not in KEPT:
            return None
        file = str(ROOT / f"{name.replace('.', '/')}.py")
        return importlib.machinery.ModuleSpec(name, Rewritten(name, file), origin=file)


class Rewritten(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text(encoding="utf-8")
        for pattern, without in KEPT[fullname]:
            source, count = re.subn(pattern, without, source, flags=re.MULTILINE)
            if not count:
                raise SystemExit(f"{fullname} has nothing that matches {pattern}: bring KEPT up to date")
        return compile(source, self.path, "exec")


class Variant:
    """The package as it is, or without what it keeps: modules of its own, which are in force within `using`."""

    def __init__(self, without: bool) -> None:
        self._finder = Rewriter() if without else None
        self._modules: dict[str, ModuleType] = {}
        with self.using():
            from tensorsh import Session

            self.session: Callable[..., Any] = Session

    @contextmanager
    def using(self) -> Iterator[None]:
        """Within this, imports find this variant's modules, those that are imported late too."""
        if self._finder is not None:
            sys.meta_path.insert(0, self._finder)
        sys.modules.update(self._modules)
        try:
            yield
        finally:
            self._modules = {
                name: module for name, module in sys.modules.items() if name.partition(".")[0] == "tensorsh"
            }
            for name in self._modules:
                del sys.modules[name]
            if self._finder is not None:
                sys.meta_path.remove(self._finder)

    def seconds(self, source: str) -> float:
        """The processor's time for a run of `source`."""
        with self.using():
            session = self.session(seed=0)
            start = process_time()
            session.run(source, echo="none")
            return process_time() - start


def ratios(source: str, kept: Variant, without: Variant, seconds: float) -> list[float]:
    """How many times as long a script takes with what is kept, for each pair of runs."""
    kept.seconds(source), without.seconds(source)
    found: list[float] = []
    end = process_time() + seconds
    while process_time() < end or len(found) < FEWEST:
        if len(found) % 2:
            one, other = kept.seconds(source), without.seconds(source)
        else:
            other, one = without.seconds(source), kept.seconds(source)
        found.append(one / other)
    return found


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    sys.path.insert(0, str(ROOT))
    kept, without = Variant(False), Variant(True)
    medians = []
    for name, script in SCRIPTS.items():
        source = (ROOT / script).read_text(encoding="utf-8") if script.startswith("samples/") else script
        found = ratios(source, kept, without, seconds)
        low, middle, high = quantiles(found, n=4)
        medians.append(middle)
        print(
            f"{name:24}{100 * (middle - 1):+6.1f} %   (half of {len(found)} pairs: {100 * (low - 1):+.1f} … {100 * (high - 1):+.1f})",
            flush=True,
        )
    whole = geometric_mean(medians)
    print(f"{'on the whole':24}{100 * (whole - 1):+6.1f} %   at most +{100 * (MOST - 1):.0f} % is wanted")
    return int(whole > MOST)


if __name__ == "__main__":
    sys.exit(main())
