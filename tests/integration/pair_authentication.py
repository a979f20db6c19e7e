#!/usr/bin/env python3
"""A pair whose primary dies between the challenge and its answer: phones sign once more by themselves, and what the dead
primary has taken cannot be said again to its successor.
"""
# time-limit: 120
from harness import claims, daemon, digest, sandbox, sip
from harness.claims import claim, expect, until
from harness.pair import Pair
from harness.phone import Phone

REQUESTS = ', authenticate-requests: "register,invite"'

sandbox.enter()
directory = sandbox.directory("pair_authentication")
pair = Pair(directory, [daemon.extension("1001", f", password: sesame-1{REQUESTS}"),
                        daemon.extension("1005", f", password: sesame-5{REQUESTS}, authenticate-algorithms: MD5")])
pair.start()
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
URI = agent.uri.format(user="1001")


def change_over():
    pair.wait_ready()
    dead = pair.primary()
    dead.kill()
    until(lambda: pair.primary() is not None and pair.primary() is not dead, 10, "nobody serves")


def between_challenge_and_answer():
    unsigned = agent.register("1001")
    change_over()
    late = agent.register("1001", headers=digest.answer(unsigned, "1001", "sesame-1", "REGISTER", URI))
    expect(all(one.stale for one in digest.challenges(late)), f"not stale: {late.text}")
    answer = agent.register("1001", headers=digest.answer(late, "1001", "sesame-1", "REGISTER", URI))
    expect(answer.status == 200, f"signed again: {answer.first}")


def replay():
    line = digest.answer(agent.register("1001"), "1001", "sesame-1", "REGISTER", URI)
    expect(agent.register("1001", headers=line).status == 200, "signed and refused")
    change_over()
    expect(agent.register("1001", headers=line).status == 401, "the successor takes what its predecessor has taken")


def guess():
    """The dead primary's challenge tells nobody whether a password is right; the successor's does."""
    unsigned = agent.register("1001")
    change_over()
    late = agent.register("1001", headers=digest.answer(unsigned, "1001", "guess", "REGISTER", URI))
    expect(all(one.stale for one in digest.challenges(late)), f"what is no nonce any more is judged: {late.text}")
    answer = agent.register("1001", headers=digest.answer(late, "1001", "guess", "REGISTER", URI))
    expect(not any(one.stale for one in digest.challenges(answer)), f"a guess is called stale: {answer.text}")


def phone():
    anna = Phone(directory, "1005", pair.server, index=1, hertz=500, password="sesame-5").start()
    anna.wait_registered()
    change_over()
    anna.dial("4711")
    reason = anna.wait_for("CALL_CLOSED").get("param", "")
    expect("404" in reason, f"its call to nobody ended with {reason}")
    signed = [entry for entry in pair.primary().entries("--kind", "sip-received")
              if (entry.get("method"), entry.get("authenticated")) == ("INVITE", "1005")]
    expect(signed, "the successor's journal has no INVITE that 1005 signed")
    anna.stop()


claim("an answer to the dead primary's challenge is stale at its successor, and good when signed again",
      between_challenge_and_answer)
claim("what the dead primary has taken is not taken by its successor", replay)
claim("a wrong password is stale there once, as any is, and then wrong", guess)
claim("a phone that registered with the dead primary calls at its successor, signing anew", phone)
claims.finish()
