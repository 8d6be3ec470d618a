"""Attempts to get from a script to the host, or to fill or hang the machine: each must fail with an error of the script."""

from __future__ import annotations

import pytest

from tensorsh.errors import TensorshError
from tensorsh.language.compiler import compile_module
from tensorsh.language.environment import Environment
from tensorsh.language.parser import parse

# Each row must raise one of these, and nothing else.
REFUSALS = (AttributeError, NameError, TypeError, ImportError, ValueError, MemoryError, KeyError, LookupError)

ATTEMPTS = r"""
().__class__.__mro__
().__class__.__bases__[0].__subclasses__()
().__class__.__base__
(1).__reduce__()
"".__init__
"{0.__class__.__mro__}".format(1)
"{0.__class__.__init__.__globals__}".format(print)
"{x.__globals__}".format(x=len)
"{0.f_globals}".format(i for i in [])
"{x.__mro__}".format_map({"x": int})
str.format("{0.__class__.__mro__}", 1)
str.format_map("{a.__mro__}", {"a": int})
list(map(str.format, ["{0.__class__.__mro__}"], [1]))[0]
(lambda: 0).__globals__
(lambda: 0).__code__
(lambda: 0).__closure__
(lambda: 0).code
(lambda: 0).environment
(lambda: 0).invoke
(lambda: 0).tail
len.__self__
len.function
print.function
print.__globals__
"".join.__self__
[].append.__self__.__class__.__base__
(i for i in []).gi_frame
(i for i in []).gi_code
ValueError().__traceback__
ValueError().with_traceback
ValueError().__reduce__
ValueError.__init__
ValueError.__subclasses__()
type("A", (), {})
type("A", (int,), {"x": 1})
list(map(type, ["A"], [(int,)], [{}]))
type.__call__
type.mro(int)
type(type)("A", (), {})
type(int)("A", (), {})
type(lambda: 0)((lambda: 0), {})
type(len)("x", print)
type(print).__init__
type[int]("A", (), {})
int.__subclasses__()
int.__dict__
getattr(1, "__class__").__mro__
getattr(int, "__subclasses__")()
getattr((), "__class__").__base__
getattr(print, "function")
getattr(print, "__call__")
setattr(print, "function", 1)
setattr(int, "x", 1)
delattr(print, "function")
print.function = len
len.name = "x"
(lambda: 0).__code__ = 1
(lambda: 0).__globals__ = {}
math.__dict__
math.resolve
math.values
math.get
math.__loader__
torch.__dict__
torch.__loader__
torch.__builtins__
torch.os
torch.sys
torch.np.load
torch.functools
torch.annotations
numpy.load
numpy.save
numpy.fromfile
numpy.genfromtxt
numpy.loadtxt
numpy.memmap
numpy.vectorize
numpy.frompyfunc
numpy.lib
numpy.ctypeslib
numpy.testing
numpy.f2py
numpy.os
numpy.sys
numpy.ufunc
numpy.frombuffer
numpy.set_string_function
numpy.random.RandomState
numpy.random.mtrand
numpy.object_
numpy.array([1], dtype="O")
numpy.array([print])
numpy.array([{}, None])
numpy.zeros(2, "object")
numpy.dtype("O")
numpy.dtype([("a", "O")])
numpy.zeros(2).astype("O")
numpy.zeros(2).view("O")
numpy.ndarray((10,), buffer=b"")
numpy.zeros(2).ctypes
numpy.zeros(2).data
numpy.zeros(2).__array_interface__
numpy.zeros(2).tofile("x")
numpy.zeros(2).dump("x")
numpy.zeros(2).setflags(write=True)
numpy.zeros(2).resize(10)
numpy.zeros(2).strides = (1000,)
numpy.zeros(2).dtype = "O"
numpy.apply_along_axis(print, 0, [1])
numpy.fromfunction(print, (1,))
numpy.piecewise([1], [True], [print])
numpy.lib.stride_tricks.as_strided
numpy.errstate(call=print)
numpy.pad([1], 1, print)
import os
import sys
import builtins
import subprocess
import tensorsh
import torch.os
import numpy.ctypeslib
import numpy.lib.format
from os import system
from math import __loader__
from torch import __builtins__
from numpy import load
from . import x
__import__("os")
eval("1")
exec("x = 1")
compile("1", "x", "eval")
open("/etc/passwd")
globals()
locals()
vars()
input()
breakpoint()
memoryview(b"x")
object()
super()
__builtins__
__loader__
__spec__
__file__
print("x", file=5)
with open("x") as f: pass
help.__globals__
f"{(1).__class__.__mro__}"
f"{print.function}"
"%(a)s" % print
isinstance.__self__
iter([]).__reduce__()
{}.keys().mapping
range(3).__reduce__
slice(1).__reduce__
"x".encode("zlib")
b"x".decode("zlib")
"x".encode("rot13")
sorted([1], key=eval)
property(len)
staticmethod(len)
Exception().__dict__
Exception().tensorsh_trail
ValueError(1).__setstate__
(lambda: 0).attributes
().__ｃlass__.__mro__
getattr((), "__ｃlass__")
ｅval("1")
type(torch)("os", [], lambda n: n)
type(torch).find
torch.find
torch.resolve
type(iter(int, 1))([1], [2])
type(iter(int, 1)).from_iterable
iter(int, 1).depth
iter(range(10 ** 10)).depth
map(abs, [1]).depth
type(x for x in [])([1])
type(torch.ones(2).untyped_storage())(10)
type((torch.ones(2, requires_grad=True) * 2).grad_fn)()
numpy.histogram([1, 2], bins=lambda v: v)
numpy.ones(2).view(dict)
numpy.ones(2).flags.writeable = True
numpy.linalg.norm(numpy.ones(3), ord=print)
numpy.random.default_rng(1).bit_generator
numpy.result_type("O", "f8")
math.pi.__class__.__mro__
"""


