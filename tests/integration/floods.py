#!/usr/bin/env python3
"""One source guesses passwords, says rubbish, or asks without end: it is shut out or left without answers, and others are not."""
# time-limit: 60
import os
import socket
import time

from harness import claims, daemon, digest, sandbox, sip
from harness.claims import Broken, claim, expect, until

GUESSES, FLOOD, ANSWERS = 5, 3000, 50

sandbox.enter()
directory = sandbox.directory("floods")
server = daemon.Daemon(directory, [
    daemon.extension("1001", ", password: sesame-1, authenticate-requests: register"), daemon.extension("1002")],
    node=f"  limits: {{ban-after: {GUESSES}, ban-time: 1m, max-answers-per-source: {ANSWERS}}}\n").start()
phone = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
other = sip.Agent(f"{server.address}:5071", server.server)  # of another host


def ctl(*arguments):
    code, text = server.tool("understudyctl", "--socket", os.path.join(server.journal, "control"), *arguments)
    expect(code == 0, f"understudyctl {' '.join(arguments)} ended with {code}: {text}")
    return text


def kept(reason):
    return server.metrics()[f'understudy_ingress_kept_total{{reason="{reason}"}}']


def is_silent(agent):
    try:
        return not agent.final(agent.build("OPTIONS", "1002", f"silent-{time.monotonic_ns()}", 1), seconds=2)
    except Broken:
        return True


def guesses():
    for _ in range(GUESSES):
        expect(digest.register(phone, "1001", "guess").status == 401, "a guess is not asked again")
    expect(is_silent(phone), "it is still answered")
    expect(digest.register(other, "1001", "sesame-1").status == 200, "the DN is shut out in place of the source")
    expect(kept("banned") > 0, "nothing was counted as banned")
    until(lambda: "a source is shut out" in server.log_text(), 5, "the log says nothing of it")


def lifted():
    listed = ctl("bans")
    expect(listed.startswith(f"{sandbox.PHONE_ADDRESS} for "), f"bans says {listed}")
    expect("may come again" in ctl("lift-ban", sandbox.PHONE_ADDRESS), "lift-ban does not say so")
    expect("nobody" in ctl("bans"), "it is still listed")
    expect(digest.register(phone, "1001", "sesame-1").status == 200, "it is still shut out")


def forged():
    """Guesses that answer no challenge, and rubbish: anybody could have sent them in another's name."""
    uri = phone.uri.format(user="1001")
    for _ in range(3 * GUESSES):
        challenge = digest.challenges(phone.register("1001"))[0]
        challenge.values["nonce"] = "0" + challenge.values["nonce"]
        for password in ("guess", "sesame-1"):
            answer = phone.register("1001", headers=digest.authorization(challenge, "1001", password, "REGISTER", uri))
            expect(all(one.stale for one in digest.challenges(answer)), f"{password} is judged: {answer.text}")
        phone.send("REGISTER sip:x SIP/2.0\r\nVia: nonsense\r\n\r\n")
        time.sleep(0.05)
    expect("nobody" in ctl("bans"), "somebody was shut out by what anybody can forge")


def rubbish():
    links = []
    for _ in range(GUESSES):
        link = socket.create_connection((server.address, server.port), timeout=2, source_address=(sandbox.PHONE_ADDRESS, 0))
        link.sendall(b"REGISTER sip:x SIP/2.0\r\nVia: nonsense\r\nContent-Length: 0\r\n\r\n")
        links.append(link)
    until(lambda: sandbox.PHONE_ADDRESS in ctl("bans"), 5, "rubbish over connections shuts nobody out")
    for link in links:
        link.close()
    ctl("lift-ban", sandbox.PHONE_ADDRESS)


def flood():
    """A stranger who is answered no more costs the others nothing."""
    before = kept("too-fast")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((sandbox.PHONE_ADDRESS, 0))
        began = time.monotonic()
        for number in range(FLOOD):
            out.sendto(phone.build("OPTIONS", "1002", f"flood-{number}", 1).encode(), (server.address, server.port))
            if number % 100 == 0:
                time.sleep(0.01)
        expect(digest.register(other, "1001", "sesame-1").status == 200, "another is not served meanwhile")
        seconds = time.monotonic() - began
    until(lambda: kept("too-fast") > before, 5, "nothing was counted as too fast")
    answers = FLOOD - (kept("too-fast") - before)
    return f"{FLOOD} questions within {seconds:.1f} s, {answers:.0f} of them not counted as too fast"


claim(f"{GUESSES} wrong passwords in a minute shut their source out, and nobody else", guesses)
claim("understudyctl lists who is shut out, and lets it in again", lifted)
claim("what anybody can forge shuts nobody out, and tells nobody what a password is", forged)
claim("malformed messages over connections shut their source out", rubbish)
claim("a stranger who asks without end is answered so often a second, and others are served", flood)
expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
claims.finish()
