"""What it costs a plain script that explanations are possible: the same scripts with and without the facts that are kept for them.

    .venv/bin/python benchmarks/explanations.py [ROUNDS]

Kept while nobody asks: the statement that runs, in the state and in every graph node; the latest in-place writes of a storage; how
a view was made; the question whether a backward pass is watched; a look at each operation's first runs and at writes to chains
of selections, for warnings. Without them:
the same package, with the lines of `KEPT` rewritten as it is imported. Both run in turns in processes of their own, whose own time is measured. The figure for
a script is the median, over the rounds, of the ratio of the two fastest runs. At most 5% is wanted on the whole.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import geometric_mean, median
from time import process_time
from types import CodeType

ROOT = Path(__file__).parents[1]
MOST = 1.05
SECONDS = 0.5  # that each script is repeated for, in each process

_WHERE = [(r"^(\s*)state\.where = .*$", r"\1pass"), (r"^(\s*)where = state\.where$", r"\1pass")]
# module -> (what keeps a fact, what stands there without it); each must be found
KEPT: dict[str, list[tuple[str, str]]] = {
    "tensorsh.language.compile_functions": _WHERE[:1],
    "tensorsh.language.compile_calls": _WHERE,
    **{
        f"tensorsh.language.{name}": [(r"chained_writes\.may_lose\(", "(lambda owner: False)("), *wheres]
        for name, wheres in (("compile_targets", []), ("compile_statements", _WHERE[:1]))
    },
    "tensorsh.language.column_meets_row": [(r"^RUNS_WATCHED = 16$", "RUNS_WATCHED = 1")],
    "tensorsh.ops.codegen.nodes": [(r'"_node\.where = _state\.where"', '"_node.where = None"')],
    "tensorsh.ops.codegen.writes": [(r'"_s\.wrote\(NAME, current\(\)\.where\)"', '"_s.version += 1"')],
    "tensorsh.ops.codegen.views": [
        (r'^    made = f"\(None, NAME, .*$', '    made = "None"'),
        (r'^    chained = f"\(_v\[3\], NAME, .*$', '    chained = "None"'),
    ],
    "tensorsh.ops.writing": [(r"tensor\.storage\(\)\.wrote\(operator, current\(\)\.where\)", "tensor.storage().version += 1")],
    "tensorsh.runtime.autograd": [(r"node\.apply\(grad\) if apply_node is None else .*$", "node.apply(grad)")],
}

SCRIPTS = {
    **{name: f"samples/{name}.tsh" for name in ("autograd", "linear_regression", "classifier", "views", "tour")},
    "numbers in a loop": "total = 0\nfor i in range(20000):\n    total += i * i % 7\n",
    "calls in a loop": "def f(a, b):\n    c = a * b\n    return c + 1\nfor i in range(5000): f(i, 2)\n",
    "nested lists": "L = [[0] * 10 for i in range(10)]\nfor r in range(20):\n    for i in range(10):\n        for j in range(10):\n"
    "            L[i][j] = r\n            L[j][i] += i\n",
    "small operators": "x = ones(2, 2)\nfor i in range(2000):\n    y = x + x\n    z = y * 0.5\n",
    "views in a loop": "x = arange(12.).view(3, 4)\nfor i in range(1000):\n    a = x[1]\n    b = x.t()\n    c = x[:, 1:3]\n",
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


def measure(without: bool) -> dict[str, float]:
    """The fastest run of each script, in seconds."""
    if without:
        sys.meta_path.insert(0, Rewriter())
    sys.path.insert(0, str(ROOT))
    from tensorsh import Session

    fastest = {}
    for name, script in SCRIPTS.items():
        source = (ROOT / script).read_text(encoding="utf-8") if script.startswith("samples/") else script
        times: list[float] = []
        end = process_time() + SECONDS
        while process_time() < end or len(times) < 3:
            start = process_time()
            Session(seed=0).run(source, echo="none")
            times.append(process_time() - start)
        fastest[name] = min(times)
    return fastest


def main() -> int:
    if sys.argv[1:2] in (["with"], ["without"]):
        print(json.dumps(measure(sys.argv[1] == "without")))
        return 0
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    ratios: dict[str, list[float]] = {name: [] for name in SCRIPTS}
    for number in range(rounds):
        found = {}
        for which in ("with", "without") if number % 2 else ("without", "with"):
            done = subprocess.run([sys.executable, __file__, which], check=True, capture_output=True, text=True)
            found[which] = json.loads(done.stdout)
        for name in SCRIPTS:
            ratios[name].append(found["with"][name] / found["without"][name])
    for name, values in ratios.items():
        print(f"{name:24}{100 * (median(values) - 1):+6.1f} %   ({100 * (min(values) - 1):+.1f} … {100 * (max(values) - 1):+.1f})")
    whole = geometric_mean([median(values) for values in ratios.values()])
    print(f"{'on the whole':24}{100 * (whole - 1):+6.1f} %   at most +5.0 % is wanted")
    return int(whole > MOST)


if __name__ == "__main__":
    sys.exit(main())
