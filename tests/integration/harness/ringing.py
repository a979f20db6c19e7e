"""A phone that rings and is never answered."""
import re
import threading

from harness.sip import Agent, answer


class RingingPhone:
    """Answers INVITE with 180 and CANCEL with 200, then the INVITE with 487, on a thread of its own."""

    def __init__(self, local, server):
        self._agent = Agent(local, server)
        self.cancels = []   # the branch of every CANCEL that came
        self.latest = None  # the branch of the newest INVITE
        self._invites, self._registers, self._thread = {}, 0, None

    def register(self, number, expires):
        self._registers += 1
        request = self._agent.build("REGISTER", number, "ringing-phone", self._registers, user=number,
                                    headers=f"Expires: {expires}\r\n")
        if self._thread:  # which reads, and drops, the answer
            return self._agent.send(request)
        self._agent.final(request)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        return self._thread.start()

    def _serve(self):
        while True:
            message = self._agent.receive(1)
            if message is None or message.status:
                continue
            branch = re.search(r"branch=([^;,\s]+)", message.vias()[0]).group(1)
            if message.method == "INVITE":
                self._invites[branch], self.latest = message, branch
                self._agent.send(answer(message, "180 Ringing"))
            elif message.method == "CANCEL":
                self.cancels.append(branch)
                self._agent.send(answer(message, "200 OK"))
                if branch in self._invites:
                    self._agent.send(answer(self._invites[branch], "487 Request Terminated"))
