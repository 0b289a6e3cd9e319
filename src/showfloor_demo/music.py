"""The demo video's music: four warm chords, a bass, a plucked line and a room, made with NumPy.

It loops without a seam: notes and the room's echo that run over the end begin again at the start.
"""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
CHORD_S = 4.0
BEAT_S = 0.5
LOUDNESS = 0.13  # root mean square of full scale: quiet enough to talk over

type Sound = NDArray[np.float32]

# MIDI notes: the bass, then the chord from low to high
CHORDS = (
    (38, (57, 62, 66, 69, 73)),  # D major 7
    (35, (57, 61, 62, 66, 69)),  # B minor 9
    (43, (55, 59, 62, 66, 69)),  # G major 9
    (45, (57, 59, 64, 66, 73)),  # A 6/9
)
ARPEGGIO = (0, 2, 3, 4, 3, 2, 1, 3)  # of the chord's notes, one for each beat


def _pitch(note: float) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _add(track: Sound, at_s: float, sound: Sound) -> None:
    """Mix in at a time; what runs over the end begins again at the start."""
    start = int(at_s * RATE) % len(track)
    room = min(len(sound), len(track) - start)
    track[start : start + room] += sound[:room]
    track[: len(sound) - room] += sound[room:]


def _pad(note: int, detune: float, long_s: float) -> Sound:
    t = np.arange(int(long_s * RATE), dtype=np.float32) / RATE
    swell = np.minimum(t / 1.3, 1) * np.minimum((long_s - t) / 1.8, 1)
    base = _pitch(note + detune)
    sound = sum(np.sin(2 * np.pi * base * n * t + n) / n**2.1 for n in (1, 2, 3, 4))
    return np.asarray(sound * swell**1.5, np.float32)


def _bass(note: int) -> Sound:
    t = np.arange(int(3.8 * RATE), dtype=np.float32) / RATE
    shape = np.minimum(t / 0.03, 1) * np.exp(-t * 0.75)
    base = 2 * np.pi * _pitch(note) * t
    return np.asarray((np.sin(base) + 0.25 * np.sin(2 * base)) * shape, np.float32)


def _pluck(note: int, loud: float) -> Sound:
    t = np.arange(int(1.6 * RATE), dtype=np.float32) / RATE
    base = 2 * np.pi * _pitch(note) * t
    bell = np.sin(base + 1.3 * np.exp(-t * 9) * np.sin(3 * base))
    return np.asarray(loud * bell * np.minimum(t / 0.004, 1) * np.exp(-t * 3.4), np.float32)


def _in_a_room(track: Sound, seed: int) -> Sound:
    """With the echo of a soft room, wrapped round the loop by the circular transform."""
    t = np.arange(int(2.6 * RATE), dtype=np.float32) / RATE
    noise = np.random.default_rng(seed).normal(0, 1, len(t)) * np.exp(-t * 2.4)
    soft = np.convolve(noise, np.ones(9) / 9, mode="same")  # walls with curtains
    soft /= np.sqrt(np.sum(soft**2))
    wet = np.fft.irfft(np.fft.rfft(track) * np.fft.rfft(soft, len(track)), len(track))
    return np.asarray(track + 0.55 * wet, np.float32)


def compose(long_s: float) -> Sound:
    """Stereo samples, shape (n, 2), between -1 and 1."""
    size = round(long_s * RATE)
    left, right, middle = (np.zeros(size, np.float32) for _ in range(3))
    for n in range(round(long_s / CHORD_S)):
        root, notes = CHORDS[n % len(CHORDS)]
        at = n * CHORD_S
        for note in notes:
            _add(left, at, 0.16 * _pad(note, -0.05, CHORD_S + 1.8))
            _add(right, at, 0.16 * _pad(note, +0.05, CHORD_S + 1.8))
        _add(middle, at, 0.5 * _bass(root))
        for beat, step in enumerate(ARPEGGIO):
            if (n // 4) % 5 == 0 and beat % 2:  # the first round is sparse
                continue
            note = notes[step] + (12 if beat in (3, 7) and n % 2 else 0)
            side = left if beat % 2 else right
            _add(side, at + beat * BEAT_S, _pluck(note + 12, 0.17))
            _add(middle, at + beat * BEAT_S, _pluck(note + 12, 0.06))
    stereo = np.stack([_in_a_room(left + middle, 1), _in_a_room(right + middle, 2)], axis=1)
    stereo *= LOUDNESS / np.sqrt(np.mean(stereo**2))
    return np.asarray(np.tanh(stereo), np.float32)


def write(path: Path, long_s: float) -> None:
    """A 16-bit stereo WAV file, 48 kHz."""
    samples = (compose(long_s) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
