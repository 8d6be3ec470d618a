"""Snippets that mean the same in Python: `test_like_python` runs each in both and compares what they print and how they fail.

Snippets are separated by a line of dashes, and grouped by what they are about.
"""

from __future__ import annotations

NAMES = r"""
x = 1
print(x)
---
a = b = [1]
a.append(2)
print(b, a is b)
---
a, b = 1, 2
a, b = b, a
print(a, b)
---
a, *b, c = range(5)
print(a, b, c)
---
*a, = "xyz"
print(a)
---
(a, [b, c]), d = (1, (2, 3)), 4
print(a, b, c, d)
---
x = [0, 1, 2]
i = 0
i, x[i] = 1, 9
print(i, x)
---
print(undefined)
---
def f():
    print(y)
    y = 1
f()
---
def f():
    del z
f()
---
del nothing
---
x = 1
del x
print(x)
---
x: int = 3
print(x)
---
a, b = 1
---
a, b = 1, 2, 3
---
a, b, c = [1, 2]
---
a, *b, c = [1]
---
a, b = "x"
---
x = 5
x += 1; x -= 2; x *= 3; x //= 2; x **= 2; x %= 7; x <<= 3; x >>= 1; x |= 8; x &= 12; x ^= 5
print(x)
---
x = [1]
y = x
x += [2]
print(y)
---
x = [1, 2]
x[0] += 10
print(x)
---
d = {}
d["a"] = 1
d["a"] += 1
del d["a"]
print(d)
---
x = 1
x[0] = 2
---
x = (1, 2)
x[0] = 2
---
print((y := 5) + y, y)
---
print([y := 1, y ** 2], y)
---
print([last := i for i in range(3)], last)
---
def f():
    return [last := i for i in range(3)], last
print(f())
---
x = 10
print([x for x in range(3)], x)
---
print(len("héllo"), "héllo"[1])
---
名 = 3
print(名 + 1)
"""

OPERATORS = r"""
print(7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 / 2, 2 ** 10, 2 ** -1)
---
print(1 + 2 * 3 - 4 / 2 ** 2, -2 ** 2, (-2) ** 2, ~5, not True, +3)
---
print(5 & 3, 5 | 3, 5 ^ 3, 1 << 4, 256 >> 2)
---
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, 1 is None, None is None, 3 in [1, 2, 3], 4 not in (1, 2))
---
print(1 and 2, 0 and 2, 0 or 3, 1 or 3, [] or {} or "x", not [] and "y")
---
print("a" < "b", [1, 2] < [1, 3], (1,) == (1,), {1} <= {1, 2})
---
print("ab" * 3, [0] * 3, (1,) * 2, "a" + "b", [1] + [2])
---
print(1 if True else 2, 1 if False else 2)
---
print(0.1 + 0.2, 1e100, 1e-5, 3.0, 1j * 1j, 1 + 2j, float("inf"), -float("nan"))
---
print(10 ** 20, 0xff, 0b101, 0o17, 1_000_000)
---
print(True + True, True == 1, False * 5)
---
print("%d-%s-%r-%5.2f-%x" % (1, "a", "b", 2.345, 255))
---
print("%s" % [1], "%(a)s" % {"a": 1}, "100%%" % ())
---
1 + "a"
---
"a" + 1
---
[1] + (2,)
---
1 / 0
---
1 // 0
---
1.0 % 0
---
-"a"
---
1 < "a"
---
1 in 5
---
[1, 2, 3]["a"]
---
[1, 2][5]
---
(1, 2)[5]
---
"abc"[10]
---
{}["k"]
---
{1: 2}[[]]
---
None + 1
---
2 ** "a"
---
len([1]) + None
---
print([1, 2, 3, 4][1:3], [1, 2, 3][::-1], "abc"[-1], "abcdef"[1:5:2], [1, 2, 3][:], (1, 2, 3)[-2:])
---
x = list(range(10))
x[2:5] = ["a"]
del x[0]
x[::2] = x[::2]
print(x)
---
print(1 == 2 != 3, 1 < 2 > 0)
---
def side(v):
    print("eval", v)
    return v
print(side(1) < side(0) < side(2))
---
def side(v):
    print("eval", v)
    return v
x = {side(1): side(2), **{3: 4}}
print(x)
---
print([*range(3), *"ab"], (*[1], 2), {*[1, 1]}, {**{"a": 1}, "b": 2})
---
[*5]
---
{**5}
---
f = 1
f()
---
"a"()
---
print(1_0 + 0x_f)
---
print(r"a\n", b"ab\x00", "a" "b", '''x
y''', "\u00e9", u"x", rb"\d")
---
print(... , Ellipsis if False else None)
---
print(3 .real, 3.5.is_integer(), (3).bit_length())
---
x = not 1 == 2
print(x)
---
print(1 if 0 else 2 if 0 else 3)
---
print(2 if 1 else 1 / 0)
---
x = [[1, 2], [3, 4]]
print(x[1][0], [r[0] for r in x])
---
print(5 - 3 - 1, 2 ** 3 ** 2, 100 / 10 / 2)
"""

