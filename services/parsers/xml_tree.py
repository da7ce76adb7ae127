"""Reading XML that a stranger wrote: a tree without entities, without network, within bounds.

Entities are how a kilobyte becomes a gigabyte (the "billion laughs") or a file of this machine, and
no list needs one: a document that declares any is refused before it is parsed. The parser itself
fetches nothing, loads no DTD and keeps libxml2's own limits (``huge_tree`` off); size, number and
depth of elements are bounded here, while reading, so that memory never goes far beyond them.
"""

import codecs
import re
from collections.abc import Iterator

from lxml import etree

from services.errors import Unreadable
from services.kit import Page
from services.parsers.charset import text_of

# the largest trusted list of a member state has 6 MB and some 100,000 elements
MAX_BYTES = 100_000_000
MAX_ELEMENTS = 2_000_000
MAX_DEPTH = 100
_CHUNK = 64_000
_SEEN_AT_START = 4_000  # the XML declaration is the first thing in a document

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Python knows codecs besides that are no charsets, and some that take their time ("punycode")
_ORDINARY = re.compile(
    r"utf-?8|us-ascii|iso-?8859|latin|windows-|cp\d|koi8|mac|gb|big5|shift|euc|tis", re.I
)
_DECLARED = re.compile(r"\A\s*<\?xml\b[^>]*?\?>", re.S)
_ENCODING = re.compile(rb"<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z][\w.\-]*)[\"']")
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.I)
_LIMIT = re.compile(r"XML_PARSE_HUGE|excessive|amplification|too (?:long|deep|large)", re.I)
_ENTITY = re.compile(r"<!ENTITY\b", re.I)


def parse(page: Page) -> etree._Element:
    """The root element of a page's document, comments and processing instructions left out.

    The bytes decide on their charset before the document's own declaration does, as everywhere:
    a list saved anew by an editor often keeps a declaration that is no longer true.

    Raises Unreadable where the bytes are no XML, are cut off, declare entities, or exceed the
    bounds of this module.
    """
    what = page.url or page.name or "The document"
    if len(page.body) > MAX_BYTES:
        raise Unreadable(
            f"{what} has {len(page.body):,} bytes, more than {MAX_BYTES:,}.",
            "No list is that long; see what the address answers.",
        )
    if not page.body.strip():
        raise Unreadable(f"{what} is empty.", "Old data stand; the next run asks again.")
    text = _text(page)
    _refuse_entities(what, text)
    return _tree(what, _DECLARED.sub("", text, count=1))


def _text(page: Page) -> str:
    """By mark or zeros, as strict UTF-8, as declared: in the document, then by the server. Only
    then by guessing from the letters, which tags between them make less sure."""
    declared = _ENCODING.search(page.body[:_SEEN_AT_START])
    charset = declared[1].decode("ascii") if declared else ""
    if not page.body.startswith(_MARKS) and b"\0" not in page.body:
        for name in ("utf-8", charset, page.charset):
            if _ORDINARY.match(name) and (text := _strict(page.body, name)) is not None:
                return text
    return text_of(
        Page(url=page.url, body=page.body, name=page.name, charset=charset or page.charset)
    )


def _strict(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except (LookupError, ValueError):
        return None


def _refuse_entities(what: str, text: str) -> None:
    """Looked for in the whole text: a comment before the root could hide where declarations end."""
    doctype = _DOCTYPE.search(text)
    if doctype and _ENTITY.search(text, doctype.end()):
        raise Unreadable(
            f"{what} declares entities, as XML bombs do.",
            "No official list needs them: open the kept bytes before anything else reads them.",
        )


def _tree(what: str, text: str) -> etree._Element:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    elements = depth = 0
    try:
        # by pieces, so that the bounds hold while the tree grows and not only once it stands
        for start in range(0, len(text), _CHUNK):
            parser.feed(text[start : start + _CHUNK].encode("utf-8"))
            for event, _ in parser.read_events():
                depth += 1 if event == "start" else -1
                elements += event == "start"
                if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
                    raise _beyond(what)
        root: etree._Element = parser.close()
    except (etree.XMLSyntaxError, UnicodeEncodeError) as fault:
        if _LIMIT.search(str(fault)):
            raise _beyond(what) from fault
        raise Unreadable(
            f"{what} is no whole XML document: {_said(fault)}.",
            "A cut-off download or a web page in its place; the next run asks again.",
        ) from fault
    return root


def _beyond(what: str) -> Unreadable:
    return Unreadable(
        f"{what} nests or counts more than a list can have ({MAX_DEPTH} levels,"
        f" {MAX_ELEMENTS:,} elements, ten million characters in one place).",
        "See what the address answers.",
    )


def _said(fault: Exception) -> str:
    """libxml2's words, which name line and column, without its file name."""
    said = str(getattr(fault, "msg", None) or fault)
    return re.sub(r"\s*\(<string>[^)]*\)", "", said).rstrip(".")


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def words(element: etree._Element | None) -> str:
    """All text below an element in one line, "" where there is no element."""
    return "" if element is None else " ".join("".join(map(str, element.itertext())).split())


def by_language(element: etree._Element | None, tag: str) -> Iterator[tuple[str, str]]:
    """(language, text) of the children ``tag`` in order, as ``xml:lang`` says ("und" where not)."""
    if element is None:
        return
    for child in element.findall(tag):
        if said := words(child):
            yield (child.get(XML_LANG) or "und").strip(), said
