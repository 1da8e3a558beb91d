"""The ASGI application: HTTP in and out of a Provider, with Starlette."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.provider.fault_points import Seam
from conformance.provider.http import Call
from conformance.provider.provider import Provider

MAX_BODY = 4 * 1024 * 1024
_AT_ONCE = 40  # requests that are served side by side
_READS = {"GET", "HEAD"}


class Endpoint:
    """Serves every path and verb: which of them exist is the edition's to say."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="provider")  # ends with this object

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        if _ambiguous(request):
            await _REFUSED(scope, receive, send)
            return
        try:
            body = await _body(request)
        except ClientDisconnect:
            return  # the client has gone
        if request.method in _READS and self._provider.seams.quiet:
            response = self._respond(request, body)  # a read waits for nobody; to change threads would cost it more
        else:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._threads, self._respond, request, body)
        await response(scope, receive, send)

    def _respond(self, request: Request, body: bytes) -> Response:
        call = request.scope["call"] = self._call(request, body)
        status, headers, content = self._provider.respond(call)
        request.scope["surplus"] = self._provider.surplus(call)
        return Response(content, status, headers)

    def _call(self, request: Request, body: bytes) -> Call:
        scope = request.scope
        root, path = self._provider.root, scope["path"]
        inside = path == root or path.startswith(f"{root}/")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        host = next((value for name, value in headers if name == "host"), "localhost")
        return Call(
            provider=self._provider,
            method=request.method,
            path=path.removeprefix(root) if inside else f"//{path}",  # two slashes: no path of this service
            base_url=f"{scope['scheme']}://{host}{root}",
            query=parse_qsl(_text(scope["query_string"]), keep_blank_values=True),
            headers=headers,
            body=body,
            target=f"{_text(scope.get('raw_path'))}?{_text(scope['query_string'])}",
        )


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("latin-1")


def _ambiguous(request: Request) -> bool:
    """Whether the body's length is stated twice over: such a request may be a smuggled one (RFC 9112 section 6.1)."""
    return "content-length" in request.headers and "transfer-encoding" in request.headers


_REFUSED = PlainTextResponse(
    "The request has both Content-Length and Transfer-Encoding.\n",
    400,
    {"Connection": "close", "Cache-Control": "no-store"},
)


async def _body(request: Request) -> bytes:
    """The body, cut after the largest size that is looked at (which then is no well-formed document)."""
    parts, size = [], 0
    async for part in request.stream():
        if size <= MAX_BODY:
            parts.append(part)
            size += len(part)
    return b"".join(parts)


def create_app(provider: Provider) -> ASGIApp:
    """Return the ASGI application of a provider."""
    # Starlette's parts without its router: the paths are the edition's to say, so there is nothing to route.
    return HeaderLines(provider, GZipMiddleware(Endpoint(provider), minimum_size=500, compresslevel=1))


class HeaderLines:
    """Passes the header lines of a response through the last seam, as they go out."""

    def __init__(self, provider: Provider, app: ASGIApp) -> None:
        self._provider = provider
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._provider.seams.quiet:
            await self._app(scope, receive, send)
            return

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                call = scope.get("call")
                message = {**message, "headers": self._provider.seams.through(Seam.SENT, message["headers"], call)}
            await send(message)

        await self._app(scope, receive, dress)
