"""A browser's phone (RFC 7118): SIP over a WebSocket, with .invalid in its Via and Contact.

    amy = TcpPhone("1001", "amy", server, agent=websocket_agent(tls=context))

`local` is its name, for it has no address that anybody could connect to. Without `tls` it speaks plain WebSocket.
"""
import base64
import collections
import os
import select
import socket
import struct
import time

from harness.sip import Agent, Message
from harness.tcp_agent import PAUSE

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def websocket_agent(tls=None, origin=None):
    """The class of agents that connect so."""
    return type("WebsocketAgent", (_WebsocketAgent,), {"tls": tls, "origin": origin, "transport": "WSS" if tls else "WS"})


class _WebsocketAgent(Agent):
    parameter, reliable = ";transport=ws", True

    def __init__(self, local, server):
        super().__init__(f"{local}.invalid:0", server)

    def _open(self):
        self.on_connect, self.connects, self._try_at = None, 0, 0.0
        self._own, self._buffer, self._arrived = None, b"", collections.deque()
        self._idle = socket.socketpair()  # to wait on while there is no connection

    def contact(self, user):
        return f"sip:{user}@{self.host}{self.parameter}"

    def build(self, *arguments, **more):
        return super().build(*arguments, **more).replace(f"{self.host}:0;branch", f"{self.host};branch")

    def fileno(self):
        return (self._own or self._idle[0]).fileno()

    def close(self):
        self._drop()

    def _drop(self):
        if self._own:
            self._own.close()
        self._own = None

    def connected(self):
        if self._own is None and time.monotonic() >= self._try_at:
            self._try_at = time.monotonic() + PAUSE
            try:
                self._connect()
            except OSError:
                return False
        return self._own is not None

    def _connect(self):
        connection = socket.create_connection(self.server, 2)
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_hostname=self.server[0])
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._buffer = self._shake_hands(connection)
        except OSError:
            connection.close()
            raise
        self._own = connection
        self.connects += 1
        if self.connects > 1 and self.on_connect:
            self.on_connect()

    def _shake_hands(self, connection):
        """What has come behind the answer."""
        lines = ["GET /ws HTTP/1.1", f"Host: {self.server[0]}:{self.server[1]}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Protocol: sip"] + ([f"Origin: {self.origin}"] if self.origin else [])
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            got = connection.recv(4096)
            if not got:
                raise OSError("closed in the handshake")
            head += got
        if not head.startswith(b"HTTP/1.1 101"):
            raise OSError(head.split(b"\r\n")[0].decode())
        return head.split(b"\r\n\r\n", 1)[1]

    def send(self, data):
        """Lost without a connection; on_connect is for that."""
        self.send_frame(data if isinstance(data, bytes) else data.encode(), TEXT)

    def send_frame(self, octets, kind):
        if not self.connected():
            return
        size, mask = len(octets), os.urandom(4)
        length = bytes([128 | size]) if size < 126 else struct.pack(">BH", 254, size)
        try:
            self._own.sendall(bytes([128 | kind]) + length + mask + bytes(octet ^ mask[i & 3] for i, octet in enumerate(octets)))
        except OSError:
            self._drop()

    def receive(self, seconds):
        end = time.monotonic() + max(seconds, 0)
        while True:
            self.connected()
            self._take_frames()
            if self._arrived:
                return self._arrived.popleft()
            left = max(0, end - time.monotonic())
            pending = self.tls and self._own and self._own.pending()
            if pending or select.select([self], [], [], left if self._own else min(left, PAUSE))[0]:
                self._read()
            elif time.monotonic() >= end:
                return None

    def _read(self):
        try:
            got = self._own.recv(65536) if self._own else b""
        except OSError:
            got = b""
        if not got:
            return self._drop()
        self._buffer += got
        return None

    def _take_frames(self):
        while len(self._buffer) >= 2:
            kind, size, head = self._buffer[0] & 15, self._buffer[1] & 127, 2
            if size == 126:
                head, size = 4, int.from_bytes(self._buffer[2:4], "big")
            if len(self._buffer) < head + size:
                return
            payload, self._buffer = self._buffer[head:head + size], self._buffer[head + size:]
            if kind in (TEXT, BINARY) and payload.strip(b"\r\n"):
                self._arrived.append(Message(payload))
            elif kind == CLOSE:
                self._drop()