def attempts() -> list[str]:
    return [line for line in ATTEMPTS.strip().splitlines() if line]


def run(source: str) -> str:
    printed: list[str] = []
    environment = Environment(write=printed.append, echo=lambda value: printed.append(repr(value)))
    compile_module(parse(source), source).run(environment, "all")
    return "".join(printed)


@pytest.mark.parametrize("source", attempts())
def test_an_escape_is_refused(source: str) -> None:
    with pytest.raises((*REFUSALS, TensorshError)):
        run(source)


BOMBS = r"""
10 ** 10 ** 10
10 ** 1000000000000
(2 ** 1000000) ** 1000
"a" * 10 ** 12
10 ** 12 * "a"
[0] * 10 ** 12
(0,) * 10 ** 11
b"x" * 10 ** 11
1 << 10 ** 12
x = [0]; x *= 10 ** 12
x = 1; x <<= 10 ** 12
x = 10; x **= 10 ** 12
pow(10, 10 ** 12)
str(10 ** 5000)
f"{10 ** 5000}"
int("9" * 10 ** 7)
"{:>1000000000000}".format(1)
f"{1:>1000000000000}"
f"{1:{10 ** 12}}"
format(1, ">1000000000000")
format(1.5, ".1000000000000f")
"%1000000000000d" % 1
"%*d" % (10 ** 12, 1)
"a".center(10 ** 12)
"a".ljust(10 ** 12)
"a".zfill(10 ** 12)
"\t".expandtabs(10 ** 12)
("a" * 1000000).replace("a", "b" * 1000000)
(1).to_bytes(10 ** 12, "big")
bytes(10 ** 12)
list(range(10 ** 12))
tuple(range(10 ** 12))
set(range(10 ** 12))
sorted(range(10 ** 12))
sum(range(10 ** 12))
max(range(10 ** 12))
[*range(10 ** 12)]
print(*range(10 ** 12))
[].extend(range(10 ** 12))
dict.fromkeys(range(10 ** 12))
math.factorial(10 ** 9)
math.comb(10 ** 10, 10 ** 9)
math.perm(10 ** 10, 10 ** 9)
round(1, -10 ** 9)
round(ndigits=-10 ** 9, number=1)
pow(exp=10 ** 12, base=10)
math.prod([2 ** 1000000] * 1000)
math.perm(700000)
math.comb(10 ** 7, 5 * 10 ** 6)
math.gcd(3 ** 5000000, 2 ** 8000000 + 1)
math.gcd(1 << 16000000, *[(1 << 100000) + i for i in range(100)])
math.lcm((1 << 5000000) + 1, (1 << 5000000) + 3)
math.lcm(*[3 ** (100000 + i) + 1 for i in range(200)])
("%s" * 10 ** 6) % (("a" * 10 ** 6,) * 10 ** 6)
("%(a)s" * 10 ** 6) % {"a": "a" * 10 ** 6}
("{0}" * 10 ** 6).format("a" * 10 ** 6)
"".join(["a" * 10 ** 6] * 10 ** 6)
b"a".join([b"a" * 10 ** 6] * 10 ** 6)
("a" * 10 ** 6).translate({97: "b" * 10 ** 6})
sum([[0] * 10 ** 6] * 10 ** 6, [])
sum([(0,) * 10 ** 7] * 10 ** 5, start=())
set().union(range(10 ** 12))
{1}.intersection(range(10 ** 12))
{}.update(range(10 ** 12))
numpy.ones(10 ** 13)
numpy.tri(10 ** 9)
numpy.tril_indices(10 ** 9)
numpy.tril(numpy.broadcast_to(1.0, (10 ** 5, 10 ** 5)))
list(torch.ones(1).expand(10 ** 12))
for row in torch.ones(1).expand(10 ** 12): break
x = []; x.append(x); torch.tensor(x)
x = []; x.append(x); torch.ones(2)[x]
torch.set_printoptions(precision=10 ** 9)
torch.set_printoptions(precision=-1)
"""


