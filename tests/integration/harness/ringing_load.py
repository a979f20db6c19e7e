"""Calls that ring for a while, through a server that may die meanwhile: the caller gives up, or the called answers.

A call has been lost when it ends in any other way, or not at all.
"""
import random
import re

from harness.load import CalledParty, CallerParty, Leg, Load
from harness.sip import SDP, Agent, answer

RINGS = (0.2, 4.0)  # seconds


class RingingCaller(CallerParty):
    """Gives every other call up after a random time, if it is not answered by then."""

    def __init__(self, local, server, to, talk, chance, agent=Agent):
        super().__init__(local, server, to, talk, agent)
        self.cancelled, self._chance, self._branches = 0, chance, {}

    def begin(self):
        leg = Leg(f"ring-{len(self.legs)}-{self.agent.port}")
        self.legs[leg.call_id] = leg
        invite = self.build(leg, "INVITE", 1, body=SDP.format(host=self.agent.host))
        self._branches[leg.call_id] = re.search(r"branch=([^;\s]+)", invite).group(1)
        self.say(leg, invite)

    def handle(self, message):
        leg = self.legs.get(message.headers.get("call-id"))
        method = message.cseq[1]
        if leg is None or message.status == 0 or method == "BYE" or (method == "INVITE" and message.status < 300):
            return super().handle(message)
        if method == "INVITE":
            return self.on_refusal(leg, message)
        if method == "CANCEL" and leg.state == "cancelling":  # what becomes of the call says the answer to INVITE
            leg.waiting = None
        return None

    def on_progress(self, leg, message):
        if message.status >= 200 and leg.state in ("ringing", "cancelling"):
            leg.state = "new"
        super().on_progress(leg, message)
        if leg.state != "new":
            return
        leg.state = "ringing"
        if self._chance.random() < 0.5:
            leg.state = "cancelling"
            self.later(leg, self._chance.uniform(*RINGS), self.same_transaction(leg, "CANCEL"))

    def on_refusal(self, leg, message):
        self.agent.send(self.same_transaction(leg, "ACK", message.headers["to"].partition(";tag=")[2]))
        if leg.state == "cancelling" and leg.said and message.status == 487:
            leg.state, leg.waiting = "released", None
            self.cancelled += 1
        else:
            self.fail(leg, message.first)

    def same_transaction(self, leg, method, to_tag=""):
        return self.agent.build(method, self.number(leg), leg.call_id, 1, from_tag="load", to_tag=to_tag,
                                branch=self._branches[leg.call_id])

    def fail(self, leg, why):
        if leg.state != "released":
            super().fail(leg, why)

    def ringing(self):
        return {leg.call_id for leg in list(self.legs.values()) if leg.state in ("ringing", "cancelling")}


class RingingCalled(CalledParty):
    """Rings for a random time, then answers, or refuses so many of all calls; at once if it is called by a number with "held" in it."""

    def __init__(self, local, server, chance, agent=Agent, refuses=0.0):
        super().__init__(local, server, agent)
        self._chance, self._invites, self._refuses = chance, {}, refuses

    def handle(self, message):
        call_id = message.headers.get("call-id")
        leg = self.legs.get(call_id)
        if message.method == "INVITE":
            if leg is None:
                leg = self.ring(call_id, message)
            if leg.state == "ringing" and not leg.said:
                self.agent.send(answer(message, "180 Ringing"))
        elif message.method == "CANCEL":
            self.agent.send(answer(message, "200 OK"))
            if leg is not None and leg.state == "ringing" and not leg.said:
                leg.state = "cancelled"
                self.say(leg, answer(self._invites[call_id], "487 Request Terminated"))
        elif message.method == "ACK" and leg is not None and leg.waiting and leg.waiting.startswith("SIP/2.0 4"):
            leg.state, leg.waiting = "released", None
        else:
            super().handle(message)

    def fail(self, leg, why):
        if leg.state == "cancelled" and self.agent.reliable:  # the ACK was lost with a connection: Timer H ends it (17.2.1)
            leg.state, leg.waiting = "released", None
        else:
            super().fail(leg, why)

    def ring(self, call_id, invite):
        leg = self.legs[call_id] = Leg(call_id)
        leg.state, self._invites[call_id] = "ringing", invite
        seconds = 0 if "held" in invite.first else self._chance.uniform(*RINGS)
        refuses = self._refuses and self._chance.random() < self._refuses
        self.later(leg, seconds, answer(invite, "486 Busy Here") if refuses else
                   answer(invite, "200 OK", self.agent.contact("called"), SDP.format(host=self.agent.host)))
        return leg


class NumbersCaller(RingingCaller):
    """Calls these numbers in turn."""

    def number(self, leg):
        return self.to[int(leg.call_id.split("-")[1]) % len(self.to)]


class RingingLoad(Load):
    def __init__(self, server, caller, called, rate, to, seed, talk=1.0, agent=Agent):
        chance = random.Random(seed)
        super().__init__(server, caller, called, rate, to, talk, (
            RingingCaller(caller, server, to, talk, chance, agent), RingingCalled(called, server, chance, agent)))
