"""``python -m tests.bench``: fill a database with made registers and measure."""

import argparse
from pathlib import Path

from tests.bench.data import database
from tests.bench.figures import machine, tell


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--size", default="small", help="tiny, small or a number of accreditations")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--folder", type=Path, default=Path("build/bench"))
    args = asked.parse_args()
    tell("machine", **machine(), size=args.size, seed=args.seed)
    with database(args.folder, args.size, args.seed):
        pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
