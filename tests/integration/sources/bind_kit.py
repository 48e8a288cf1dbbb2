"""Hosts that behave badly, on loopback: one that stays silent, Oracle's refusing listener, a line that goes dead."""

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator

_REFUSAL = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))"


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """The port of a host that takes connections and never says a word; at the end it hangs up."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for line in taken:
                line.close()


@contextlib.contextmanager
def refusing_oracle() -> Iterator[int]:
    """The port of an Oracle listener that knows no service."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line = server.accept()[0]
                    with line:
                        line.recv(4096)
                        line.sendall(struct.pack(">HHBBHBBH", 12 + len(_REFUSAL), 0, 4, 0, 0, 34, 0, len(_REFUSAL)))
                        line.sendall(_REFUSAL)

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


class Line:
    """A way to a server on this machine: a port of it, or the path of a socket.

    :meth:`freeze` makes the connections of that moment dead without a word, :meth:`cut` ends them, and new ones are
    refused. After :meth:`arm`, something happens when so many bytes of an answer have come.
    """

    def __init__(self, target: int | str) -> None:
        self._target = target
        self._left, self._act = -1, self.freeze
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._dead: set[socket.socket] = set()
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def freeze(self) -> None:
        self._dead |= {end for pair in self._pairs for end in pair}

    def lose(self) -> None:
        """End the connections of that moment and what is still under way in them, as a server does that loses power."""
        for end in (end for pair in self._pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def arm(self, size: int, act: Callable[[], object]) -> None:
        """Do ``act`` in the middle of an answer, after ``size`` bytes from now on."""
        self._act, self._left = act, size

    def cut(self) -> None:
        self._server.close()
        self._over = True
        for end in (end for pair in self._pairs for end in pair):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()

    def close(self) -> None:
        self._over = True
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._server.close()
        for pair in self._pairs:
            for end in pair:
                end.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._server, selectors.EVENT_READ)
            while not self._over:
                for key, _ in waiting.select(0.02):
                    if self._over:
                        return
                    if key.fileobj is self._server:
                        self._pair(waiting)
                    else:
                        self._pass(waiting, key)

    def _pair(self, waiting: selectors.BaseSelector) -> None:
        pair = (self._server.accept()[0], self._reached())
        self._pairs.append(pair)
        for one, other in (pair, pair[::-1]):
            waiting.register(one, selectors.EVENT_READ, other)

    def _reached(self) -> socket.socket:
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target))
        found = socket.socket(socket.AF_UNIX)
        found.connect(self._target)
        return found

    def _pass(self, waiting: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        if key.fileobj in self._dead:
            waiting.unregister(key.fileobj)
            return
        try:
            data = key.fileobj.recv(65536)  # type: ignore[union-attr]
            self._count(key, len(data))
            key.data.sendall(data)
        except OSError:
            data = b""
        if not data and not self._over:
            waiting.unregister(key.fileobj)
            with contextlib.suppress(OSError):
                key.data.shutdown(socket.SHUT_WR)

    def _count(self, key: selectors.SelectorKey, size: int) -> None:
        answers = any(key.fileobj is pair[1] for pair in self._pairs)
        if self._left < 0 or not answers:
            return
        self._left -= size
        if self._left < 0:
            self._act()
