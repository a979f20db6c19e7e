"""Dialogs of user agents that a test plays step by step, on any transport.

    ours, theirs = talk(alice, "1001", bob, "1002")     # a call that is up, as each of them sees it
    ours.ask("INFO", 200)                               # sends, and takes an answer to it: when bob has given one
    theirs.agree("BYE")                                 # takes a request, and answers it with 200
"""
import secrets
import time

from harness.claims import Broken
from harness.sip import SDP, answer


def take(agent, what, seconds=8):
    """The next message that is `what`, a method or a status; what else comes before it is passed over."""
    end, seen = time.monotonic() + seconds, []
    while time.monotonic() < end:
        message = agent.receive(end - time.monotonic())
        if message is None:
            continue
        if what == (message.status or message.method):
            return message
        seen.append(message.first)
    raise Broken(f"{agent.port}: no {what} within {seconds} s, but {seen}")


def silence(agent, seconds, but=()):
    """Broken if anything comes that is none of `but`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = agent.receive(end - time.monotonic())
        if message and (message.status or message.method) not in but:
            raise Broken(f"{agent.port}: {message.first}")


class Dialog:
    def __init__(self, agent, user, peer, call_id, tag, remote_tag=""):
        self.agent, self.user, self.peer, self.call_id = agent, user, peer, call_id
        self.tag, self.remote_tag, self.cseq, self.branch = tag, remote_tag, 0, ""

    def request(self, method, headers="", body=""):
        """Its text; ACK and CANCEL are of the last one."""
        if method not in ("ACK", "CANCEL"):
            self.cseq, self.branch = self.cseq + 1, "z9hG4bK" + secrets.token_hex(8)
        branch = self.branch if method == "CANCEL" else None if method == "ACK" else self.branch
        return self.agent.build(method, self.peer, self.call_id, self.cseq, self.user, self.tag, self.remote_tag, headers, body,
                                branch)

    def send(self, method, headers="", body=""):
        self.agent.send(self.request(method, headers, body))

    def ask(self, method, status, headers="", body=""):
        self.send(method, headers, body)
        return take(self.agent, status)

    def invite(self, headers=""):
        self.send("INVITE", headers, SDP.format(host=self.agent.host))

    def answered(self):
        """Takes the 200 to its INVITE, and acknowledges it."""
        message = take(self.agent, 200)
        self.remote_tag = message.headers["to"].partition(";tag=")[2]
        self.send("ACK")
        return message

    def refused(self, status):
        """Takes that answer to its INVITE, and acknowledges it."""
        message = take(self.agent, status)
        self.agent.send(self.agent.build("ACK", self.peer, self.call_id, self.cseq, self.user, self.tag,
                                         message.headers["to"].partition(";tag=")[2], branch=self.branch))
        return message

    def agree(self, method):
        """Takes a request, and answers it with 200; an INVITE with a session, and takes the ACK, too."""
        message = take(self.agent, method)
        body = SDP.format(host=self.agent.host) if method == "INVITE" else ""
        self.agent.send(answer(message, "200 OK", self.agent.contact(self.user) if body else "", body))
        if body:
            take(self.agent, "ACK")
        return message


def begin(agent, user, to):
    """A dialog that is still to be: its call_id and tag are new."""
    return Dialog(agent, user, to, secrets.token_hex(8), secrets.token_hex(4))


def called(agent, user, peer, invite):
    """The dialog of who has got that INVITE and answers it by answer()."""
    return Dialog(agent, user, peer, invite.headers["call-id"], "answer", invite.headers["from"].partition(";tag=")[2])


def talk(caller, caller_number, callee, callee_number):
    ours = begin(caller, caller_number, callee_number)
    ours.invite()
    invite = take(callee, "INVITE")
    theirs = called(callee, callee_number, caller_number, invite)
    callee.send(answer(invite, "180 Ringing", callee.contact(callee_number)))
    callee.send(answer(invite, "200 OK", callee.contact(callee_number), SDP.format(host=callee.host)))
    ours.answered()
    take(callee, "ACK")
    return ours, theirs
