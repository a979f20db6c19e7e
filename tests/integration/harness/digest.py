"""How a phone signs its requests: digest authentication (RFC 7616), as the server asks for it."""
import hashlib
import re
import secrets

from harness.claims import expect

HASHES = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}  # strongest first


class Challenge:
    """One WWW-Authenticate line."""

    def __init__(self, value):
        self.scheme, _, parameters = value.partition(" ")
        self.values = {name.lower(): quoted or plain for name, quoted, plain in
                       re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))', parameters)}
        self.algorithm = self.values.get("algorithm", "MD5")
        self.stale = self.values.get("stale", "").lower() == "true"


def challenges(answer):
    """Those of a 401, in its order."""
    expect(answer.status == 401, f"{answer.first} in place of 401")
    return [Challenge(value) for value in re.findall(r"(?im)^WWW-Authenticate:[ \t]*(.*?)\r?$", answer.text)]


def ha1(user, realm, password, algorithm="MD5"):
    return hashlib.new(HASHES[algorithm], f"{user}:{realm}:{password}".encode()).hexdigest()


def authorization(challenge, user, password, method, uri, count=1):
    """The header line that answers it."""
    def digest(*parts):
        return hashlib.new(HASHES[challenge.algorithm], ":".join(parts).encode()).hexdigest()
    realm, nonce, cnonce = challenge.values["realm"], challenge.values["nonce"], secrets.token_hex(8)
    response = digest(ha1(user, realm, password, challenge.algorithm), nonce, f"{count:08x}", cnonce, "auth",
                      digest(method, uri))
    return (f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{response}", algorithm={challenge.algorithm}, cnonce="{cnonce}", qop=auth, nc={count:08x}\r\n')


def answer(unsigned, user, password, method, uri, algorithm=None, count=1):
    """The header line that answers a 401, by that algorithm or the first that it offers."""
    offered = challenges(unsigned)
    chosen = offered[0] if algorithm is None else next(one for one in offered if one.algorithm == algorithm)
    return authorization(chosen, user, password, method, uri, count)


def register(agent, number, password, user=None, algorithm=None):
    """The final answer to a REGISTER that is signed when it must be."""
    first = agent.register(number)
    if first.status != 401:
        return first
    line = answer(first, user or number, password, "REGISTER", agent.uri.format(user=number), algorithm)
    return agent.register(number, headers=line)
