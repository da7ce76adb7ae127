"""The made list of accepted laboratories: read by its declaration, bodies those of the register."""

from datetime import date

from deploy.made_papers.site import ACCEPTED, answer
from services.kit import Page
from services.sources.made_accepted import SOURCE
from services.terms import AccreditationKind, Listed, Tier


def test_every_laboratory_is_read_with_its_accreditation() -> None:
    found = answer(ACCEPTED, {})
    assert found is not None
    page = Page(url="https://r.example/list.csv", body=found.body, name="list.csv")
    read = SOURCE.parse([page], SOURCE.lists[0].name)
    assert not read.problems
    assert not read.leftovers
    said = {draft.accreditations[0].number: draft.accreditations[0] for draft in read.drafts}
    assert len(said) == 8
    late = said["L90127"]
    assert (late.issuer, late.kind) == ("CNAS", AccreditationKind.ACCREDITATION)
    assert (late.listed, late.expires) == (Listed.ACTIVE, date(2027, 12, 2))


def test_a_regulators_list_decides_nothing_of_an_accreditation() -> None:
    assert SOURCE.tier is Tier.SCHEME_LIST
    assert not SOURCE.authoritative_for
