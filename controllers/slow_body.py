"""Reads the body of a request within a time that is bounded, however few bytes a client sends now and then.

A request holds a database connection while its body comes in, and in a server with workers the whole worker.
"""
import selectors
import socket
import time

from odoo.http import request

from ..lib import protocol

CHUNK_BYTES = 65_536


class Body:
    """The body of the current request, whose length its headers told and ``protocol.check_headers`` accepted.

    A server that hands over no socket (the one for long polling) reads as it always does: its waits cost no thread.
    """

    def __init__(self):
        environ = request.httprequest._HTTPRequest__environ  # as Odoo's websocket finds its socket: what it hands on has neither
        self._socket = environ.get('werkzeug.socket')
        self._stream = environ['wsgi.input']
        self._left = request.httprequest.content_length
        self._parts = []

    def has_come(self, seconds):
        """Wait until the whole body is here; return False when it is not after so many seconds.

        :raises ProtocolError: 408, the client went away
        """
        if self._socket is None:
            self._parts, self._left = [request.httprequest.get_data()], 0
        before, until = self._left and self._socket.gettimeout(), time.monotonic() + seconds
        while self._left:
            part = self._next(before)
            if not part:
                if not self._is_readable(until - time.monotonic()):
                    return False
                part = self._next(before)
                if not part:
                    raise self.give_up()
            self._parts.append(part)
            self._left -= len(part)
        return True

    def content(self):
        return b''.join(self._parts)

    def give_up(self, code='too_slow'):
        """Stop listening to the client, so that the server does not wait for the rest either; return the refusal to raise."""
        self._socket.shutdown(socket.SHUT_RD)
        return protocol.refuse(code)

    def leave(self, seconds):
        """Read what a refused request still sends for so many seconds, so that its client hears the answer, then listen no more.

        The server would read on until the client ends, however slowly, and its thread with it.
        """
        if self._socket is None or self._left == 0:
            return
        try:
            is_whole = self._left and self._left <= protocol.MAX_BODY_BYTES and self.has_come(seconds)
        except protocol.ProtocolError:
            return
        if not is_whole:
            self._socket.shutdown(socket.SHUT_RD)

    def _next(self, timeout):
        """Return what has come already, without waiting; empty when nothing has."""
        self._socket.setblocking(False)
        try:
            return self._stream.read1(min(self._left, CHUNK_BYTES)) or b''
        except ConnectionError:
            return b''
        finally:
            self._socket.settimeout(timeout)

    def _is_readable(self, seconds):
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return seconds > 0 and bool(selector.select(seconds))
