"""The parser against Python's own: the same tree and the same spans for everything that both accept."""

from __future__ import annotations

import ast
import inspect
import textwrap
import warnings
from types import ModuleType

import pytest

from tensorsh.language.nodes import sexpr
from tensorsh.language.parser import parse
from tests.language import cpython

EXPRESSIONS = """
1 + 2 * 3 - 4 / 5 // 6 % 7 @ a
-a ** -b ** c
not a or b and not c or d
(a or b) or c
a < b <= c != d is not e not in f
(a < b) < c
a if b else c if d else e
lambda: 0
lambda a, /, b=1, *c, d, e=2, **f: a if b else c
lambda *, a: a
lambda a, b, /: a
a | b ^ c & d << e >> ~f
a.b.c(d)[e](f, *g, h=i, **j)
f(x for x in y)
f((x for x in y), 1)
f(a, *b, c, *d, e=1, *f, **g, h=2)
f(a := 1, b)
f (
  a ,
)
[x for x in a if b if c for d, *e in f]
{x for x in y}
{k: v for k, v in z}
{a: b, **c, d: e}
{*a, b, c,}
[*a, b]
[]
()
{}
(a,)
a, b
*a, b
(a, *b, c)
((a))
(a) + (b)
(yes := 1) + 2
[y := 1, y ** 2]
a[1], a[1:2], a[::], a[:], a[1:], a[:2], a[::3], a[1:2:3], a[1:2, ..., None, ::3], a[b,], a[*b], a[*b, 1], a[x := 1]
a[lambda: 1 : 2]
...
None, True, False
0, 00, 1_000, 0xFf, 0o17, 0b1_0, 1., .5, 1e5, 1.5E-3, 1_0.0_1e1_0, 3j, 1.5e3J, 0777j, 09.5
'a' "b" '''c''' r'\\d' u'x' R"\\n"
b'a' B"b" rb'\\x' bR'\\n' b'\\x41\\101\\n\\q'
'\\x41\\u00e9\\U0001F600\\N{BULLET}\\101\\0\\a\\\\ \\'\\q'
f'a{x}b'
f'{x!r}{y!s:>5}{z!a:{w}.{p}f}'
f'{x=}{y = }{z=!r}{w=:>5}'
f'{{}}{{{x}}}'
f'{a["b"]}{ {1: 2}[1] }{(lambda x: 1)}{x:{y}}'
f'{a!=b}{a == b}{a<=b}{(a:=5)}{a:=5}'
f'\\N{BULLET}{x}\\x41'
f'a\\{x}'
rf'\\d{x}\\n'
'a' f'{b}' 'c' r'\\d' f'' f'{d}'
f''
f'{x:}'
f'{x,}'
f'{*a, b}'
f'{f"{x}"}'
a if b else lambda: c
"é" + ü
[a for b in c if d or e if not f]
[a for b in (c, d)]
a(b)(c)(d)
-1
1 if x else-1
1if x else 2
print(*a, sep='')
not a == b
a and b and c or d
x.real.imag
1 .real
1..real
"a".join(b)
a @ b.T
f(**a, **b)
f(a)(b for c in d)
""".strip("\n").split("\nf (\n  a ,\n)\n")
EXPRESSIONS = [line for part in EXPRESSIONS for line in part.split("\n")] + ["f (\n  a ,\n)"]

