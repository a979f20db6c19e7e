"""Many calls through a server that may die at any moment, by two parties who keep to RFC 3261 and 6026.

sipp is no judge of that: it calls a message that is repeated after a restart unexpected, takes the answer to an INVITE for
that to a BYE, or gives a call up whose INVITE comes twice. Here each side repeats what is not answered and absorbs what
comes twice; a call has succeeded when both sides know that it was set up, acknowledged and released.
"""
import heapq
import itertools
import select
import threading
import time

from harness.sip import SDP, T1, Agent, answer

TIMEOUT = 64 * T1  # Timers B, F and H
ORDER = itertools.count()  # of timers that are due at the same time


class Leg:
    """One side of one call. `waiting` is the message that is repeated until something answers it; `said`: it was sent."""

    def __init__(self, call_id):
        self.call_id, self.state, self.began = call_id, "new", time.monotonic()
        self.waiting, self.said, self.pause, self.deadline = None, False, T1, 0.0
        self.again = False  # said over a second connection


class Party:
    """What the caller and the called have in common: a socket, legs by Call-ID, and repetition until a deadline."""

    def __init__(self, local, server, agent=Agent):
        self.agent, self.legs, self.timers = agent(local, server), {}, []
        self.repeated, self.failures = 0, []
        self.agent.on_connect = self.say_again

    def say_again(self):
        """Over a new connection: what nobody has answered over the old one."""
        for leg in list(self.legs.values()):
            if leg.waiting and leg.said:
                leg.again = True
                self.repeated += 1
                self.agent.send(leg.waiting)

    def repeats(self, text):
        """Over TCP only the 2xx of an INVITE is repeated (13.3.1.4)."""
        return not self.agent.reliable or text.startswith("SIP/2.0 2")

    def say(self, leg, text):
        """Sends, and repeats until hush()."""
        leg.waiting, leg.said, leg.pause, leg.deadline = text, True, T1, time.monotonic() + TIMEOUT
        self.agent.send(text)
        heapq.heappush(self.timers, (time.monotonic() + (T1 if self.repeats(text) else TIMEOUT), next(ORDER), leg, text))

    def later(self, leg, seconds, text):
        """Says `text` after a while."""
        leg.waiting, leg.said, leg.pause, leg.deadline = text, False, T1 / 2, time.monotonic() + seconds + TIMEOUT
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(ORDER), leg, text))

    def fire(self):
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            _, _, leg, text = heapq.heappop(self.timers)
            if leg.waiting is not text:
                continue
            if leg.said and now >= leg.deadline:
                self.fail(leg, f"nothing answers {text.split(' SIP', 1)[0][:40]}")
                continue
            self.repeated += leg.pause >= T1
            self.agent.send(text)
            leg.said = True
            leg.pause = min(2 * leg.pause, 4.0)
            heapq.heappush(self.timers, (now + leg.pause if self.repeats(text) else leg.deadline, next(ORDER), leg, text))

    def fail(self, leg, why):
        if leg.state not in ("released", "failed"):
            self.failures.append(f"{leg.call_id}: {why}")
        leg.state, leg.waiting = "failed", None

    def open(self):
        return sum(leg.state not in ("released", "failed") for leg in list(self.legs.values()))


class CallerParty(Party):
    """INVITE, ACK, a talk of `talk` seconds, BYE."""

    def __init__(self, local, server, to, talk, agent=Agent):
        super().__init__(local, server, agent)
        self.to, self.talk, self.made = to, talk, 0

    def begin(self):
        leg = Leg(f"load-{len(self.legs)}-{self.agent.port}")
        self.legs[leg.call_id] = leg
        self.say(leg, self.build(leg, "INVITE", 1, body=SDP.format(host=self.agent.host)))

    def number(self, leg):
        """Whom that call is for."""
        return self.to

    def build(self, leg, method, cseq, to_tag="", body=""):
        return self.agent.build(method, self.number(leg), leg.call_id, cseq, from_tag="load", to_tag=to_tag, body=body)

    def handle(self, message):
        leg = self.legs.get(message.headers.get("call-id"))
        if leg is None:
            return
        if message.status == 0:
            self.agent.send(answer(message, "200 OK"))
            return self.fail(leg, f"released by {message.first}")
        method = message.cseq[1]
        if method == "INVITE" and message.status < 300:
            self.on_progress(leg, message)
        elif method == "BYE" and leg.state == "leaving" and (message.status == 200 or (message.status == 481 and leg.again)):
            leg.state, leg.waiting = "released", None
            self.made += 1
        elif message.status >= 300:
            self.fail(leg, message.first)

    def on_progress(self, leg, message):
        if leg.state == "new":
            leg.waiting = None
        if message.status < 200:
            return
        tag = message.headers["to"].partition(";tag=")[2]
        self.agent.send(self.build(leg, "ACK", 1, tag))
        if leg.state == "new":
            leg.state = "leaving"
            self.later(leg, self.talk, self.build(leg, "BYE", 2, tag))


class CalledParty(Party):
    """180 and 200 at once, then waits for ACK and BYE."""

    def handle(self, message):
        call_id = message.headers.get("call-id")
        if message.method == "INVITE":
            if call_id not in self.legs:
                leg = self.legs[call_id] = Leg(call_id)
                self.agent.send(answer(message, "180 Ringing"))
                self.say(leg, answer(message, "200 OK", self.agent.contact("called"),
                                     SDP.format(host=self.agent.host)))
        elif call_id in self.legs and message.method == "ACK":
            self.legs[call_id].waiting = None
        elif message.method == "BYE":
            self.agent.send(answer(message, "200 OK"))
            if call_id in self.legs:
                self.legs[call_id].state, self.legs[call_id].waiting = "released", None


class Load:
    """`rate` calls a second on a thread of its own, from start() to finish(). Of `parties` the first calls, the others are called."""

    def __init__(self, server, caller, called, rate, to="service", talk=0.3, parties=None, agent=Agent):
        self.parties = parties or (CallerParty(caller, server, to, talk, agent), CalledParty(called, server, agent))
        self.caller, self.called = self.parties[:2]
        self.rate, self._calling, self._running = rate, True, True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def finish(self, seconds):
        """No new calls; waits for the end of those that are there. The reasons of those that failed."""
        self._calling = False
        end = time.monotonic() + seconds
        while any(party.open() for party in self.parties) and time.monotonic() < end:
            time.sleep(0.05)
        self._running = False
        self._thread.join()
        left = [f"{leg.call_id}: still {leg.state}" for party in self.parties
                for leg in party.legs.values() if leg.state not in ("released", "failed")]
        return self.failures() + left

    def failures(self):
        return [failure for party in self.parties for failure in party.failures]

    def repeated(self):
        return sum(party.repeated for party in self.parties)

    def _run(self):
        next_call = time.monotonic()
        parties = {party.agent.fileno(): party for party in self.parties}
        while self._running:
            if self._calling and time.monotonic() >= next_call:
                self.caller.begin()
                next_call += 1 / self.rate
            select.select(list(parties), [], [], 0.004)
            for party in parties.values():
                while message := party.agent.receive(0):
                    party.handle(message)
                party.fire()
