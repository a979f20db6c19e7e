"""Calls that outlive their server: a caller and a called side who keep to RFC 3261 and take what comes twice for what it is.

    calls = Calls(server, caller, called)
    up = [calls.begin("up") for _ in range(400)]            # answered at once
    ring = [calls.begin("ring") for _ in range(100)]        # ring until pick_up or cancel
    calls.begin("short")                                    # answered, and hung up after a second
    ... calls.hang_up(leg), calls.pick_up(leg), calls.cancel(leg)

Requests within a dialog go where RFC 3261 section 12 says: to the Contact, along the Record-Route. So a proxy may stand
between them as well as a back-to-back user agent.
"""
import collections
import queue
import re
import secrets
import select
import threading
import time

from harness.load import Leg, Party
from harness.sip import SDP, answer

TALK = 1.0


def record_route(message):
    """The routes in the order of the message."""
    lines = re.findall(r"(?im)^record-route[ \t]*:[ \t]*([^\r\n]*)", message.text)
    return [route.strip() for line in lines for route in line.split(",")]


def branch_of(message):
    found = re.search(r"branch=([^;,\s]+)", message.vias()[0])
    return found.group(1) if found else ""


class Calling(Party):
    """The caller's side. Leg.state: new, ringing, up, leaving, cancelling, released, failed; Leg.end: how it was released."""

    def begin(self, kind):
        leg = Leg(f"{kind}-{len(self.legs)}-{secrets.token_hex(4)}")
        leg.kind, leg.end, leg.tag, leg.branch = kind, "", secrets.token_hex(4), "z9hG4bK" + secrets.token_hex(8)
        leg.target, leg.routes, leg.to_tag = self.agent.uri.format(user=f"service-{kind}"), [], ""
        self.legs[leg.call_id] = leg
        self.say(leg, self.build(leg, "INVITE", 1, body=SDP.format(host=self.agent.host)))
        return leg

    def build(self, leg, method, cseq, body=""):
        branch = leg.branch if method in ("INVITE", "CANCEL") else None
        routes = "".join(f"Route: {route}\r\n" for route in leg.routes)
        text = self.agent.build(method, f"service-{leg.kind}", leg.call_id, cseq, user="caller", from_tag=leg.tag,
                                to_tag=leg.to_tag, headers=routes, body=body, branch=branch)
        return f"{method} {leg.target} SIP/2.0\r\n" + text.split("\r\n", 1)[1]

    def handle(self, message):
        leg = self.legs.get(message.headers.get("call-id"))
        if leg is None:
            return
        if message.status == 0:
            self.agent.send(answer(message, "200 OK"))
            return self.fail(leg, f"released by {message.first}")
        method = message.cseq[1]
        if method == "INVITE":
            self.on_invite_answer(leg, message)
        elif method == "CANCEL":
            leg.waiting = None
            if message.status >= 300 and leg.state == "cancelling":
                self.fail(leg, f"CANCEL got {message.first}")
        elif method == "BYE" and leg.state == "leaving":
            if message.status != 200:
                return self.fail(leg, f"BYE got {message.first}")
            self.release(leg, "BYE")

    def on_invite_answer(self, leg, message):
        if leg.state in ("new", "ringing") or message.status >= 300:
            leg.waiting = None if message.status < 200 or leg.state != "cancelling" else leg.waiting
        if message.status < 200:
            leg.state = "ringing" if leg.state == "new" and message.status == 180 else leg.state
        elif message.status < 300:
            self.on_answer(leg, message)
        else:
            ack = self.agent.build("ACK", f"service-{leg.kind}", leg.call_id, 1, user="caller", from_tag=leg.tag,
                                   to_tag=message.headers["to"].partition(";tag=")[2], branch=leg.branch)
            self.agent.send(ack)
            if leg.state == "cancelling" and message.status == 487:
                self.release(leg, "CANCEL")
            elif leg.state != "released":
                self.fail(leg, message.first)

    def on_answer(self, leg, message):
        leg.to_tag, leg.routes = message.headers["to"].partition(";tag=")[2], record_route(message)[::-1]
        leg.target = re.search(r"<([^>]+)>", message.headers["contact"]).group(1)
        self.agent.send(self.build(leg, "ACK", 1))
        if leg.state not in ("new", "ringing"):
            return
        leg.waiting = None
        if leg.kind == "short":
            leg.state = "leaving"
            self.later(leg, TALK, self.build(leg, "BYE", 2))
        else:
            leg.state = "up"

    def release(self, leg, how):
        leg.state, leg.waiting, leg.end = "released", None, how

    def hang_up(self, leg):
        if leg.state == "up":
            leg.state = "leaving"
            self.say(leg, self.build(leg, "BYE", 2))

    def cancel(self, leg):
        if leg.state == "ringing":
            leg.state = "cancelling"
            self.say(leg, self.build(leg, "CANCEL", 1))


