#!/usr/bin/env python3
"""Phones that must sign with a password: challenges, every algorithm, replays, wrong and others' passwords, a new one by
reload; sipp and baresip over UDP and TCP, which do it in their own way.
"""
# time-limit: 120
import os

from harness import claims, daemon, digest, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.phone import Phone

REQUESTS = ', authenticate-requests: "register,invite"'
ALGORITHMS = list(digest.HASHES)

sandbox.enter()
directory = sandbox.directory("authentication")
uas = f"{sandbox.PHONE_ADDRESS}:5090"


def plan(password="sesame-1"):
    md5 = daemon.extension("1003", f', password-md5: "{digest.ha1("carol", "example", "sesame-3")}", sip-username: carol')
    old = ", authenticate-algorithms: MD5"
    return [daemon.extension("1001", f", password: {password}"), daemon.extension("1002", ", password: sesame-2"), md5,
            daemon.extension("1004"), daemon.extension("1005", f", password: sesame-5{old}"),
            daemon.extension("1006", f", password: sesame-6{old}"), daemon.trunk("to", uas, prefix="service")]


server = daemon.Daemon(directory, plan(), options=f"sip-realm: example{REQUESTS}").start()
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)


def challenged():
    before = len(server.entries("--kind", "sip-received"))
    for method in ("REGISTER", "INVITE"):
        unsigned = agent.final(agent.build(method, "1001", method, 1, user="1001"))
        offered = digest.challenges(unsigned)
        expect([one.algorithm for one in offered] == ALGORITHMS, f"offered: {[one.algorithm for one in offered]}")
        expect({one.values["realm"] for one in offered} == {"example"}, f"realms in {unsigned.text}")
        expect(not any(one.stale for one in offered), f"stale in {unsigned.text}")
    after = len(server.entries("--kind", "sip-received"))
    expect(after == before, f"{after - before} entries of requests that were not signed")


def every_algorithm():
    for algorithm in ALGORITHMS:
        answer = digest.register(agent, "1001", "sesame-1", algorithm=algorithm)
        expect(answer.status == 200, f"signed by {algorithm}: {answer.first}")
    signed = [entry for entry in server.entries("--kind", "sip-received") if entry.get("authenticated") == "1001"]
    expect(len(signed) == len(ALGORITHMS), f"{len(signed)} entries say who signed them")


def replays():
    first = agent.register("1001")
    uri = agent.uri.format(user="1001")
    line = digest.answer(first, "1001", "sesame-1", "REGISTER", uri)
    expect(agent.register("1001", headers=line).status == 200, "signed and refused")
    again = agent.register("1001", headers=line)
    expect(all(one.stale for one in digest.challenges(again)), "a replay is not called stale")
    expect(agent.register("1001", headers=digest.answer(first, "1001", "sesame-1", "REGISTER", uri, count=2)).status == 200,
           "the next count of a nonce is refused")


def wrong_passwords():
    expect(digest.register(agent, "1001", "guess").status == 401, "a guess is not asked again")
    expect(digest.register(agent, "1001", "sesame-2", user="1002").status == 403, "another's password is not forbidden")
    expect(digest.register(agent, "1003", "sesame-3").status == 401, "1003 signs as 1003 in place of carol")
    expect(digest.register(agent, "1003", "sesame-3", user="carol", algorithm="MD5").status == 200, "carol is refused")
    expect(digest.register(agent, "1004", "").status == 200, "1004 has no password and is asked for it")
    until(lambda: "wrong password" in server.log_text(), 5, "the log says nothing of the guesses")


def call():
    """Its INVITE is signed; nothing else in it need be."""
    callee = Caller(directory, "uas", ["-sn", "uas"], uas).start()
    one = sip.Call(agent, "service", "1001")
    unsigned = one.invite()
    line = digest.answer(unsigned, "1001", "sesame-1", "INVITE", agent.uri.format(user="service"))
    signed = one.invite(headers=line)
    expect(signed.status == 200, f"signed: {signed.first}")
    expect("Authorization" not in callee.errors(), "credentials went on")
    one.bye()
    callee.stop()


def new_password():
    server.configure(plan("sesame-new"), options=f"sip-realm: example{REQUESTS}")
    server.reload()
    until(lambda: "configuration read" in server.log_text(), 5, "no reload")
    expect(digest.register(agent, "1001", "sesame-1").status == 401, "the old password is still good")
    expect(digest.register(agent, "1001", "sesame-new").status == 200, "the new one is not")


SIPP = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="signed register">
  <send retrans="500"><![CDATA[
    REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:1005@[remote_ip]>;tag=[call_number]
    To: <sip:1005@[remote_ip]>
    Call-ID: [call_id]
    CSeq: 1 REGISTER
    Max-Forwards: 70
    Contact: <sip:1005@[local_ip]:[local_port];transport=[transport]>
    Content-Length: 0

  ]]></send>
  <recv response="401" auth="true"></recv>
  <send retrans="500"><![CDATA[
    REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:1005@[remote_ip]>;tag=[call_number]
    To: <sip:1005@[remote_ip]>
    Call-ID: [call_id]
    CSeq: 2 REGISTER
    Max-Forwards: 70
    Contact: <sip:1005@[local_ip]:[local_port];transport=[transport]>
    [authentication username=1005 password=sesame-5]
    Content-Length: 0

  ]]></send>
  <recv response="200"></recv>
</scenario>
"""


def sipp():
    scenario = os.path.join(directory, "register.xml")
    with open(scenario, "w", encoding="ascii") as file:
        file.write(SIPP)
    for at, mode in enumerate(("u1", "t1")):
        caller = Caller(directory, f"register-{mode}", ["-sf", scenario, "-m", "20", "-r", "20"],
                        f"{sandbox.PHONE_ADDRESS}:{5200 + 10 * at}", mode, server.server)
        caller.run(20)
        caller.expect_clean(20)


def baresip():
    anna = Phone(directory, "1005", server.server, index=1, hertz=500, password="sesame-5").start()
    bert = Phone(directory, "1006", server.server, index=2, hertz=700, transport="tcp", password="sesame-6").start()
    for phone in (anna, bert):
        phone.wait_registered()
    for caller, callee in ((anna, bert), (bert, anna)):
        caller.dial(callee.number)
        callee.wait_for("CALL_ESTABLISHED")
        caller.wait_for("CALL_ESTABLISHED")
        caller.hang_up()
        callee.wait_for("CALL_CLOSED")
    anna.stop()
    bert.stop()


claim("a REGISTER and an INVITE without a signature get 401 with every algorithm, strongest first, and leave no entry",
      challenged)
claim("each algorithm registers, and the journal says who signed", every_algorithm)
claim("a signature said twice is stale; the nonce's next count is good", replays)
claim("a wrong password is asked for again, another's is forbidden, and who has none is not asked", wrong_passwords)
claim("a call whose INVITE is signed runs to its end without another signature", call)
claim("sipp registers 20 times with its own signatures, over UDP and TCP", sipp)
claim("baresip registers and calls with its own signatures, over UDP and TCP", baresip)
claim("a new password counts from the reload on", new_password)
expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
claims.finish()
