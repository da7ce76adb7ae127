"""Pages as text and grids."""

import pytest

from services.errors import Unreadable
from services.parsers import html


def grid(page: str) -> tuple[tuple[str, ...], ...]:
    (table,) = html.tables(page)
    return table.rows


def test_spans_fill_the_squares_they_cover() -> None:
    page = (
        "<table><tr><th rowspan=2>A</th><th colspan=2>B</th></tr>"
        "<tr><td>1</td><td>2</td></tr><tr><td>x</td></tr></table>"
    )
    assert grid(page) == (("A", "B", "B"), ("A", "1", "2"), ("x", "", ""))


def test_a_row_span_ends_with_its_row_group() -> None:
    page = (
        "<table><thead><tr><th rowspan=9>A</th><th>B</th></tr></thead>"
        "<tbody><tr><td rowspan=0>1</td><td>2</td></tr><tr><td>3</td></tr></tbody></table>"
    )
    assert grid(page) == (("A", "B"), ("1", "2"), ("1", "3"))


def test_breaks_and_blocks_are_lines_and_nbsp_is_a_space() -> None:
    page = "<table><tr><td>one<br>two&nbsp;&nbsp;three\n four<p>five</p></td></tr></table>"
    assert grid(page) == (("one\ntwo three four\nfive",),)


def test_scripts_styles_and_comments_are_no_text() -> None:
    page = "<body>a<script>b</script><style>c</style><!-- d --><b>e</b></body>"
    assert html.text(page) == "ae"


def test_a_table_in_a_table_keeps_its_rows_to_itself() -> None:
    page = "<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table>"
    outer, inner = html.tables(page)
    assert outer.rows == (("a\nb",),)
    assert inner.rows == (("b",),)


def test_a_table_is_named_by_its_caption_or_the_heading_before_it() -> None:
    page = (
        "<h2>First</h2><table id=t><tr><td>1</td></tr></table>"
        "<table><caption>Own</caption><tr><td>2</td></tr></table>"
    )
    assert [(table.caption, table.id) for table in html.tables(page)] == [
        ("First", "t"),
        ("Own", ""),
    ]


def test_meta_is_read_by_name_and_property() -> None:
    page = '<meta name="DC.date" content=" 2026 "><meta property="og:x" content="y">'
    assert html.meta(page) == {"dc.date": "2026", "og:x": "y"}


def test_spans_that_blow_up_are_refused() -> None:
    row = "<tr>" + "<td colspan=1000 rowspan=60000>x</td>" * 3 + "</tr>"
    with pytest.raises(Unreadable, match="span more than"):
        html.tables(f"<table>{row}{'<tr></tr>' * 2000}</table>")


def test_deep_nesting_is_read_without_recursion() -> None:
    assert html.text("<div>" * 20_000 + "deep") == "deep"


@pytest.mark.parametrize(
    ("body", "declared", "expected"),
    [
        ("é".encode("latin-1"), "iso-8859-1", "é"),
        ("<meta charset=gb2312>检测".encode("gb18030"), "", "检测"),
        ("<meta charset=gb2312>检测".encode(), "utf-8", "检测"),
        ("检测".encode(), "", "检测"),
        ("é".encode(), "no-such-charset", "é"),
        (b"\xef\xbb\xbfa", "latin-1", "a"),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
    ],
)
def test_declared_charset_first_then_the_page_then_the_likeliest(
    body: bytes, declared: str, expected: str
) -> None:
    assert html.decode(body, declared).endswith(expected)


def test_undeclared_bytes_are_read_by_likelihood() -> None:
    words = "检测机构名录：本名录由认可机构发布，列出全部获准检测实验室及其能力范围。" * 5
    assert html.decode(words.encode("gb18030")) == words
