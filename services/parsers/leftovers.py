"""What a reading met and did not take, counted, one example a kind."""

from collections import Counter

from services.kit import Leftover

_LONGEST = 300  # characters: it is read by a person, and kept with its run


class Leftovers:
    """Leftovers of a whole reading, in the order in which their kinds were first met."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def left(self, what: str, example: str = "", count: int = 1) -> None:
        """``count`` more of the kind ``what``; the first example stands, on one line, cut short.

        A ``count`` of 0 leaves nothing: an empty column of persons held nobody to drop.
        """
        if not count:
            return
        what = " ".join(what[: 2 * _LONGEST].split())[:_LONGEST] or "(blank)"
        self._counts[what] += count
        self._examples.setdefault(what, " ".join(example[: 2 * _LONGEST].split())[:_LONGEST])

    def told(self) -> tuple[Leftover, ...]:
        return tuple(
            Leftover(what=what, example=self._examples[what], count=count)
            for what, count in self._counts.items()
        )
