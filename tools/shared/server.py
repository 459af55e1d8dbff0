"""A folder served from a free port of localhost, as a web server gives the site to a reader."""

import contextlib
import functools
import gzip
import http.server
import io
import threading
from pathlib import Path

TEXT = (".css", ".html", ".js", ".json", ".svg", ".ttf")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class _Compressing(_Quiet):
    """Text is compressed and connections stay open, as at GitHub Pages."""

    protocol_version = "HTTP/1.1"

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in TEXT or not path.is_file():
            return super().send_head()
        content = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        headers = {"Content-Type": self.guess_type(path), "Content-Encoding": "gzip", "Content-Length": len(content)}
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        return io.BytesIO(content)


@contextlib.contextmanager
def serve(folder, compressed=False):
    """The address of the folder while the block runs."""
    handler = functools.partial(_Compressing if compressed else _Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
