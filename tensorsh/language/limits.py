"""The limits that keep a careless line from hanging or filling the machine, and the operators that mind them.

Whatever in the language can make a very large value from a very small text (`10 ** 10 ** 10`, `"a" * 10 ** 12`) goes through
here first and raises `MemoryError` with the size that was asked for. Growth that takes as many statements as it has steps is
left alone: Ctrl-C stops that.

Recursion has two limits. Script functions may nest as deep as Python's do by default. The host's own limit must be larger,
since one script call is several host calls; it is bounded in turn by the C stack of 8 MiB that `repr`, comparisons, `sorted(key=…)`
and generators inside generators use (measured: 20,000 nested generators overflow it, 10,000 do not).
"""

from __future__ import annotations

import math
import operator
import sys
from typing import Any

SCRIPT_DEPTH = 1000
HOST_DEPTH = 10_000
ITERATOR_DEPTH = 500
MAX_LENGTH = 2**28
MAX_BITS = 2**24
MAX_WIDTH = 2**24
MAX_DIVIDED = 2**20

_REPEATABLE = frozenset({str, bytes, list, tuple})


def raise_host_depth() -> None:
    """Allow the host calls that the deepest script needs. It is a setting of the whole process and never lowered."""
    if sys.getrecursionlimit() < HOST_DEPTH:
        sys.setrecursionlimit(HOST_DEPTH)


def check_length(length: int) -> None:
    if length > MAX_LENGTH:
        raise MemoryError(f"the result would have {_count(length)} elements; tensorsh stops at {MAX_LENGTH:,}")


def check_bits(bits: float, most: int = MAX_BITS) -> None:
    if bits > most:
        raise MemoryError(f"the result would have {_count(bits)} bits; tensorsh stops at {most:,}")


def _count(number: float) -> str:
    return f"{int(number):,}" if number < 1e30 else "far too many"


def multiply(left: Any, right: Any) -> Any:
    check_product(left, right)
    return left * right


def multiply_in_place(left: Any, right: Any) -> Any:
    check_product(left, right)
    return operator.imul(left, right)


def check_product(left: Any, right: Any) -> None:
    kind, other = type(left), type(right)
    if kind is int:
        if other is int:
            if left > MAX_BITS and right > MAX_BITS:
                check_bits(left.bit_length() + right.bit_length())
        elif other in _REPEATABLE:
            check_length(len(right) * left)
    elif kind in _REPEATABLE and other is int:
        check_length(len(left) * right)


def power(base: Any, exponent: Any) -> Any:
    check_power(base, exponent)
    return base**exponent


def power_in_place(base: Any, exponent: Any) -> Any:
    check_power(base, exponent)
    return operator.ipow(base, exponent)


def check_power(base: Any, exponent: Any) -> None:
    if type(base) is int and type(exponent) is int and exponent > 2 and not -2 < base < 2:
        check_bits((base.bit_length() - 1) * exponent)
    elif exponent == 2 if type(exponent) is int else False:
        check_product(base, base)


def shift_left(value: Any, count: Any) -> Any:
    check_shift(value, count)
    return value << count


def shift_left_in_place(value: Any, count: Any) -> Any:
    check_shift(value, count)
    return operator.ilshift(value, count)


def check_shift(value: Any, count: Any) -> None:
    if type(value) is int and type(count) is int and value:
        check_bits(value.bit_length() + count)


def check_percent(template: str | bytes, values: Any) -> None:
    """`%` formatting takes a width from the template or, for `*`, from the values."""
    text = template.decode("latin-1") if isinstance(template, bytes) else template
    if "%" not in text:
        return
    check_widths(text)
    if type(values) is not tuple:
        values = values.values() if type(values) is dict else (values,)
    longest = max([len(value) for value in values if type(value) is str or type(value) is bytes], default=0)
    check_length(text.count("%") * longest)
    if "*" in text:
        for value in values:
            if type(value) is int and abs(value) > MAX_WIDTH:
                raise MemoryError(f"a format width of {_count(abs(value))} is too large")


def check_widths(spec: Any) -> None:
    """Refuse a format specification that asks for a width or a precision of many millions."""
    if type(spec) is not str or len(spec) < 8:
        return
    digits = 0
    for character in spec:
        digits = digits + 1 if character.isdigit() else 0
        if digits > 7:
            raise MemoryError(f"a format width of more than {10**7:,} is too large")


def check_width(width: Any) -> None:
    if type(width) is int and width > MAX_LENGTH:
        check_length(width)


def check_finite(iterable: Any) -> None:
    """Refuse to walk a range that no computer gets to the end of."""
    if type(iterable) is range:
        start, stop, step = iterable.start, iterable.stop, iterable.step
        check_length((stop - start) // step if (stop - start) // step > 0 else 0)


# What `math` has of functions with large results. They leave it to the host's to say what is wrong with other arguments.


def factorial(*args: Any, **kwargs: Any) -> int:
    for number in args:
        if type(number) is int and number > 1:
            check_bits(number * math.log2(number) - 1.45 * number)
    return math.factorial(*args, **kwargs)


def combinations(*args: Any, **kwargs: Any) -> int:
    if len(args) == 2:
        n, k = args
        if type(n) is int and type(k) is int and 0 < k < n:
            check_bits(min(min(k, n - k) * n.bit_length(), n), MAX_BITS // 32)  # some seconds, which notice no Ctrl-C
    return math.comb(*args, **kwargs)


def permutations(*args: Any, **kwargs: Any) -> int:
    if 1 <= len(args) <= 2:
        n = args[0]
        count = n if args[-1] is None else args[-1]
        if type(n) is int and type(count) is int and 0 < count <= n:
            check_bits(count * n.bit_length() if count < n // 2 else n * math.log2(n) - 1.45 * n, MAX_BITS // 4)
    return math.perm(*args, **kwargs)


def greatest_common_divisor(*args: Any, **kwargs: Any) -> int:
    _check_division(args)
    return math.gcd(*args, **kwargs)


def least_common_multiple(*args: Any, **kwargs: Any) -> int:
    check_bits(sum([number.bit_length() for number in args if type(number) is int]))
    _check_division(args)
    return math.lcm(*args, **kwargs)


def _check_division(numbers: tuple[Any, ...]) -> None:
    """Looking for common divisors takes the product of the lengths, and notices no Ctrl-C: a second for a million bits twice."""
    lengths = [number.bit_length() for number in numbers if type(number) is int]
    if len(lengths) > 1 and sum(lengths) * max(lengths) > 2 * MAX_DIVIDED**2:
        raise MemoryError(f"numbers of {_count(max(lengths))} bits are too large to divide one by another; tensorsh stops at {MAX_DIVIDED:,}")


def check_rounding(number: Any, ndigits: Any) -> None:
    if type(number) is int and type(ndigits) is int and -ndigits > MAX_BITS:
        check_bits(-ndigits * 3.32)
