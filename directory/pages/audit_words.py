"""What an audit says, in words: its state, its fields, and what is wrong with a file.

What is wrong is kept as the English sentence with which it was refused. A page knows each such
sentence by its shape and says it in its own language; one that it does not know stays English.
"""

import re
from dataclasses import dataclass
from functools import cache

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.audit.fields import WHAT, DayKind, Field
from services.terms import AuditState

# how each state looks and is called: shape, tone, word
STATES: dict[AuditState, tuple[str, str, str]] = {
    AuditState.RECEIVING: ("wait", "unk", N_("Arriving")),
    AuditState.MAPPING: ("flex", "warn", N_("Waits for you")),
    AuditState.QUEUED: ("wait", "unk", N_("Waiting")),
    AuditState.RUNNING: ("wait", "unk", N_("Being judged")),
    AuditState.DONE: ("yes", "ok", N_("Done")),
    AuditState.REFUSED: ("out", "bad", N_("Refused")),
}

FIELDS: dict[Field, str] = {
    Field.NUMBER: N_("Accreditation number"),
    Field.ISSUER: N_("Accreditation body"),
    Field.BODY: N_("Body"),
    Field.METHOD: N_("Standard or method"),
    Field.EDITION: N_("Edition of the standard"),
    Field.OBJECT: N_("Object tested"),
    Field.PARAMETER: N_("Parameter"),
    Field.SITE: N_("Site"),
    Field.TESTED: N_("Test date, first day or period"),
    Field.TESTED_TO: N_("Last test date"),
    Field.ISSUED: N_("Issue date"),
    Field.ON: N_("Day to judge"),
    Field.REF: N_("Reference"),
}

DAYS: dict[DayKind, str] = {
    DayKind.FIRST: N_("Tested"),
    DayKind.BETWEEN: N_("Changed"),
    DayKind.LAST: N_("Test ended"),
    DayKind.ISSUED: N_("Issued"),
    DayKind.ON: N_("Asked"),
}

