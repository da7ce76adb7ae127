"""`make keeping`: a backup under load, brought back, and QUESTIONS of the past asked of both."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.keeping.proof import prove


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--labs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="labdir-keeping-"))
    folder.chmod(0o711)
    try:
        told = prove(folder, questions=asked.questions, labs=asked.labs, seed=asked.seed)
    finally:
        shutil.rmtree(folder)
    for name, value in told.__dict__.items():
        print(f"{name.replace('_', ' '):<26} {value}")
    whole = told.leaves_restored_of_all == told.leaves_when_lost
    same = told.same_root and told.leaves_restored == told.leaves_at_the_moment
    return 0 if same and whole and not told.differing and not told.findings else 1


if __name__ == "__main__":
    sys.exit(main())
