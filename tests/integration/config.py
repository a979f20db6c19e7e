#!/usr/bin/env python3
"""The server as its operator meets it: its help, its mistakes, its reload and its end."""
# time-limit: 60
import json
import os
import socket
import subprocess

from harness import claims, daemon, programs, sandbox, sip
from harness.claims import claim, expect, until

sandbox.enter()
directory = sandbox.directory("config")
PHONES = [daemon.extension("1001"), daemon.extension("1002")]
server = daemon.Daemon(directory, PHONES)


def run(*arguments):
    done = subprocess.run([server.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10,
                          check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def written(name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def helps():
    code, text = run("--help")
    expect(code == 0 and "--config" in text and "--check-config" in text, f"exit code {code}: {text[:300]}")


def checks():
    code, text = run("--check-config", server.config)
    expect(code == 0 and "1001" in text, f"exit code {code}: {text[:300]}")
    code, text = run("--check-config", os.path.join(programs.ROOT, "daemon/config/example.yaml"))
    expect(code == 0, f"the example is refused: {text[:300]}")


def first_try():
    """The configuration that the README names, from a clone in which nothing was run yet."""
    clone = os.path.join(directory, "clone")
    os.makedirs(clone)
    local = subprocess.Popen([server.program, "--config", os.path.join(programs.ROOT, "daemon/config/local.yaml")], cwd=clone,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        agent = sip.Agent("127.0.0.1:5070", "127.0.0.1:5060")
        until(lambda: local.poll() is None and agent.register("1001").status == 200, 5, "1001 cannot register")
    finally:
        local.terminate()
    expect(local.wait(10) == 0, f"it ended with {local.returncode}: {local.stdout.read().decode(errors='replace')[-300:]}")
    expect(os.path.isdir(os.path.join(clone, ".cache/journal/log")), "the journal is not where the file says")


def refuses():
    with open(server.config, encoding="utf-8") as file:
        good = file.read()
    wrong = written("wrong.yaml", good.replace('contact: "*"', 'contcat: "*"').replace("sip-port: 5060", "sip-port: 70000"))
    for arguments in (("--check-config", wrong), ("--config", wrong)):
        code, text = run(*arguments)
        expect(code not in (0, 134, 139), f"{arguments} ended with {code}")
        for part in ("wrong.yaml:", "70000", "contcat", 'nearest known one is "contact"'):
            expect(part in text, f"{arguments} does not say {part}: {text[:300]}")
    for arguments in (("--config", directory + "/none.yaml"), ("--config",), ("--nonsense",), ()):
        code, text = run(*arguments)
        expect(code not in (0, 134, 139) and text.strip(), f"{arguments} ended with {code}: {text[:200]}")
    return "file, line, option and what is allowed"


def busy_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((server.address, server.port))
        code, text = run("--config", server.config)
    expect(code not in (0, 134, 139) and server.server in text and "another program has it" in text, f"{code}: {text[-300:]}")
    return text.strip().splitlines()[-1][:200]


def second_process():
    """Two processes on one journal would be the end of it."""
    second = daemon.Daemon(directory, PHONES, name="second", port=5260)
    with open(second.config, encoding="utf-8") as file:
        text = file.read().replace(second.journal, server.journal)
    code, text = run("--config", written("second.yaml", text))
    expect(code not in (0, 134, 139), f"a second server on the same journal ended with {code}")
    expect(server.healthy(), f"the first server is gone; see {server.log}")


def pages():
    expect("<td>" in server.get("/server?sipServer"), "no table at /server?sipServer")
    page = json.loads(server.get("/server?sipServer&format=json"))
    expect(page["name"] == "sip-a", f"the name on the page is {page.get('name')}")
    expect(server.metric("understudy_epoch") >= 1, "no epoch in /metrics")


def changes():
    """How many entries of the journal change the configuration."""
    return len(server.entries("--kind", "configuration-changed"))


def reloads():
    agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
    expect(agent.register("1003").status in (403, 404), "a number that is not there registers")
    before = changes()
    server.configure(PHONES + [daemon.extension("1003")])
    server.reload()
    until(lambda: agent.register("1003").status == 200, 5, f"1003 is not known after SIGHUP; see {server.log}")
    expect(changes() == before + 1, f"{changes() - before} entries for one change of the configuration")
    read = server.log_text().count("configuration read")
    server.reload()
    until(lambda: server.log_text().count("configuration read") > read, 5, f"the same file is not read again; see {server.log}")
    expect(changes() == before + 1, "the same file once more is an entry")
    server.configure(PHONES + ["      - {number: 1004, type: Extensoin}"])
    server.reload()
    until(lambda: "Extensoin" in server.log_text(), 5, f"the mistake is not in {server.log}")
    expect(agent.register("1003").status == 200, "a file with a mistake took 1003 away")
    expect(changes() == before + 1, "a file with a mistake is an entry")
    server.configure(PHONES)
    server.reload()
    until(lambda: agent.register("1003").status in (403, 404), 5, f"1003 is still there after SIGHUP; see {server.log}")
    expect(changes() == before + 2, f"{changes() - before} entries for two changes of the configuration")


def ends(name):
    def check():
        expect(server.terminate(5) == 0, f"exit code {server.process.returncode}; see {server.log}")
        server.start()
    return claim(f"{name} ends it cleanly, with exit code 0, and it starts again", check)


claim("--help names the options", helps)
claim("--check-config accepts a good file and the example", checks)
claim("the configuration for a first try serves from a fresh clone", first_try)
claim("mistakes in the file or on the command line are refused in plain words", refuses)
claim("a port that is in use is an error that names it", busy_port)
if claim("the server starts", lambda: server.start() and None):
    claim("the pages /server and /metrics", pages)
    claim("a second server on the same journal refuses to start", second_process)
    claim("SIGHUP rereads the file; one with a mistake changes nothing", reloads)
    ends("SIGTERM")
    server.terminate()
claims.finish()
