"""The Celery application: when, never what. Every task is one call into services.

A message only wakes a worker up. The ledger in the database knows what is asked and who holds it,
so a lost message costs one sweep (road.tick) and a repeated one costs nothing.
"""

import os

from celery import Celery
from kombu.entity import Queue

from services import logs
from services import settings as configuration
from workers.broker import broker_url

logs.configure()
settings = configuration.load(os.environ)

SYNC = "sync"
VERIFY = "verify"
# audits have workers of their own: a million rows must not keep a list's sync waiting
AUDIT = "audit"
NOTIFY = "notify"

app = Celery("labdir", broker=broker_url(settings.redis_url), include=["workers.tasks"])
app.conf.update(
    task_queues=[Queue(SYNC), Queue(VERIFY), Queue(AUDIT), Queue(NOTIFY)],
    task_default_queue=SYNC,
    task_ignore_result=True,
    # a message is data and is never unpickled, whoever may have put it there
    accept_content=["json"],
    # late acknowledgement: a message whose worker dies is delivered again, not lost at once
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # kombu's default of an hour would hide a dead worker's message for an hour; a longer run than
    # this is not started twice, because its lease in the ledger is renewed while it works
    broker_transport_options={"visibility_timeout": 600, "socket_keepalive": True},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
    beat_schedule={
        "tick": {
            "task": "labdir.tick",
            "schedule": configuration.duration(settings.road.tick),
            # an unread tick is worth nothing once the next one is there
            "options": {"queue": VERIFY, "expires": 60},
        },
        "verify": {
            "task": "labdir.verify_tick",
            "schedule": configuration.duration(settings.verify.tick),
            "options": {"queue": VERIFY, "expires": 60},
        },
        "audit": {
            "task": "labdir.audit_tick",
            "schedule": configuration.duration(settings.audit.tick),
            "options": {"queue": AUDIT, "expires": 10},
        },
        "notify": {
            "task": "labdir.notify",
            # what a publish has not told itself, and what is to be sent again
            "schedule": 5.0,
            "options": {"queue": NOTIFY, "expires": 5},
        },
        "sign": {
            "task": "labdir.sign",
            "schedule": 60.0,
            "options": {"queue": VERIFY, "expires": 60},
        },
        "turn": {
            "task": "labdir.turn",
            # asked often, done once a day: what is due is decided from the database
            "schedule": 300.0,
            "options": {"queue": VERIFY, "expires": 240},
        },
        "forget": {
            "task": "labdir.forget",
            "schedule": 3600.0,
            "options": {"queue": VERIFY, "expires": 3000},
        },
    },
)
