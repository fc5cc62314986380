"""The supervisor: a part that dies comes back, ever more slowly; what it leaves behind is killed."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.stack.interrupts import Interrupts
from tools.stack.program import Program
from tools.stack.running import BACKOFF_SECONDS, Group, StartFailed


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    group = Group(logs=tmp_path)
    yield group
    group.stop()


def python(name: str, code: str, **options: object) -> Program:
    return Program(name, [sys.executable, "-c", code], **{"ready": lambda: True, **options})  # type: ignore[arg-type]


def test_a_program_that_ends_while_starting_is_reported_with_its_log(group: Group) -> None:
    with pytest.raises(StartFailed, match=r"(?s)broken exited with status 3.*no such table"):
        group.start(python("broken", "print('no such table', flush=True); exit(3)", ready=lambda: False))


def test_a_program_that_is_never_ready_is_reported(group: Group) -> None:
    with pytest.raises(StartFailed, match=r"slow was not ready after 0.1 s"):
        group.start(python("slow", "import time; time.sleep(60)", ready=lambda: False, ready_seconds=0.1))


def test_a_program_that_dies_is_started_again_after_a_pause(group: Group) -> None:
    group.start(python("part", "import time; time.sleep(60)"))
    first = group.members[0].child
    first.kill()
    first.wait()
    assert "ended by signal 9" in group.check()[0]
    assert group.check() == []
    time.sleep(BACKOFF_SECONDS[0])
    assert "started again" in group.check()[0]
    assert group.members[0].child.pid != first.pid


def test_a_program_that_keeps_dying_waits_longer_each_time(group: Group) -> None:
    group.start(python("part", "pass"))
    member = group.members[0]
    for expected in BACKOFF_SECONDS[:3]:
        member.child.wait()
        assert f"in {expected:g} s" in (member.check() or "")
        member.restart_at = 0.0
        member.check()


def test_a_step_that_fails_stops_the_start(group: Group) -> None:
    with pytest.raises(StartFailed, match="migrate exited with status 1"):
        group.run(python("migrate", "exit(1)"))
    assert group.members == []


def test_a_program_deaf_to_its_stop_signal_is_killed(group: Group) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    log = group.logs / "deaf.log"
    group.start(python("deaf", deaf, stop_seconds=0.1, ready=lambda: "deaf" in log.read_text()))
    child = group.members[0].child
    group.stop()
    assert child.returncode == -signal.SIGKILL


def test_an_interrupt_waits_for_the_end_of_a_held_block_and_comes_once() -> None:
    interrupts = Interrupts()
    reached = False
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    interrupts.install()
    try:
        with pytest.raises(KeyboardInterrupt), interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
            reached = True
        os.kill(os.getpid(), signal.SIGTERM)  # ignored: stopping has begun
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert reached