class Called(Party):
    """The called side: legs by Call-ID and branch, for a back-to-back user agent has Call-IDs of its own."""

    def __init__(self, local, server):
        super().__init__(local, server)
        self.ringing = collections.deque()

    def handle(self, message):
        call_id = message.headers.get("call-id")
        leg = self.legs.get(call_id)
        if message.method == "INVITE":
            return self.on_invite(call_id, leg, message)
        if leg is None:
            return None if message.method == "ACK" else self.agent.send(answer(message, "481 Call Does Not Exist"))
        if message.method == "CANCEL":
            return self.on_cancel(leg, message)
        if message.method == "ACK":
            leg.waiting = None
            leg.state = "released" if leg.state == "cancelled" else leg.state
        elif message.method == "BYE":
            self.agent.send(answer(message, "200 OK"))
            leg.state, leg.waiting = "released", None
        return None

    def on_invite(self, call_id, leg, message):
        if leg is not None:
            return
        leg = self.legs[call_id] = Leg(call_id)
        leg.state, leg.invite = "ringing", message
        self.agent.send(answer(message, "180 Ringing"))
        if "service-ring" in message.first or "service-ring" in message.headers["to"]:
            self.ringing.append(leg)
        else:
            self.pick_up(leg)

    def pick_up(self, leg):
        if leg.state == "ringing":
            leg.state = "up"
            self.say(leg, answer(leg.invite, "200 OK", f"sip:called@{self.agent.host}:{self.agent.port}",
                                 SDP.format(host=self.agent.host)))

    def on_cancel(self, leg, message):
        if branch_of(message) != branch_of(leg.invite):
            return self.agent.send(answer(message, "481 Call Does Not Exist"))
        self.agent.send(answer(message, "200 OK"))
        if leg.state == "ringing":
            leg.state = "cancelled"
            self.say(leg, answer(leg.invite, "487 Request Terminated"))


class Calls:
    """Both sides on a thread of their own; what others ask of them is done there."""

    def __init__(self, server, caller, called):
        self.calling, self.called = Calling(caller, server), Called(called, server)
        self._asked, self._running = queue.SimpleQueue(), True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def begin(self, kind):
        """Returns at once; the leg is in legs(kind)."""
        self._asked.put(lambda: self.calling.begin(kind))

    def begin_many(self, kind, count, rate):
        for number in range(count):
            self.begin(kind)
            time.sleep(1 / rate)

    def do(self, what, leg):
        self._asked.put(lambda: what(leg))

    def legs(self, kind):
        return [leg for leg in list(self.calling.legs.values()) if leg.kind == kind]

    def count(self, kind, *states):
        return sum(leg.state in states for leg in self.legs(kind))

    def repeated(self):
        return self.calling.repeated + self.called.repeated

    def stop(self):
        self._running = False
        self._thread.join()

    def _run(self):
        parties = {party.agent.fileno(): party for party in (self.calling, self.called)}
        while self._running:
            while not self._asked.empty():
                self._asked.get()()
            for ready in select.select(list(parties), [], [], 0.002)[0]:
                message = parties[ready].agent.receive(0)
                if message:
                    parties[ready].handle(message)
            for party in parties.values():
                party.fire()
