"""A client that did not agree is not told of (PIPL): one rule for every view of a case."""

from typing import Protocol, TypeVar

import msgspec

from services.find.views import Evidence


class Case(Protocol):
    """A view of a case of going abroad with a manufacturer, as far as the rule asks."""

    @property
    def consent(self) -> bool: ...
    @property
    def evidence(self) -> tuple[Evidence, ...]: ...


C = TypeVar("C", bound=Case)
_MAY_TELL = ("title", "title_also", "outcome", "outcome_also", "proof")


def unnamed(case: C) -> C:
    """Without the client's consent nothing that may tell who it is, the source's words neither."""
    if case.consent:
        return case
    evidence = tuple(msgspec.structs.replace(one, raw="") for one in case.evidence)
    blank = dict.fromkeys(_MAY_TELL, "")
    return msgspec.structs.replace(case, **blank, evidence=evidence)  # type: ignore[type-var]
