"""Tones: made for a phone to play, found again in what another phone recorded."""
import array
import math
import os
import wave

RATE = 8000
WINDOW = RATE // 5  # 0.2 s: fine enough to place a gap, long enough to tell 500 Hz from 1100 Hz
SHORT = RATE // 50
LOUD = 3000


def write(path, hertz, seconds=120):
    """A mono WAV of 16 bit at 8 kHz, as G.711 wants it. One second, repeated: whole periods for whole hertz."""
    second = array.array("h", (int(12000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(RATE)))
    with wave.open(path, "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        out.writeframes(second.tobytes() * seconds)


def samples(path):
    """All samples, also of a file that is still being written: its header has no length yet."""
    with open(path, "rb") as file:
        data = file.read()
    start = data.find(b"data", 12) + 8
    return array.array("h", data[start:start + (len(data) - start) // 2 * 2])


def amplitude(part, hertz):
    """Goertzel's algorithm: how loud one frequency is."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / RATE)
    before = last = 0.0
    for sample in part:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return 2 * math.sqrt(max(power, 0)) / max(len(part), 1)


def heard(path, hertz, start=0.0):
    """Seconds of the recording, from `start` on, in which the tone is loud; 0 if there is no recording."""
    if not path or not os.path.exists(path):
        return 0.0
    return heard_in(samples(path)[int(start * RATE):], hertz)


def heard_in(sound, hertz):
    """The same for samples."""
    windows = (sound[at:at + WINDOW] for at in range(0, len(sound) - WINDOW + 1, WINDOW))
    return sum(amplitude(window, hertz) > LOUD for window in windows) * WINDOW / RATE


def longest_silence(path, hertz, start=0.0):
    """Seconds of the longest stretch of the recording, from `start` on, without the tone; to 20 ms."""
    sound, longest, run = samples(path)[int(start * RATE):], 0, 0
    for at in range(0, len(sound) - SHORT + 1, SHORT):
        run = 0 if amplitude(sound[at:at + SHORT], hertz) > LOUD else run + 1
        longest = max(longest, run)
    return longest * SHORT / RATE


def length(path):
    """Seconds recorded so far."""
    return len(samples(path)) / RATE if path and os.path.exists(path) else 0.0
