import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/client.ts';
import type { SpokenCaption } from './cutter.ts';
import { recognitionOf, type Availability, type Recognition, type RecognitionClass } from './recogniser.ts';
import { CaptionSender } from './sender.ts';
import { Speech } from './speech.ts';

const TRACK = { readyState: 'live', kind: 'audio' } as MediaStreamTrack;

/** A recogniser of the browser, which hears what the test says. */
class FakeRecognition extends EventTarget implements Recognition {
  static found: Availability = 'available';
  static installs = true;
  static runs: FakeRecognition[] = [];
  lang = '';
  continuous = false;
  interimResults = false;
  processLocally = false;
  track: MediaStreamTrack | null = null;

  static available = () => Promise.resolve(this.found);
  static install = () => Promise.resolve(this.installs);

  constructor() {
    super();
    FakeRecognition.runs.push(this);
  }
  start(track: MediaStreamTrack): void {
    this.track = track;
  }
  abort(): void {
    this.end();
  }
  end(): void {
    this.dispatchEvent(new Event('end'));
  }
  fail(error: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { error }));
  }
  says(transcript: string, isFinal: boolean): void {
    const results = [Object.assign([{ transcript }], { isFinal })];
    this.dispatchEvent(Object.assign(new Event('result'), { resultIndex: 0, results }));
  }
}

function made(isLive = true) {
  FakeRecognition.found = 'available';
  FakeRecognition.installs = true;
  FakeRecognition.runs = [];
  const said: SpokenCaption[] = [];
  const speech = new Speech(FakeRecognition as unknown as RecognitionClass, {
    changed: () => undefined,
    say: (_language, captions) => said.push(...captions),
    nowMs: () => 10_000,
    delayMs: () => 100,
    isLive: () => isLive,
  });
  return { speech, said };
}

describe('captions by the browser', () => {
  it('takes only a recogniser that works on the device', () => {
    expect(recognitionOf({})).toBeNull();
    expect(recognitionOf({ SpeechRecognition: Event })).toBeNull(); // one that sends the voice elsewhere
    expect(recognitionOf({ SpeechRecognition: FakeRecognition })).toBe(FakeRecognition);
    expect(new Speech(null, made().speech as never).fault).toBe('no-browser');
  });

  it('says captions at the picture of their words', async () => {
    const { speech, said } = made();
    await speech.start('de-DE', TRACK);
    const [run] = FakeRecognition.runs;
    expect([speech.state, run?.lang, run?.processLocally, run?.continuous, run?.track]).toEqual(['listening', 'de-DE', true, true, TRACK]);
    run?.says('Nummer fünf', true);
    expect(said).toEqual([{ cueId: expect.stringMatching(/^[0-9a-f]{12}-0-0$/) as string, text: 'Nummer fünf', startsAtMs: 9800 }]);
    expect(speech.words).toBe('Nummer fünf');
  });

  it('listens before the show and says nothing', async () => {
    const { speech, said } = made(false);
    await speech.start('de-DE', TRACK);
    FakeRecognition.runs[0]?.says('Probe', true);
    expect([said, speech.words]).toEqual([[], 'Probe']);
    speech.stop();
    let nowMs = 10_000;
    let isLive = false;
    const live = new Speech(FakeRecognition as unknown as RecognitionClass, {
      changed: () => undefined,
      say: (_language, captions) => said.push(...captions),
      nowMs: () => nowMs,
      delayMs: () => 0,
      isLive: () => isLive,
    });
    await live.start('de-DE', TRACK);
    FakeRecognition.runs.at(-1)?.says('Guten', false);
    isLive = true;
    nowMs = 11_000;
    FakeRecognition.runs.at(-1)?.says('Guten Abend', true);
    expect(said.map(({ startsAtMs }) => startsAtMs)).toEqual([10_700]); // a picture of the show
  });

  it('fetches a language, and says where there is none', async () => {
    const { speech } = made();
    FakeRecognition.found = 'downloadable';
    await speech.start('de-DE', TRACK);
    expect(speech.state).toBe('listening');
    speech.stop();
    FakeRecognition.installs = false;
    await speech.start('de-DE', TRACK);
    expect([speech.state, speech.fault]).toEqual(['off', 'download']);
    FakeRecognition.found = 'unavailable';
    await speech.start('tlh', TRACK);
    expect(speech.fault).toBe('no-language');
    FakeRecognition.found = 'available';
    await speech.start('de-DE', null);
    expect(speech.fault).toBe('no-sound');
  });

  it('begins anew when the recogniser ends, with the microphone of now, and not for ever', async () => {
    const { speech } = made();
    await speech.start('de-DE', TRACK);
    const other = { ...TRACK, readyState: 'live' } as MediaStreamTrack;
    speech.use(other);
    expect(FakeRecognition.runs.map(({ track }) => track)).toEqual([TRACK, other]);
    FakeRecognition.runs[0]?.end(); // of a run that is over
    expect(FakeRecognition.runs).toHaveLength(2);
    for (let n = 0; n < 6; n += 1) FakeRecognition.runs.at(-1)?.end();
    expect([speech.state, speech.fault]).toEqual(['off', 'broken']);
  });

  it('ends with an error, and not with a silence', async () => {
    const { speech } = made();
    await speech.start('de-DE', TRACK);
    FakeRecognition.runs[0]?.fail('no-speech');
    expect(speech.state).toBe('listening');
    FakeRecognition.runs[0]?.fail('language-not-supported');
    expect([speech.state, speech.fault]).toEqual(['off', 'no-language']);
    await speech.start('de-DE', TRACK);
    speech.stop();
    expect([speech.state, speech.fault, FakeRecognition.runs.length]).toEqual(['off', '', 2]);
  });
});