FLOW = r"""
for i in range(5):
    if i == 1: continue
    if i == 3: break
    print(i)
else:
    print("no")
---
for i in []:
    pass
else:
    print("else")
---
i = 0
while i < 3:
    i += 1
    if i == 2:
        continue
    print(i)
else:
    print("done", i)
---
while True:
    break
else:
    print("no")
print("ok")
---
for i in range(3):
    for j in range(3):
        if j == 1: break
        print(i, j)
---
x = 3
if x < 1: print("a")
elif x < 2: print("b")
elif x < 4: print("c")
else: print("d")
---
for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]:
    print(a, b, c)
---
for x in 5:
    pass
---
def f():
    for i in range(5):
        if i == 2:
            return i
print(f())
---
def f():
    while True:
        return "out"
print(f())
---
try:
    1 / 0
except ZeroDivisionError as e:
    print("caught", e, type(e).__name__, e.args)
else:
    print("else")
finally:
    print("finally")
---
try:
    print("x")
except ValueError:
    print("no")
else:
    print("else")
finally:
    print("finally")
---
try:
    int("x")
except (TypeError, ValueError) as e:
    print(repr(e))
print("e" in dir())
---
try:
    try:
        raise ValueError("a")
    except ValueError:
        raise
except ValueError as e:
    print("outer", e)
---
try:
    try:
        {}["x"]
    except KeyError as e:
        raise RuntimeError("wrapped") from e
except RuntimeError as e:
    print(e, repr(e.__cause__))
---
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError("second")
except ValueError as e:
    print(repr(e.__context__), e.__cause__)
---
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError("second") from None
except ValueError as e:
    print(e.__suppress_context__)
---
def f():
    try:
        return "try"
    finally:
        print("finally")
print(f())
---
def f():
    try:
        return "try"
    finally:
        return "finally"
print(f())
---
def f():
    for i in range(3):
        try:
            continue
        finally:
            print("f", i)
    return "end"
print(f())
---
def f():
    while True:
        try:
            1 / 0
        except ZeroDivisionError:
            break
        finally:
            print("cleanup")
    return 1
print(f())
---
def f():
    for i in [1, 2]:
        try:
            return i
        finally:
            continue
    return "fell"
print(f())
---
def f():
    try:
        1 / 0
    finally:
        return "swallowed"
print(f())
---
raise ValueError("msg")
---
raise ValueError
---
raise 5
---
raise ValueError("a") from 5
---
raise
---
assert 1 == 1
assert 1 == 2, "message"
---
assert []
---
try:
    raise KeyError("k")
except IndexError:
    print("no")
---
try:
    1 / 0
except 5:
    pass
---
try:
    1 / 0
except (ValueError, 5):
    pass
---
try:
    1 / 0
except:
    print("bare")
---
def f(n):
    if n == 0:
        raise ValueError("deep")
    f(n - 1)
try:
    f(5)
except ValueError as e:
    print(e)
---
def f():
    try:
        raise ValueError("x")
    except ValueError as e:
        pass
    return e
f()
---
err = 5
try:
    raise ValueError
except ValueError as err:
    pass
print(err)
---
with 5:
    pass
---
e = StopIteration(3)
print(e.value, str(e), isinstance(e, Exception))
---
try:
    next(iter([]))
except StopIteration as e:
    print("stop", e.value)
---
it = iter([1, 2])
print(next(it), next(it), next(it, "default"))
---
for i in range(3): print(i, end=" ")
print()
---
if 1: x = 1; y = 2
print(x, y)
---
pass
---
x = [i for i in range(3) if i if i > 1]
print(x)
---
for a in range(3):
    for b in range(2):
        print(a, b)
    else:
        if a:
            break
        print("whole")
        continue
    print("never")
for a in range(3):
    for b in []:
        pass
    else:
        continue
else:
    print("end")
---
def t(n, value=None):
    print(n, end=" ")
    return value
for make in (
    lambda: {t(1, []): t(2), t(3): t(4)}, lambda: {t(1): t(2), **t(3, {4: 5}), t(6, []): t(7), t(8): t(9)}, lambda: {**t(1, 5), t(2): 3},
    lambda: {t(1, []): 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12, 13: 13, 14: 14, 15: t(15)},
    lambda: {t(1, []): 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12, 13: 13, 14: 14, 15: 15, 16: t(16)},
):
    try:
        print(make())
    except TypeError as error:
        print(error)
"""

