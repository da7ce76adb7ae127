"""``labdir forget``: what the retention of the settings lets go, and letting it go now."""

import click

from deploy.at_hand import road_at_hand


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go; drop nothing.")
def forget(dry_run: bool) -> None:
    """Drop kept bytes that published nothing and are older than [keep] in the settings says.

    Workers do so by themselves each hour. What is evidence of a published fact is never dropped.
    """
    from services.sync import forget as retention

    with road_at_hand() as road:
        keep = road.settings.keep
        if not keep.refused and not keep.unchanged:
            click.echo("All bytes are kept: [keep] in the settings names no age.")
            return
        if dry_run:
            with road.engine.begin() as conn:
                found = retention.would_forget(conn, keep, road.clock())
        else:
            found = retention.forget(road.engine, keep, road.clock())
    said = "would go" if dry_run else "gone"
    for one in found:
        click.echo(
            f"{one.source}: {one.payloads} payloads of {one.runs} runs, {one.size} bytes, {said}"
        )
    if not found:
        click.echo("Nothing is old enough that is evidence of nothing.")
