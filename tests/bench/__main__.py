"""``python -m tests.bench``: fill a database with made registers and measure."""

import argparse
from pathlib import Path

from deploy.embedded.servers import start_postgres
from tests.bench import matching, matching_blocks, search, verdicts
from tests.bench.data import country, database
from tests.bench.figures import machine, tell


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--size", default="small", help="tiny, small or a number of accreditations")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--folder", type=Path, default=Path("build/bench"))
    asked.add_argument("--seconds", type=int, default=8, help="of one round over HTTP")
    asked.add_argument(
        "--only", choices=("data", "verdicts", "search", "matching"), help="this alone"
    )
    asked.add_argument(
        "--tuning", action="store_true", help="leave the held-out pairs of matching unseen"
    )
    args = asked.parse_args()
    tell("machine", **machine(), size=args.size, seed=args.seed)
    if args.only in (None, "matching"):
        _matching(held_out=not args.tuning)
    if args.only == "matching":
        return 0
    if args.only in (None, "search"):
        _search(args.folder / "search")
    if args.only == "search":
        return 0
    with database(args.folder, args.size, args.seed) as server:
        if args.only in (None, "verdicts"):
            made = country(args.size, args.seed)
            found = verdicts.measure(server.url, made, args.seed, seconds=args.seconds)
            ours = found["verdict by number"]
            for what, per_second in found.items():
                if what.startswith("one select"):
                    tell(f"verdict by number / {what}", ratio=ours / per_second)
    return 0


def _matching(held_out: bool) -> None:
    """Labelled pairs among made bodies; what the blocks let through."""
    index = matching.crowd()
    found = [pair for pair in matching.pairs() if held_out or pair.tuned]
    matching.measure(index, found, held_out)
    matching_blocks.measure(index, found)


def _search(folder: Path) -> None:
    """What search finds, over lists of its own: the made registers above hold one word a line."""
    folder.mkdir(parents=True, exist_ok=True)
    server = start_postgres(folder, durable=False)
    try:
        search.run(server)
    finally:
        server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