FUNCTIONS = r"""
def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw
print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6), f(*[1, 2], **{"c": 3}))
---
def f(a, b, /, c, *, d):
    return a, b, c, d
print(f(1, 2, c=3, d=4), f(1, 2, 3, d=4))
---
def f(x): pass
f()
---
def f(x, y): pass
f()
---
def f(x, y, z): pass
f()
---
def f(x, y, z): pass
f(y=1)
---
def f(): pass
f(1)
---
def f(x): pass
f(1, 2)
---
def f(x, y=1): pass
f(1, 2, 3)
---
def f(x, *, k): pass
f(1)
---
def f(x, *, k, j): pass
f(1)
---
def f(x, *, k=1): pass
f(1, 2, k=3)
---
def f(*, k=1): pass
f(2)
---
def f(x): pass
f(1, x=2)
---
def f(x): pass
f(y=2)
---
def f(x, /): pass
f(x=1)
---
def f(x, /, **kw): return x, kw
print(f(1, x=2))
---
def f(x): pass
f(*5)
---
def f(x): pass
f(**5)
---
def f(x): pass
f(**{1: 2})
---
def f(x, **kw): pass
f(x=1, **{"x": 2})
---
def f(a=[]):
    a.append(1)
    return a
print(f(), f())
---
def counter():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc
a, b = counter(), counter()
print(a(), a(), b())
---
g = 0
def f():
    global g
    g += 1
f(); f()
print(g)
---
def outer(x):
    def mid():
        def inner():
            return x
        return inner
    return mid
print(outer(5)()())
---
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
---
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])
---
def f():
    fs = []
    for i in range(3):
        def g(): return i
        fs.append(g)
    return [h() for h in fs]
print(f())
---
def f(n):
    return 1 if n < 2 else n * f(n - 1)
print(f(20))
---
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
print(even(100))
---
def deco(f):
    def wrapped(*a, **k):
        print("before")
        return f(*a, **k)
    return wrapped
@deco
def f(x): return x * 2
print(f(3))
---
def tag(name):
    def deco(f):
        return lambda *a: (name, f(*a))
    return deco
@tag("a")
@tag("b")
def f(): return 1
print(f())
---
def f():
    '''doc'''
    return 1
print(f.__name__, f.__doc__, (lambda: 0).__name__)
---
def f(): pass
print(f())
---
def f():
    return
print(f())
---
f = lambda x, *a, k=1, **kw: (x, a, k, kw)
print(f(1), f(1, 2, 3, k=4, z=5))
---
print((lambda: (yield_ := 1))())
---
def f(n):
    return f(n + 1)
f(0)
---
def f(x):
    def g():
        return x
    x = 2
    return g()
print(f(1))
---
def f():
    def g():
        return later
    later = 7
    return g()
print(f())
---
def f():
    def g():
        return later
    g()
    later = 7
f()
---
def f():
    x = 1
    del x
    return x
f()
---
def f():
    x = 1
    def g():
        return x
    del x
    return g()
f()
---
x = "global"
def f():
    return [x for _ in range(1)], [y for y in x[:2]]
print(f())
---
def f(x):
    return [[x * y for y in range(x)] for x in range(x)]
print(f(4))
---
def f(k):
    return {a: [b + k for b in range(a)] for a in range(3)}
print(f(10))
---
def f(x):
    return list(map(lambda y: y + x, [1, 2]))
print(f(10))
---
def f(x):
    return sum(y * x for y in range(4))
print(f(2))
---
def f(x):
    g = (y * x for y in range(3))
    x = 100
    return list(g)
print(f(2))
---
g = (print("run", i) or i for i in range(2))
print("made")
print(list(g))
---
print(list((a, b) for a in range(3) for b in range(a)))
---
print([(a, b) for a in range(3) if a for b in range(a) if b == 0])
---
print({k: v for k, v in zip("abc", range(3))}, {c for c in "hello"} == set("helo"))
---
print([[j for j in range(i)] for i in range(4)])
---
def f(): return a_global_later
a_global_later = 3
print(f())
---
def f(x): return x
f.note = 5
print(f.note)
---
def f(x): return x
f.missing
---
def outer():
    def inner(a): pass
    inner()
outer()
---
def f(a, b): return a - b
print(f(b=1, a=5), f(*(3,), b=1), f(**dict(a=1, b=2)))
---
def f(a): a += [1]; return a
x = [0]
print(f(x), x)
---
def f():
    x = 1
    def g():
        nonlocal x
        x = 2
        def h():
            nonlocal x
            x += 10
        h()
    g()
    return x
print(f())
---
def f(n):
    total = 0
    for i in range(n):
        for j in range(i):
            if j % 2: continue
            total += i * j
    return total
print(f(20))
---
sorted([1, 2], key=lambda: 0)
---
sorted([3, 1, 2], key=lambda x: 1 / (x - 1))
---
def f(x: int, y: str = "a") -> int:
    return x
print(f(1))
---
compose = lambda *fs: lambda x: [f(x) for f in fs]
print(compose(abs, str, lambda v: v + 1)(-3))
---
def f(a, (b)): pass
---
print(min([3, 1], key=lambda v: -v), max("abc", key=ord))
---
def f(*args): return args
print(f(*range(3), *"ab", 9))
"""

