"""For those who run it: alive, ready, and the numbers that alerts hang on."""

import asyncio
from collections.abc import Iterable

import msgspec
from litestar import MediaType, Response, get
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy.engine import Connection

from directory import edge
from directory.api.answers import VERSION
from directory.api.problems import declared
from services.db import at_head
from services.find.gauges import Gauges, gauges
from services.find.shape_changes import ShapeChanged, changed_shapes
from services.find.sources import sources, status
from services.find.views import SourceView, Status
from services.verify.due import Backlog, backlogs

READY_SECONDS = 5


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers; nothing is said of the database."""

    alive: bool
    version: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The database is reached and its schema is the newest that this version knows."""

    ready: bool
    version: str


@get(
    "/health",
    operation_id="health",
    summary="Is the process alive?",
    description="Answers without the database: for whoever restarts processes.",
    tags=["Health"],
    responses=declared(400, 404, 405, 500, limited=False),
)
async def health() -> Health:
    return Health(alive=True, version=VERSION)


@get(
    "/ready",
    operation_id="ready",
    summary="Can it answer?",
    description="200 once the database is reached and its migrations are at head; 503 with the "
    "reason otherwise: for whoever sends it traffic.",
    tags=["Health"],
    responses=declared(400, 404, 405, 500, 503, limited=False),
)
async def ready(request: edge.AnyRequest) -> Ready:
    try:
        async with asyncio.timeout(READY_SECONDS):
            newest = await edge.read(request, at_head)
    except TimeoutError as fault:
        raise edge.Unavailable(
            f"The database did not answer within {READY_SECONDS} s.", "See that it runs."
        ) from fault
    if not newest:
        raise edge.Unavailable(
            "The database's schema is not the newest that this version knows.",
            "Run labdir migrate.",
        )
    return Ready(ready=True, version=VERSION)


Seen = tuple[Status, tuple[SourceView, ...], Gauges, tuple[ShapeChanged, ...]]


class House(Collector):
    """The directory's own numbers at one moment, as Prometheus reads them."""

    def __init__(self, now: float, seen: Seen) -> None:
        self.now = now
        self.status, self.sources, self.gauges, self.shapes = seen

    def collect(self) -> Iterable[Metric]:
        for name, help_text, value in (
            ("labdir_bodies", "Bodies in the directory.", self.status.bodies),
            ("labdir_accreditations", "Accreditations held.", self.status.accreditations),
            ("labdir_scope_lines", "Scope lines held.", self.status.lines),
            ("labdir_log_position", "Newest position of the log.", self.status.log_position),
            ("labdir_reviews_open", "Doubts waiting for a steward.", self.status.open_reviews),
            (
                "labdir_queue_age_seconds",
                "How long the oldest queued run has waited.",
                self.gauges.queue_age_s,
            ),
            (
                "labdir_leases_lost",
                "Running runs whose lease ran out.",
                self.gauges.leases_lost,
            ),
            (
                "labdir_delivery_age_seconds",
                "How long the message longest due to a subscriber should have been sent.",
                self.gauges.delivery_age_s,
            ),
        ):
            yield GaugeMetricFamily(name, help_text, value=value)
        runs = GaugeMetricFamily("labdir_runs", "Runs in the ledger.", labels=["state"])
        for state, count in self.gauges.runs.items():
            runs.add_metric([state.value], count)
        yield runs
        told = GaugeMetricFamily(
            "labdir_deliveries", "Messages to subscribers not delivered.", labels=["state"]
        )
        for stands, count in self.gauges.deliveries.items():
            told.add_metric([stands.value], count)
        yield told
        yield from self._of_sources()

    def _of_sources(self) -> Iterable[Metric]:
        age = GaugeMetricFamily(
            "labdir_source_age_seconds",
            "Seconds since the source was last read with success; absent before the first time.",
            labels=["source"],
        )
        overdue = GaugeMetricFamily(
            "labdir_source_overdue", "1 where a source is past its time.", labels=["source"]
        )
        failures = GaugeMetricFamily(
            "labdir_source_failures",
            "Failures in a row, of the worst of the source's lists.",
            labels=["source"],
        )
        for one in self.sources:
            if not one.enabled:
                continue
            if one.last_success_at is not None:
                age.add_metric([one.key], max(0.0, self.now - one.last_success_at.timestamp()))
            overdue.add_metric([one.key], int(one.overdue))
            failures.add_metric([one.key], max((x.failures for x in one.lists), default=0))
        shapes = GaugeMetricFamily(
            "labdir_source_changed_shape",
            "Lists of the source whose newest reading has another shape than the last good one.",
            labels=["source"],
        )
        for one in self.sources:
            if one.enabled:
                shapes.add_metric([one.key], sum(of.source == one.key for of in self.shapes))
        yield from (age, overdue, failures, shapes)


