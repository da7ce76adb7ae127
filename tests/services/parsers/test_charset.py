"""The bytes decide on their charset, not what a server says of them."""

import codecs

import pytest

from services.errors import Unreadable
from services.kit import Page
from services.parsers.charset import text_of

CHINESE = (
    "机构名称;注册号;有效期\n华东材料检测技术有限公司;L1234;2028-01-09\n"
    "南方质量研究院;L1235;2029-02-01\n"
)
TAIWAN = "機構名稱,編號\n臺灣材料檢驗科技股份有限公司,1234\n新竹電子檢測中心,1235\n"
JAPANESE = "試験所名称,認定番号\n株式会社アルファ試験センター,R001\n東京分析研究所,R002\n"
KOREAN = "기관명,인증번호\n한국시험연구원,KT001\n부산분석기술센터,KT002\n"
GERMAN = "Prüfstelle;Straße\nMüller Prüflabor GmbH;Königstraße 5\nGießerei-Prüfung Süd;Mühlweg 3\n"
FRENCH = "Nom;Société\nLaboratoire d’Été;Créée à Orléans\nEssais & Mesures Aÿ;« Forêt »\n"
RUSSIAN = "Наименование;Номер\nИспытательная лаборатория Северная;РА.01\nЦентр метрологии;РА.02\n"
GREEK = "Όνομα;Αριθμός\nΕργαστήριο Δοκιμών Αθηνών;100\nΚέντρο Μετρήσεων;101\n"
POLISH = (
    "Nazwa;Numer\nLaboratorium Badań Środowiskowych w Łodzi;AB 1\nOśrodek Jakości Żywności;AB 2\n"
)


def page(body: bytes, charset: str = "") -> Page:
    return Page(url="https://list.example/list.csv", body=body, charset=charset)


@pytest.mark.parametrize("text", [CHINESE, TAIWAN, GERMAN, RUSSIAN, "name,no\nplain,1\n"])
@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("gb18030", b"\x84\x31\x95\x33"),
    ],
)
@pytest.mark.parametrize("declared", ["", "iso-8859-1", "utf-8", "gbk"])
def test_a_byte_order_mark_decides_and_is_no_part_of_the_text(
    text: str, codec: str, mark: bytes, declared: str
) -> None:
    assert text_of(page(mark + text.encode(codec), declared)) == text


@pytest.mark.parametrize("text", [CHINESE, TAIWAN, GERMAN, RUSSIAN, "name,no\nplain,1\n"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-8", "utf-32-le"])
@pytest.mark.parametrize("declared", ["", "windows-1252", "big5", "utf-16", "no-such-charset"])
def test_unicode_without_a_mark_is_told_by_its_bytes(text: str, codec: str, declared: str) -> None:
    assert text_of(page(text.encode(codec), declared)) == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (CHINESE, "gb18030"),
        (TAIWAN, "big5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
        (GERMAN, "cp1252"),
        (GERMAN, "iso8859-1"),
        (FRENCH, "cp1252"),
    ],
)
@pytest.mark.parametrize("declared", ["", "utf-8", "windows-1252", "gb2312", "big5", "utf-16"])
def test_a_legacy_charset_is_read_whatever_is_declared(
    text: str, codec: str, declared: str
) -> None:
    assert text_of(page(text.encode(codec), declared)) == text


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (GREEK, "iso8859-7", "ISO-8859-7"),
        (POLISH, "cp1250", "windows-1250"),
        (CHINESE, "hz", "hz-gb-2312"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (CHINESE, "gb18030", '"GB2312"'),
        (CHINESE, "gb18030", "x-gbk"),
    ],
)
def test_a_declared_charset_is_believed_where_the_bytes_bear_it_out(
    text: str, codec: str, declared: str
) -> None:
    assert text_of(page(text.encode(codec), declared)) == text


@pytest.mark.parametrize(("text", "codec"), [(RUSSIAN * 20, "cp1251"), (GREEK * 20, "cp1253")])
@pytest.mark.parametrize("declared", ["", "iso-8859-1"])
def test_a_one_byte_charset_of_another_script_is_not_read_as_western(
    text: str, codec: str, declared: str
) -> None:
    assert text_of(page(text.encode(codec), declared)) == text


@pytest.mark.parametrize("label", ["base64", "unicode_escape", "idna", "rot13", "a\0b"])
def test_a_codec_that_is_no_charset_is_never_run_on_a_strangers_bytes(label: str) -> None:
    assert text_of(page(rb"name,no\nX \u0041,1", label)) == r"name,no\nX \u0041,1"


def test_no_byte_is_dropped_or_replaced() -> None:
    body = CHINESE.encode("gb18030")
    assert text_of(page(body)).encode("gb18030") == body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (GERMAN.encode() + b"Pr\xc3", "ends within a character"),
        (CHINESE.encode()[:-60] + "机".encode()[:2], "ends within a character"),
        (codecs.BOM_UTF8 + CHINESE.encode() + b"\xe6\x9c", "ends within a character"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le")[:-1], "does not go on so"),
        (CHINESE.encode("utf-16-be")[:-1], "ends within a character"),
        (b"name,no\nA\0B,1\nplain,2\n", "is no text"),
        (bytes(range(256)) * 20, "is no text"),
        (bytes(range(1, 32)) * 20, "no text"),
        (GERMAN.encode().decode("cp1252").encode(), "read in the wrong charset"),
        (CHINESE.encode().decode("latin-1").encode(), "read in the wrong charset"),
        (GERMAN.replace("ü", "\ufffd").encode(), "U\\+FFFD"),
    ],
)
def test_what_is_no_text_is_refused_in_words(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        text_of(page(body))


def test_a_mark_that_lies_does_not_lose_the_list() -> None:
    text = "name;number\n" + "Alpha Laboratory;17\n" * 9
    assert text_of(page(codecs.BOM_UTF16_LE + text.encode())) == text
    assert text_of(page(codecs.BOM_UTF8 + GERMAN.encode("cp1252"))) == GERMAN


def test_nothing_is_an_empty_text() -> None:
    assert text_of(page(b"")) == text_of(page(codecs.BOM_UTF8)) == ""


def test_a_few_accents_are_not_read_as_chinese_where_that_is_declared() -> None:
    text = "name;no\nMüller;1\n"
    assert text_of(page(text.encode("cp1252"), "gb18030")) == text
