"""A T-Library client that keeps to no rule: frames of its own making, halves of them, and whatever octets one likes.

    client = RawClient(("127.0.0.1", 7200))
    client.send(hello("monitor") + attach() + request(1, REGISTER_ADDRESS, {THIS_DN: "1001"}))
    client.code()          # of the Goodbye that ends the link; None while it is open

Cap'n Proto is written by hand (tlib/frame.capnp, tlib/message.capnp): one segment, pointers in front of what they lead to.
"""
import socket
import struct

HELLO, WELCOME, ATTACH, REQUEST, ACKNOWLEDGE, PING, GOODBYE = 0, 1, 2, 4, 6, 7, 10
QUERY_SERVER, REGISTER_ADDRESS, SET_INPUT_MASK = 1, 3, 7
REFERENCE_ID, THIS_DN = 1, 8
CODES = {2: "MissingAttribute", 15: "Timeout", 20: "ServiceUnavailable", 22: "InvalidPassword", 25: "SlowClient", 26: "ProtocolError",
         27: "MessageTooLarge", 28: "TooManyRequests", 29: "Version", 30: "IdleTimeout"}


def padded(data):
    return data + bytes(-len(data) % 8)


def struct_pointer(offset, data_words, pointers):
    return struct.pack("<iHH", offset << 2, data_words, pointers)


def octets_pointer(offset, count):
    return struct.pack("<iI", offset << 2 | 1, count << 3 | 2)


def framed(kind, value=0, body=b"", data_words=0, pointers=0):
    """A frame with its length. `body`: the struct that its pointer leads to."""
    pointer = struct_pointer(0, data_words, pointers) if body else bytes(8)
    segment = struct_pointer(0, 2, 1) + struct.pack("<HxxxxxxQ", kind, value) + pointer + body
    return struct.pack("<I", len(segment)) + segment


def hello(application, password="", version=1, addp=0):
    name, secret = application.encode() + b"\0", password.encode() + b"\0"
    texts = padded(name) + padded(secret)
    body = struct.pack("<II", version, addp) + octets_pointer(1, len(name)) + \
        octets_pointer(len(padded(name)) // 8, len(secret)) + texts
    return framed(HELLO, body=body, data_words=1, pointers=2)


def attach(session=0, token=0, seen=0):
    return framed(ATTACH, body=struct.pack("<QQQ", session, token, seen), data_words=3)


def message(kind, attributes):
    """`attributes`: {number: text or whole number}."""
    rows, texts = b"", b""
    words = 3 * len(attributes)  # of all rows; texts stand behind them
    for index, (number, value) in enumerate(sorted(attributes.items())):
        if isinstance(value, int):
            rows += struct.pack("<HHxxxxq", number, 0, value) + bytes(8)
            continue
        text = value.encode() + b"\0"
        offset = words - 3 * (index + 1) + len(texts) // 8
        rows += struct.pack("<HHxxxxq", number, 1, 0) + octets_pointer(offset, len(text))
        texts += padded(text)
    tag = struct.pack("<iHH", len(attributes) << 2, 2, 1)
    listed = struct.pack("<iI", 0 << 2 | 1, words << 3 | 7)
    return struct_pointer(0, 1, 1) + struct.pack("<Hxxxxxx", kind) + listed + tag + rows + texts


def request(number, kind, attributes):
    inside = message(kind, attributes)
    body = struct.pack("<Q", number) + octets_pointer(0, len(inside)) + padded(inside)
    return framed(REQUEST, body=body, data_words=1, pointers=1)


class RawClient:
    def __init__(self, address, timeout=10, receive_buffer=None):
        self._socket, self._unsent = socket.socket(), b""
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(timeout)
        self._socket.connect(address)

    def patience(self, seconds):
        self._socket.settimeout(seconds)

    def send_whole(self, octets):
        """False while the server does not take all that was to be sent before: then these octets are not sent."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent):]
        except OSError:
            return False
        self._unsent = octets
        return True

    def send(self, octets):
        """False: the server does not take them any more."""
        try:
            self._socket.sendall(octets)
        except OSError:
            return False
        return True

    def _exactly(self, size):
        octets = b""
        while len(octets) < size:
            got = self._socket.recv(size - len(octets))
            if not got:
                return None
            octets += got
        return octets

    def frame(self):
        """(kind, segment), or None at the end of the connection."""
        try:
            length = self._exactly(4)
            segment = length and self._exactly(struct.unpack("<I", length)[0])
        except ConnectionError:
            return None
        return segment and (struct.unpack_from("<H", segment, 8)[0], segment)

    def wait_for(self, kind):
        """The segment of the next frame of that kind; None: the connection ended before."""
        while frame := self.frame():
            if frame[0] == kind:
                return frame[1]
        return None

    def code(self):
        """Why the server ended the link: reads all there is; None without a Goodbye."""
        segment = self.wait_for(GOODBYE)
        return segment and CODES.get(struct.unpack_from("<H", segment, 32)[0], "another code")

    def close(self):
        self._socket.close()