STATEMENTS = [
    "a = b = c",
    "a, *b = c",
    "[a, (b, c)] = d",
    "a.b[c], d = e",
    "(a) = b",
    "a = *b, c",
    *[f"a {op}= b" for op in ("+", "-", "*", "@", "/", "//", "%", "**", "&", "|", "^", "<<", ">>")],
    "a.b += c, d",
    "x: int",
    "x: int = 1",
    "(x): int = 1",
    "x.y: int = 1, *z",
    "del a, b.c, d[e], (f, g), [h]",
    "del a,",
    "pass; a; b = c;",
    "import a, b.c, d.e as f",
    "from a.b import c, d as e",
    "from . import a",
    "from ...a import (b, c as d,)",
    "from .... import a",
    "from a import *",
    "assert a, b",
    "raise\nraise a\nraise a from b",
    "if a:\n b\nelif c:\n d\nelif e: f\nelse:\n g\n",
    "if a: b; c\n",
    "while a:\n b\n break\n continue\nelse:\n c",
    "for a, *b in c, *d:\n e\nelse: f",
    "for a.b[c] in d: e",
    "try:\n a\nexcept B:\n c\nexcept (D, E) as f:\n g\nexcept:\n h\nelse:\n i\nfinally:\n j",
    "try: a\nfinally: b",
    "with a: b",
    "with a as b, c as (d, e), f: g",
    "with (a, b): c",
    "with (a, b,): c",
    "with (a as b): c",
    "with (a as b, c, d as e,): f",
    "with (a, b as c, d, e): f",
    "with (a, b) as c: d",
    "with (a, b), c: d",
    "with (a): b",
    "with (a).b as c: d",
    "with (): a",
    "with (*a, b): c",
    "with (a for a in b): c",
    "def f(): pass",
    "def f(a, b: int, /, c=1, d: int = 2, *e: int, g, h=3, i: int = 4, **j: int) -> int:\n return\n",
    "def f(a, *, b): return a, *b",
    "def f(a, b=1,): pass",
    "def f(*a: *b): pass",
    "@a\n@b.c(d)\n@(e := f)\ndef g():\n pass\n",
    "def f():\n global a, b\n def g():\n  nonlocal c\n c = 1\n",
    "if a:\n\n  b\n\n # c\n  d\n# e\nf",
    "if a:\n\tb\n\tif c:\n\t\td\ne",
    "x = (1,\n# c\n  2)\ny",
    "x = 1 + \\\n  2",
    "if a: \\\n b",
    "'''a\nb''' ; c",
    "x = '''a\n\n''' + f'''{\ny\n}\n{z}'''",
    "x = 'a\\\nb'",
    "# only a comment",
    "",
    "\n\n",
    "a # b\n# c",
    "\fa",
    "é = 'é' + ﬁ",
    "\\\na",
    "if a:\n \\\n   b\n \\\n\n\\\n c\n",
    "if a:\n  b;\nc",
    "match = 1; case = match; type = case; match(x); match[x]; match.x",
    "print(x); exec(y)",
    "def f():\n    '''doc'''\n    return lambda: (yes for yes in no)",
    "_ = a\\\n.b",
]
MODULES = ["textwrap", "heapq", "bisect", "statistics", "fractions", "colorsys", "random", "shlex", "string", "ast"]


def compare(source: str) -> None:
    """Hold one source's tree and spans against CPython's, but for f-strings' insides, where CPython 3.11 guesses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ast.parse(source)
    lines = source.split("\n")
    for left, right, path in cpython.pairs(theirs, parse(source)):
        span = cpython.span_of(left, lines)
        if span is not None and "JoinedStr" not in path:
            assert tuple(right.span) == span, f"{path}: {sexpr(right)}"


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_an_expression_has_pythons_tree(source: str) -> None:
    compare(source)


@pytest.mark.parametrize("source", STATEMENTS)
def test_a_statement_has_pythons_tree(source: str) -> None:
    compare(source)


def functions(tree: ast.AST) -> list[ast.stmt]:
    """The statements of a module, with the bodies of its classes in the place of the classes."""
    found: list[ast.stmt] = []
    for statement in getattr(tree, "body", []):
        found += functions(statement) if isinstance(statement, ast.ClassDef) else [statement]
    return found


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_has_pythons_trees(name: str) -> None:
    module: ModuleType = __import__(name)
    lines = inspect.getsource(module).replace("\f", " ").split("\n")
    count = 0
    for statement in functions(ast.parse("\n".join(lines))):
        first = min([statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", []))])
        source = textwrap.dedent("\n".join(lines[first - 1 : statement.end_lineno])) + "\n"
        if cpython.supported(ast.parse(source)):
            compare(source)
            count += 1
    assert count > 5


OPERANDS = ["a", "1", "f(b)", "-c", "(d, e)", "[g]", "not h", "lambda: i", "j if k else l", "m := n", "o.p", "q[r]"]
OPERATORS = [
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "@",
    "**",
    "<<",
    ">>",
    "&",
    "|",
    "^",
    "<",
    "==",
    "in",
    "not in",
    "is",
    "is not",
]


def test_every_pair_of_operators_binds_as_in_python() -> None:
    for left in [*OPERATORS, "and", "or"]:
        for right in [*OPERATORS, "and", "or"]:
            compare(f"a {left} b {right} c")
            compare(f"-a {left} not b {right} ~c" if left in ("and", "or") else f"-a {left} ~b {right} c")


def test_every_operand_is_taken_or_refused_as_in_python() -> None:
    for form in [
        "{} + {}",
        "{} and {}",
        "{} if {} else x",
        "f({}, {})",
        "[{}, {}]",
        "{{{}: {}}}",
        "x[{}:{}]",
        "{}, {}",
    ]:
        for left in OPERANDS:
            for right in OPERANDS:
                source = form.format(left, right)
                try:
                    ast.parse(source)
                except SyntaxError:
                    with pytest.raises(Exception, match="."):
                        parse(source)
                else:
                    compare(source)
