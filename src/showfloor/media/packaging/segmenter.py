"""The segmenter: it cuts the encoder's output into parts, all rungs at the same frames.

A segment is 2 s of frames and begins with an IDR picture in every rung. A part is
floor(0.334 s * frame rate) frames; a segment's last part has the remaining frames. Time is
counted in frames and audio samples from the broadcast's first picture; the milliseconds of a
packet only say which frame it is. Silence fills missing or late audio, so that every segment of
every rung has both tracks from end to end. Within a segment the sound may end a little before its
picture, because an encoder hands a moment's sound out later: the next part begins with the rest.
A picture that its source has left out is a hole, during which the one before stands, or the one
after it where the one before is in another part: decode times go on, so it takes no discontinuity
(RFC 8216bis, 4.4.4.3). A hole as long as a part, and one in an IDR's place, cannot be cut.
Pure: packets in, parts out.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from showfloor.media.formats.avc import AvcConfig
from showfloor.media.packaging.fmp4 import (
    AUDIO_FRAME,
    AUDIO_RATE,
    AUDIO_TRACK,
    VIDEO_TIMESCALE,
    VIDEO_TRACK,
    Sample,
    TrackRun,
    fragment,
    init_segment,
)
from showfloor.media.packets import AudioTrack, MediaPacket, VideoTrack
from showfloor.media.ports import AUDIO, Rung

SEGMENT_S: Final = 2
PART_TARGET_S: Final = Fraction(334, 1000)
AAC_RECORD: Final = bytes.fromhex("1190")  # AAC-LC, 48 kHz, stereo: what the encoder is told
SILENCE: Final = bytes.fromhex("210049900219002380")  # one such frame without sound
SILENT_FRAME_MAX: Final = 16  # bytes; the encoder fills holes with frames of about six
AUDIO_PATIENCE_S: Final = Fraction(150, 1000)  # how long a finished part waits for its audio
# A frame of AAC ends up to 21 ms behind its picture, and the encoder looks one frame ahead. Waiting
# for that would put 55 ms between a finished picture and its part.
SOUND_TRAILS: Final = 4 * AUDIO_FRAME  # samples; 85 ms
SKEW_MAX_S: Final = 10  # one pipe ahead of another by more: the encoder is broken
EARLY_AUDIO_MAX: Final = 500  # audio frames kept before the first picture, 10 s


class SegmenterError(Exception):
    """The encoder's output cannot be cut exactly: the encoder has to be restarted."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of all rungs. `start` and `duration`: s, exact, from the broadcast's first picture."""

    segment: int  # ordinal in the broadcast, from 0
    index: int  # in the segment, from 0
    start: Fraction
    duration: Fraction
    independent: bool
    ends_segment: bool
    payloads: tuple[bytes, ...]  # `moof` + `mdat`, in the order of the rungs


@dataclass(frozen=True, slots=True)
class RungInit:
    """The init segment of a rung, which a player needs before the first part."""

    codecs: str
    data: bytes


def frame_time(number: int, fps: int) -> int:
    """Return the start of a frame in the video timescale: exact at every full second and rounded
    between; the rounding never adds up."""
    return (2 * number * VIDEO_TIMESCALE + fps) // (2 * fps)


def part_end(start: int, fps: int) -> int:
    """Return the frame after the part that frame `start` is in the place of, or begins."""
    each, segment = int(PART_TARGET_S * fps), SEGMENT_S * fps
    into = start % segment
    return start - into + min(into - into % each + each, segment)


def can_be_left_out(first: int, after: int, fps: int) -> bool:
    """Return whether the frames from `first` until `after` may be missing: no key frame is among
    them, and each part keeps a frame."""
    if -(-first // (SEGMENT_S * fps)) * SEGMENT_S * fps < after:
        return False
    begins = first
    if part_end(first - 1, fps) != first:  # its part has the frame before
        begins = part_end(first, fps)
    return begins >= after or part_end(begins, fps) > after


class Segmenter:
    """The segmenter of one broadcast."""

    def __init__(self, rungs: Sequence[Rung], *, has_audio: bool) -> None:
        assert rungs
        assert rungs[0].fps.denominator == 1, "the ladder snaps frame rates to whole numbers"
        self._rungs = tuple(rungs)
        self._fps = rungs[0].fps.numerator
        self.frames_per_part = int(PART_TARGET_S * self._fps)
        self.frames_per_segment = SEGMENT_S * self._fps
        self._video = [_VideoPipe(rung, self._fps) for rung in self._rungs]
        self._audio = AudioPipe(has_audio=has_audio)
        self._cut = 0  # frames that are out
        self._seen = 0  # frames of parts whose pictures are complete
        self._complete_at: deque[float] = deque()  # when they were; bounded by SKEW_MAX_S
        self._sequence = 0

    @property
    def inits(self) -> tuple[RungInit, ...] | None:
        """Return one init segment for each rung; None until each rung has had a frame."""
        inits = tuple(pipe.init for pipe in self._video if pipe.init)
        return inits if len(inits) == len(self._rungs) else None

    def wait_for_sound(self, lag_s: Fraction) -> None:
        """Wait longer for sound: the source's sound comes that much later than its picture."""
        self._audio.patience_s = lag_s + AUDIO_PATIENCE_S

    def take_lost_sound(self) -> Fraction:
        """Return the length of the sound that came too late since the last call, s."""
        lost, self._audio.lost = self._audio.lost, 0
        return Fraction(lost, AUDIO_RATE)

    def feed(self, rung: int, packet: MediaPacket, now: float) -> list[Part]:
        """Take a packet of one pipe (`AUDIO` or a rung's index); return the parts that it
        completes. `now`: a monotonic clock, s."""
        match packet.track:
            case VideoTrack() as track if rung != AUDIO:
                pipe = self._video[rung]
                pipe.take(packet, track)
                if self._audio.origin_ms is None:
                    self._audio.start(pipe.origin_ms)
            case AudioTrack() if rung == AUDIO:
                self._audio.take(packet)
        return self._cut_ready(now)

    def flush(self) -> list[Part]:
        """Return the remaining frames as parts. If these waited for sound, they may be of more
        than one segment; the last segment is shorter."""
        parts: list[Part] = []
        end = min(pipe.count for pipe in self._video)
        while self._cut < end:
            part_end = min(self._part_end(self._cut), end)
            self._audio.fill(self._samples(part_end))
            parts.append(self._make(part_end, is_last=part_end == end))
        return parts

    def _part_end(self, start: int) -> int:
        """Return the frame after the part that starts at `start`."""
        return part_end(start, self._fps)

    def _samples(self, frame: int) -> int:
        """Return the count of audio samples up to the start of a frame."""
        return frame * AUDIO_RATE // self._fps

    def _cut_ready(self, now: float) -> list[Part]:
        parts = []
        counts = [pipe.count for pipe in self._video]
        ready = min(counts)
        if max(counts) - ready > SKEW_MAX_S * self._fps:
            raise SegmenterError("one rung has stopped while the others go on")
        while (end := self._part_end(self._seen)) <= ready:
            self._seen = end
            self._complete_at.append(now)
        while self._complete_at:
            end = self._part_end(self._cut)
            until = self._sound_wanted(end)
            if self._audio.end < until:
                if self._may_still_come(ready - end, now - self._complete_at[0]):
                    break
                self._audio.fill(until)
            self._complete_at.popleft()
            parts.append(self._make(end))
        return parts

    def _sound_wanted(self, end: int) -> int:
        """Return the count of audio samples that a part up to this frame does not go without."""
        is_last = end % self.frames_per_segment == 0
        return self._samples(end) - (0 if is_last else self._audio.trails)

    def _may_still_come(self, frames_ahead: int, waited_s: float) -> bool:
        """Return whether a part's sound may still come. Both the pictures ahead of it and the clock
        decide, because after a stall a whole second of one pipe is read before the other."""
        patience_s = self._audio.patience_s
        return frames_ahead < patience_s * self._fps or waited_s < patience_s

    def _make(self, end: int, *, is_last: bool = False) -> Part:
        start, self._cut = self._cut, end
        audio_time, audio = self._audio.cut(self._samples(end))
        self._sequence += 1
        payloads, independent = [], True
        for pipe in self._video:
            samples = pipe.cut(end - start)
            independent = independent and samples[0].is_sync
            video = TrackRun(VIDEO_TRACK, frame_time(start, self._fps), samples)
            sound = TrackRun(AUDIO_TRACK, audio_time, audio)
            payloads.append(fragment(self._sequence, (video, sound)))
        segment, into_segment = divmod(start, self.frames_per_segment)
        return Part(
            segment, into_segment // self.frames_per_part,
            Fraction(start, self._fps), Fraction(end - start, self._fps),
            independent, is_last or end % self.frames_per_segment == 0, tuple(payloads),
        )  # fmt: skip