class LookUps(Collector):
    """What waits of single facts, by source."""

    def __init__(self, backlogs: tuple[Backlog, ...]) -> None:
        self.backlogs = backlogs

    def collect(self) -> Iterable[Metric]:
        for name, help_text, field in (
            ("labdir_facts_due", "Facts due for a look-up.", "due"),
            ("labdir_facts_overdue", "Facts a whole interval past their time.", "overdue"),
            ("labdir_facts_success_age_seconds", "Age of the oldest good check.", "success_age_s"),
            ("labdir_lookup_queue_age_seconds", "How long the oldest look-up has waited.",
             "queue_age_s"),
        ):  # fmt: skip
            family = GaugeMetricFamily(name, help_text, labels=["source"])
            for one in self.backlogs:
                family.add_metric([one.source], getattr(one, field))
            yield family


class Database(Collector):
    """Whether the numbers of the house could be read at all."""

    def __init__(self, up: bool) -> None:
        self.up = up

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "labdir_database_up", "1 where the database answered this look.", value=int(self.up)
        )


@get(
    "/metrics",
    operation_id="metrics",
    summary="Numbers for Prometheus",
    description="Requests of this process, and of the directory: freshness and overdue by source, "
    "runs by state, the age of the queue, its size. Answers without the database too, then with "
    "labdir_database_up 0. Nothing personal is in it.",
    tags=["Health"],
    media_type=MediaType.TEXT,
    responses=declared(400, 404, 405, 500, limited=False),
)
async def metrics(request: edge.AnyRequest) -> Response[str]:
    now = edge.now(request)

    def look(conn: Connection) -> Seen:
        return (
            status(conn, now)[0], sources(conn, now)[0], gauges(conn, now), changed_shapes(conn),
        )  # fmt: skip

    once = CollectorRegistry()
    try:
        async with asyncio.timeout(READY_SECONDS):
            once.register(House(now.timestamp(), await edge.snapshot(request, look)))
    except Exception as fault:  # whatever is wrong, the process's own numbers are still told
        edge.log.warning("metrics_without_database", why=str(fault).splitlines()[:1])
        once.register(Database(False))
    else:
        once.register(Database(True))
        await _add_look_ups(request, once)
    counts = edge.counts(request)
    text = (generate_latest(counts.registry) + generate_latest(once)).decode()
    return Response(
        text,
        media_type=CONTENT_TYPE_LATEST,
        headers={"cache-control": "no-store"},
    )


async def _add_look_ups(request: edge.AnyRequest, once: CollectorRegistry) -> None:
    """Counting single facts passes over all that is held: where that takes too long the other
    numbers are told without these."""
    settings, now = edge.settings(request), edge.now(request)
    try:
        async with asyncio.timeout(READY_SECONDS):
            once.register(LookUps(await edge.snapshot(request, backlogs, settings, now)))
    except Exception as fault:
        edge.log.warning("metrics_without_look_ups", why=str(fault).splitlines()[:1])
