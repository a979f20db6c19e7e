#!/usr/bin/env python3
"""Passwords are for the moment: none that came by configuration, registration or call is in anything that stays.

The keys of encrypted sound (SDES, RFC 4568) must reach the other phone, after a restart too: they are in the journal, with
the session description they came in, but masked in everything that people read.
"""
# time-limit: 60
import os

from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect

CONFIGURED, REGISTERED, REQUESTED = "canary-Config-7Qx", "canary-Register-8Rz", "canary-Request-9Sy"
BASIC = "Y2FuYXJ5OkJhc2ljUGFzc3dvcmQ="
PASSWORDS = (CONFIGURED, REGISTERED, REQUESTED, BASIC)
CLEAR_KEY, SDES_KEY = "canary-MediaKey-1Ab", "Y2FuYXJ5U0RFU2tleUZvclRoaXNDYWxsMTIzNDU2Nzg5"
MEDIA_KEYS = (CLEAR_KEY, SDES_KEY)

sandbox.enter()
directory = sandbox.directory("secrets")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
server = daemon.Daemon(directory, [
    daemon.extension("1001", f', password: "{CONFIGURED}"'), daemon.trunk("to", uas, prefix="service")],
    options='sip-realm: "example"', level="debug")
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)


def use():
    """Secrets in every place where a phone may put them, in messages that are good and in some that are not."""
    server.start()
    callee = Caller(directory, "uas", ["-sn", "uas"], uas).start()
    authorization = (f'Authorization: Digest username="1001", realm="example", nonce="n", uri="sip:x", '
                     f'response="{REGISTERED}", cnonce="{REGISTERED}"\r\nAuthorization: Basic {BASIC}\r\n')
    expect(agent.register("1001", headers=authorization).status == 200, "1001 does not register")
    agent.register(f"1001:{REGISTERED}")
    call = agent.call("service", user="1001", headers=f'Proxy-Authorization: Digest username="1001", realm="example", '
                      f'nonce="n", uri="sip:x", response="{REQUESTED}"\r\nProxy-Authorization: Basic {BASIC}\r\n'
                      f"Alert-Info: <sip:a:{REQUESTED}@example.com>\r\n")
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
    callee.stop()
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    expect(not found_in(pages), f"{found_in(pages)} on a page")


def found_in(text, secrets=PASSWORDS + MEDIA_KEYS):
    text = text.encode() if isinstance(text, str) else text
    return [secret for secret in secrets if secret.encode() in text]


def in_no_file():
    count, size = 0, 0
    for folder, _, names in os.walk(server.directory):
        for path in (os.path.join(folder, name) for name in names):
            if path == server.config:
                continue
            with open(path, "rb") as file:
                data = file.read()
            secrets = PASSWORDS if path.startswith(server.journal) else PASSWORDS + MEDIA_KEYS
            expect(not found_in(data, secrets), f"{found_in(data, secrets)} in {path}")
            count, size = count + 1, size + len(data)
    expect(size > 10000, f"only {size} bytes were written")
    return f"{count} files, {size // 1024} KiB"


def in_no_dump():
    for arguments in (("--json",), ("--json", "--message"), ("--message",), ("--ladder",)):
        code, text = server.tool("journal-dump", server.journal, *arguments)
        expect(code == 0, f"journal-dump {' '.join(arguments)} ended with {code}: {text[-200:]}")
        expect("INVITE" in text, f"journal-dump {' '.join(arguments)} does not show the calls")
        expect(not found_in(text), f"{found_in(text)} in journal-dump {' '.join(arguments)}")


def replays():
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0 and not found_in(text), f"replay ended with {code}: {text[-300:]}")


if claim("secrets come in the configuration, in REGISTERs and in calls", use):
    claim("no file holds a password: journal, snapshot, durable mark, quarantine, log", in_no_file)
    claim("no dump shows a password or a media key", in_no_dump)
    claim("the journal without them replays bit for bit", replays)
claims.finish()