# the sentence as it is kept, with what varies in braces: how a page says it, "" for the same words
_PROBLEMS: dict[str, str] = {
    # --- refused
    N_("The file is empty. It must hold a header and at least one row."): "",
    N_("The file has a header and no row. Add the rows to be judged."): "",
    N_("The file has more than {n} rows. Send them in several files."): "",
    N_("The file has more than {n} megabytes. Send its rows in several files."): "",
    "file: {n} bytes are announced; at most {most} are read. Send its rows in several files.": N_(
        "The file has {n} bytes; at most {most} are read. Send its rows in several files."
    ),
    N_(
        "The table has {n} columns; at most {most} are read. Leave out those that need not come "
        "back."
    ): "",
    N_("An old or a protected workbook (XLS) cannot be audited. Save it as XLSX or CSV."): "",
    N_("A PDF cannot be audited. Send the table itself, as XLSX or CSV."): "",
    N_("A gzip archive cannot be audited. Unpack it first."): "",
    N_("A 7z archive cannot be audited. Unpack it first."): "",
    N_("A RAR archive cannot be audited. Unpack it first."): "",
    N_("A web page (or XML) cannot be audited. Save the table as XLSX or CSV."): "",
    N_("JSON cannot be audited. Send the table as XLSX or CSV."): "",
    N_(
        "The workbook cannot be read ({kind}). It is damaged, cut off or protected: open it, save "
        "it as XLSX and send it again."
    ): "",
    N_(
        "The workbook unpacks to {n} bytes; at most {most} are read. Send the rows in several "
        "files, or as CSV."
    ): "",
    N_(
        "The workbook's texts take {n} bytes; at most {most} are read. Send the rows in several "
        "files, or as CSV."
    ): "",
    N_(
        "A cell of the workbook holds {n} characters; Excel allows {most}. Shorten it and send the "
        "file again."
    ): "",
    N_("The workbook has no visible sheet that holds a row. Fill one."): "",
    N_("The text ends within a character: it was cut off. Save the file and send it again."): "",
    N_("No charset reads this text. Save the file as CSV in UTF-8."): "",
    N_(
        "After line {line} the text is no {charset} any more. The file is damaged or was cut off: "
        "save it as CSV in UTF-8 and send it again."
    ): "",
    N_(
        "The row that begins on line {line} cannot be read: {why}. A quote there is probably not "
        "closed; mend it and send the file again."
    ): "",
    N_("The upload broke off before its end. Send the file again."): "",
    # of the shared reader of charsets, whose remedies speak to those who fetch from publishers
    "The bytes {how}. See the kept bytes; {else}": N_(
        "The file's bytes are no text. Save the table as XLSX, or as CSV in UTF-8."
    ),
    "The text holds NUL characters: it is damaged or no text. {else}": N_(
        "The file's bytes are no text. Save the table as XLSX, or as CSV in UTF-8."
    ),
    "No charset reads this text{why}. See the kept bytes; {else}": N_(
        "No charset reads this text. Save the file as CSV in UTF-8."
    ),
    "The text ends within a character. {else}": N_(
        "The text ends within a character: it was cut off. Save the file and send it again."
    ),
    "The publisher has lost characters of this text (it holds U+FFFD). {else}": N_(
        "Characters of this text were lost when it was saved. Save it again from where it came, "
        "as XLSX or as CSV in UTF-8."
    ),
    "The text was read in the wrong charset before it was published {else}": N_(
        "Characters of this text were lost when it was saved. Save it again from where it came, "
        "as XLSX or as CSV in UTF-8."
    ),
    # --- not taken
    'The form holds no file. Name its field "file".': N_("Choose a file first."),
    "{n} audits of this account are under way, as many as may be. {else}": N_(
        "{n} audits are under way, as many as may be. Wait until one is done, or delete one."
    ),
    # --- what the asker must still say
    "No column is known to hold the accreditation's number or the body: map one.": N_(
        "Name the column that holds the accreditation number, or the body."
    ),
    "No column is known to hold a test date, an issue date or a day: map one.": N_(
        "Name the column that holds a test date, an issue date or a day to judge."
    ),
    "“{column}” may be the {what}: say so by mapping.": N_(
        "“{column}” looks like this: {what}. Confirm it, or say what it is."
    ),
    "“{column}” may each be the {what}: say which by mapping.": N_(
        "“{column}”: each looks like this: {what}. Say which one it is."
    ),
    "mapping: there is no column “{column}”. The file has {known}.": N_(
        "The file has no column “{column}”."
    ),
    "mapping: the column “{column}” is given to two fields. Pick one.": N_(
        "The column “{column}” was given two meanings. Pick one."
    ),
    # --- what was not read
    N_("Read is the sheet “{sheet}” alone; these were not: {others}."): "",
}

_NAMED = {said: field for field, said in WHAT.items()}


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence in the page's language; ``known`` is False where it had to stay English."""

    text: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """Columns that may each hold the field; ``sure``: only one does."""

    columns: tuple[str, ...]
    field: Field


@cache
def _shapes() -> list[tuple[re.Pattern[str], str]]:
    return [(_shape(kept), said or kept) for kept, said in _PROBLEMS.items()]


def _shape(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    names = {"else": "rest", "n": "n"}
    return re.compile(
        "".join(
            f"(?P<{names.get(part, part)}>.+?)" if at % 2 else re.escape(part)
            for at, part in enumerate(parts)
        ),
        re.DOTALL,
    )


def problem(tongue: Tongue, sentence: str) -> Problem:
    """What is wrong with a file or a form, in the page's language."""
    sentence = sentence.removeprefix("mapping: ") if "known to hold" in sentence else sentence
    for shape, said in _shapes():
        if found := shape.fullmatch(sentence):
            values = found.groupdict()
            if (what := values.get("what")) in _NAMED:
                values["what"] = tongue(FIELDS[_NAMED[str(what)]])
            if tongue.zh:
                values = {name: _in_chinese(str(value)) for name, value in values.items()}
            return Problem(tongue(said).format(**values))
    return Problem(sentence, known=False)


def _in_chinese(value: str) -> str:
    return value.replace("” and “", "”和“").replace("”, “", "”、“")


_DOUBT = re.compile(r"“(?P<columns>.+)” may (?:each )?be the (?P<what>[^:]+): say")


def doubts(problems: tuple[str, ...]) -> list[Doubt]:
    """The columns in doubt and what each may hold, from what an audit waits with."""
    found = []
    for sentence in problems:
        one = _DOUBT.match(sentence)
        if one and one["what"] in _NAMED:
            found.append(Doubt(tuple(one["columns"].split("” and “")), _NAMED[one["what"]]))
    return found
