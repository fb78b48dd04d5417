"""A listener for webhooks on a loopback socket: it keeps what it is sent, and answers with the statuses it was given."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

Caught = tuple[dict[str, str], bytes]
"""Headers with lower-case names, and the body."""


@contextmanager
def catching(*statuses: int) -> Generator[tuple[str, Queue[Caught]]]:
    """Listen, and yield the address and what arrives; the first answers bear `statuses`, the rest 200."""
    caught: Queue[Caught] = Queue()
    answers = list(statuses)

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            caught.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name is the base class's
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks", caught
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
