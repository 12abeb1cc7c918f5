"""Servers that answer what a test tells them to, byte by byte."""
import contextlib
import socket
import threading


class RawServer:
    """Takes connections and hands each to ``answer(connection)`` in a thread of its own.

    :param context: :class:`ssl.SSLContext` for https; a handshake that fails ends the connection
    """

    def __init__(self, answer, context=None):
        self._answer, self._context = answer, context
        self._listening = socket.create_server(('127.0.0.1', 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(20)
                self._answer(connection)

    def close(self):
        self._listening.close()


def read_request(connection) -> bytes:
    """Return the head of a request, or the beginning of a TLS handshake."""
    head = b''
    while b'\r\n\r\n' not in head and not head.startswith(b'\x16'):
        part = connection.recv(65536)
        if not part:
            break
        head += part
    return head


def page(body: bytes, *headers: str, status: str = '200 OK') -> bytes:
    """Return an answer as it goes over the wire."""
    lines = [f'HTTP/1.1 {status}', *headers, f'Content-Length: {len(body)}', 'Connection: close', '', '']
    return '\r\n'.join(lines).encode('latin-1') + body
