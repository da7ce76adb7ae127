"""The grammar of a route: what a market accepts as evidence, in one line.

    in_country_cb+in_country_lab|in_country_cb+ilac_17025_report

``|`` parts alternatives, any of which is enough; ``+`` joins what one alternative asks for
together. There are no brackets, no order, and no words but those of services.terms.Requirement.
"""

from services.terms import Requirement

Alternatives = tuple[tuple[Requirement, ...], ...]

_WORDS = ", ".join(Requirement)


class GrammarError(ValueError):
    """The text is no route. ``word``: what stands there ("" for nothing); ``place``: the number
    of the character where it begins, counted from one."""

    def __init__(self, what: str, word: str, place: int) -> None:
        super().__init__(what)
        self.word = word
        self.place = place


def parse(text: str) -> Alternatives:
    """The alternatives of a route, each with all its requirements, in the order written.

    Blanks around words do not matter. Raises :class:`GrammarError` for an empty place, a word that
    is not known, one that an alternative names twice, and an alternative that stands twice.
    """
    alternatives: list[tuple[Requirement, ...]] = []
    place = 1
    for part in text.split("|"):
        alternative = _alternative(part, place)
        if any(set(alternative) == set(one) for one in alternatives):
            raise GrammarError(
                f"“{part.strip()}” at character {place} stands there already.", part.strip(), place
            )
        alternatives.append(alternative)
        place += len(part) + 1
    return tuple(alternatives)


def write(alternatives: Alternatives) -> str:
    """The line that :func:`parse` reads as these alternatives."""
    return "|".join("+".join(alternative) for alternative in alternatives)


def _alternative(text: str, place: int) -> tuple[Requirement, ...]:
    found: list[Requirement] = []
    for part in text.split("+"):
        word, at = part.strip(), place + len(part) - len(part.lstrip())
        if not word:
            raise GrammarError(f"A requirement is missing at character {place}.", "", place)
        if word not in set(Requirement):
            raise GrammarError(
                f"“{word}” at character {at} is no requirement; known are: {_WORDS}.", word, at
            )
        if word in found:
            raise GrammarError(f"“{word}” at character {at} is asked for twice.", word, at)
        found.append(Requirement(word))
        place += len(part) + 1
    return tuple(found)
