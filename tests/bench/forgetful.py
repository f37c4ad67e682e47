"""Who takes spans and forgets them? A receiver that costs as little as it can."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Forgetful(BaseHTTPRequestHandler):
    """Answers every request with success."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take what was sent."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Forgetful).serve_forever()
