"""All pages of a list: the list's own, one after another, then the details that they link to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from services.errors import FetchError, Unreadable
from services.kit import List, Page, Request, Source
from services.settings import Settings
from services.sync import catalogue
from services.sync.bodies import Bodies
from services.sync.fetch import Fetched, Fetcher, Held, MissingError
from services.sync.pages import Pages
from services.sync.reader import Reader

T = TypeVar("T")


def fetch_list(
    fetcher: Fetcher,
    reader: Reader,
    source: Source,
    one: List,
    settings: Settings,
    held: "Iterable[Held] | Earlier" = (),
) -> Pages:
    """All pages of a list, then its details, each address once and in the list's order.

    ``held``: the pages of the last good run with the headers they came with; each address among
    them is asked conditionally, and 304 means the page that we hold. A detail page that its
    publisher does not have (404, 410) is left out: the reader sees that it is missing and says so
    of that record. Raises FetchError for anything else, and Unreadable where the next request
    cannot be told from a page.
    """
    earlier = held if isinstance(held, Earlier) else Earlier(held)
    gathered = _Gathered(fetcher, settings, earlier)
    address = catalogue.address(source, one.name, settings)
    first = Request(url=address, headers=one.request.headers, name=one.request.name)
    request: Request | None = first
    while request is not None:
        if request.url in gathered.asked:
            raise FetchError(f"{request.url} was given as its own next page.")
        page = gathered.get(request).page
        request = None
        if one.following is not None:
            request = _told(reader, Request | None, one.following, page)
    if one.details is not None:
        for detail in _details(reader, one.details, gathered.pages.bodies.each()):
            if detail.url not in gathered.asked:
                gathered.try_to_get(detail)
    return gathered.pages


def _details(
    reader: Reader, details: Callable[[Page], Sequence[Request]], pages: Iterable[Page]
) -> Iterator[Request]:
    for page in pages:
        yield from _told(reader, tuple[Request, ...], details, page)


def _told(reader: Reader, form: Any, what: Callable[[Page], T], page: Page) -> T:
    try:
        return reader.call(form, what, page)
    except Unreadable as fault:
        said = f"What to fetch next cannot be told from {page.url}: {fault.what}"
        raise Unreadable(said[:500], fault.remedy) from fault


class Earlier:
    """Pages that came earlier, with the headers they came with, by address; their bytes lie in a
    file until a publisher says that they still hold."""

    def __init__(self, held: Iterable[Held] = ()) -> None:
        self._bodies = Bodies()
        self._places: dict[str, int] = {}
        self._headers: list[Mapping[str, str]] = []
        for page, headers in held:
            self._places[page.url] = len(self._headers)
            self._headers.append(headers)
            self._bodies.append(page)

    def place(self, url: str) -> int | None:
        """Where the page of this address stands. A list of one page may have been answered from
        where a redirect led."""
        return self._places.get(url, 0 if len(self._headers) == 1 else None)

    def asked(self, place: int) -> Held:
        """All that asking for news needs: without the bytes."""
        return self._bodies.bare(place), self._headers[place]

    def page(self, place: int) -> Page:
        return self._bodies[place]


class _Gathered:
    """The pages of one list as they come."""

    def __init__(self, fetcher: Fetcher, settings: Settings, earlier: Earlier) -> None:
        self.pages = Pages()
        self.asked: set[str] = set()
        self._fetcher = fetcher
        self._earlier = earlier
        self._most = settings.fetch.max_pages

    def get(self, request: Request) -> Fetched:
        if len(self.pages) >= self._most:
            raise FetchError(
                f"{self.pages.bare[0].request.url} has more than {self._most} pages.",
                "Raise fetch.max_pages if that is right.",
            )
        self.asked.add(request.url)
        place = self._earlier.place(request.url)
        held = None if place is None else self._earlier.asked(place)
        answer = self._fetcher.get(request, held)
        if answer.not_modified and held is not None and place is not None:
            # a 304 need not repeat what the page came with (RFC 9110, 15.4.5): without it the next
            # run could not ask for news only
            came_with, page = {**held[1], **answer.headers}, self._earlier.page(place)
            answer = replace(answer, page=page, headers=came_with, not_modified=False)
        self.pages.append(answer)
        return answer

    def try_to_get(self, request: Request) -> None:
        try:
            self.get(request)
        except MissingError:
            return
