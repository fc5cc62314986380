"""The witness's own address: POST add-checkpoint, https://c2sp.org/tlog-witness. For the logs it already knows."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time

from anchoring.commandline.witness_state import State, size_of
from anchoring.core.encoding import Malformed
from anchoring.core.witnessing import MAX_REQUEST_BYTES, SIZE_TYPE, Refusal, Refused, Request, Seen

TIMEOUT_SECONDS = 10.0


def serve(state: State, address: str) -> ThreadingHTTPServer:
    """In the background, until the process ends. Raises Malformed for a wrong address, OSError when it is taken."""
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit():
        raise Malformed("--listen is HOST:PORT")
    server = ThreadingHTTPServer((host or "127.0.0.1", int(port)), _handler(state))
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def answer(state: State, body: bytes) -> tuple[int, str, str]:
    """(status, content type, text) for the body of an add-checkpoint request."""
    try:
        request = Request.parse(body)
        return 200, "text/plain; charset=utf-8", state.cosign(request, int(time()))
    except Malformed as error:
        return Refusal.MALFORMED.value, "text/plain; charset=utf-8", f"{error}\n"
    except Refused as refused:
        origin = request.note.partition("\n")[0]
        seen = state.seen(origin) or Seen(())
        if refused.misbehaviour:
            state.accuse(seen, request.note, str(refused))
        if refused.refusal is Refusal.CONFLICT:
            return 409, SIZE_TYPE, f"{size_of(seen.note) if seen.note else 0}\n"
        return refused.refusal.value, "text/plain; charset=utf-8", f"{refused}\n"


def _handler(state: State) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = TIMEOUT_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not self.path.endswith("/add-checkpoint") or not length.isascii() or not length.isdigit():
                self.send_error(404)
            elif int(length) > MAX_REQUEST_BYTES:
                self.send_error(413)
            else:
                self._say(*answer(state, self.rfile.read(int(length))))

        def _say(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
