"""Gunicorn's threaded worker, made so that no client holds a thread while it sends.

Gunicorn reads a request inside one of its few threads and waits there for as long as the client likes: eight idle
connections would stop a site of eight threads. Here the main loop, which waits for all clients at once, collects each
request; a thread gets it when it is whole.
"""

import errno
import re
import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.util import write_error
from gunicorn.workers.gthread import TConn, ThreadWorker

from dashboard.web.server import LARGEST_BODY

READ_SECONDS = 10  # for one request to arrive as a whole
ANSWER_SECONDS = 30  # for one answer to be taken
LARGEST_HEAD = 64 * 1024  # bytes
MOST_WAITING = 64 * 1024 * 1024  # bytes of requests that are not whole yet, over all connections

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CODING = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_PIECE = 64 * 1024


class Arrival:
    """What has come of one request so far.

    It only tells when to hand the request on; gunicorn's parser decides what the bytes mean.

    Attributes:
        data: the bytes.
        done: whether they can be handed on.
        measured: whether the head says, in a way that is supported, how long the body is.
        whole: whether nothing of the request is missing; a request that will be refused is handed on without its body.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.done, self.measured, self.whole = False, True, True
        self._needed: int | None = None

    def add(self, more: bytes) -> None:
        """Take in ``more`` bytes from the client."""
        searched = max(0, len(self.data) - len(_END_OF_HEAD) + 1)
        self.data += more
        if self._needed is None:
            end = self.data.find(_END_OF_HEAD, searched)
            if end >= 0:
                self._needed = end + len(_END_OF_HEAD) + self._body(bytes(self.data[: end + 2]))
            elif len(self.data) > LARGEST_HEAD:
                self._needed, self.whole = 0, False
        self.done = self._needed is not None and len(self.data) >= self._needed

    def _body(self, head: bytes) -> int:
        if _CODING.search(head):
            self.measured = self.whole = False
            return 0
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        self.whole = length <= LARGEST_BODY
        return length if self.whole else 0


class Connection(socket.socket):
    """A client's socket. Reading never waits, and writing waits for a limited time."""

    def setblocking(self, flag: bool) -> None:
        """Gunicorn's "blocking" is ours with a limit."""
        self.settimeout(ANSWER_SECONDS if flag else 0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """What is there; nothing where nothing is, as if the client had left."""
        before = self.gettimeout()
        self.settimeout(0)
        try:
            return super().recv(size, flags)
        except BlockingIOError:
            return b""
        finally:
            self.settimeout(before)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all; a client that does not take it in time counts as one that has left."""
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "the answer was not taken in time") from None


class CollectingWorker(ThreadWorker):  # type: ignore[misc]
    """Threads for requests that are whole; the main loop waits for the others, each for a limited time."""

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept new connections or not; a worker that ends gives up their socket as well. Runs in the main loop."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._give_up_listening()

    def _give_up_listening(self) -> None:
        """Take those who have connected already; who comes later is refused, unless another worker listens.

        The system completes connections as long as anybody has the socket, and breaks them off with the last one that
        does: a proxy that has sent a request by then must not send it to another host.
        """
        for listener in self.sockets:
            before = -1
            while before < self.nr_conns < self.worker_connections:
                before = self.nr_conns
                self.accept(listener)
            listener.close()
        self.sockets.clear()

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the next request of ``conn``, which is new or was kept alive. Runs in the main loop."""
        if not isinstance(conn.sock, Connection):
            conn.sock = Connection(fileno=conn.sock.detach())
            conn.sock.setblocking(False)
        conn.arrival = Arrival()
        if conn.parser is not None:
            conn.arrival.add(conn.parser.unreader.take_buffered())
        if conn.arrival.done:
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + READ_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Take in what ``conn`` has sent; its time goes on running until the request is whole."""
        more = b""
        with suppress(OSError):
            more = client.recv(_PIECE)
        conn.arrival.add(more)
        if more and not conn.arrival.done and self._waiting() <= MOST_WAITING:
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if conn.arrival.done:
            super().enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def handle(self, conn: TConn) -> Any:
        """Answer the request that has arrived on ``conn``. Runs in a thread."""
        if not conn.arrival.measured:
            write_error(conn.sock, 411, "Length Required", "Send the body with a Content-Length.")
            return False
        conn.data_ready = True  # or gunicorn would wait for data in this thread
        conn.init()
        conn.parser.unreader.unread(bytes(conn.arrival.data))
        conn.arrival.data.clear()
        # Where the next request would begin is known only after a whole one.
        return super().handle(conn) and conn.arrival.whole

    def _waiting(self) -> int:
        return sum(len(conn.arrival.data) for conn in self.pending_conns)
