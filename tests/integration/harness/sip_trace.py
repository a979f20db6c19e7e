"""When which SIP message passed between the server and its peers over UDP, by the kernel's clock."""
import collections
import socket
import struct
import threading

from harness.sip_tap import CALL_ID, CSEQ, FIRST, IPV4, OUTGOING, UDP

SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
Seen = collections.namedtuple("Seen", "at sent call_id cseq method status hash")  # status 0: a request; sent: by the server


class SipTrace:
    """From its making to stop(): `seen`, in order; `at` is the time of day."""

    def __init__(self, port):
        self.seen = []
        self._port, self._running = port, True
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self):
        self._running = False
        self._thread.join()
        return self

    def _listen(self):
        while self._running:
            try:
                packet, extra, _, address = self._socket.recvmsg(65536, 128)
            except socket.timeout:
                continue
            if address[2] == OUTGOING or packet[9] != UDP:
                continue
            seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
            datagram = packet[(packet[0] & 15) * 4:]
            source, destination = struct.unpack_from("!HH", datagram)
            if self._port in (source, destination):
                self._keep(seconds + nanoseconds / 1e9, source == self._port, datagram[8:])

    def _keep(self, at, sent, message):
        first, call_id, cseq = FIRST.match(message), CALL_ID.search(message), CSEQ.search(message)
        if first and call_id and cseq:
            self.seen.append(Seen(at, sent, call_id.group(1).decode().strip(), int(cseq.group(1)),
                                  cseq.group(2).decode(), int(first.group(2) or 0), hash((sent, message))))

    def first_answer(self, after):
        """When the server first answered anything after that moment; None: not yet."""
        for seen in reversed_until(self.seen, after):
            if seen.sent and seen.status:
                return seen.at
        return None

    def setup_times(self, begin, end):
        """[seconds from a call's INVITE to its 180 or 200], of the calls that began in that time."""
        invites, times = {}, []
        for seen in reversed_until(self.seen, begin):
            if seen.method != "INVITE" or seen.cseq != 1:
                continue
            if not seen.sent and seen.status == 0:
                invites.setdefault(seen.call_id, seen.at)
            elif seen.sent and seen.status in (180, 200) and seen.call_id in invites:
                began = invites.pop(seen.call_id)
                if began < end:
                    times.append(seen.at - began)
                invites[seen.call_id] = end  # the next ones say nothing new
        return times

    def longest_silence(self, begin, end):
        """The longest time between two messages of the server in that time, in seconds."""
        times = [seen.at for seen in reversed_until(self.seen, begin) if seen.sent and seen.at < end]
        return max((after - before for before, after in zip(times, times[1:])), default=end - begin)


def reversed_until(seen, after):
    """What came after that moment, in order, without looking at all that came before."""
    at = len(seen)
    while at > 0 and seen[at - 1].at > after:
        at -= 1
    return seen[at:]


def share(times, part):
    """The value below which that part of them is, in milliseconds."""
    return 1000 * sorted(times)[min(int(len(times) * part), len(times) - 1)] if times else float("nan")


REPEATS = 0.3  # seconds: no timer repeats anything sooner, though its first copy may have waited for the disk


def doubled(seen):
    """What the server sent again so soon that no timer explains it, and that no repetition of its peer asked for."""
    latest, repeated, found = {}, {}, []
    for one in seen:
        before, latest[one.hash] = latest.get(one.hash), one
        if before is None:
            continue
        if not one.sent:
            repeated[one.call_id] = one.at
        elif one.at - before.at < REPEATS and one.at - repeated.get(one.call_id, 0) > REPEATS:
            found.append(one)
    return found
