"""What it costs a plain script that explanations are possible: the same scripts with and without the facts that are kept for them.

    .venv/bin/python benchmarks/explanations.py [ROUNDS]

Kept while nobody asks: the statement that runs, in the state and in every graph node; the latest in-place writes of a storage; how
a view was made; what left the graph; small saved values of a backward pass and what it added to a leaf; the questions whether a pass
is watched and whether memory was written to behind it; a look at each operation's first runs and at writes to chains of selections,
for warnings. Without them: the same package, with the lines of `KEPT` rewritten as it is imported. Each runs in a process of its own;
the two take turns, script by script, so that both meet the same machine, and the time of the processor counts. The figure for a
script is the median, over the rounds, of the ratio of two runs that followed each other. At most 5% is wanted on the whole.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import re
import subprocess
import sys
from pathlib import Path
from statistics import geometric_mean, quantiles
from time import process_time
from types import CodeType

ROOT = Path(__file__).parents[1]
MOST = 1.05

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


def work(without: bool) -> None:
    """Run the scripts that standard input names, one a line, and answer with the seconds of the processor that each run took."""
    if without:
        sys.meta_path.insert(0, Rewriter())
    sys.path.insert(0, str(ROOT))
    from tensorsh import Session

    for line in sys.stdin:
        script = SCRIPTS[line.strip()]
        source = (ROOT / script).read_text(encoding="utf-8") if script.startswith("samples/") else script
        start = process_time()
        Session(seed=0).run(source, echo="none")
        print(process_time() - start, flush=True)


class Worker:
    def __init__(self, which: str) -> None:
        self._process = subprocess.Popen([sys.executable, __file__, which], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, name: str) -> float:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(name, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.communicate()


def main() -> int:
    if sys.argv[1:2] in (["with"], ["without"]):
        work(sys.argv[1] == "without")
        return 0
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 41
    keeping, bare = Worker("with"), Worker("without")
    ratios: list[float] = []
    for name in SCRIPTS:
        found = []
        for number in range(rounds + 2):
            pair = (keeping, bare) if number % 2 else (bare, keeping)
            seconds = {worker: worker.seconds(name) for worker in pair}
            found.append(seconds[keeping] / seconds[bare])
        low, middle, high = quantiles(found[2:], n=4)  # the first two runs compile
        ratios.append(middle)
        print(f"{name:24}{100 * (middle - 1):+6.1f} %   (half of them {100 * (low - 1):+.1f} … {100 * (high - 1):+.1f})", flush=True)
    keeping.stop()
    bare.stop()
    whole = geometric_mean(ratios)
    print(f"{'on the whole':24}{100 * (whole - 1):+6.1f} %   at most +5.0 % is wanted")
    return int(whole > MOST)


if __name__ == "__main__":
    sys.exit(main())
