"""A small made-up directory, published through the real road, shared by the tests of a file."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services import kit
from services.terms import (
    BodyKind,
    CredentialKind,
    EvidenceLevel,
    LeavingMeans,
    Polarity,
    PresenceMode,
    RelationKind,
    Tier,
)
from tests.services.store.build import World, at, lab, line, on, suspension

HARBOUR_LINES = [
    line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries", sites=("SZ",)),
    line("2", "信息技术设备", "GB 4943.1-2022", object_also="information technology equipment"),
    line("3", "luminaire", "IEC 60598-1:2020", parameter="dielectric strength", sites=("DXB",)),
]


def harbour(**more: Any) -> kit.Draft:
    """A body with every part: sites at home and abroad, presences, credentials, relations."""
    return lab(
        lines=HARBOUR_LINES,
        identifiers=(kit.Identifier(namespace="USCC", value="91350211M000100Y46"),),
        sites=(
            kit.Site(key="SZ", name="Main", country="CN", city="Shenzhen", address="1 Quay Road"),
            kit.Site(key="DXB", name="Gulf", country="AE", city="Dubai", address="2 Dune Road"),
        ),
        presences=(
            kit.Presence(
                key="ae", country="AE", city="Dubai", mode=PresenceMode.BUILT, site="DXB",
                level=EvidenceLevel.ISSUER_REGISTER, valid_from=on("2024-03-01"),
            ),
            kit.Presence(
                key="sa", country="SA", mode=PresenceMode.BORROWED, partner="Dune Road Laboratory",
                may_issue="Test reports", in_whose_name="The partner's",
                level=EvidenceLevel.MARKETING_CLAIM,
            ),
        ),
        credentials=(
            kit.Credential(
                key="tm", kind=CredentialKind.TRADEMARK, title="HARBOUR LIGHT", issuer="CNIPA",
                level=EvidenceLevel.ISSUER_REGISTER, granted=on("2023-07-01"),
            ),
            kit.Credential(
                key="pen", kind=CredentialKind.PENALTY, title="Report without test", issuer="SAMR",
                level=EvidenceLevel.ISSUER_DOCUMENT_VERIFIED, polarity=Polarity.ADVERSE,
            ),
        ),
        relations=(
            kit.Relation(
                kind=RelationKind.SUBSIDIARY_OF, other="Northern Lamp Works GmbH",
                other_namespace="LEI", other_value="529900T8BM49AURSDO55",
            ),
        ),
        **more,
    )  # fmt: skip


def northern(**more: Any) -> kit.Draft:
    return lab(
        "D-PL-90001",
        name="Northern Lamp Works GmbH",
        name_zh="",
        country="DE",
        city="Rostock",
        issuer="DAkkS",
        lines=[line("a", "luminaire", "DIN EN IEC 60598-1:2022", parameter="dielectric strength")],
        identifiers=(kit.Identifier(namespace="LEI", value="529900T8BM49AURSDO55"),),
        **more,
    )


def inspector(**more: Any) -> kit.Draft:
    return lab(
        "IB90007",
        name="Old Quay Inspection Pte Ltd",
        name_zh="",
        country="SG",
        city="Singapore",
        issuer="SAC",
        body_kind=BodyKind.INSPECTION,
        standard="ISO/IEC 17020:2012",
        **more,
    )


@pytest.fixture(scope="module")
def world(make_database: Callable[[], str]) -> Iterator[World]:
    """Three bodies in a register seen weekly, one suspended since by a rolling list of notices."""
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS", "DAkkS", "SAC"], lists=("main", "lookup"))
        one.source("notices", authoritative_for=["SAC"], leaving=LeavingMeans.NOTHING)
        one.source("aggregator", tier=Tier.AGGREGATOR, made=True)
        everyone = [harbour(), northern(), inspector()]
        one.look("register", at("2026-05-04"), everyone)
        one.look("register", at("2026-05-11"), everyone)
        stop = inspector(events=[suspension("2026-05-12")], key="notice 1", expires=None)
        one.look("notices", at("2026-05-13"), [stop])
        one.look("register", at("2026-05-18"), everyone)
        yield one
    engine.dispose()
