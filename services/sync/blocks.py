"""Which known names may be the same body's: those that share a key, and neighbours in the alphabet.

Keys (``name_keys``) find a person named with its unit, in another order or without its legal form;
a word in too many names is passed over. Sorted neighbourhood (Hernández and Stolfo, 1995) finds the
slip of a pen in a name of one word: it leaves the name near its place, so every name is held
against the few that stand just before and just after it. A look-up per key and two per name, one
statement each per run, however many names the directory holds; nothing is compared with everything.
A slip in the first letters of a name of one word escapes both.
"""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.engine import Connection

from services.sync.match import CROWD

_NEIGHBOURS = 6  # on each side
_SHORTEST = 6  # letters: shorter ones are alike by chance
_LIKE = 85.0  # least likeness of letters, in percent, for the parts to be looked at

# Both halves walk the index of name.core from the asked word on, outwards. Names of closed
# statements are left out within the walk, so that they don't take the places of the standing ones.
_NEAR = sa.text(
    """
    select asked.core as asked, near.core, link.body_id
    from unnest(cast(:cores as text[])) as asked(core)
    cross join lateral (
        (select name.core, name.record_id from name
          where name.core > asked.core and upper_inf(name.known)
          order by name.core limit :few)
        union all
        (select name.core, name.record_id from name
          where name.core < asked.core and upper_inf(name.known)
          order by name.core desc limit :few)
    ) as near
    join body_link as link on link.record_id = near.record_id and upper_inf(link.known)
    """
)


def alike_bodies(conn: Connection, cores: Iterable[str]) -> dict[str, set[int]]:
    """Core of a name → known bodies with a name that is alike, and not the same. One query."""
    asked = sorted(core for core in cores if len(core) >= _SHORTEST)
    found: dict[str, set[int]] = defaultdict(set)
    if not asked:
        return found
    for row in conn.execute(_NEAR, {"cores": asked, "few": _NEIGHBOURS}):
        if fuzz.ratio(row.asked, row.core, score_cutoff=_LIKE):
            found[row.asked].add(row.body_id)
    return found


# The oldest bodies under each key, one more than are looked at: that one tells of a crowd.
_KEYED = sa.text(
    """
    select asked.key, near.body_id
    from unnest(cast(:keys as text[])) as asked(key)
    cross join lateral (
        select distinct link.body_id from name
        join body_link as link on link.record_id = name.record_id and upper_inf(link.known)
        where name.keys @> array[asked.key] and upper_inf(name.known)
        order by link.body_id limit :few
    ) as near
    """
)


def keyed_bodies(conn: Connection, keys: Iterable[str]) -> dict[str, set[int]]:
    """Key → known bodies with a name under it, at most ``CROWD`` and one more. One query."""
    found: dict[str, set[int]] = defaultdict(set)
    asked = sorted(set(keys))
    if asked:
        for row in conn.execute(_KEYED, {"keys": asked, "few": CROWD + 1}):
            found[row.key].add(row.body_id)
    return found
