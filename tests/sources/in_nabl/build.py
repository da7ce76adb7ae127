"""Makes the sample export in the shape of the published one:
``python -m tests.sources.in_nabl.build``.

Laboratories, persons, phones and numbers are made up.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("labs_2031-02-03.json")

BIOCHEMISTRY, HAEMATOLOGY = "Clinical Biochemistry", "Haematology"
MICROBIOLOGY = "Microbiology &amp; Infectious disease serology"
PERSON = {
    "contactPerson": "Nobody Invented",
    "contactEmail": "nobody@lab.example",
    "contactMobile": "9876500000",
    "landline": "0141-2765000",
}


def lab(number: int, **changed: Any) -> dict[str, Any]:
    """An entry with all its keys, in the published order."""
    entry: dict[str, Any] = {
        "id": f"M-{number:04}",
        "name": f"SAMPLE DIAGNOSTICS {number} PRIVATE LIMITED",
        "type": "Medical",
        **PERSON,
        "address": f"{number}, MADE-UP ROAD, NOWHERE NAGAR",
        "city": "Pune",
        "state": "Maharashtra",
        "pincode": f"{411000 + number}.0",
        "certNo": f"MC-{9000 + number}",
        "issueDate": "16/11/2029",
        "expiryDate": "15/11/2033",
        "certUrl": None,
        "scopeUrl": f"https://schedule.example/CertificateScope?x={number}==",
        "disciplines": [BIOCHEMISTRY, HAEMATOLOGY],
        "permanentFacility": False,
        "siteFacility": False,
        "mobileFacility": False,
    }
    unknown = changed.keys() - entry.keys()
    assert not unknown, unknown
    return entry | changed


LABS = [
    lab(1, id="I-0001", name="Neelgiri Imaging &AMP; Research Centre", city="Jaipurr",
        state="Rajasthan", pincode="", address="B-1, Invented Marg, Jaipur",
        disciplines=["MI CAB - CT", "MI CAB - MRI"], issueDate="24/04/2029",
        expiryDate="27/03/2030", permanentFacility=True, mobileFacility=True),
    lab(2, name="KAMAL PATH LABS LIMITED", city="Kolkata", state="West Bengal"),
    lab(3, name="KAMAL PATH LABS LIMITED", city="Siliguri", state="West Bengal"),
    lab(4, name="DEPARTMENT OF MICROBIOLOGY", city="Rohtak", state="Haryana",
        disciplines=[MICROBIOLOGY]),
    lab(5, name="DEPARTMENT OF MICROBIOLOGY", city="Udaipur", state="Rajasthan",
        disciplines=["Clinical Biochemistry, Haematology, Clinical Pathology"]),
    lab(6, name="CHAMELI HOSPITAL (DEPARTMENT \nOF LABORATORY SERVICES)", city="Bengaluru",
        state="Karnataka", disciplines="Haematology, Clinical Biochemistry"),
    # the same certificate entered twice under two ids, written differently
    lab(7, name="GULMOHAR CLINICAL LABORATORY LLP", city="Thiruchirapalli", state="Tamil Nadu"),
    lab(8, name="Gulmohar Clinical Laboratory LLP", city="Thiruchirapalli", state="Tamil Nadu",
        certNo="MC-9007", disciplines=[HAEMATOLOGY, MICROBIOLOGY]),
    # a certificate and the one before it
    lab(9, name="PARIJAT LABS PVT. LTD.", issueDate="01/06/2025", expiryDate="31/05/2029"),
    lab(10, name="PARIJAT LABS PVT. LTD.", certNo="MC-9009", issueDate="01/06/2029",
        expiryDate="31/05/2033"),
    # one number, two holders
    lab(11, name="TULSI PATHOLOGY PRIVATE LIMITED", city="Lucknow", state="Uttar Pradesh"),
    lab(12, name="BANYAN SCANS LLP", city="Noida", state="Uttar Pradesh", certNo="MC-9011"),
    *(lab(number) for number in range(13, 31)),
]  # fmt: skip


def export(labs: Sequence[Any] = tuple(LABS), **changed: Any) -> bytes:
    held = {"version": 1, "updatedAt": "2031-02-03", "count": len(labs), "labs": list(labs)}
    return json.dumps(held | changed, indent=1, ensure_ascii=False).encode()


if __name__ == "__main__":
    FILE.write_bytes(export())