class _VideoPipe:
    """The frames of one rung that are not cut yet."""

    def __init__(self, rung: Rung, fps: int) -> None:
        self.name = rung.name
        self.init: RungInit | None = None
        self.origin_ms = 0  # the first frame's time
        self.count = 0  # frames taken since the start
        self._rung = rung
        self._fps = fps
        self._waiting: list[Sample] = []

    def take(self, packet: MediaPacket, track: VideoTrack) -> None:
        if self.init is None:
            self.init = self._init_segment(track)
            self.origin_ms = packet.dts_ms
        frames_1000 = (packet.dts_ms - self.origin_ms) * self._fps  # thousandths, so it stays exact
        # Rounding to milliseconds moves a stamp by at most 0.06 of a frame at 60 frames/s.
        number = (frames_1000 + 499) // 1000  # the nearest
        if number > self.count and can_be_left_out(self.count, number, self._fps):
            while self.count < number:
                self._put(b"", is_key=False)
        if abs(frames_1000 - 1000 * self.count) > 500:
            frame = frames_1000 / 1000
            raise SegmenterError(f"{self.name}: frame {frame:.2f} came as {self.count}")
        # The check comes first: a frame that was taken can always be cut, also by `flush`.
        if self.count % (SEGMENT_S * self._fps) == 0 and not packet.is_key:
            raise SegmenterError(f"frame {self.count} of {self.name} should be a key frame")
        self._put(packet.data, is_key=packet.is_key)

    def _put(self, data: bytes, *, is_key: bool) -> None:
        """Take the next frame; one without data is a hole."""
        start = frame_time(self.count, self._fps)
        self.count += 1
        self._waiting.append(Sample(data, frame_time(self.count, self._fps) - start, is_key))

    def _init_segment(self, track: VideoTrack) -> RungInit:
        assert isinstance(track.config, AvcConfig), "rungs are H.264"
        data = init_segment(
            avc_record=track.config.record, width=self._rung.width, height=self._rung.height,
            aac_record=AAC_RECORD,
        )  # fmt: skip
        return RungInit(f"{track.config.codec_string},mp4a.40.2", data)

    def cut(self, count: int) -> list[Sample]:
        """Return the samples of so many frames; holes belong to the sample before, or after."""
        slots, self._waiting = self._waiting[:count], self._waiting[count:]
        samples: list[Sample] = []
        early = 0  # of a hole that no sample stands before
        for slot in slots:
            if slot.data:
                samples.append(slot._replace(duration=slot.duration + early) if early else slot)
                early = 0
            elif samples:
                samples[-1] = samples[-1]._replace(duration=samples[-1].duration + slot.duration)
            else:
                early += slot.duration
        return samples


