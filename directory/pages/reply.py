"""What a page handler gives back, and what every page function needs of an answer."""

from urllib.parse import quote

from litestar import Response
from litestar.enums import MediaType

from services.find.views import Meta, SourceRef

# what every page says besides the headers of the front door
HEADERS = {
    "cache-control": "no-cache",
    # a fragment and its page share an address; the header names who is signed in
    "vary": "HX-Request, Cookie",
}

Html = Response[str]
_STANDS = "/?#[]@!$&'()*+,;=%:~"


class Redirect(Response[None]):
    """``status_code``: 303 where what was sent is done and its page is to be read next."""

    def __init__(
        self, path: str, headers: dict[str, str] | None = None, status_code: int = 302
    ) -> None:
        # whatever was typed into an address, a header holds what RFC 3986 lets stand in one
        said = {**(headers or {}), "location": quote(path, safe=_STANDS)}
        super().__init__(None, status_code=status_code, headers=said)


def page(html: str, status_code: int = 200, headers: dict[str, str] | None = None) -> Html:
    return Response(
        html,
        status_code=status_code,
        media_type=MediaType.HTML,
        headers={**HEADERS, **(headers or {})},
    )


def titles(meta: Meta) -> dict[str, SourceRef]:
    """Source key → the source, for its title in the page's language."""
    return {source.key: source for source in meta.sources}
