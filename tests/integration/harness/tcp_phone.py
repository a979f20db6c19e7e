"""A phone over TCP that connects again, and registers again, whenever its connection breaks.

    alice, bob = TcpPhone("1001", address, server).start(), TcpPhone("1002", address2, server).start()
    call = alice.dial("1002"); incoming = bob.incoming(); bob.answer(incoming); alice.wait(call, "talking")
    status = alice.request(call, "INFO")

It sends what nobody has answered over a broken connection once more over the next one, repeats a 2xx until its ACK comes,
and answers repetitions.
"""
import secrets
import select
import threading
import time

from harness.claims import Broken, until
from harness.sip import SDP, T1, Message, answer
from harness.tcp_agent import TcpAgent


class PhoneCall:
    """One side of a call: calling, ringing, talking, ended."""

    def __init__(self, call_id, peer, state):
        self.call_id, self.peer, self.state, self.status = call_id, peer, state, 0
        self.tag, self.remote_tag, self.cseq = secrets.token_hex(4), "", 0
        self.invite = self.last = None  # Message: the INVITE that came, or went; the final answer to one that came
        self.repeat, self.pause, self.due = None, T1, 0.0  # a 2xx that waits for its ACK


class TcpPhone:
    def __init__(self, number, local, server, agent=TcpAgent):
        self.number, self.agent = number, agent(local, server)
        self.calls, self.registered, self.repeated = {}, 0, 0  # registered: over how many connections
        self._asked, self._answers, self._registers, self._lock = {}, {}, 0, threading.RLock()
        self._call_id, self._incoming = secrets.token_hex(8), []
        self.agent.on_connect = self._reconnected

    def start(self):
        threading.Thread(target=self._serve, daemon=True).start()
        with self._lock:
            self.agent.connected()
            self._register()
        return self.wait_registered(1)

    def wait_registered(self, connections, seconds=20):
        until(lambda: self.registered >= connections, seconds, f"{self.number} is not registered over a new connection")
        return self

    def _reconnected(self):
        for key, request in list(self._asked.items()):
            if "REGISTER" in key:
                del self._asked[key]
                continue
            self.repeated += 1
            self.agent.send(request)
        self._register()

    def _register(self):
        self._registers += 1
        self._ask(self.agent.build("REGISTER", self.number, self._call_id, self._registers, self.number,
                                   headers="Expires: 3600\r\n"))

    def _ask(self, request):
        message = Message(request.encode())
        key = (message.headers["call-id"], *message.cseq)
        self._asked[key] = request
        self.agent.send(request)
        return key

    # ---- what a person does

    def dial(self, to):
        with self._lock:
            call = self.calls[call_id] = PhoneCall(call_id := secrets.token_hex(8), to, "calling")
            call.cseq, branch = 1, "z9hG4bK" + secrets.token_hex(8)
            request = self.agent.build("INVITE", to, call_id, 1, self.number, call.tag, branch=branch,
                                       body=SDP.format(host=self.agent.host))
            call.invite, call.branch = Message(request.encode()), branch
            self._ask(request)
            return call

    def incoming(self, seconds=20):
        return until(lambda: self._incoming and self._incoming.pop(0), seconds, f"{self.number} is not called", 0.01)

    def answer(self, call, status="200 OK"):
        with self._lock:
            body = SDP.format(host=self.agent.host) if status == "200 OK" else ""
            self._finish(call, answer(call.invite, status, self.agent.contact(self.number), body))
            call.state, call.status = ("talking" if body else "ended"), int(status.split()[0])

    def answered(self):
        """The next call that comes, answered."""
        call = self.incoming()
        self.answer(call)
        return call

    def cancel(self, call):
        with self._lock:
            self._ask(self._sibling(call, "CANCEL"))

    def request(self, call, method, seconds=20):
        """The status of the answer."""
        return self.outcome(self.ask(call, method), seconds)

    def ask(self, call, method):
        with self._lock:
            call.cseq += 1
            if method == "BYE":
                call.state = "ended"
            return self._ask(self.agent.build(method, call.peer, call.call_id, call.cseq, self.number, call.tag,
                                              call.remote_tag))

    def outcome(self, key, seconds=20):
        return until(lambda: self._answers.get(key), seconds, f"{self.number}: nothing answers {key}", 0.01)

    def wait(self, call, state, seconds=20):
        until(lambda: call.state == state, seconds, lambda: f"{self.number}: the call with {call.peer} is {call.state} "
              f"{call.status}, not {state}", 0.01)
        return call

    # ---- what the phone does by itself

    def _serve(self):
        while True:
            select.select([self.agent], [], [], 0.02)
            with self._lock:
                while message := self.agent.receive(0):
                    self._on_answer(message) if message.status else self._on_request(message)
                self._repeat()

    def _repeat(self):
        now = time.monotonic()
        for call in self.calls.values():
            if call.state == "talking" and call.repeat and now >= call.due:
                self.agent.send(call.repeat)
                call.pause, call.due = min(2 * call.pause, 4.0), now + call.pause

    def _on_answer(self, message):
        call, key = self.calls.get(message.headers.get("call-id")), (message.headers.get("call-id"), *message.cseq)
        if message.cseq[1] == "INVITE" and call:
            self._on_progress(call, message)
        if message.status < 200 and message.cseq[1] != "INVITE":
            return
        if self._asked.pop(key, None) and message.cseq[1] == "REGISTER":
            if message.status != 200:
                raise Broken(f"REGISTER of {self.number} got {message.first}")
            self.registered = self.agent.connects
        if message.status >= 200:
            self._answers.setdefault(key, message.status)

    def _on_progress(self, call, message):
        call.remote_tag = message.headers["to"].partition(";tag=")[2] or call.remote_tag
        if message.status == 180 and call.state == "calling":
            call.state = "ringing"
        if message.status < 200:
            return
        if message.status < 300:
            self.agent.send(self.agent.build("ACK", call.peer, call.call_id, 1, self.number, call.tag, call.remote_tag))
        else:
            self.agent.send(self._sibling(call, "ACK", call.remote_tag))
        if call.state in ("calling", "ringing"):
            call.state, call.status = ("talking" if message.status < 300 else "ended"), message.status

    def _sibling(self, call, method, to_tag=""):
        return self.agent.build(method, call.peer, call.call_id, 1, self.number, call.tag, to_tag, branch=call.branch)

    def _on_request(self, message):
        call = self.calls.get(message.headers["call-id"])
        if message.method == "INVITE":
            return self._on_invite(message, call)
        if message.method == "ACK":
            if call:
                call.repeat = None
            return None
        self.agent.send(answer(message, "200 OK" if call else "481 Call/Transaction Does Not Exist"))
        if call and message.method == "CANCEL" and call.state == "ringing":
            call.state, call.status = "ended", 487
            self._finish(call, answer(call.invite, "487 Request Terminated"))
        if call and message.method == "BYE":
            call.state = "ended"
        return None

    def _on_invite(self, message, call):
        if call is None:
            call = self.calls[message.headers["call-id"]] = PhoneCall(message.headers["call-id"], "caller", "ringing")
            call.remote_tag, call.tag = message.headers["from"].partition(";tag=")[2], "answer"
            self._incoming.append(call)
        if call.state == "ringing":
            call.invite = message
            self.agent.send(answer(message, "180 Ringing", self.agent.contact(self.number)))
        elif call.last:  # repeated, for its answer may have been lost (17.2.1)
            self.agent.send(call.last)

    def _finish(self, call, text):
        call.repeat, call.last, call.pause, call.due = text, text, 2 * T1, time.monotonic() + T1
        self.agent.send(text)
