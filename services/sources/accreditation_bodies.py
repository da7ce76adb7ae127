"""Reference data of accreditation bodies, shipped with the product and loaded like any source.

The table is expert memory for the most part: each row says how sure it is (``confidence``) and so
does each number pattern (``pattern_confidence``). It drives hints, for example which accreditation
body a number may belong to, and never a statement shown as verified. Scopes of the arrangements
stand without dates, because none were published with them.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from services.errors import Unreadable
from services.kit import (
    AccreditationBody,
    Draft,
    Expect,
    Leftover,
    List,
    Page,
    Reading,
    Request,
    Source,
)
from services.terms import LeavingMeans, Tier

COLUMNS = (
    "acronym", "name", "local_name", "country_iso2", "website_domain", "ilac_mra_scopes",
    "iaf_mla_scopes", "regional_group", "cert_pattern_regex", "pattern_examples",
    "pattern_confidence", "public_directory", "confidence", "source_notes",
)  # fmt: skip
_CONFIDENCES = frozenset({"high", "medium", "low"})
# an example may be followed by what it is: "1004 (subject no.)"
_REMARK = re.compile(r"(?<!\s)\s*\([^()]*\)\s*$")
_LONGEST_NUMBER = 40
_MOST_REPEATED, _MOST_OPTIONAL = 8, 24


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Reads the table; one draft an accreditation body, with an ``accreditation_body`` fact.

    A pattern that is no regular expression, a confidence that is none of high, medium and low, or
    a row without acronym is a problem of its row; the body is kept without the broken pattern.
    Raises Unreadable where the bytes are no UTF-8 table or lack a column.
    """
    try:
        text = "".join(page.body.decode("utf-8-sig") for page in pages)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"The table of accreditation bodies is not UTF-8: {error}.", "Save it as UTF-8."
        ) from error
    if "\0" in text:
        raise Unreadable("The table of accreditation bodies holds NUL characters: it is damaged.")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = tuple(rows.fieldnames or ())
    if missing := [column for column in COLUMNS if column not in columns]:
        raise Unreadable(
            f"The table of accreditation bodies lacks {', '.join(missing)}.",
            f"Its columns are: {', '.join(COLUMNS)}.",
        )
    drafts: dict[str, Draft] = {}
    problems: list[str] = []
    unmatched: list[str] = []
    for number, row in enumerate(rows, 2):
        where = f"row {number}"
        cells = {name: (row[name] or "").strip() for name in COLUMNS}
        if not cells["acronym"] or not cells["name"]:
            problems.append(f"{where}: acronym and name must both be there")
            continue
        draft = _draft(cells, where, problems, unmatched)
        if draft.key in drafts:
            problems.append(f"{where}: {draft.key} stands at {drafts[draft.key].where} already")
            continue
        drafts[draft.key] = draft
    leftovers = [
        Leftover(what=f"column {name!r}") for name in columns if name and name not in COLUMNS
    ]
    if unmatched:
        leftovers.append(
            Leftover(
                what="example that its pattern does not match",
                example=unmatched[0],
                count=len(unmatched),
            )
        )
    return Reading(
        drafts=tuple(drafts.values()),
        leftovers=tuple(leftovers),
        problems=tuple(problems),
        columns=columns,
    )


def _draft(cells: dict[str, str], where: str, problems: list[str], unmatched: list[str]) -> Draft:
    acronym, country = cells["acronym"], cells["country_iso2"]
    if country and not re.fullmatch("[A-Z]{2}", country):
        problems.append(f"{where}: {country!r} is no ISO 3166-1 alpha-2 code")
        country = ""
    if cells["confidence"] not in _CONFIDENCES:
        problems.append(f"{where}: confidence {cells['confidence']!r} is not high, medium or low")
    examples = tuple(_parts(cells["pattern_examples"]))
    pattern = cells["cert_pattern_regex"]
    compiled = _compiled(pattern)
    if isinstance(compiled, str):
        problems.append(f"{where}: the number pattern of {acronym} is broken: {compiled}")
        pattern = ""
    else:
        unmatched.extend(
            f"{acronym}: {example}"
            for example in examples
            if pattern and not compiled.search(_REMARK.sub("", example)[:_LONGEST_NUMBER])
        )
    return Draft(
        # acronyms collide between countries (GAC, JAS, SAS, SA, LA)
        key=f"{acronym}|{country}",
        label=acronym,
        where=where,
        accreditation_body=AccreditationBody(
            acronym=acronym,
            name=cells["name"],
            local_name=cells["local_name"],
            country=country,
            domain=cells["website_domain"],
            mra_scopes=tuple(_parts(cells["ilac_mra_scopes"])),
            mla_scopes=tuple(_parts(cells["iaf_mla_scopes"])),
            region=cells["regional_group"],
            number_pattern=pattern,
            number_examples=examples,
            pattern_confidence=cells["pattern_confidence"],
            directory=cells["public_directory"],
            confidence=cells["confidence"],
            note=cells["source_notes"],
        ),
    )


def _compiled(pattern: str) -> re.Pattern[str] | str:
    """The expression, or why it is none that may be tried on what people type.

    A repeated group, or repetitions beyond those of the widest pattern in the table, could take
    for ever on a number that nearly fits.
    """
    bare = re.sub(r"\\.|\[[^\]]*\]", "x", pattern)
    repeated = len(re.findall(r"[*+]|\{\d*,\d*\}", bare))
    if re.search(r"\)[*+{]", bare) or repeated > _MOST_REPEATED or bare.count("?") > _MOST_OPTIONAL:
        return "it repeats too much"
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)


def _parts(cell: str) -> Iterator[str]:
    return (part.strip() for part in cell.split(";") if part.strip())


SOURCE = Source(
    key="accreditation_bodies",
    title="Accreditation bodies of the world",
    title_zh="世界各地的认可机构",
    publisher="Labdir reference data",
    publisher_zh="名录自编参考数据",
    home="",
    licence="Apache-2.0",
    note="Expert memory for the most part, with a confidence for each row: hints, never proof.",
    tier=Tier.AGGREGATOR,
    authoritative_for=frozenset(),
    lists=(
        List(
            name="bodies",
            request=Request(
                url="package:services.reference/accreditation_bodies.csv",
                name="accreditation_bodies.csv",
            ),
            recorded="*.csv",
        ),
    ),
    parse=parse,
    every=timedelta(days=30),
    leaving_means=LeavingMeans.NOTHING,  # a row taken out is our edit, not the body's standing
    expect=Expect(
        min_rows=100,  # 121 rows ship; the file changes by hand only
        max_drop=0.1,
        fill={"accreditation_body": 1.0},
        columns=COLUMNS,
    ),
    bytes_public=True,  # names of organisations, no persons
    about_testing_bodies=False,
)