describe('the sending of captions', () => {
  const caption = (n: number, text = 'x'): SpokenCaption => ({ cueId: String(n), text, startsAtMs: 0 });

  it('sends each caption once more after a failure, with its newest words', async () => {
    const bodies: string[][] = [];
    let isDown = true;
    const request = (_path: string, options?: { body?: unknown }) => {
      const { captions } = options?.body as { captions: { text: string }[] };
      bodies.push(captions.map(({ text }) => text));
      if (isDown) return Promise.reject(new ApiError({ status: 0, code: 'network', detail: '' }));
      return Promise.resolve([] as never);
    };
    const sender = new CaptionSender({ request }, 'balm', () => undefined, () => {
      isDown = false;
      sender.send('de', [caption(1, 'y')]);
      return Promise.resolve();
    });
    sender.send('de', [caption(1), caption(2)]);
    await expect.poll(() => sender.said).toBe(2);
    expect(bodies).toEqual([['x', 'x'], ['x', 'y']]);
    expect([sender.lost, sender.problem]).toEqual([0, '']);
  });

  it('keeps captions in the language in which they were said, also those that wait', async () => {
    const sent: string[] = [];
    let isDown = true;
    const request = (_path: string, { body }: { body: { language: string; captions: readonly { text: string }[] } }) => {
      if (isDown) return Promise.reject(new ApiError({ status: 503, code: 'x', detail: '' }));
      sent.push(`${body.language} ${body.captions.map(({ text }) => text).join(',')}`);
      return Promise.resolve(undefined);
    };
    const sender = new CaptionSender({ request: request as never }, 'balm', () => undefined, () => {
      isDown = false;
      return Promise.resolve();
    });
    sender.send('de', [caption(1, 'eins')]);
    sender.send('en', [caption(2, 'two')]);
    await expect.poll(() => sender.said).toBe(2);
    expect(sent).toEqual(['de eins', 'en two']);
  });

  it('loses the oldest when too many wait, and what the server refuses', async () => {
    const refuse = () => Promise.reject(new ApiError({ status: 409, code: 'x', detail: 'Full.' }));
    const sender = new CaptionSender({ request: refuse }, 'balm', () => undefined);
    sender.send('de', Array.from({ length: 60 }, (_none, n) => caption(n)));
    await expect.poll(() => sender.lost).toBe(60);
    expect([sender.said, sender.problem]).toEqual([0, 'Full.']);
  });
});
