"""Bytes to text, by what the bytes themselves prove before what anybody declares.

A publisher's server, its page and its file often disagree on the charset. In order: a byte order
mark; zeros at every other place (UTF-16, UTF-32); strict UTF-8; the declared charset, where it
reads the bytes strictly and to words that could be words; the legacy charsets of East Asia, told
apart by the characters that are common in them; at last charset-normalizer. No byte is ever
replaced or dropped: where nothing reads all of them, the list is refused.

Labels are read as browsers read them (WHATWG Encoding Standard, "names and labels"): "gb2312" is
GB18030, "iso-8859-1" is windows-1252.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

import charset_normalizer

from services.errors import Unreadable
from services.kit import Page

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# a wider codec reads all that the narrower one named by the label reads
_WIDER = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs",
    "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
_LABELS = {
    "x-gbk": "gbk", "gb_2312-80": "gbk", "windows-874": "cp874", "x-sjis": "cp932",
    "x-x-big5": "big5", "x-mac-cyrillic": "mac-cyrillic", "macintosh": "mac-roman",
}  # fmt: skip
_CHARSETS = re.compile(
    r"ascii|utf-8|cp\d+|iso8859-\d+|koi8-[rtu]|mac-\w+|gb2312|gbk|gb18030|hz|big5(?:hkscs)?"
    r"|shift_jis\w*|euc_\w+|iso2022_\w+|johab|tis-620|kz1048|ptcp154"
)
_ESCAPED = frozenset({"hz", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr"})
# What is common in each, in names of bodies and in running words. A wrong reading meets these by
# chance only: some 200 of the thousands of characters that it may yield.
_COMMON = {
    "gb18030": (
        "的一是不了在有人和中国大为上个公司限技术检测验研究院所中心质量监督省市区县局站省科学工程"
        "建筑设备环境食品产品安全化电力机械材料认证服务股份集团标准计实室校准医药业信息地方水利"
        "交通路号北京南东西海山江广州深圳天津重庆四川湖河安徽浙苏福陕云贵名称编日期状态年月至效"
        "暂停撤销注有范围址联系称书单位理管发新生农林牧畜纺织轻重综合特种油气煤矿"
    ),
    "big5hkscs": (
        "的一是不了在有人和中國大為上個公司限技術檢測驗研究院所中心質量監督省市區縣局站科學工程"
        "建築設備環境食品產品安全化電力機械材料認證服務股份集團標準計實室校準醫藥業信息地方水利"
        "交通路號北京南東西海山江廣州台灣臺新竹高雄香港九龍名稱編日期狀態年月至效暫停撤銷註冊範"
        "圍址聯絡書單位理管發生財法人顧問國際灣"
    ),
    "cp932": (
        "のにはをたがでてとしれさあいうえおかきくけこすせそちつなねもやよらりるろわんアイウエオカ"
        "キクケコサシスセソタチツテトナニネノハフプマミムメモヤユラリルレロワンー株式会社試験所認"
        "定番号名称日本東京都大阪府県市区町検査技術研究センター有効期限"
    ),
    "cp949": (
        "이다의가는을에한로기사고하지자시인도어구대정서아주원부전제해일리장상라수동성나국연소공안"
        "회경학과조험센터술관교유보식품환경재료인증명칭번호시험기관주식서울부산한검사분석"
    ),
}
_COMMON["euc_jp"] = _COMMON["cp932"]
_SETS = {name: frozenset(letters) for name, letters in _COMMON.items()}

_WORD = re.compile(r"[^ \t\r\n,;|\"()/<>=]+")  # words end at the marks of tables and of HTML
_ACCENTED_RUN = re.compile(r"[\u0080-\u024f]{4}")
_INSIDE = re.compile(r"[^\W\d_][^\w\s'’ʼ´`‘·•.\-–‐/&@+:*][^\W\d_]")
_LOWER_UPPER = re.compile(r"(?<=[^\W\d_])[¹²³ªº](?=[^\W\d_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_C1 = re.compile(r"[\x80-\x84\x86-\x9f]")
_TWICE = re.compile(r"[\xc2-\xf4][\x80-\xbf]+")
_SAMPLE = 20_000  # words looked at; a list repeats itself long before


def text_of(page: Page) -> str:
    """The text of a page without its byte order mark, line ends as they are.

    Raises Unreadable where no charset reads every byte, where the text ends within a character,
    or where what comes out is no text: binary, or read in the wrong charset before it was
    published ("PrÃ¼fstelle").
    """
    body = page.body
    text = _marked(body)
    if text is None:
        text = _wide(body) if b"\0" in body else _narrow(body, _codec(page.charset))
    _refuse_nonsense(text)
    return text


def _marked(body: bytes) -> str | None:
    """By its byte order mark, None where there is none or it plainly lies."""
    for mark, name in _MARKS:
        if not body.startswith(mark):
            continue
        rest = body[len(mark) :]
        if name.startswith("utf-16") and len(rest) > 64 and b"\0" not in rest:
            return _narrow(rest, "")  # no line end in UTF-16: the mark stands before other bytes
        text = _strict(rest, name)
        if text is None and name.startswith("utf-8"):
            _refuse_cut(rest)
            return _narrow(rest, "")
        if text is None:
            raise Unreadable(
                f"The text begins as {name.upper()} and does not go on so.",
                "The download may have been cut off; the next run asks again.",
            )
        return text
    return None


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: an ASCII character is one byte and zeros."""
    if len(body) % 4 == 0:
        for name in ("utf-32-le", "utf-32-be"):
            if (text := _strict(body, name)) is not None:
                return text
    even, odd = body[::2].count(0), body[1::2].count(0)
    name = "utf-16-be" if even > odd else "utf-16-le"
    text = _strict(body[: len(body) // 2 * 2], name)
    lines = b"\n" not in body or (text is not None and "\n" in text)
    if text is None or not lines or "\0" in text or min(even, odd) * 10 > max(even, odd):
        raise Unreadable(
            "The bytes hold zeros and are no UTF-16: this is no text.",
            "See the kept bytes; a damaged or binary file must be asked for again.",
        )
    if len(body) % 2:
        raise Unreadable(
            "The text ends within a character.",
            "The download was probably cut off; the next run asks again.",
        )
    return text


def _narrow(body: bytes, declared: str) -> str:
    if declared in _ESCAPED and body.isascii():
        escaped = _strict(body, declared)
        if escaped is not None and not escaped.isascii():
            return escaped
    text = _strict(body, "utf-8")
    if text is not None and _proven(text, declared):
        return text
    if text is None:
        _refuse_cut(body)
    read = _strict(body, declared)
    if read is not None and declared not in _SETS and _sound(read):
        return read
    share, eastern = _east_asian(body, declared)
    if share >= 0.15:
        return eastern
    western = _strict(body, "cp1252")
    if western is not None and _sound(western):
        return western
    if read is not None and declared in _SETS and _printable(read):
        return read
    if (found := _normalized(body)) is not None:
        return found
    said = f" (“{declared}” is declared)" if declared else ""
    raise Unreadable(
        f"No charset reads this text{said}.",
        "See the kept bytes; where its charset is known, give it as “charset” of the table.",
    )


def _proven(text: str, declared: str) -> bool:
    """Few characters of two bytes may be UTF-8 by chance, where an East Asian one is declared."""
    if declared not in _SETS:
        return True
    beyond = list(islice(_beyond_ascii(text), 4))
    return not beyond or len(beyond) == 4 or any(letter > "\u07ff" for letter in beyond)


def _beyond_ascii(text: str) -> Iterator[str]:
    return (letter for word in _words(text) for letter in word if letter > "\x7f")


def _words(text: str) -> Iterator[str]:
    """The words that are not ASCII alone; linear in the text, whatever it holds."""
    for line in text.split("\n"):
        if not line.isascii():
            for found in _WORD.finditer(line):
                if not found[0].isascii():
                    yield found[0]


def _east_asian(body: bytes, declared: str) -> tuple[float, str]:
    """(share of common characters, text) of the best that reads all bytes.

    They share many bytes; the declared one is believed unless another explains twice as much.
    """
    found = [(0.0, "")]
    for name, common in _SETS.items():
        read = _strict(body, name)
        if read is not None and _printable(read):
            found.append((_share(read, common) * (2 if name == declared else 1), read))
    return max(found)


def _share(text: str, common: frozenset[str]) -> float:
    letters = [one for one in islice(_beyond_ascii(text), _SAMPLE) if one.isalpha()]
    return sum(one in common for one in letters) / len(letters) if letters else 0.0


def _sound(text: str) -> bool:
    """Whether words read so could be words; a charset of one byte reads any bytes at all."""
    if not _printable(text):
        return False
    words = list(islice(_words(text), _SAMPLE))
    return sum(_odd(word) for word in words) <= len(words) * 0.1


def _odd(word: str) -> bool:
    scripts = {_script(letter) for letter in word if letter.isalpha()}
    if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI"}) > 1:
        return True
    if _INSIDE.search(word) or _LOWER_UPPER.search(word):
        return True
    return scripts <= {"LATIN"} and _ACCENTED_RUN.search(word) is not None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _printable(text: str) -> bool:
    """No control characters of the second range; hardly anything private or unassigned."""
    if _C1.search(text):
        return False
    seen = wrong = 0
    for letter in islice(_beyond_ascii(text), _SAMPLE):
        seen += 1
        wrong += unicodedata.category(letter) in {"Co", "Cn", "Cs"}
    return wrong * 100 <= seen


def _normalized(body: bytes) -> str | None:
    """By charset-normalizer, from the lines that are not ASCII."""
    lines = [line for line in body.splitlines() if not line.isascii()]
    found = charset_normalizer.from_bytes(b"\n".join(lines)[:65536]).best()
    if found is None:
        return None
    text = _strict(body, found.encoding)
    return text if text is not None and _sound(text) else None


def _refuse_cut(body: bytes) -> None:
    """UTF-8 to its last byte, where a character is begun and not ended."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(body)
    except UnicodeDecodeError:
        return
    if decoder.getstate()[0] and not text.isascii():
        raise Unreadable(
            "The text ends within a character.",
            "The download was probably cut off; the next run asks again.",
        )


def _refuse_nonsense(text: str) -> None:
    if "\0" in text:
        raise Unreadable(
            "The text holds NUL characters: it is damaged or no text.",
            "Ask the publisher for a clean file.",
        )
    controls = len(_CONTROLS.findall(text))
    if controls > 3 and controls * 100 > len(text):
        raise Unreadable(
            "The bytes are no text: one in a hundred is a control character.",
            "See the kept bytes; it may be a picture, an archive or a damaged file.",
        )
    lost = text.count("\ufffd")  # a few are the trouble of their rows
    if lost > 3 and lost * 100 > len(text):
        raise Unreadable(
            "The publisher has lost characters of this text (it holds U+FFFD).",
            "Ask the publisher for a clean file.",
        )
    if _read_wrongly_before(text):
        raise Unreadable(
            "The text was read in the wrong charset before it was published (“Ã¼” for “ü”).",
            "Ask the publisher for a clean file.",
        )


def _read_wrongly_before(text: str) -> bool:
    """Whether all that is not ASCII is UTF-8 read as windows-1252 and written out again."""
    sample = " ".join(islice(_words(text), _SAMPLE))
    if not sample:
        return False
    try:
        before = b"".join(_byte(letter) for letter in sample)
        again = before.decode("utf-8")
    except UnicodeError:
        return False
    return len(_TWICE.findall(before.decode("latin-1"))) > 1 and not again.isascii()


def _byte(letter: str) -> bytes:
    """As windows-1252, whose five holes are read as latin-1 (WHATWG windows-1252 index)."""
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")


def _codec(label: str) -> str:
    """The Python codec of a declared label; "" for none, an unknown one, or one that is no charset.

    Python knows codecs that no publisher may choose ("base64", "unicode_escape", "idna").
    """
    plain = label.strip().strip("'\"").lower()
    plain = _LABELS.get(plain, plain)
    try:
        name = codecs.lookup(plain or "?").name
    except (LookupError, ValueError):
        return ""
    return _WIDER.get(name, name) if _CHARSETS.fullmatch(name) else ""


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None
