"""The PWA as static files: compressed ahead of time, hashed assets for ever, the shell and the worker never cached."""

from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:;"
    " connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)


class Pwa:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._response(scope)
        await response(scope, receive, send)

    def _response(self, scope: Scope) -> Response:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("method not allowed", 405, headers={"Allow": "GET, HEAD"})
        path = (self.folder / scope["path"].lstrip("/")).resolve()
        if not path.is_relative_to(self.folder) or any(p.startswith(".") for p in path.relative_to(self.folder).parts):
            return PlainTextResponse("not found", 404)
        if not path.is_file():
            if "." in path.name:
                return PlainTextResponse("not found", 404)
            path = self.folder / "index.html"
            if not path.is_file():
                return PlainTextResponse("The PWA is not built. Run `make run`.", 503)
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if path.parent.name == "assets" else "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Vary": "Accept-Encoding",
        }
        if path.suffix == ".html":
            headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
        accepted = Headers(scope=scope).get("accept-encoding", "")
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            packed = path.with_name(path.name + suffix)
            if encoding in accepted and packed.is_file():
                headers["Content-Encoding"] = encoding
                return FileResponse(packed, media_type=_TYPES.get(path.suffix), headers=headers)
        return FileResponse(path, media_type=_TYPES.get(path.suffix), headers=headers)
