"""Why a result stands where it stands, and what a question met on its way, in codes that pages put
into words."""

from collections.abc import Iterator

import sqlalchemy as sa
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy.engine import Connection

from services.find.fitting import one_holds, scoped
from services.find.question import Asked, Unit
from services.find.ranked import HINTED, ITSELF, Ranked
from services.find.relations import Related
from services.find.views import BodyCard, Reason
from services.standards import read

MOST_STANDARDS = 20_000  # designations looked at for the nearest
LIKE = 0.7


def reason(code: str, params: dict[str, str], text: str) -> Reason:
    return Reason(code=code, rule=0, params=params, text=text)


def reasons(row: Ranked, card: BodyCard, asked: Asked, corrected: str | None) -> Iterator[Reason]:
    """Of one card, the weightiest first."""
    if row.number_hit:
        yield reason("NUMBER", {"number": asked.query.q}, "Its number is the one asked for.")
    if row.all_in_name:
        yield reason("IN_NAME", {}, "All words stand in its name.")
    if row.near < ITSELF:
        yield from _beside(row, asked)
    elif row.at_least:
        yield _at_least(row.at_least, several=len(asked.lines_units) > 1)
    elif row.lines_hit:
        lines = str(row.lines_hit)
        yield reason("LINES", {"lines": lines}, f"{lines} scope lines hold what is asked.")
    if asked.units and not asked.every:
        yield from _some_words(row, asked)
    yield from _there(card, asked)
    if not row.usable and card.accreditation_count:
        yield reason("NOTHING_STANDS", {}, "None of what it holds stands today.")
    if corrected:
        yield reason("CORRECTED", {"words": corrected}, f'Searched for "{corrected}" instead.')


def _at_least(lines: int, *, several: bool) -> Reason:
    """Of a body whose lines are too many to be counted."""
    params = {"lines": str(lines)}
    if several:
        text = f"Each of the words stands in {lines} of its scope lines or more."
        return reason("EACH_WORD_AT_LEAST", params, text)
    text = f"{lines} of its scope lines or more hold what is asked."
    return reason("LINES_AT_LEAST", params, text)


def _some_words(row: Ranked, asked: Asked) -> Iterator[Reason]:
    hit, of = str(row.units_hit), str(len(asked.units))
    yield reason("SOME_WORDS", {"hit": hit, "of": of}, f"It holds {hit} of the {of} words.")
    if 1 < row.answers <= row.units_hit:
        best = str(row.answers)
        yield reason(
            "BEST_LINE", {"hit": best, "of": of}, f"Its best line holds {best} of the {of} words."
        )


def _beside(row: Ranked, asked: Asked) -> Iterator[Reason]:
    """By which other designation it was found: what is stated before what is a hint."""
    held = [(unit, one) for unit, one in asked.beside if one.token in row.found_by]
    told: set[int] = set()
    for unit, one in sorted(held, key=lambda pair: pair[1].hint is not None):
        if id(unit) in told or (one.hint is not None and row.near != HINTED):
            continue
        told.add(id(unit))
        yield _stated(unit, one) if one.hint is None else _hinted(one)


def _stated(unit: Unit, one: Related) -> Reason:
    return reason(
        "STATED", {"standard": one.shown},
        f"It names {one.shown}, which the standard asked for states by its own name.",
    )  # fmt: skip


def _hinted(one: Related) -> Reason:
    row = one.hint
    assert row is not None
    params = {
        "found": one.shown,
        "standard": row.standard.dated,
        "other": row.other.dated,
        "relation": row.relation,
        "confidence": row.confidence,
        "source": row.source,
        "noted": row.noted,
    }
    said = {
        "identical": "is identical with",
        "modified": "is a modified adoption of",
        "supersedes": "supersedes",
    }[row.relation]
    return reason(
        "HINT", params,
        f"Only a hint: it names {one.shown}; {row.standard.dated} {said} {row.other.dated}"
        f" ({row.source}, confidence {row.confidence}; not sourced).",
    )  # fmt: skip


def _there(card: BodyCard, asked: Asked) -> Iterator[Reason]:
    """How it is present in the market asked for."""
    wanted = asked.filters.get("market", ())
    modes = sorted({(c, mode.value) for c, mode in card.presences if c in wanted})
    for country, mode in modes[:3]:
        yield reason(
            "PRESENT", {"country": country, "mode": mode}, f"It is present in {country}: {mode}."
        )
    if not modes and card.country in wanted:
        yield reason("AT_HOME", {"country": card.country}, f"It is at home in {card.country}.")


# --- what a question met --------------------------------------------------------------------------


def notes(conn: Connection, asked: Asked, total: int) -> Iterator[Reason]:
    """A standard that nobody names, with the nearest that somebody does; asked only where nothing
    was found for it."""
    units = [*asked.units, *([asked.standard] if asked.standard else [])]
    named = [unit for unit in units if unit.direct[0].startswith("§")]
    if not named or (total and asked.every and not asked.standard):
        return
    for unit in named:
        if _held(conn, unit.direct):
            continue
        shown = unit.shown
        if unit.dated and (editions := _editions(conn, unit)):
            listed = ", ".join(editions)
            yield reason(
                "EDITION_NOT_HELD", {"standard": shown, "held": listed},
                f"Nobody held here names {shown} in that edition; held: {listed}.",
            )  # fmt: skip
            continue
        near = _nearest(conn, shown)
        offered = f"; nearest held: {', '.join(near)}" if near else ""
        yield reason(
            "STANDARD_NOT_HELD", {"standard": shown, "near": ", ".join(near)},
            f"Nobody held here names {shown}{offered}.",
        )  # fmt: skip


def _held(conn: Connection, tokens: tuple[str, ...]) -> bool:
    found = sa.text(f"select {one_holds('tokens @@ (select cast(:scoped as tsquery))')}")
    keys = [token[1:] for token in tokens]
    return bool(conn.execute(found, {"scoped": scoped(keys)}).scalar_one())


def _editions(conn: Connection, unit: Unit) -> list[str]:
    keys = [token[1:] for token in unit.undated.direct]
    rows = conn.execute(
        sa.text(
            "select distinct one from document d, unnest(d.standards) as one"
            " where d.standards && cast(:keys as text[]) and d.to_position is null"
            " and exists (select from unnest(cast(:keys as text[])) as key"
            " where starts_with(one, key || '@'))"
        ),
        {"keys": keys},
    )
    return sorted({row.one.partition("@")[2] for row in rows})


def _nearest(conn: Connection, shown: str) -> list[str]:
    """Held designations spelt most like it, of the same family first."""
    named = read(shown)
    family = named.key.split(" ")[0] if named else ""
    rows = conn.execute(
        sa.text(
            "select distinct s as one from term, unnest(standards) as s"
            " where kind = 'method' and s like :family limit :most"
        ),
        {"family": f"{family}%", "most": MOST_STANDARDS},
    )
    found = process.extract(
        named.key if named else shown,
        sorted(row.one for row in rows),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=LIKE,
        limit=3,
    )
    return [one for one, _, _ in found]
