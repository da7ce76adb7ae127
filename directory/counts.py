"""What a process counts of its own answers, for /metrics."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from directory import pace
from services.terms import Verdict

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Counts:
    """Of one process, in a registry of its own: whoever scrapes adds the processes up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "labdir_http_requests",
            "Answers given, by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "labdir_http_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("method", "route"),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        verdicts = Counter(
            "labdir_verdicts",
            "Verdicts given at the API and the check page, by kind; audits keep their own counts.",
            ("verdict",),
            registry=self.registry,
        )
        # every kind from the beginning: a rate needs a first value
        self.verdicts = {one: verdicts.labels(one.value) for one in Verdict}
        self.pace = pace.Told(self.registry)

    def judged(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            self.verdicts[verdict].inc()

    def seen(self, method: str, route: str, code: int, seconds: float) -> None:
        if method not in _METHODS:  # a stranger's word would be a series of its own for ever
            method = "other"
        self.requests.labels(method, route, str(code)).inc()
        self.seconds.labels(method, route).observe(seconds)
