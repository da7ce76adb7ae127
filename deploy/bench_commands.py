"""``labdir bench``: a directory of made data, for measuring."""

import click


@click.group()
def bench() -> None:
    """Made data of honest shape, for measuring."""


@bench.command()
@click.option(
    "--size",
    type=click.Choice(["tiny", "small", "national", "world"]),
    default="small",
    show_default=True,
    help="0.5, 10 or 30 million scope lines (tiny: 6,000).",
)
@click.option("--seed", type=int, default=1, show_default=True)
def data(size: str, seed: int) -> None:
    """Fill the database at hand with a made directory. It must hold no bodies yet.

    All of it follows from the seed. Ten years of half-yearly changes, the log and the search
    documents included.
    """
    from deploy.at_hand import road_at_hand
    from deploy.made_data.load import load

    def tell(phase: str, seconds: float, count: int) -> None:
        click.echo(f"{seconds:8.1f} s  {phase}{f' {count:,}' if count else ''}")

    with road_at_hand() as road:
        load(road.engine, size, seed, tell)