BUILTINS = r"""
print(abs(-3), len("abc"), sum([1, 2, 3]), min(1, 2), max([1, 5, 3]), round(2.567, 2), round(2.5), pow(2, 3), pow(2, 5, 7))
---
print(divmod(7, 3), all([1, 0]), any([0, 1]), bool([]), int("12"), int(3.9), int("ff", 16), float("1.5"), complex(1, 2))
---
print(str(1), repr("a"), list("ab"), tuple([1]), dict(a=1), set([1]), frozenset([1]), bytes(3), bytes([65]))
---
print(list(range(0, 10, 3)), range(3), list(enumerate("ab", 1)), list(zip([1, 2], "ab")), list(map(str, [1, 2])))
---
print(list(filter(None, [0, 1, 2])), list(reversed([1, 2])), sorted("bca", reverse=True), sum([[1], [2]], []))
---
print(type(1), type("a"), type(None), type([]), type(print), type(lambda: 0), type(ValueError("x")), type(type))
---
print(isinstance(1, int), isinstance(True, int), isinstance("a", (int, str)), issubclass(bool, int))
---
print(chr(97), ord("a"), bin(5), hex(255), oct(8), ascii("é"), hash(1), callable(len), callable(1))
---
print(format(3.14159, ".2f"), format(5, "05d"), format("a", ">5"), format(1000000, ","))
---
print(1, 2, sep="-", end="!\n")
print()
print("a", "b", sep="")
---
print(1, sep=5)
---
print(hasattr("a", "upper"), hasattr("a", "nope"), getattr("a", "upper")(), getattr("a", "nope", 5))
---
getattr("a", "nope")
---
"a".nope
---
[].push(1)
---
None.x
---
int("abc")
---
int([])
---
float("x")
---
len(5)
---
len()
---
len([1], [2])
---
abs("a")
---
sum(["a", "b"])
---
sum(5)
---
max([])
---
min()
---
range("a")
---
range(1, 2, 0)
---
chr(-1)
---
ord("ab")
---
round("a")
---
sorted(5)
---
sorted([1, "a"])
---
next([1])
---
iter(5)
---
isinstance(1, 5)
---
dict([1])
---
set([[]])
---
list(5)
---
zip(1)
---
list(zip([1, 2], [1], strict=True))
---
enumerate(5)
---
reversed(5)
---
map()
---
list(map(lambda a, b: a + b, [1, 2], [3, 4]))
print(list(map(lambda a, b: a + b, [1, 2], [3, 4])))
---
print(int, str, ValueError, list, type)
---
print(int.__name__, type(1).__name__, len.__name__)
---
print([1, "a", None, 2.5, (1,), {"a": [1]}, {1}, b"x", range(2), slice(1, 2), True])
---
print(str.upper("a"), list(map(str.strip, [" a "])), sorted(["B", "a"], key=str.lower), dict.fromkeys("ab", 0))
---
print("a,b".split(","), " x ".strip(), "abc".replace("b", "x"), "-".join(["a", "b"]), "abc".find("c"), "Abc".lower())
---
print("{} {}".format(1, 2), "{1} {0}".format(1, 2), "{a} {b:.2f}".format(a=1, b=2.0), "{0[1]} {x.real}".format([1, 2], x=3))
---
print("{:>{w}}|{!r}|{{}}".format("a", "b", w=5))
---
"{} {0}".format(1)
---
"{0} {}".format(1)
---
"{1}".format(1)
---
"{a}".format()
---
"{".format()
---
"{!z}".format(1)
---
"{:d}".format("a")
---
print("{a}".format_map({"a": 1}))
---
x, y = 3.14159, "s"
print(f"{x:.2f} {y!r} {x=} {y:>5} {x:{8}.{3}} {{}} {1 + 1}")
---
print(f"{'nested'} {f'{1}'}" f" joined" " plain")
---
print(f"{1:d}")
f"{'a':d}"
---
f"{None:5}"
---
print("abc".center(9, "*"), "7".zfill(3), "a\tb".expandtabs(4), "ab".ljust(4) + "|", "a b".title(), "abc".startswith("a"))
---
x = [3, 1, 2]
x.sort(); x.append(4); x.extend([5]); x.insert(0, 0); x.remove(4); print(x.pop(), x, x.index(2), x.count(1))
x.reverse(); print(x, x.copy()); x.clear(); print(x)
---
d = {"a": 1}
d.update(b=2); print(d.get("c", 0), list(d.items()), d.pop("a"), d.setdefault("z", 5), d, "b" in d, list(d.keys()), d.values())
---
d = {}
d.pop("x")
---
s = {1, 2}
s.add(3); s.discard(9); print(s | {4}, s & {1}, s - {1}, s ^ {1, 9}, s.union([7]), s.issubset({1, 2, 3}))
---
{1}.remove(5)
---
[].pop()
---
[1].remove(2)
---
[1].index(2)
---
"a".join([1])
---
print((1, 2, 1).count(1), (1, 2).index(2), (5).bit_length(), (2.5).as_integer_ratio(), (1 + 2j).conjugate(), 1j.imag)
---
print(int.from_bytes(b"\x01\x00", "big"), (256).to_bytes(2, "big"), float.fromhex("0x1p3"), bytes.fromhex("ff"))
---
print("é".encode(), b"\xc3\xa9".decode("utf-8"), b"ab".hex())
---
b"\xff".decode()
---
print(range(10)[2:5], range(10)[-1], 3 in range(5), len(range(0, 10, 3)), range(5).stop, slice(1, 5).indices(3))
---
import math
print(math.sqrt(16), math.pi, math.floor(2.5), math.factorial(5), math.gcd(12, 18), math.isnan(math.nan), math.comb(5, 2))
---
from math import sin, pi as p, inf
print(sin(0), p, inf)
---
import math as m, math
print(m.e == math.e, m.prod([2, 3]), m.perm(5, 2), m.hypot(3, 4), m.log(8, 2), m.dist([0, 0], [3, 4]))
---
import math
math.sqrt(-1)
---
import math
math.nope
---
from math import nope
---
import nonexistent_module
---
from nonexistent_module import x
---
import math.nope
---
from math import *
print(sqrt(4), e)
---
print(NotImplemented, __name__)
---
x = [1, 2, 3]
it = iter(x)
print(next(it), list(it))
---
print(list(iter([1, 2, 3].pop, 1)))
---
print(bool(0.0), bool("0"), bool(()), not "")
---
print(1 .__class__.__name__, [].__class__)
---
print(sum(x for x in [1.5, 2]), sum((1, 2), 10), sum([True, True]))
---
print(sorted({"b": 1, "a": 2}), sorted([(2, "a"), (1, "b")], key=lambda t: t[1]))
---
print(str(ValueError("a", "b")), repr(ValueError("a")), str(KeyError("k")), ValueError("x").args)
---
print(id(1) == id(1), hash("a") == hash("a"))
---
hash([])
---
print(str(b"a"), repr("it's"), repr('"'), repr("\n\t\\"))
---
print(10**3, int("0x1f", 0), int(" 5 "), float("1e3"), float("-inf"), int(True))
---
x = 5
x.y = 1
---
x = "abc"
x.upper = 1
---
int.x = 1
---
print(complex("1+2j"), complex(1), abs(3 + 4j), (1 + 2j).real)
---
print(list("abc").__class__.__name__, "".join(reversed("abc")))
---
print([].append(1), {}.get(1))
---
def f(): return 1
print(callable(f), isinstance(f, int))
f + 1
---
len + 1
---
print < 1
---
int + 1
---
x = {"a": {"b": [1, 2, {"c": 3}]}}
print(x["a"]["b"][2]["c"])
---
a = [1]
a.append(a)
print(a)
---
print(*[1, 2, 3], *"ab")
print(*range(3), sep=", ")
---
print(1 if [] else 2, [] is [], () is ())
---
print("a\\b", 'a"b', "a'b", "tab\t.")
---
print("%5d|%-5d|%05d|%+d|%e|%g" % (1, 2, 3, 4, 5.0, 6.0))
---
"%d" % "a"
---
"%s %s" % 1
---
print(type(iter([])), type({}.keys()), type(x for x in []), type(range(1)), type(1 .__class__))
---
print(map(abs, [1]).__class__.__name__, type(zip()), type(enumerate([])), type(filter(None, [])))
---
print(list(map(int, "123")), list(map(float, [1])), list(map(list, ["ab"])), list(map(type, [1, "a"])))
---
import math
for call in (
    lambda: sorted(), lambda: sorted([1], 2), lambda: all(), lambda: any([], []), lambda: sum(), lambda: pow(2), lambda: round(),
    lambda: round(1, 2, 3), lambda: format(), lambda: format(1, None), lambda: getattr(1), lambda: getattr(1, 2), lambda: hasattr(1),
    lambda: hasattr(1, 2), lambda: setattr(1), lambda: delattr(1, 2, 3), lambda: iter(), lambda: iter(1, 2, 3), lambda: reversed(),
    lambda: reversed(5), lambda: "".join(), lambda: "".join(5), lambda: "".join([1]), lambda: [].extend(), lambda: {1}.union(5),
    lambda: dict.fromkeys(), lambda: {}.update(5), lambda: range(3).index(), lambda: range(3).index("a"), lambda: list(5),
    lambda: sum([[1], 2], []), lambda: sum([[1], (2,)], []), lambda: sum(["a"], ""), lambda: slice(), lambda: math.prod(5),
    lambda: math.lcm(1.5), lambda: bytes(1, 2),
):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
---
print(pow(exp=3, base=2), pow(2, 10, mod=7), round(number=2.567, ndigits=1), round(-2.5), format(1.5, ".2f"), {}.fromkeys("ab", 1))
---
print(1.0 in range(3), 1.5 in range(3), 7 in range(10 ** 30), range(3).index(2.0), range(3).count(2.0), range(9).count(True))
---
print(list(iter([1, 2].pop, 1)), list(reversed(range(3))), next(iter(range(10 ** 10))), next(reversed(range(10 ** 10))), Ellipsis)
---
import math
print(sum([[1], [2, 3]], []), sum([(1,), (2,)], ()), sum([[1]], start=[0]), math.prod([2, 3.5]), math.prod([], start=4), math.lcm())
---
def f(*args, **kwargs):
    return args, kwargs
for call in (lambda: f(*None), lambda: f(1, *None), lambda: f(*[1], *2), lambda: f(**5), lambda: 6(**5), lambda: f(a=1, **{"a": 2}),
             lambda: f(**{"a": 1}, a=1 / 0), lambda: f(**7, a=1 / 0), lambda: [].append(*5), lambda: f(**{1: 2})):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
---
def f():
    return (i for i in [1])
print(f(), (i for i in []))
---
import math
for make in (
    lambda: {*5}, lambda: {*[[]], *5}, lambda: {1, *[2], 3}, lambda: [*5], lambda: {[], *5},
    lambda: math.factorial(1, 2), lambda: math.factorial(), lambda: math.factorial(1.5), lambda: math.factorial(x=1),
    lambda: math.comb(5), lambda: math.comb(5, 2.0), lambda: math.perm(5, 2, 1), lambda: math.perm(5, 2), lambda: math.perm(5),
    lambda: math.lcm(4, 6), lambda: math.lcm(1.5), lambda: math.exp(*5), lambda: math.exp(**5), lambda: 'x'.join(*5), lambda: 'x'.rjust(**5),
    lambda: [].extend(*5), lambda: iter([], key=1), lambda: slice(start=1), lambda: slice(), lambda: reversed([], key=1), lambda: '\t'.expandtabs(1, 2), lambda: '\t|'.expandtabs(tabsize=3),
    lambda: 'a'.endswith('a', a=1), lambda: set().union(a=1), lambda: map(a=1), lambda: filter(None, [], a=1), lambda: ','.join([], a=1),
    lambda: list((lambda: 1).__qualname__ for i in [1]), lambda: math.exp(1, a=1),
    lambda: 'abc'.maketrans('a', 'b'), lambda: (5).from_bytes(b'\x01', 'big'), lambda: (2.5).fromhex('0x1p-2'), lambda: b''.fromhex('41'),
):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)
"""

