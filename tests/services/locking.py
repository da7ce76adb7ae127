"""What a migration may not do to a table that old code is reading and writing meanwhile.

Judged by the statements as they reach the server; a table that the migration itself makes is
nobody's yet. Each fault names the kind and the table, so that one may be allowed on purpose.
"""

import re
from collections.abc import Iterator, Sequence

_NAME = r'"?(\w+)"?'
_ALTER = rf"^alter table (?:only )?{_NAME} .*?\b"
_ADD = _ALTER + r"add (?:constraint \S+ )?"
_MADE = re.compile(rf"create (?:unlogged )?table (?:if not exists )?{_NAME}", re.I)

_RULES = {
    # gone or renamed: code that knows it by its name fails
    "drops table": rf"^drop table (?:if exists )?{_NAME}",
    "drops column of": _ALTER + r"drop column ",
    "renames": rf"^alter table (?:only )?{_NAME} rename ",
    # rewrites or reads every row while nobody may write, or read
    "changes type in": _ALTER + r"alter column \S+ (?:set data )?type ",
    "sets not null in": _ALTER + r"alter column \S+ set not null",
    "checks every row of": _ADD + r"(?:check|foreign key)(?!.* not valid)",
    "builds an index under lock on": _ADD + r"(?:unique|primary key|exclude)(?! using index)",
    "locks out writers of": (
        rf"^create (?:unique )?index (?!concurrently)(?:if not exists )?\S+ on (?:only )?{_NAME}"
    ),
    "computes a column of": _ALTER + r"add column .*(?:\bdefault \w+\(|\bgenerated\b)",
    "rewrites rows of": rf"^update (?:only )?{_NAME}",
    "deletes rows of": rf"^delete from (?:only )?{_NAME}",
    "empties": rf"^truncate (?:table )?{_NAME}",
    "locks": rf"^lock (?:table )?(?:only )?{_NAME}",
    "rewrites": rf"^(?:vacuum full|cluster|reindex table) {_NAME}",
    # old code inserts without it
    "asks old code for a value in": _ALTER + r"add column (?!.*\bdefault\b).*\bnot null",
}
RULES = {name: re.compile(rule, re.I) for name, rule in _RULES.items()}


def faults(statements: Sequence[str]) -> Iterator[str]:
    """Each forbidden thing that these statements of one migration do to a table from before."""
    plain = [" ".join(one.split()) for one in statements]
    made = {found[1] for one in plain if (found := _MADE.match(one))} | {"alembic_version"}
    for one in plain:
        for name, rule in RULES.items():
            found = rule.search(one)
            if found and found[1] not in made:
                yield f"{name} {found[1]}"
