"""Beat's application: it sends messages and carries out none.

So it need not know the tasks, nor what these stand on: three quarters of a worker's memory.
"""

from celery.signals import beat_init

from workers.app import app, settings
from workers.seen import note_ticks

app.conf.include = ()


@beat_init.connect
def note_beat(**_: object) -> None:
    """Leave a sign of life with every tick, which `labdir doctor` looks for."""
    if settings.redis_url:
        note_ticks(settings.redis_url, "labdir.tick")