class AudioPipe:
    """AAC frames that are not cut yet, on a grid without holes. Times in samples."""

    def __init__(self, *, has_audio: bool) -> None:
        self.origin_ms: int | None = None
        self.patience_s = AUDIO_PATIENCE_S if has_audio else Fraction(0)
        self.trails = SOUND_TRAILS if has_audio else 0  # samples
        self.end = 0  # where the next frame goes
        self.lost = 0  # samples that came too late; silence is not missed
        self._early: list[MediaPacket] = []
        self._waiting: list[Sample] = []
        self._started = False

    def start(self, origin_ms: int) -> None:
        """Begin the grid: the first picture is at `origin_ms` of the pipes' time."""
        self.origin_ms = origin_ms
        early, self._early = self._early, []
        for packet in early:
            self.take(packet)

    def take(self, packet: MediaPacket) -> None:
        if self.origin_ms is None:
            if len(self._early) >= EARLY_AUDIO_MAX:
                raise SegmenterError("the encoder gives sound but no picture")
            self._early.append(packet)
            return
        time = (packet.dts_ms - self.origin_ms) * AUDIO_RATE // 1000
        if time < -AUDIO_FRAME // 2:
            return  # before the first picture; the encoder's priming frame among them
        if not self._started:
            self._started = True
            if self.end == 0:  # else silence has fixed the grid: at most 11 ms off
                self.end = max(0, time) % AUDIO_FRAME
        off = time - self.end
        is_next = -AUDIO_FRAME // 2 <= off <= AUDIO_FRAME // 2  # nearly always
        slot = 0 if is_next else round(Fraction(off, AUDIO_FRAME))
        if slot < 0:
            if len(packet.data) > SILENT_FRAME_MAX:
                self.lost += AUDIO_FRAME
            return
        if slot > SKEW_MAX_S * AUDIO_RATE // AUDIO_FRAME:
            raise SegmenterError(f"the encoder's sound jumps by {slot} frames")
        self._waiting += [Sample(SILENCE, AUDIO_FRAME)] * slot
        self._waiting.append(Sample(packet.data, AUDIO_FRAME))
        self.end += (slot + 1) * AUDIO_FRAME

    def fill(self, until: int) -> None:
        """Add silence up to `until`."""
        missing = -(-(until - self.end) // AUDIO_FRAME)
        if missing > 0:
            self._waiting += [Sample(SILENCE, AUDIO_FRAME)] * missing
            self.end += missing * AUDIO_FRAME

    def cut(self, until: int) -> tuple[int, list[Sample]]:
        """Return the start of the first waiting frame, and the frames that start before `until`."""
        start = self.end - len(self._waiting) * AUDIO_FRAME
        count = max(0, min(len(self._waiting), -(-(until - start) // AUDIO_FRAME)))
        samples, self._waiting = self._waiting[:count], self._waiting[count:]
        return start, samples
