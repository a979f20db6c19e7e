"""Phones that others control: many numbers behind one socket, which do what a server asks of them, and once when it asks twice.

    desks = Desks(f"{sandbox.PHONE_ADDRESS}:5070", server)     # each number's contact
    desks.start() ... desks.finish()                           # the reasons of what failed

An INVITE is answered at once, with an offer where it brings none; another inside the call, or an UPDATE, with the same
session; NOTIFY, INFO and what else comes there with 200. What is not acknowledged is repeated (RFC 3261 13.3.1.4).
"""
import threading
import time

from harness.load import Leg, Party
from harness.sip import SDP, answer


class DeskParty(Party):
    """Legs by Call-ID: each of the server's is a call of its own here."""

    def __init__(self, local, server):
        super().__init__(local, server)
        self.answered, self.released = 0, 0
        self._number = {}  # Call-ID: CSeq of the newest INVITE

    def handle(self, message):
        leg = self.legs.get(message.headers.get("call-id"))
        if message.method == "INVITE":
            self.on_invite(leg, message)
        elif message.method == "ACK":
            self.on_ack(leg, message)
        elif message.method == "CANCEL":
            self.on_cancel(leg, message)
        elif message.status == 0:
            self.on_request(leg, message)

    def on_invite(self, leg, message):
        """A repetition of the newest one is answered by the repetition of our answer."""
        call_id, number = message.headers["call-id"], message.cseq[0]
        if leg is None:
            leg = self.legs[call_id] = Leg(call_id)
            self.agent.send(answer(message, "180 Ringing", self.agent.contact("desk")))
        elif number <= self._number[call_id]:
            return
        elif leg.state == "released":
            self.agent.send(answer(message, "481 Call Does Not Exist"))
            return
        self._number[call_id] = number
        self.say(leg, answer(message, "200 OK", self.agent.contact("desk"), SDP.format(host=self.agent.host)))

    def on_ack(self, leg, message):
        if leg is None or message.cseq[0] != self._number[leg.call_id] or leg.waiting is None:
            return
        leg.waiting = None
        if leg.state == "new":
            leg.state = "up"
            self.answered += 1

    def on_cancel(self, leg, message):
        """Too late: the answer has left. Who gives up says BYE."""
        self.agent.send(answer(message, "200 OK" if leg else "481 Call Does Not Exist"))

    def on_request(self, leg, message):
        if leg is None:
            self.agent.send(answer(message, "481 Call Does Not Exist"))
        elif message.method == "BYE":
            self.agent.send(answer(message, "200 OK"))
            self.released += leg.state != "released"
            leg.state, leg.waiting = "released", None
        else:
            body = SDP.format(host=self.agent.host) if message.method == "UPDATE" and "\r\n\r\nv=0" in message.text else ""
            self.agent.send(answer(message, "200 OK", self.agent.contact("desk"), body))

    def fail(self, leg, why):
        if leg.state != "released":
            super().fail(leg, why)


class Desks(DeskParty):
    """On a thread of its own from start() to finish()."""

    def __init__(self, local, server):
        super().__init__(local, server)
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def finish(self, seconds):
        """Waits until no phone is in a call. The reasons of those that failed, or still are."""
        end = time.monotonic() + seconds
        while self.open() and time.monotonic() < end:
            time.sleep(0.05)
        self._running = False
        self._thread.join()
        self.agent.close()
        left = [f"{leg.call_id}: still {leg.state}" for leg in self.legs.values() if leg.state not in ("released", "failed")]
        return self.failures + left

    def _run(self):
        while self._running:
            message = self.agent.receive(0.02)
            while message:
                self.handle(message)
                message = self.agent.receive(0)
            self.fire()
