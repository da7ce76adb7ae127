"""Makes the sample file in the shape of the published one:
``python -m tests.sources.gb_ukmcab.build``.

Bodies, numbers and file names are made up.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

FILE = Path(__file__).with_name("legislative-files_2031-05-06.csv")

HEADER = ("Name", "CABNumber", "FileName", "Label", "LegislativeArea")
EMC, RADIO = "Electromagnetic compatibility", "Radio equipment"
PRESSURE = "Pressure equipment "  # with the space that the published one has
EMC_2016, RADIO_2017 = (
    "Electromagnetic Compatibility Regulations 2016",
    "Radio Equipment Regulations 2017",
)
PRESSURE_2016 = "Pressure Equipment (Safety) Regulations 2016"

Row = tuple[str, str, str, str, str]
ROWS: list[Row] = [
    ("Albion Test Ltd", "9808", "9418Product-Certification.pdf", EMC_2016, EMC),
    ("Albion Test Ltd", "9808", "9418Product-Certification.pdf", RADIO_2017, RADIO),
    ("Albion Test Ltd", "9808", "9204Testing-Multiple.pdf",
     "Conformity assessment under agreements (MRA), UK-USA MRA, Sectoral Annex on EMC - Test Firm",
     EMC),
    ("Bramble Verification, Inc.", "68", "9001%20Inspection%20Body%20Single.pdf",
     "The Lifts Regulations 2016", "Lifts"),
    ("Bramble Verification, Inc.", "68", "9001%20Inspection%20Body%20Single.pdf",
     "Lifts regulations 2016", "Lifts "),
    ("Corncrake Certification Limited", "9120 (ex 9890, ex 9642)", "9005Management-Systems.pdf",
     "Measuring Instruments Regulations 2016 Modules D, D1, E", "Measuring instruments"),
    ("Corncrake Certification Limited", "9120 (ex 9890, ex 9642)", "9386Product-Certification.pdf",
     "Measuring Instruments Regulations 2016 Modules B and F", "Measuring instruments"),
    ("Dunlin Fire Ltd, trading as Dunlin", "9121, 9314, 833", "9087Product-Certification.pdf",
     "Marine Equipment Regulations 2016", "Marine equipment"),
    ("Egret Welding Holdings Ltd", "R906", "9342Inspection%20Body%20Single.pdf", PRESSURE_2016,
     PRESSURE),
    ("Fulmar Inspection Ltd – Joints", "", "9027Inspection-Body.pdf",
     "The Pressure Equipment (Safety)Regulations 2016", PRESSURE),
    ("Gannet International (UK) LTD", "9889", "9705Product-Certification.pdf", RADIO_2017, RADIO),
    ("Gannet International (UK) LTD", "9889",
     "Gannet International UK Ltd are additionally appointed under Body Number 9843.pdf",
     "Gannet International UK Ltd are additionally appointed under Body Number 9843",
     "Not assigned"),
    ("Gannet International (UK) LTD", "9843", "9772Testing-Multiple.pdf",
     "The Toys (Safety) Regulations 2011", "Toys"),
    # UTF-8 read as windows-1252 before it was published, and the same accent as it should be
    ("TÃ¼rmchen Labs, Inc.", "9929", "9929_-_RER_V003.pdf", RADIO_2017, RADIO),
    ("Möwe Limited", "", "9141Testing-Multiple.pdf", "UK-USA Mutual Recognition Agreement", EMC),
    ("Heron Rail Ltd", "9773", "9221Product-Certification.pdf",
     "The Railways (Interoperability) Regulations 2011", "Railway interoperability"),
    ("Heron Rail Ltd", "9773", "Note for concept.pdf",
     "Note for concept of notified body (NI) and rail interoperability",
     "Railway interoperability"),
    ("Heron Rail Ltd", "9773", "9221Product-Certification.pdf",
     "The Railways (Interoperability) Regulations 2011", "Railway interoperability"),
    *(
        (f"Sample Body {number} Ltd", f"97{number:02}", f"95{number:02}Product-Certification.pdf",
         "Supply of Machinery (Safety) Regulations 2008", "Machinery")
        for number in range(20)
    ),
]  # fmt: skip


def table(
    rows: Sequence[Sequence[str]] = tuple(ROWS),
    header: Sequence[str] = HEADER,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().removesuffix("\n").encode(encoding)  # as the published one ends


if __name__ == "__main__":
    FILE.write_bytes(table())
