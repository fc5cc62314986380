import socket

from tools.stack.ports import free


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
