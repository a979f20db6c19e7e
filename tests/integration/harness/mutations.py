"""Messages that others wrote, or we, and what becomes of them when a few octets are turned."""
import glob
import os

from harness import programs

HURTS = (b"\0", b"\r\n", b"\xff\xfe", b"%", b":", b";;", b"<", b"99999999999999999999", b" " * 50, b"\r\n\r\n", b"Via: ",
         b"Content-Length: -1\r\n")
LONGEST = 60000


def corpus(*folders):
    """Every file of these folders of the SIP corpus that has anything in it; [] where that is not at hand."""
    roots = [root for root in map(programs.corpus, folders) if root]
    files = [path for root in roots for path in sorted(glob.glob(os.path.join(root, "**"), recursive=True))]
    loaded = []
    for path in filter(os.path.isfile, files):
        with open(path, "rb") as file:
            loaded.append(file.read())
    return [data for data in loaded if data]


def mutated(chance, data):
    """A few octets turned, doubled, taken away or replaced by what hurts."""
    data = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        data[at:at + chance.randrange(4)] = chance.choice((*HURTS, bytes([chance.randrange(256)])))
    return bytes(data[:LONGEST])
