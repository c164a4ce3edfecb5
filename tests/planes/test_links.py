"""Links: what they forward, retarget, delay, cut and drop."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.planes.links import Links
from sandbox.planes.registry import Registry
from tests.planes.conftest import wait_for
from tests.sandbox.conftest import free_port

HOST = "127.0.0.1"


class Server:
    """Answers every line with its name and the line, and keeps its connections."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.listener = socket.create_server((HOST, 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Wakes the thread that accepts, which would keep the port."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb", buffering=0) as file:
            for line in file:
                file.write(f"{self.name} ".encode() + line)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "state.json")


@pytest.fixture
def links(registry: Registry) -> Iterator[Links]:
    made = Links(registry)
    yield made
    for name in list(made.describe()):
        made.close(name)


@pytest.fixture
def port(links: Links, servers: list[Server]) -> int:
    """The port of a link `one` that leads to the first server."""
    number = free_port()
    links.open("one", HOST, number, (HOST, servers[0].port))
    return number


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    made = [Server("first"), Server("second")]
    yield made
    for server in made:
        if server.listener.fileno() >= 0:
            server.close()


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=5)
        self.file = self.socket.makefile("rwb", buffering=0)

    def say(self, text: str = "hello") -> str:
        self.file.write(f"{text}\n".encode())
        return self.file.readline().decode().rstrip("\n")

    def is_reset(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def test_new_connections_follow_the_target_and_old_ones_stay(links, port, servers):
    with closing(Connection(port)) as old:
        assert old.say() == "first hello"
        links.target("one", HOST, servers[1].port)
        with closing(Connection(port)) as new:
            assert new.say() == "second hello"
        assert old.say() == "first hello"
        links.drop("one")
        assert old.is_reset()
    with closing(Connection(port)) as again:
        assert again.say() == "second hello"


def test_a_cut_link_resets_and_refuses_until_it_is_restored(links, port):
    with closing(Connection(port)) as old:
        assert old.say() == "first hello"
        links.cut("one")
        assert old.is_reset()
    with pytest.raises(ConnectionRefusedError):
        Connection(port)
    links.restore("one")
    with closing(Connection(port)) as new:
        assert new.say() == "first hello"


def test_only_what_comes_from_the_target_is_delayed_and_stays_in_order(links, port):
    with closing(Connection(port)) as connection:
        links.delay("one", 300)
        began = time.monotonic()
        for number in range(5):
            connection.file.write(f"{number}\n".encode())
            time.sleep(0.02)
        # The first answer is due while the last is not: the delay is per piece, not in sum.
        assert [connection.file.readline() for _ in range(5)] == [f"first {number}\n".encode() for number in range(5)]
        took = time.monotonic() - began
        assert 0.38 <= took < 0.38 + 0.5
        links.delay("one", 0)
        began = time.monotonic()
        assert connection.say() == "first hello"
        assert time.monotonic() - began < 0.25


def test_the_end_comes_after_delayed_data(links):
    number = free_port()
    with socket.create_server((HOST, 0)) as listener:
        links.open("ending", HOST, number, (HOST, listener.getsockname()[1]))
        links.delay("ending", 200)
        with closing(Connection(number)) as connection:
            accepted, _ = listener.accept()
            accepted.sendall(b"last words\n")
            accepted.close()
            assert connection.file.readline() == b"last words\n"
            assert connection.file.read() == b""


def test_one_direction_may_end_before_the_other(links):
    number = free_port()
    with socket.create_server((HOST, 0)) as listener:
        links.open("half", HOST, number, (HOST, listener.getsockname()[1]))
        with closing(Connection(number)) as connection:
            connection.file.write(b"question")
            connection.socket.shutdown(socket.SHUT_WR)
            accepted, _ = listener.accept()
            with accepted, accepted.makefile("rwb") as file:
                assert file.read() == b"question"
                file.write(b"answer")
            assert connection.file.read() == b"answer"


def test_a_slow_reader_holds_the_sender_back_and_loses_nothing(links):
    number, size = free_port(), 64 << 20
    with socket.create_server((HOST, 0)) as listener:
        links.open("bulk", HOST, number, (HOST, listener.getsockname()[1]))
        with closing(Connection(number)) as connection:
            accepted, _ = listener.accept()
            sent: list[int] = []

            def send() -> None:
                block = bytes(range(256)) * 4096
                for _ in range(size // len(block)):
                    accepted.sendall(block)
                    sent.append(len(block))
                accepted.close()

            threading.Thread(target=send, daemon=True).start()
            time.sleep(0.5)
            assert sum(sent) < size, "all of it was buffered"
            received = bytearray()
            while data := connection.socket.recv(1 << 20):
                received += data
        assert bytes(received) == bytes(range(256)) * (size // 256)


def test_a_target_that_is_gone_closes_the_connection(links, port, servers):
    servers[0].close()
    assert _resets(port)
    nowhere = free_port()
    links.open("nowhere", HOST, nowhere)
    assert _resets(nowhere)


def test_links_are_opened_again_as_they_were(links, registry, port, servers):
    other = free_port()
    links.open("cut", HOST, other, (HOST, servers[0].port))
    links.cut("cut")
    links.target("one", HOST, servers[1].port)
    links.delay("one", 100)
    remembered = Registry(registry._path)
    for name in ("one", "cut"):
        links.close(name)
    successor = Links(remembered)
    successor.reopen()
    with closing(Connection(port)) as connection:
        began = time.monotonic()
        assert connection.say() == "second hello"
        assert time.monotonic() - began >= 0.1
    with pytest.raises(ConnectionRefusedError):
        Connection(other)
    successor.close_addresses([HOST])
    assert successor.describe() == {}
    wait_for(lambda: _refuses(port), 5)


def _resets(port: int) -> bool:
    """Whether a connection is reset, be it already while it is made."""
    try:
        with closing(Connection(port)) as connection:
            return connection.is_reset()
    except ConnectionResetError:
        return True


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def test_what_is_sent_before_the_target_is_reached_arrives(links: Links) -> None:
    with closing(Server("a")) as server:
        port = free_port()
        links.open("early", HOST, port, (HOST, server.port))
        for _attempt in range(300):
            with socket.create_connection((HOST, port), timeout=5) as client:
                client.sendall(b"hello\n")
                assert client.recv(100) == b"a hello\n"
