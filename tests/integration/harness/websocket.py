"""A WebSocket client by hand (RFC 6455), for what a browser or a careless program may send.

    status, link = connect(("127.0.0.1", 7201), "/tlib", origin="https://crm.example.com")
    link.send({"Frame": "Hello", "Application": "page"})
    link.frame()            # the next text as a dictionary; None: the end
"""
import base64
import json
import os
import socket
import struct

TEXT, BINARY, CLOSE = 1, 2, 8


class Link:
    def __init__(self, connected, rest):
        self._socket, self._rest = connected, rest

    def _exactly(self, size):
        while len(self._rest) < size:
            got = self._socket.recv(65536)
            if not got:
                raise EOFError
            self._rest += got
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def send_octets(self, octets, kind=TEXT):
        size = len(octets)
        length = bytes([128 | size]) if size < 126 else (struct.pack(">BH", 254, size) if size < 65536
                                                         else struct.pack(">BQ", 255, size))
        mask = os.urandom(4)
        masked = bytes(octet ^ mask[i & 3] for i, octet in enumerate(octets))
        self._socket.sendall(bytes([128 | kind]) + length + mask + masked)

    def send(self, frame):
        self.send_octets(json.dumps(frame).encode())

    def frame(self):
        try:
            while True:
                first, second = self._exactly(2)
                size = second & 127
                if size == 126:
                    size = struct.unpack(">H", self._exactly(2))[0]
                elif size == 127:
                    size = struct.unpack(">Q", self._exactly(8))[0]
                payload = self._exactly(size)
                if first & 15 == CLOSE:
                    return None
                if first & 15 == TEXT:
                    return json.loads(payload)
        except (EOFError, ConnectionError):
            return None

    def wait_for(self, name):
        while frame := self.frame():
            if frame["Frame"] == name:
                return frame
        return None

    def close(self):
        self._socket.close()


def connect(address, path, origin=None, upgrade=True):
    """(HTTP status, Link): the link is None where the server does not speak WebSocket to it."""
    connected = socket.create_connection(address, 10)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}"]
    if upgrade:
        lines += ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    if origin:
        lines.append(f"Origin: {origin}")
    connected.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while b"\r\n\r\n" not in head:
        got = connected.recv(4096)
        if not got:
            return 0, None
        head += got
    head, rest = head.split(b"\r\n\r\n", 1)
    status = int(head.split(b" ")[1])
    if status == 101:
        return status, Link(connected, rest)
    connected.close()
    return status, None
