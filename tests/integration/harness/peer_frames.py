"""Frames as the nodes of a pair exchange them, for what no node would send (daemon/link/frame.h)."""
import struct

GREETING_TYPE, GREETING = 0xFFFE, b"understudy-link 1"
HELLO, APPEND, ACK = 1, 4, 5
POLYNOMIAL = 0x82F63B78


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def frame(kind, payload):
    kind = struct.pack("<I", kind)
    return struct.pack("<II", len(payload), crc32c(payload + kind)) + kind + payload


def greeting():
    return frame(GREETING_TYPE, GREETING)
