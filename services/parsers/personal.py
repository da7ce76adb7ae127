"""Persons and how to reach them: never kept, whatever list they stand in.

Columns are told by their title, in the languages that lists are met in; addresses of e-mail and
numbers of phones also within cells that are kept.
"""

import re

_TITLE = re.compile(
    r"\b(?:contacts?|contact person|contacto|kontakt\w*|ansprechpartner\w*|contatto|contato)\b"
    r"|\b(?:tele)?phones?\b|\bphone\w*|\btele?fon\w*|\btel[eé]fono\w*|\bt[eé]l[eé]phone\w*|\btel\b"
    r"|\bfax\w*|\bt[eé]l[eé]copie\w*|\bmobiles?\b|\bmobil\w*(?:nummer|telefon)|\bhandy\b"
    r"|\be[ -]?mails?\b|\bmails?\b|\bcourriel\b|\bcorreo\b|\bwhats ?app\b|\bwe ?chat\b|\bqq\b"
    r"|\bin charge\b|\bresponsible person\b|\bresponsable\b|\brepresentatives?\b|\bsignator\w*"
    r"|\b(?:quality |technical |general |laboratory |lab )?managers?\b|\bdirectors?\b|\bceo\b"
    r"|\bfirst name\b|\blast name\b|\bsurname\b|\bperson name\b|\bname of person\b"
    r"|联系|聯絡|聯繫|电话|電話|手机|手機|传真|傳真|邮箱|郵箱|邮件|郵件|负责人|負責人|法定代表|法人代表"
    r"|签字人|簽署人|微信|担当者|連絡先|メール|ファックス|담당자|전화|팩스|이메일"
    r"|телефон|факс|почта|контакт|руководител",
    re.IGNORECASE,
)
# the address of a body is no person's, whatever else the title says
_NOT_PERSONAL = re.compile(r"^contact address$|^联系地址$|^聯絡地址$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_.\-/:]+")

_LABELLED = re.compile(
    r"(?:\b(?:tele?phone|tel|t[eé]l|phone|mobile|fax|e-?mail|attn|contact(?: person)?)\b\s*[.:：]"
    r"|(?:联系人|联系电话|电话|電話|手机|手機|传真|傳真|邮箱|郵箱|电子邮件)\s*[:：])[^\n]*",
    re.IGNORECASE,
)
# possessive, and from the beginning of a word: in time with the text's length, whatever it is
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+")
_PHONE = re.compile(
    r"(?<![\w.])\+\d[\d ().\-]{6,20}\d(?!\w)"  # international: no number of a certificate has a +
    r"|(?<![\d-])0\d{2,3}-\d{7,8}(?![\d-])"  # area code and number, as written in China
)

_PASSES = 20  # what stood around something that was dropped may be another


def is_personal(title: str) -> bool:
    """Whether a column of this title (or a key of JSON) holds persons or how to reach them."""
    plain = " ".join(_CAMEL.sub(" ", title).split())
    return bool(_TITLE.search(plain)) and not _NOT_PERSONAL.search(plain)


def without_emails(text: str) -> str:
    """The text without e-mail addresses."""
    return _EMAIL.sub("", text).strip() if "@" in text and _EMAIL.search(text) else text


def without_personal(text: str) -> tuple[str, int]:
    """The text without e-mail addresses and phone numbers, and how many were dropped.

    What follows a label ("Tel:", "联系人：") goes to the end of its line: names stand there.
    """
    dropped = 0
    for _ in range(_PASSES):
        before = dropped
        for pattern in (_LABELLED, _EMAIL, _PHONE):
            text, count = pattern.subn("", text)
            dropped += count
        if dropped == before:
            break
    return (text.strip(" ,;，；\n") if dropped else text), dropped
