"""Who wrote to what a derivative needs: for the errors that PyTorch raises, in the words of the source, and for those that it does not."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from tensorsh.diagnostics.blame import Source, WrongGradient, stale, version_error
from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.places import PlaceOf
from tensorsh.display.blame import fix, lines, sentence, stale_text
from tensorsh.language.reading import elsewhere, written
from tensorsh.language.sources import Sources


def source_of_writes(sources: Sources) -> Source:
    """What `sources` say about writes."""
    return Source(written, lambda statement: elsewhere(statement, sources))


def hints(error: BaseException, names: Mapping[str, Any], place_of: PlaceOf, sources: Sources) -> tuple[Hint, ...]:
    """What a drawn version error says below PyTorch's text; nothing for other errors."""
    facts = version_error(error, names, place_of, source_of_writes(sources))
    if facts is None:
        return ()
    return tuple(Hint(text) for text in (sentence(facts), *lines(facts), fix(facts)))


def warn_if_stale(node: Any, grad: Any, arrived: Any, names: Mapping[str, Any], place_of: PlaceOf, sources: Sources) -> bool:
    """Warn if `node`, whose turn it is in a backward pass, has saved what was written to through `.data`; says whether it did."""
    facts = stale(node, grad, arrived, names, place_of, source_of_writes(sources))
    if facts is None:
        return False
    warnings.warn(stale_text(facts), WrongGradient, stacklevel=2)
    return True
