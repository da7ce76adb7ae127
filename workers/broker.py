"""The broker's address: one Redis setting, in the words that Celery understands."""


def broker_url(redis_url: str) -> str:
    """Celery's form of a redis-py address: `unix://PATH?db=N` is `redis+socket://` there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
