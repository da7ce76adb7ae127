"""Persons and how to reach them are told from bodies, in titles of columns and within cells."""

import pytest

from services.parsers.personal import is_personal, without_personal


@pytest.mark.parametrize(
    "title",
    [
        "Contact person", "E-mail", "email_address", "contactEmail", "Telephone No.", "Tel", "Fax",
        "Mobile", "phoneNumber", "Technical Manager", "联系人", "联系电话", "电子邮箱", "传真",
        "法定代表人", "負責人", "Ansprechpartner", "Téléphone", "Correo electrónico",
        "Person in charge", "authorised signatories", "担当者",
    ],
)  # fmt: skip
def test_titles_of_persons_are_known(title: str) -> None:
    assert is_personal(title)


@pytest.mark.parametrize(
    "title",
    [
        "Name", "Hotel", "Telecommunication testing", "Certification of persons", "Mailing address",
        "Contact address", "机构名称", "Accreditation No.", "Website", "Management system", "Cell",
        "联系地址",
    ],
)  # fmt: skip
def test_titles_of_bodies_are_not_taken_for_persons(title: str) -> None:
    assert not is_personal(title)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("1 Way, Ulm, Tel: 0731 1234", "1 Way, Ulm"),
        ("1 Way; lab@x.example", "1 Way"),
        ("1 Way +49 (731) 12 34-567", "1 Way"),
        ("某路1号 联系人：王某 13800000000", "某路1号"),
        ("某路1号 010-12345678", "某路1号"),
        ("Alpha\nPhone: 1\nUlm", "Alpha\n\nUlm"),
    ],
)
def test_what_reaches_a_person_is_cut_out_of_a_cell(text: str, left: str) -> None:
    assert without_personal(text) == (left, 1)


@pytest.mark.parametrize(
    "text",
    ["ISO/IEC 17025:2017", "L1234", "2028-01-09", "D-PL-12345-01-00", "IEC 60335-2-80", "A,"],
)
def test_numbers_of_standards_and_certificates_stay(text: str) -> None:
    assert without_personal(text) == (text, 0)
