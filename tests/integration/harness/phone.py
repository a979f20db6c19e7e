"""A real phone: baresip with a tone instead of a microphone, driven over its control connection.

Commands and events are JSON objects, framed as netstrings (baresip's module ctrl_tcp).
"""
import glob
import json
import os
import select
import socket
import subprocess
import time

from harness import sandbox, tone
from harness.claims import Broken, until

CONFIG = """\
sip_listen {address}:{sip_port}
net_interface phones
{tls}call_local_timeout 120
call_max_calls 4
audio_player aubridge,speaker
audio_source aufile,{directory}/tone.wav
audio_alert aubridge,nil
audio_level no
ausrc_srate 8000
auplay_srate 8000
rtp_ports {rtp_ports}
rtcp_mux no
snd_path {directory}
ctrl_tcp_listen 127.0.0.1:{control_port}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
"""


class Phone:
    """start() ... stop(). `index` (0 to 9) sets its ports; `server` is host:port; its tone has `hertz`. Over TLS:
    `certificate`, a file with its key, and `ca`, whom it believes."""

    def __init__(self, directory, number, server, index, hertz, transport="udp", answer="auto", options="",
                 password="none", certificate=None, ca=None):
        self.number, self.hertz = number, hertz
        self.directory = os.path.join(directory, f"phone-{number}")
        self.control_port = 24000 + index
        self.rtp_ports = range(26000 + 100 * index, 26100 + 100 * index)
        self.trace = os.path.join(self.directory, "sip-trace.log")
        self.events = []
        self._socket, self._buffer, self._process = None, b"", None
        self._server = server
        os.makedirs(self.directory, exist_ok=True)
        tone.write(os.path.join(self.directory, "tone.wav"), hertz)
        tls = "".join([f"sip_certificate {certificate}\n"] if certificate else [])
        tls += "".join([f"sip_cafile {ca}\n", "sip_verify_server yes\n"] if ca else [])
        self._write("config", CONFIG.format(
            tls=tls,
            address=sandbox.PHONE_ADDRESS, sip_port=25100 + 10 * index, directory=self.directory,
            control_port=self.control_port, rtp_ports=f"{self.rtp_ports[0]}-{self.rtp_ports[-1]}"))
        self._write("accounts", f"<sip:{number}@{server};transport={transport}>;auth_pass={password};regint=60;"
                                f"answermode={answer};audio_codecs=pcmu{options}\n")
        self._write("contacts", "")

    def _write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        with open(self.trace, "ab") as log:
            self._process = subprocess.Popen(["baresip", "-s", "-f", self.directory], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, cwd=self.directory)
        self._socket = until(self._connect, 5, f"phone {self.number} does not start; see {self.trace}")
        return self

    def _connect(self):
        try:
            return socket.create_connection(("127.0.0.1", self.control_port), timeout=1)
        except OSError:
            return None

    def stop(self):
        if self._process:
            self._process.kill()
            self._process.wait()

    def command(self, name, params=""):
        """Sends a command and returns its answer's text. Broken if the phone refuses it."""
        self.events_so_far()
        token = f"{name}-{time.monotonic_ns()}"
        text = json.dumps({"command": name, "params": params, "token": token}).encode()
        self._socket.sendall(b"%d:%s," % (len(text), text))
        return until(lambda: self._answer(token), 5, f"phone {self.number} does not answer to {name}").get("data", "")

    def _answer(self, token):
        self.events_so_far()
        for message in self.events:
            if message.get("token") == token:
                self.events.remove(message)
                if not message.get("ok"):
                    raise Broken(f"phone {self.number} refuses {message}")
                return message
        return None

    def events_so_far(self):
        while select.select([self._socket], [], [], 0)[0]:
            data = self._socket.recv(65536)
            if not data:
                raise Broken(f"phone {self.number} has ended; see {self.trace}")
            self._buffer += data
        while b":" in self._buffer:
            size, rest = self._buffer.split(b":", 1)
            if len(rest) <= int(size):
                break
            self.events.append(json.loads(rest[:int(size)]))
            self._buffer = rest[int(size) + 1:]
        return self.events

    def wait_for(self, kind, seconds=10):
        """Waits for an event such as CALL_ESTABLISHED, removes it and all before it, and returns it."""
        def find():
            for at, event in enumerate(self.events_so_far()):
                if event.get("type") == kind:
                    del self.events[:at + 1]
                    return event
            return None
        return until(find, seconds, lambda: f"phone {self.number} has no {kind}, but "
                     f"{[event.get('type') for event in self.events]}; see {self.trace}")

    def has(self, kind):
        return any(event.get("type") == kind for event in self.events_so_far())

    def wait_registered(self, seconds=10):
        until(lambda: "OK" in self.command("reginfo"), seconds, f"phone {self.number} does not register; see {self.trace}")

    def dial(self, number):
        self.command("dial", f"sip:{number}@{self._server}")

    def accept(self):
        self.command("accept")

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def transfer(self, number):
        """Hands its call over by REFER."""
        self.command("transfer", f"sip:{number}@{self._server}")

    def hang_up(self):
        self.command("hangup")

    def recordings(self):
        """What this phone heard: files in the order of their calls."""
        return sorted(glob.glob(os.path.join(self.directory, "*-dec.wav")), key=os.path.getmtime)

    def heard(self, hertz):
        """Seconds of the tone heard in all recordings so far."""
        return sum(tone.heard(path, hertz) for path in self.recordings())

    def trace_text(self):
        with open(self.trace, encoding="utf-8", errors="replace") as file:
            return file.read()
