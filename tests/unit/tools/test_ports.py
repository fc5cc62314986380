import socket
import subprocess
import sys

from tools.stack.ports import claim, free


def test_the_preferred_port_is_taken_when_free() -> None:
    preferred = free()
    assert free(preferred) == preferred


def test_a_taken_port_gives_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert free(taken) not in (0, taken)


def test_a_port_taken_on_all_addresses_gives_another() -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        taken = other.getsockname()[1]
        assert free(taken) != taken


def test_two_stacks_that_start_at_once_claim_two_ports() -> None:
    preferred = free()
    program = f"from tools.stack.ports import claim; print(claim({preferred}), flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        ours = claim(preferred)
        other.communicate("\n")
    assert theirs == preferred != ours