NUMPY = r"""
import numpy as np
a = np.arange(6).reshape(2, 3)
print(a, a.T, a.sum(axis=0), a @ a.T, a[1], a[:, 1:], a[a > 2])
a
---
import numpy as np
a = np.ones(3)
a += 1
a[0] = 9
print(a, a.dtype, a.shape, a.ndim, a.size, repr(a), a.mean(), a.max(), a.argmax())
---
import numpy as np
print(np.zeros((2, 2)), np.eye(2), np.linspace(0, 1, 3), np.array([1, 2.5]), np.full((2,), 7), np.arange(0, 1, 0.25))
---
import numpy as np
print([np.float64(1.5), np.float32(2), np.int64(3), np.bool_(True)], np.pi, np.nan, np.newaxis)
---
import numpy as np
np.random.seed(0)
print(np.random.rand(2), np.random.randn(2), np.random.randint(0, 10, 3), np.random.permutation(4), np.random.choice([1, 2, 3]))
---
import numpy as np
from numpy.random import seed, rand
seed(1)
x = [1, 2, 3, 4]
np.random.shuffle(x)
print(rand(), x, np.random.normal(0, 1, 2), np.random.uniform(-1, 1))
---
import numpy as np
print(np.linalg.norm([3, 4]), np.linalg.inv(np.eye(2)), np.linalg.det(np.eye(3)), np.dot([1, 2], [3, 4]))
---
import numpy as np
print(np.concatenate([np.ones(2), np.zeros(1)]), np.stack([[1], [2]]), np.where([True, False], 1, 2), np.sort([3, 1]))
---
import numpy as np
np.ones(2) + np.ones(3)
---
import numpy as np
np.ones((2, 3)) @ np.ones((2, 3))
---
import numpy as np
np.ones(3)[5]
---
import numpy as np
np.ones(3).nope
---
import numpy as np
np.linalg.inv(np.zeros((2, 2)))
---
import numpy as np
try:
    np.linalg.inv(np.zeros((2, 2)))
except np.linalg.LinAlgError as error:
    print(error)
---
import numpy as np
a = np.zeros(4)
b = a[1:3]
b[:] = 5
print(a, b.base is a, np.shares_memory(a, b), a.strides, a.flags.c_contiguous)
---
import numpy as np
a = np.array([1, 2, 3], dtype=np.float32)
print(a.astype(int), a.astype("float64").dtype, a.tolist(), a.reshape(3, 1).shape, a.item(0), type(a), type(a[0]))
---
import numpy as np
print(np.isclose(0.1 + 0.2, 0.3), np.allclose([1], [1]), np.finfo(np.float32).eps, np.iinfo("int8").max, np.dtype("float32"))
---
import numpy as np
print(np.einsum("ij,jk->ik", np.eye(2), np.ones((2, 2))), np.cumsum([1, 2, 3]), np.unique([1, 1, 2]), np.meshgrid([1], [2]))
---
import numpy as np
for row in np.arange(4).reshape(2, 2):
    print(row, sum(row))
---
import numpy as np
print(f"{np.float64(3.14159):.2f} {np.array([1.0])}", "%.1f" % np.float32(2.55))
---
import numpy as np
rng = np.random.default_rng(0)
print(rng.random(2), rng.integers(0, 5, 3), rng.normal())
---
import numpy as np
print(np.sin(np.array([0.0, 1.0])), np.exp(1), np.maximum([1, 5], [3, 2]), np.clip([1, 9], 2, 5), np.abs(-3))
---
import numpy as np
a = np.arange(3)
a.shape = (3, 1)
print(a, a.flat[2], len(a), 2 in a, a == 1)
"""

COMPILE_ERRORS = r"""
return 1
---
break
---
continue
---
def f():
    nonlocal x
---
nonlocal x
---
def f(x):
    global x
---
def f():
    x = 1
    global x
---
def f():
    print(x)
    global x
---
def f(x, x): pass
---
def f():
    x = 1
    def g():
        global x
        nonlocal x
---
*a, *b = 1, 2
---
[x := 1 for x in range(3)]
---
[i for i in (j := range(3))]
---
def f():
    from math import *
---
if 1:
    break
---
def f():
    break
---
for i in range(3):
    def f():
        continue
---
try:
    pass
except:
    pass
except ValueError:
    pass
"""

GROUPS = {
    "names": NAMES,
    "operators": OPERATORS,
    "flow": FLOW,
    "functions": FUNCTIONS,
    "builtins": BUILTINS,
    "numpy": NUMPY,
    "compile errors": COMPILE_ERRORS,
}

SNIPPETS = [
    (f"{group} {number}", snippet.strip("\n") + "\n")
    for group, text in GROUPS.items()
    for number, snippet in enumerate(text.split("\n---\n"))
]
