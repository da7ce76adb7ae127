"""Two bodies as a steward sees them: what is said of each, and a token of how both stand.

The token (``version``) is over everything that a decision rests on. Whoever decides sends the one
that was shown; where it is another by then, somebody decided or a source said something else.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, Conflict, NotFound
from services.identifiers import check_digit
from services.store.merged import merged_at

# A legal entity has one of each (GB 32100-2015; ISO 17442-1); a branch has a USCC of its own and is
# therefore another body. Numbers of sites and schemes (FCC, ISED, notified bodies) may be several.
ONE_PER_BODY = ("USCC", "LEI")
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Why:
    """Who decides, why, and where what was seen can be seen."""

    because: str
    proof: str
    account_id: int

    def checked(self) -> "Why":
        """Raises BadQuestion without a reason."""
        because, proof = self.because.strip(), self.proof.strip()
        if not because or len(because) > LONGEST or len(proof) > LONGEST:
            raise BadQuestion(
                "because: a decision needs its reason.",
                f"It takes 1 to {LONGEST} characters; proof at most {LONGEST}.",
            )
        return Why(because, proof, self.account_id)


@dataclass(slots=True)
class Stands:
    """What the records of one body say now; ``names`` folded."""

    names: set[str] = field(default_factory=set)
    identifiers: set[tuple[str, str]] = field(default_factory=set)

    def plain(self) -> dict[str, list[str]]:
        """As it is kept with a decision."""
        spaced = {f"{space} {value}" for space, value in self.identifiers}
        return {"names": sorted(self.names), "identifiers": sorted(spaced)}


_SAID = """
    select l.body_id, 'name' as what, '' as namespace, n.folded as value
    from body_link l join name n on n.record_id = l.record_id and upper_inf(n.known)
    where l.body_id = any(cast(:ids as bigint[])) and upper_inf(l.known)
    union
    select l.body_id, 'identifier', i.namespace, i.value
    from body_link l join identifier i on i.record_id = l.record_id and upper_inf(i.known)
    where l.body_id = any(cast(:ids as bigint[])) and upper_inf(l.known)
"""


def stands(conn: Connection, ids: Collection[int]) -> dict[int, Stands]:
    """What is said of these bodies now: one query."""
    found = {one: Stands() for one in ids}
    for row in conn.execute(sa.text(_SAID), {"ids": sorted(ids)}):
        if row.what == "name":
            found[row.body_id].names.add(row.value)
        else:
            found[row.body_id].identifiers.add((row.namespace, row.value))
    return found


_VERSION = """
    with mine as (select unnest(cast(:ids as bigint[])) as id),
    links as (select l.id, l.record_id from body_link l join mine on mine.id = l.body_id
        where upper_inf(l.known))
    select 'link ' || id as said from links
    union all select 'name ' || n.id from links join name n using (record_id)
        where upper_inf(n.known)
    union all select 'identifier ' || i.id from links join identifier i using (record_id)
        where upper_inf(i.known)
    union all select 'statement ' || s.id from links
        join accreditation_statement s using (record_id) where upper_inf(s.known)
    union all select 'merge ' || g.id from body_merge g
        where upper_inf(g.known) and (g.body_id in (table mine) or g.into_id in (table mine))
    union all select 'apart ' || a.id from body_apart a
        where upper_inf(a.known) and a.one_id in (table mine) and a.two_id in (table mine)
    union all select 'relation ' || r.id from body_relation r
        where upper_inf(r.known) and r.body_id in (table mine) and r.other_id in (table mine)
    order by said
"""


def version(conn: Connection, ids: Collection[int]) -> str:
    """The token of how these bodies stand: one query."""
    said = conn.execute(sa.text(_VERSION), {"ids": sorted(ids)}).scalars()
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def hold_to(conn: Connection, ids: Collection[int], expected: str) -> None:
    """Raises Conflict where the bodies stand otherwise than was seen, naming who decided what."""
    if version(conn, ids) == expected:
        return
    last = _last_decision(conn, ids)
    what = f"Somebody was here first: {last}." if last else "A source says something else since."
    if not expected:
        what = "version: it is missing."
    raise Conflict(what, "Look at both bodies again, and send the version that is shown then.")


_LAST = """
    select d.at, d.what, d.because, a.name from (
        select lower(known) as at, 'merged b' || body_id || ' into b' || into_id as what, because,
            account_id from body_merge
            where body_id = any(cast(:ids as bigint[])) or into_id = any(cast(:ids as bigint[]))
        union all
        select upper(known), 'separated b' || body_id || ' from b' || into_id, end_because,
            end_account_id from body_merge where not upper_inf(known)
            and (body_id = any(cast(:ids as bigint[])) or into_id = any(cast(:ids as bigint[])))
        union all
        select lower(known), 'kept b' || one_id || ' and b' || two_id || ' apart', because,
            account_id from body_apart
            where one_id = any(cast(:ids as bigint[])) and two_id = any(cast(:ids as bigint[]))
        union all
        select lower(known), 'said that b' || body_id || ' is ' || replace(kind, '_', ' ') || ' b'
            || other_id, because, account_id from body_relation
            where body_id = any(cast(:ids as bigint[])) and other_id = any(cast(:ids as bigint[]))
    ) d left join account a on a.id = d.account_id
    order by d.at desc, d.what desc limit 1
"""


def _last_decision(conn: Connection, ids: Collection[int]) -> str:
    row = conn.execute(sa.text(_LAST), {"ids": sorted(ids)}).one_or_none()
    if row is None:
        return ""
    when = row.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{row.name or 'the road'} {row.what} on {when} ({row.because})"


def two_bodies(
    conn: Connection, pair: tuple[int, int], expected: str, now: datetime, *, into: bool = False
) -> None:
    """Holds to what was seen, then to there being two bodies that stand by themselves.

    ``into``: the first is to be merged into the second. Raises BadQuestion, NotFound, Conflict.
    """
    one, two = pair
    if one == two:
        raise BadQuestion(f"b{one} is one body already.", "Name two different bodies.")
    there = sa.text("select id from body where id = any(cast(:ids as bigint[]))")
    held = set(conn.execute(there, {"ids": sorted(pair)}).scalars())
    if missing := sorted(set(pair) - held):
        raise NotFound(f'There is no body "b{missing[0]}".', "Search for it by name or number.")
    hold_to(conn, pair, expected)
    led = merged_at(conn, pair, now)
    if into and led.get(two) == one:
        raise Conflict(
            f"b{two} was merged into b{one} before: to merge b{one} into it would make a loop.",
            f"Undo that merge first, or ask for b{one} alone.",
        )
    for body, at in sorted(led.items()):
        raise Conflict(
            f"b{body} is merged into b{at} already: {_last_decision(conn, [body])}.",
            f"Decide about b{at}, or undo that merge first.",
        )


def refusals(one: tuple[int, Stands], two: tuple[int, Stands]) -> Iterator[str]:
    """Why two bodies cannot be one: identifiers of which a body has one, with another value.

    One whose check digit fails is a slip of the pen: it neither joins (services.sync.match) nor
    keeps apart.
    """
    for space in ONE_PER_BODY:
        values = [
            {
                value
                for name, value in said.identifiers
                if name.upper() == space and check_digit(space, value) is not False
            }
            for _, said in (one, two)
        ]
        if all(values) and values[0].isdisjoint(values[1]):
            a, b = (sorted(each)[0] for each in values)
            yield f"b{one[0]} has {space} {a}, b{two[0]} has {space} {b}: a body has one."
