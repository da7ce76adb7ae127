"""XML of strangers: entities, bombs, bounds and lying encodings."""

import pytest

from services.errors import Unreadable
from services.kit import Page
from services.parsers import xml_tree


def read(body: bytes | str, charset: str = "") -> str:
    given = body.encode() if isinstance(body, str) else body
    return xml_tree.words(
        xml_tree.parse(Page(url="https://x.example/", body=given, charset=charset))
    )


def test_text_of_a_tree_in_one_line_without_comments_and_instructions() -> None:
    assert read(
        "<?xml version='1.0'?><!-- a --><r><?x y?><n>Made\n  <b>Lab</b></n><!-- b --></r>"
    ) == ("Made Lab")


def test_names_come_by_language_in_order() -> None:
    root = xml_tree.parse(
        Page(url="", body=b'<r><N xml:lang="en">A</N><N xml:lang="sk">B</N><N> </N><N>C</N></r>')
    )
    assert list(xml_tree.by_language(root, "N")) == [("en", "A"), ("sk", "B"), ("und", "C")]
    assert list(xml_tree.by_language(None, "N")) == []
    assert xml_tree.words(None) == ""


LAUGHS = "<!DOCTYPE r [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {new} '{('&' + old + ';') * 10}'>"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "bomb",
    [
        LAUGHS + "]><r>&j;</r>",
        LAUGHS + "]><r a='&j;'/>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>",
        "<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x'> %p;]><r/>",
        "<!-- <r> --><!DOCTYPE r [ <!ENTITY x 'y'> ]><r>&x;</r>",
        "<!DOCTYPE r [<!ENTITY q '" + "a" * 100_000 + "'>]><r>" + "&q;" * 10_000 + "</r>",
    ],
    ids=["laughs", "in an attribute", "file", "parameter", "behind a comment", "quadratic"],
)  # fmt: skip
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_a_document_that_declares_entities_is_refused_before_it_is_parsed(
    bomb: str, charset: str
) -> None:
    with pytest.raises(Unreadable, match=r"declares entities.*bombs"):
        read(bomb.encode(charset))


def test_a_document_type_without_entities_is_no_harm_and_is_not_fetched() -> None:
    assert read("<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd'><r>Made</r>") == "Made"


def test_an_entity_that_nothing_declares_is_refused() -> None:
    with pytest.raises(Unreadable, match="no whole XML document"):
        read("<r>&made;</r>")


@pytest.mark.parametrize(
    "page",
    ["<r><a></r>", "<r><a>cut", "{}", "<html><p>Sign in<br></html>", "<r/><r/>", "<r>\x01</r>"],
)
def test_what_is_no_whole_document_is_refused_in_words(page: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(page)
    assert "<string>" not in str(refusal.value)


@pytest.mark.parametrize("page", [b"", b" \n"])
def test_an_empty_answer_is_said_to_be_empty(page: bytes) -> None:
    with pytest.raises(Unreadable, match="is empty"):
        read(page)


def test_depth_is_bounded() -> None:
    assert read("<a>" * 99 + "x" + "</a>" * 99) == "x"
    with pytest.raises(Unreadable, match="nests"):
        read("<a>" * 200_000)


def test_number_of_elements_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_ELEMENTS", 1000)
    with pytest.raises(Unreadable, match="1,000 elements"):
        read("<r>" + "<a/>" * 5000 + "</r>")
    monkeypatch.setattr(xml_tree, "MAX_BYTES", 100)
    with pytest.raises(Unreadable, match="more than 100"):
        read(" " * 101)


NAME = "Žilinská skúšobňa"


@pytest.mark.parametrize(
    ("declared", "really", "header"),
    [
        ("utf-8", "utf-8", ""),
        ("windows-1250", "windows-1250", ""),
        ("windows-1250", "utf-8", ""),  # saved anew by an editor that left the declaration
        ("utf-8", "utf-16", ""),
        ("utf-8", "utf-8-sig", "iso-8859-1"),
        ("", "windows-1250", "windows-1250"),
    ],
)
def test_bytes_decide_on_the_encoding_before_the_declaration(
    declared: str, really: str, header: str
) -> None:
    said = f' encoding="{declared}"' if declared else ""
    page = f'<?xml version="1.0"{said}?>\n<r>{NAME}</r>'
    assert read(page.encode(really), header) == NAME
