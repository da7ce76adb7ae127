"""The list of activities is open: fields that nobody thought of are stored, found and judged."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from services.find import body as reading
from services.find.search import Query, search
from services.terms import BodyKind
from tests.services.store.build import World, at, lab, line, on

NEW = [
    line("1", "greenhouse gas statements of organisations", "ISO 14064-3:2019"),
    line("2", "data security management", "GB/T 41479-2022", object_also="数据安全管理"),
    line("3", "labour practices in the supply chain", "SA8000:2014"),
]


@pytest.mark.parametrize("words", ["greenhouse gas", "数据安全", "labour practices"])
def test_greenhouse_gas_data_security_and_labour_are_activities_like_any_other(
    make_database: Callable[[], str], words: str
) -> None:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS"])
        verifier = lab(
            "VV90001", name="Tern Verification", name_zh="", body_kind=BodyKind.VALIDATION,
            standard="ISO/IEC 17029:2019", field="carbon, data, labour", lines=NEW,
        )  # fmt: skip
        world.look("register", at("2026-05-20"), [verifier])
        found, _ = search(conn, Query(q=words), now=at("2026-06-01"), today=on("2026-06-01"))
        (card,) = found.cards
        assert card.kinds == (BodyKind.VALIDATION,)
        day, known = on("2026-06-01"), at("2026-06-01")
        whole, _ = reading.scope(conn, card.id, q=words, on=day, known_at=known)
        assert whole.total == 1
        assert whole.lines[0].status.verdict == "VALID"
    engine.dispose()
