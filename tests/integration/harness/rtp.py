"""Listens on the wire: what sound went to which port, and when.

A phone that has retrieved a call plays again but no longer records (baresip 1.0.0 loses its recorder with the hold), so
what came to it is taken from the packets themselves. G.711 mu-law only.
"""
import array
import socket
import struct
import threading
import time

from harness import tone

IPV4, OUTGOING, UDP, PCMU = 0x0800, 4, 17, 0
SO_TIMESTAMPNS = 35


def _linear(byte):
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)
    return 0x84 - magnitude if byte & 0x80 else magnitude - 0x84


LINEAR = [_linear(byte) for byte in range(256)]


class Tap:
    """Keeps every RTP packet of the namespace's loopback from its making to stop()."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.settimeout(0.2)
        self._packets = []  # (when by the kernel, destination port, payload)
        self._running = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self):
        self._running = False
        self._thread.join()

    def _listen(self):
        while self._running:
            try:
                packet, extra, _, address = self._socket.recvmsg(2048, 128)
            except socket.timeout:
                continue
            if address[2] != OUTGOING and packet[9] == UDP:
                seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
                age = time.time() - seconds - nanoseconds / 1e9
                self._keep(time.monotonic() - age, packet[(packet[0] & 15) * 4:])

    def _keep(self, when, datagram):
        port = struct.unpack_from("!H", datagram, 2)[0]
        rtp = datagram[8:]
        if len(rtp) > 12 and rtp[0] == 0x80 and rtp[1] & 0x7F == PCMU:
            self._packets.append((when, port, rtp[12:]))

    def heard(self, phone, hertz, since=0.0):
        """Seconds of the tone that came to the phone after the monotonic time `since`."""
        sound = array.array("h", (LINEAR[byte] for when, port, payload in list(self._packets)
                                  if when > since and port in phone.rtp_ports for byte in payload))
        return tone.heard_in(sound, hertz)

    def longest_pause(self, phone, since):
        """Seconds of the longest time without a packet to the phone, from the monotonic time `since` to the last one."""
        times = [since] + [when for when, port, _ in list(self._packets) if when > since and port in phone.rtp_ports]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=float("inf"))
