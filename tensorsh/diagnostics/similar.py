"""Names that look like a mistyped one, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable

# What programs use most: of several names that are as near, these were meant more often.
COMMON = frozenset(
    "abs arange argmax backward cat clone cos detach device dim dtype exp float grad item log long manual_seed matmul max mean min"
    " numel numpy ones permute pow print rand randint randn range relu requires_grad reshape shape sigmoid sin size softmax sqrt"
    " squeeze stack std stride sum tanh tensor tolist torch transpose unsqueeze var view where zeros".split()
)
_LONGEST = 40  # nobody mistypes a longer name by a letter; and the table below grows with the square


def similar(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names that differ from `name` by a third of its letters at most, the nearest first; if none does, those that it is
    the beginning of, where they are few.

    A letter too many, too few or wrong, and two neighbours that changed places, count one each; capitals count half.

    >>> similar("sofmax", ["softmax", "softmin", "sum"])
    ['softmax']
    >>> similar("soft", ["softmax", "softmin", "sum"])
    ['softmax', 'softmin']
    """
    if not 1 < len(name) <= _LONGEST:
        return []
    most_wrong = max(1.0, len(name) / 3)
    lowered = name.lower()
    letters = set(lowered)
    found = []
    longer = []
    for candidate in known:
        if candidate.startswith(name) and candidate != name:
            longer.append(candidate)
        if candidate == name or abs(len(candidate) - len(name)) > most_wrong or not letters & set(candidate.lower()):
            continue
        if len(name) == 2 and sorted(lowered) != sorted(candidate.lower()):
            continue  # of two letters, one is half of the name
        wrong = distance(lowered, candidate.lower(), most_wrong) + (0.5 if candidate.islower() != name.islower() else 0)
        if wrong <= most_wrong:
            # Among equals: the one that starts alike, then what is common.
            found.append((wrong, candidate[0] != name[0], candidate not in COMMON, candidate))
    nearest = min((row[0] for row in found), default=0.0)
    names = [row[3] for row in sorted(found) if row[0] <= nearest + 0.5]
    # Of `relu` and `relu_`, the plain one.
    names = [found for found in names if name.endswith("_") or found[:-1] not in names or found[-1] != "_"]
    longer = [found for found in sorted(longer) if found[:-1] not in longer or found[-1] != "_"]
    return names[:most] or (longer if len(longer) <= most else [])


def distance(a: str, b: str, most: float) -> float:
    """How many single mistakes lead from `a` to `b`; anything above `most` where there are more (Damerau and Levenshtein)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
