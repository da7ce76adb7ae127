"""Fetched pages whose bytes lie in a file: the road holds what was said of each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

from services.kit import Page
from services.sync.bodies import Bodies
from services.sync.fetch import Fetched


class Pages(Sequence[Fetched]):
    """What was fetched, in order; the bytes of a page are loaded when it is asked for."""

    def __init__(self) -> None:
        self.bodies = Bodies()
        self.bare: list[Fetched] = []  # without their bytes

    def append(self, one: Fetched) -> None:
        self.bodies.append(one.page)
        self.bare.append(replace(one, page=self.bodies.bare(len(self.bare))))

    def __len__(self) -> int:
        return len(self.bare)

    @overload
    def __getitem__(self, place: int) -> Fetched: ...
    @overload
    def __getitem__(self, place: slice) -> list[Fetched]: ...
    def __getitem__(self, place: int | slice) -> Fetched | list[Fetched]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        return replace(self.bare[place], page=self.bodies[place])

    def __iter__(self) -> Iterator[Fetched]:
        return (self[place] for place in range(len(self)))


def bare(fetched: Sequence[Fetched]) -> Sequence[Fetched]:
    """All that was said of these pages, without their bytes."""
    return fetched.bare if isinstance(fetched, Pages) else [one.bodiless() for one in fetched]


def bodies(fetched: Sequence[Fetched]) -> Sequence[Page]:
    """The pages, as a reader is given them."""
    return fetched.bodies if isinstance(fetched, Pages) else [one.page for one in fetched]
