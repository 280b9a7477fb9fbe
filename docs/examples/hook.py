"""A webhook for `wrm serve`: it echoes the challenge, checks signatures, and prints each event.

python hook.py
"""

import hashlib
import hmac
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

SECRET = b"a secret"


class Hook(BaseHTTPRequestHandler):
    """The answers of the webhook."""

    def do_GET(self) -> None:
        """Echo the challenge."""
        self.answer(200, parse_qs(urlsplit(self.path).query)["challenge"][0].encode())

    def do_POST(self) -> None:
        """Print an event, if its signature is right."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        is_signed = hmac.compare_digest(self.headers["X-Hub-Signature"], f"sha256={expected}")
        if is_signed:
            print(body.decode(), flush=True)
        self.answer(204 if is_signed else 403, b"")

    def answer(self, status: int, body: bytes) -> None:
        """Send a status and a body."""
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 9000), Hook).serve_forever()
