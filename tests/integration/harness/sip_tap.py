"""Listens on the wire: every SIP answer and request that the server sent over UDP."""
import re
import socket
import struct
import threading

IPV4, OUTGOING, UDP = 0x0800, 4, 17
FIRST = re.compile(rb"(SIP/2\.0 (\d{3})|([A-Z]+) )")
CALL_ID = re.compile(rb"\r\n(?:Call-ID|i):[ \t]*([^\r\n]+)", re.I)
CSEQ = re.compile(rb"\r\nCSeq:[ \t]*(\d+)[ \t]+(\w+)", re.I)


class SipTap:
    """From its making to stop(): `answers` is a set of (Call-ID, CSeq number, method, status), `requests` of
    (Call-ID, CSeq number, method)."""

    def __init__(self, port):
        self.answers, self.requests, self.packets = set(), set(), 0
        self._port, self._running = port, True
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self):
        self._running = False
        self._thread.join()

    def _listen(self):
        while self._running:
            try:
                packet, address = self._socket.recvfrom(65536)
            except socket.timeout:
                continue
            if address[2] == OUTGOING or packet[9] != UDP:
                continue
            datagram = packet[(packet[0] & 15) * 4:]
            if struct.unpack_from("!H", datagram)[0] == self._port:
                self._keep(datagram[8:])

    def _keep(self, message):
        first, call_id, cseq = FIRST.match(message), CALL_ID.search(message), CSEQ.search(message)
        if not (first and call_id and cseq):
            return
        self.packets += 1
        key = (call_id.group(1).decode().strip(), int(cseq.group(1)), cseq.group(2).decode())
        if first.group(2):
            self.answers.add((*key, int(first.group(2))))
        else:
            self.requests.add(key)
