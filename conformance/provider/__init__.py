"""The bundled reference provider: an ASGI application over SQLite, written from the specification. Sees no judging code."""