@pytest.mark.parametrize("source", BOMBS.strip().splitlines())
def test_a_bomb_is_refused_at_once(source: str) -> None:
    with pytest.raises((MemoryError, ValueError, OverflowError)):
        run(source)


DEEP = {
    "recursion": "def f(n): return f(n + 1)\nf(0)",
    "mutual recursion": "def f(n): return [g(n)]\ndef g(n): return {1: f(n)}\nf(0)",
    "through sorted": "def f(n): return sorted([n], key=f)\nf(0)",
    "through map": "def f(n): return list(map(f, [n]))\nf(0)",
    "through min": "def f(n): return min([n, n], key=f)\nf(0)",
    "through a comprehension": "def f(n): return [f(i) for i in [n]]\nf(0)",
    "through a generator": "def f(n): return sum(f(i) for i in [n])\nf(0)",
    "through a lambda": "f = lambda n: f(n)\nf(0)",
    "through a decorator": "def d(g): return d(g)\n@d\ndef f(): pass",
    "repr of a deep list": "a = []\nfor i in range(100000): a = [a]\nprint(a)",
    "comparison of deep lists": "a = []; b = []\nfor i in range(100000): a = [a]; b = [b]\na == b",
    "nested generators": "g = iter([1])\nfor i in range(100000): g = (x for x in g)\nlist(g)",
    "nested maps": "g = iter([1])\nfor i in range(100000): g = map(abs, g)\nlist(g)",
    "nested zips": "g = iter([1])\nfor i in range(100000): g = zip(g)\nlist(g)",
    "nested iter() with a sentinel": "g = 1\nfor i in range(100000): g = iter(len, g)",
    "nested slices": "s = 1\nfor i in range(100000): s = slice(s)",
    "maps and generators": "g = iter([1])\nfor i in range(100000): g = (x for x in map(abs, g))\nlist(g)",
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_endless_depth_is_a_recursion_error(source: str) -> None:
    with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
        run(source)
