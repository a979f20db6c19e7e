#!/usr/bin/env python3
"""Passwords are for the moment: none that came by configuration, registration or call is in anything that stays.

The keys of encrypted sound (SDES, RFC 4568) must reach the other phone, after a restart too: they are in the journal, with
the session description they came in, but masked in everything that people read.
"""
# time-limit: 60
import os
import subprocess

from harness import claims, daemon, digest, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until

CONFIGURED, REGISTERED, REQUESTED = "canary-Config-7Qx", "canary-Register-8Rz", "canary-Request-9Sy"
BASIC = "Y2FuYXJ5OkJhc2ljUGFzc3dvcmQ="
VISIBLE = "canary-Subject-2Cd"  # no secret: where it is found, a secret would be found too
SIGNED = "canary-Signed-4Ef"  # of 1002, who must sign with it
VERIFIERS = tuple(digest.ha1("1002", "example", SIGNED, algorithm) for algorithm in digest.HASHES)
HASH = digest.ha1("1003", "example", SIGNED)  # is in the configuration in place of a password
PASSWORDS = (CONFIGURED, REGISTERED, REQUESTED, BASIC, SIGNED, HASH, *VERIFIERS)
CLEAR_KEY, SDES_KEY = "canary-MediaKey-1Ab", "Y2FuYXJ5U0RFU2tleUZvclRoaXNDYWxsMTIzNDU2Nzg5"
MEDIA_KEYS = (CLEAR_KEY, SDES_KEY)

sandbox.enter()
directory = sandbox.directory("secrets")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
server = daemon.Daemon(directory, [
    daemon.extension("1001", f', password: "{CONFIGURED}"'),
    daemon.extension("1002", f', password: "{SIGNED}", authenticate-requests: "register,invite"'),
    daemon.extension("1003", f', password-md5: "{HASH}", authenticate-requests: register'),
    daemon.trunk("to", uas, prefix="service")],
    options='sip-realm: "example"', level="debug", program="tests/poison/understudyd_poison")
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)


def use():
    """Secrets in every place where a phone may put them, in messages that are good and in some that are not."""
    server.start()
    callee = Caller(directory, "uas", ["-sn", "uas"], uas).start()
    authorization = (f'Authorization: Digest username="1001", realm="example", nonce="n", uri="sip:x", '
                     f'response="{REGISTERED}", cnonce="{REGISTERED}"\r\nAuthorization: Basic {BASIC}\r\n')
    expect(agent.register("1001", headers=authorization).status == 200, "1001 does not register")
    agent.register(f"1001:{REGISTERED}")
    for number, algorithm in (("1002", None), ("1003", "MD5")):
        answer = digest.register(agent, number, SIGNED, algorithm=algorithm)
        expect(answer.status == 200, f"{number} signs and gets {answer.first}")
    digest.register(agent, "1002", REGISTERED)  # a wrong one, which the log tells of
    call = agent.call("service", user="1001", headers=f'Proxy-Authorization: Digest username="1001", realm="example", '
                      f'nonce="n", uri="sip:x", response="{REQUESTED}"\r\nProxy-Authorization: Basic {BASIC}\r\n'
                      f"Alert-Info: <sip:a:{REQUESTED}@example.com>\r\nSubject: {VISIBLE}\r\n")
    call.bye()
    keys = sip.Call(agent, "service", "1001")
    keys.cseq = 1
    body = (sip.SDP.format(host=agent.host).replace("RTP/AVP", "RTP/SAVP") + f"k=clear:{CLEAR_KEY}\r\n"
            f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SDES_KEY}|2^20|1:4\r\n")
    agent.final(keys.build("INVITE", body=body))
    agent.send(agent.build("INVITE", "service", "broken", 1, headers=authorization).replace("CSeq: 1", "CSeq: x"))
    agent.final(agent.build("MESSAGE", f"nobody:{REQUESTED}", "message", 1, headers=authorization))
    pages = server.get("/metrics") + server.get("/server?sipServer")
    server.reload()
    server.kill()
    server.start()
    crash(authorization)
    agent.call("service", user="1001")  # is still up at the end
    callee.stop()
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    expect(not found_in(pages), f"{found_in(pages)} on a page")


def crash(authorization):
    """By an input that holds a password, and goes into quarantine."""
    agent.send(agent.build("INVITE", "service", "poison", 1, user="1001", headers=(
        f"{authorization}X-Test-Poison: crash\r\nSubject: {VISIBLE}\r\nAlert-Info: <sip:a:{REQUESTED}@example.com>\r\n")))
    until(lambda: server.process.poll() is not None, 5, "the server does not crash")
    server.start()


def found_in(text, secrets=PASSWORDS + MEDIA_KEYS):
    text = text.encode() if isinstance(text, str) else text
    return [secret for secret in secrets if secret.encode() in text]


def in_no_file():
    count, size, visible = 0, 0, []
    for folder, _, names in os.walk(server.directory):
        for path in (os.path.join(folder, name) for name in names):
            if path == server.config:
                continue
            with open(path, "rb") as file:
                data = file.read()
            secrets = PASSWORDS if path.startswith(server.journal) else PASSWORDS + MEDIA_KEYS
            expect(not found_in(data, secrets), f"{found_in(data, secrets)} in {path}")
            visible += [path] if VISIBLE.encode() in data else []
            count, size = count + 1, size + len(data)
    for folder in ("log", "quarantine"):
        expect(any(f"/{folder}/" in path for path in visible), f"what is no secret is not in {folder}/, but in {visible}")
    return f"{count} files, {size // 1024} KiB; what is no secret is in {len(visible)} of them"


def dumps():
    """(command, what must be in its output, the output) of all that shows the journal or the configuration to people."""
    for arguments, shown in (
            (("journal-dump", "--json"), "INVITE"), (("journal-dump", "--json", "--message"), VISIBLE),
            (("journal-dump", "--message"), VISIBLE), (("journal-dump", "--ladder"), "INVITE"),
            (("journal-dump", "--stat"), "sip-received"), (("journal-dump", "--verify"), "intact"),
            (("replay", "--show", "dn", "1001"), "1001"), (("replay", "--show", "calls"), "confirmed"),
            (("replay", "--show", "call", str(server.up_calls()[0]["call"])), "confirmed"),
            (("replay", "--show", "registrations"), "1001"), (("replay", "--show", "transactions", "--json"), "show")):
        code, text = server.tool(arguments[0], server.journal, *arguments[1:])
        expect(code == 0, f"{' '.join(arguments)} ended with {code}: {text[-200:]}")
        yield " ".join(arguments), shown, text
    done = subprocess.run([server.program, "--check-config", server.config], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, f"--check-config ended with {done.returncode}")
    yield "--check-config", "1001", done.stdout.decode(errors="replace")


def in_no_dump():
    for command, shown, text in dumps():
        expect(shown in text, f"{command} does not show {shown}")
        expect(not found_in(text), f"{found_in(text)} in {command}")


def replays():
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0 and not found_in(text), f"replay ended with {code}: {text[-300:]}")


if claim("secrets come in the configuration, in REGISTERs, in calls and in an input that crashes the server", use):
    claim("no file holds a password: journal, snapshot, durable mark, quarantine, log", in_no_file)
    claim("no dump shows a password or a media key", in_no_dump)
    claim("the journal without them replays bit for bit", replays)
claims.finish()
