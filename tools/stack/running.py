"""Started programs: launched until ready, restarted when they die, stopped in reverse order."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools.stack.interrupts import Interrupts
from tools.stack.process import spawn, stop, tail
from tools.stack.program import Program

POLL_SECONDS = 0.03
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # a program that dies at once must not eat the machine
HEALTHY_SECONDS = 60.0  # after this long a death counts as the first again


class StartFailed(RuntimeError):
    """A program ended, or was not ready in time. The message holds the end of its log."""


@dataclass
class Running:
    program: Program
    log: Path
    child: "subprocess.Popen[bytes]"
    since: float
    deaths: int = 0
    restart_at: float | None = None

    def check(self) -> str | None:
        """Restart it when it is due; returns what there is to tell the operator."""
        if self.restart_at is not None:
            return self._restart() if time.monotonic() >= self.restart_at else None
        code = self.child.poll()
        if code is None:
            return None
        stop(self.child, self.program)  # a grandchild left behind would hold the port
        self.deaths = 0 if time.monotonic() - self.since > HEALTHY_SECONDS else self.deaths
        delay = BACKOFF_SECONDS[min(self.deaths, len(BACKOFF_SECONDS) - 1)]
        self.deaths += 1
        self.restart_at = time.monotonic() + delay
        return f"{self.program.name} ended ({_ending(code)}), starting it again in {delay:g} s; its log: {self.log}"

    def _restart(self) -> str:
        self.child = spawn(self.program, self.log)
        self.since, self.restart_at = time.monotonic(), None
        return f"{self.program.name} started again (pid {self.child.pid})"

    def wait(self) -> None:
        deadline = time.monotonic() + self.program.ready_seconds
        while not self.program.ready():
            if self.child.poll() is not None:
                raise StartFailed(f"{self.program.name} {_ending(self.child.returncode)}:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                seconds = self.program.ready_seconds
                raise StartFailed(f"{self.program.name} was not ready after {seconds:g} s:\n{tail(self.log)}")
            time.sleep(POLL_SECONDS)


@dataclass
class Group:
    """Programs that live and end together. `interrupts` keeps Ctrl-C from falling between a start and its record."""

    logs: Path
    interrupts: Interrupts = field(default_factory=Interrupts)
    members: list[Running] = field(default_factory=list)

    def start(self, *programs: Program) -> None:
        """Start all at once, then wait for each. Raises StartFailed."""
        started = []
        for program in programs:
            log = self.logs / f"{program.name}.log"
            with self.interrupts.held():
                started.append(Running(program, log, spawn(program, log), time.monotonic()))
                self.members.append(started[-1])
        for member in started:
            member.wait()

    def run(self, program: Program) -> None:
        """A program that has to end by itself, with exit status 0, before the next step."""
        log = self.logs / f"{program.name}.log"
        with self.interrupts.held():
            member = Running(program, log, spawn(program, log), time.monotonic())
            self.members.append(member)
        while member.child.poll() is None:
            time.sleep(POLL_SECONDS)
        self.members.remove(member)
        if member.child.returncode != 0:
            raise StartFailed(f"{program.name} {_ending(member.child.returncode)}:\n{tail(log, 30)}")

    def check(self) -> list[str]:
        with self.interrupts.held():
            return [news for member in self.members if (news := member.check())]

    def stop(self) -> None:
        while self.members:
            member = self.members.pop()
            stop(member.child, member.program)


def _ending(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"exited with status {code}"
