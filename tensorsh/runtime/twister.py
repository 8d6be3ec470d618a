"""The Mersenne Twister MT19937 with PyTorch's seeds, PyTorch's state record, and its raw and uniform numbers.

The state of a twister is that of PyTorch's generator, byte for byte. Nothing here loads `numpy.random` (15 ms)
before the first number is drawn.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.runtime.c_arithmetic import Array
from tensorsh.runtime.layout import check_device

if TYPE_CHECKING:
    from typing import Self

DEFAULT_SEED = 67280421310721
_TWISTER_WORDS = 624
_FRESH = np.empty(0, np.uint64)  # the words of an engine that has made none
_CHUNK = 1 << 14  # numbers at a time in large fills, so that the raw words stay in the cache

# Arrays of no dimension: NumPy takes as long again to convert a scalar.
_HALF_WORD = np.array(32, np.uint64)
_BITS_OF_SINGLE, _BITS_OF_DOUBLE = np.array(2**24 - 1, np.uint32), np.array(2**53 - 1, np.uint64)
_STEP_OF_SINGLE, _STEP_OF_DOUBLE = np.array(2.0**-24, np.float32), np.array(2.0**-53)

# The layout of `torch.Generator.get_state()`: ATen's CPUGeneratorImplState.
_STATE = np.dtype(
    [
        ("seed", np.uint64),
        ("left", np.int32),
        ("seeded", np.int32),
        ("next", np.uint64),
        ("words", np.uint64, _TWISTER_WORDS),
        ("normal_x", np.float64),
        ("kept_normal", np.float64),
        ("normal_rho", np.float64),
        ("has_kept_normal", np.int32),
        ("padding", np.int32),
        ("next_float_normal", np.float32),
        ("has_next_float_normal", np.uint32),
    ]
)


class Twister:
    """A source of random words that can be seeded, saved and restored.

    >>> Twister().manual_seed(0).words(2).tolist()
    [2357136044, 2546248239]
    """

    __slots__ = ("_at", "_block", "_engine", "_kept_normal", "_legacy", "_seed", "_waiting", "__weakref__")

    def __init__(self, device: Any = None) -> None:
        check_device(device)
        self._engine: Any = None  # numpy.random.MT19937, made at the first draw
        self._legacy: Any = None  # the RandomState over it, which seeds as PyTorch does
        # The last words that the engine has made, always to the end of its state, and how many of them have been drawn.
        self._block = _FRESH
        self._at = 0
        self._seed = DEFAULT_SEED
        self._waiting: Array | None = None  # a state record that the engine has not taken over yet
        self._kept_normal: float | None = None

    # Seed and state

    def manual_seed(self, seed: int) -> Self:
        """Restart from `seed`, an integer of -2**63 … 2**64 - 1; negative ones count from 2**64 down. Returns `self`.

        Raises RuntimeError for what is no integer, ValueError out of range.

        >>> Twister().manual_seed(-1).initial_seed()
        18446744073709551615
        """
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        self._waiting = None
        self._kept_normal = None
        self._block, self._at = _FRESH, 0
        return self

    def initial_seed(self) -> int:
        """The seed of the last `manual_seed` or `seed`, all 64 bits of it (the stream depends on the low 32)."""
        return self._seed

    def seed(self) -> int:
        """Restart from a number that the operating system chooses, and return it."""
        return self.manual_seed(int.from_bytes(os.urandom(8), "little")).initial_seed()

    def get_state(self) -> Array:
        """The whole state as 5056 uint8, byte for byte what PyTorch gives for a generator in the same state."""
        record = np.zeros((), _STATE) if self._waiting is None else self._waiting.copy()
        if self._waiting is None:
            fresh = self._block is _FRESH
            if fresh:
                self._connect()
            left = self._block.size - self._at
            record["seed"] = self._seed
            record["seeded"] = 1
            record["words"] = self._engine.state["state"]["key"]
            record["next"] = 0 if fresh else _TWISTER_WORDS - left
            record["left"] = 1 + left
        record["kept_normal"] = self._kept_normal or 0.0
        record["has_kept_normal"] = self._kept_normal is not None
        return record.reshape(1).view(np.uint8)

    def set_state(self, state: Array) -> Self:
        """Go back to a state that `get_state`, here or in PyTorch, gave.

        Raises TypeError if `state` is not uint8, RuntimeError for another size or a state that none can be in.
        """
        if state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if state.size != _STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} "
                f"but found the input RNG state size to be {state.size}"
            )
        record = np.frombuffer(state.tobytes(), _STATE)[0:1].copy().reshape(())
        if not (record["seeded"] and 0 < record["left"] <= _TWISTER_WORDS and record["next"] <= _TWISTER_WORDS):
            raise RuntimeError("Invalid mt19937 state")
        self._seed = int(record["seed"])
        self._waiting = record
        self._kept_normal = float(record["kept_normal"]) if record["has_kept_normal"] else None
        self._block, self._at = _FRESH, 0
        return self

    def take_kept_normal(self) -> float | None:
        """The second number of the last pair of normal ones, if nobody has taken it since."""
        kept, self._kept_normal = self._kept_normal, None
        return kept

    def keep_normal(self, number: float | None) -> None:
        """Leave `number` for the next who asks for a normal one."""
        self._kept_normal = number

    def clone_state(self) -> Self:
        """A generator of its own in the same state."""
        return type(self)().set_state(self.get_state())

    def _connect(self) -> int:
        """Put the engine into the state that the seed or the waiting record says; gives how many of its words are spent."""
        if self._engine is None:
            from numpy.random import MT19937, RandomState

            self._engine = MT19937(0)
            self._legacy = RandomState(self._engine)
        if self._waiting is None:
            self._legacy.seed(self._seed & 0xFFFFFFFF)
            return _TWISTER_WORDS
        record = self._waiting
        position = _TWISTER_WORDS if record["left"] == 1 else int(record["next"])
        inner = {"key": record["words"].astype(np.uint32), "pos": position}
        self._engine.state = {"bit_generator": "MT19937", "state": inner}
        return position

    # Words and uniform numbers, flat

    def words(self, count: int) -> Array:
        """The next `count` 32-bit outputs, as uint64."""
        start = self._at
        end = start + count
        if end > self._block.size:
            return self._beyond_block(count)
        self._at = end
        return self._block[start:end].copy()

    def _beyond_block(self, count: int) -> Array:
        """What is left of the block, and words of new ones."""
        rest = self._block[self._at :]
        missing = count - rest.size
        made = self._make(missing)
        self._block = made[-_TWISTER_WORDS:].copy()
        self._at = self._block.size - (made.size - missing)
        return np.concatenate([rest, made[:missing]]) if rest.size else made[:missing]

    def _make(self, count: int) -> Array:
        """At least `count` words, to the end of a state: the engine makes 624 in little more time than one."""
        spent = _TWISTER_WORDS
        if self._block is _FRESH:
            spent = self._connect()
            self._waiting = None
        made: Array = self._engine.random_raw(count + (_TWISTER_WORDS - spent - count) % _TWISTER_WORDS)
        return made

    def hold(self, count: int) -> None:
        """Have the next `count` words in one block; they must then be drawn, for no record tells of two states."""
        missing = self._at + count - self._block.size
        if missing > 0:
            made = self._make(missing)
            self._block = np.concatenate([self._block[self._at :], made])
            self._at = 0

    def wide_words(self, count: int) -> Array:
        """The next `count` 64-bit numbers; the first output of a pair is the high half."""
        words = self.words(2 * count)
        wide = words[0::2] << _HALF_WORD
        wide |= words[1::2]
        return wide

    def singles(self, count: int) -> Array:
        """`count` float32 of [0, 1), with 24 random bits each."""
        return self.in_chunks(count, np.float32, self._single_chunk)

    def doubles(self, count: int) -> Array:
        """`count` float64 of [0, 1), with 53 random bits each."""
        return self.in_chunks(count, np.float64, self._double_chunk)

    def below(self, p: float, count: int) -> Array:
        """Which of `count` such float64 are below `p`, found without making them."""
        bound = np.array(math.ceil(p * 2.0**53), np.uint64)

        def chunk(count: int) -> Array:
            words = self.wide_words(count)
            words &= _BITS_OF_DOUBLE
            return np.less(words, bound)

        return self.in_chunks(count, np.bool_, chunk)

    def _single_chunk(self, count: int) -> Array:
        return singles_of(self.words(count))

    def _double_chunk(self, count: int) -> Array:
        words = self.wide_words(count)
        words &= _BITS_OF_DOUBLE
        numbers = words.view(np.int64).astype(np.float64)
        numbers *= _STEP_OF_DOUBLE
        return numbers

    @staticmethod
    def in_chunks(count: int, array_dtype: Any, chunk: Callable[[int], Array]) -> Array:
        """`count` numbers of `chunk`, which makes as many as it is asked for, a cacheful at a time."""
        if count <= _CHUNK:
            return chunk(count)
        out = np.empty(count, array_dtype)
        for start in range(0, count, _CHUNK):
            part = out[start : start + _CHUNK]
            part[...] = chunk(part.size)
        return out


def singles_of(words: Array) -> Array:
    """The float32 of [0, 1) that 32-bit words stand for."""
    numbers = words.astype(np.uint32)
    numbers &= _BITS_OF_SINGLE
    singles = numbers.view(np.int32).astype(np.float32)
    singles *= _STEP_OF_SINGLE
    return singles
