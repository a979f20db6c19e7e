"""The same user agent over TCP: it listens where its Via and Contact say, and keeps a connection to the server.

    agent = TcpAgent(f"{address}:5085", server)
    agent.on_connect = repeat_what_is_unanswered      # a new connection has taken the place of one that broke

Requests go over the connection to the server, answers over the one by which their request came, while it is there
(RFC 3261 sections 18.1.1 and 18.2.2). A connection that breaks is made again at the next send() or receive().
"""
import collections
import re
import select
import socket
import time

from harness.sip import Agent, Message

MOST_REMEMBERED = 50000  # requests whose connection is known
PAUSE = 0.05             # between two attempts to connect
BRANCH = re.compile(rb"(?im)^(?:via|v)[ \t]*:[^\r\n]*?;[ \t]*branch=([^;,\s]+)")
LENGTH = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)")


class TcpAgent(Agent):
    transport, parameter, reliable = "TCP", ";transport=tcp", True

    def _open(self):
        self.on_connect, self.connects = None, 0
        self._own, self._try_at, self._arrived = None, 0.0, collections.deque()
        self._buffers, self._came_by = {}, collections.OrderedDict()
        self._epoll = select.epoll()
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((self.host, self.port))
        self._listener.listen(256)
        self._epoll.register(self._listener, select.EPOLLIN)

    def fileno(self):
        return self._epoll.fileno()

    def close(self):
        for connection, _ in list(self._buffers.values()):
            connection.close()
        self._listener.close()
        self._epoll.close()

    def connected(self):
        """Whether there is a connection to the server, after an attempt to make one if it is time for that."""
        if self._own is None and time.monotonic() >= self._try_at:
            self._connect()
        return self._own is not None

    def _connect(self):
        self._try_at = time.monotonic() + PAUSE
        try:
            self._own = self._add(socket.create_connection(self.server, 1, (self.host, 0)))
        except OSError:
            return
        self.connects += 1
        if self.connects > 1 and self.on_connect:
            self.on_connect()

    def _add(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(1)
        self._buffers[connection.fileno()] = (connection, bytearray())
        self._epoll.register(connection, select.EPOLLIN)
        return connection

    def _drop(self, connection):
        self._epoll.unregister(connection)
        del self._buffers[connection.fileno()]
        connection.close()
        if connection is self._own:
            self._own = None

    def send(self, data):
        """Lost where nobody can be reached; on_connect is for that."""
        data = data if isinstance(data, bytes) else data.encode()
        connection = self._connection_for(data)
        try:
            if connection:
                connection.sendall(data)
        except OSError:
            self._drop(connection)

    def _connection_for(self, data):
        branch = BRANCH.search(data) if data.startswith(b"SIP/2.0 ") else None
        connection = self._came_by.get(branch.group(1)) if branch else None
        if connection is not None and connection.fileno() >= 0:
            return connection
        return self._own if self.connected() else None

    def receive(self, seconds):
        end = time.monotonic() + max(seconds, 0)
        while True:
            self.connected()
            if self._arrived:
                return self._arrived.popleft()
            left = end - time.monotonic()
            self._poll(max(0, left if self._own else min(left, PAUSE)))
            if not self._arrived and time.monotonic() >= end:
                return None

    def _poll(self, seconds):
        for number, _ in self._epoll.poll(seconds):
            if number == self._listener.fileno():
                self._add(self._listener.accept()[0])
            elif number in self._buffers:
                self._read(*self._buffers[number])

    def _read(self, connection, buffer):
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self._drop(connection)
        buffer += data
        while True:
            del buffer[:len(buffer) - len(buffer.lstrip(b"\r\n"))]
            head = buffer.find(b"\r\n\r\n")
            if head < 0:
                return None
            length = LENGTH.search(buffer, 0, head + 2)
            size = head + 4 + (int(length.group(1)) if length else 0)
            if len(buffer) < size:
                return None
            self._take(connection, bytes(buffer[:size]))
            del buffer[:size]

    def _take(self, connection, data):
        self._arrived.append(Message(data))
        branch = BRANCH.search(data)
        if branch and not data.startswith(b"SIP/2.0 "):
            self._came_by[branch.group(1)] = connection
            while len(self._came_by) > MOST_REMEMBERED:
                self._came_by.popitem(last=False)
