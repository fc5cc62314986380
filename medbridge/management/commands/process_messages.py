import os
import signal
import threading
import time

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.utils import timezone

from medbridge.actions.process_messages import process_messages, warm_up

# An empty inbox is looked at ten times a second: a tenth of a millisecond of PostgreSQL each.
IDLE_SECONDS = 0.1
# A database that is away is not asked more often.
AWAY_SECONDS = 1


# Whoever waits for an acknowledgement goes before what is kept already.
NICENESS = 10


class Command(BaseCommand):
    help = "Process kept messages in order, until SIGTERM or SIGINT. Run as many as there are cores to spare."

    def handle(self, *args: object, **options: object) -> None:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        os.nice(NICENESS)
        warm_up()
        self.stdout.write("processing messages")
        self.stdout.flush()
        while not stopped.is_set():
            self.turn(stopped)

    def turn(self, stopped: threading.Event) -> None:
        try:
            if not process_messages(at=timezone.now()):
                stopped.wait(IDLE_SECONDS)
        except Error as error:
            self.stderr.write(f"database: {error}")
            close_old_connections()
            time.sleep(AWAY_SECONDS)
