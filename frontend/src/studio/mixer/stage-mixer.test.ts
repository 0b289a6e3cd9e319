import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PictureMix } from './picture-mix.ts';
import { NO_STATS, type Scene } from './scene.ts';
import { StageMixer } from './stage-mixer.ts';

const shown: Scene[] = [];
const fed: [string, unknown][] = [];
const heard: [string, unknown, boolean][] = [];
const pictures: (ImageBitmap | null)[] = [];

vi.mock('./worker-mix.ts', () => ({
  canMixInWorker: () => true,
  WorkerMix: class implements PictureMix {
    track = { kind: 'video' } as MediaStreamTrack;
    stats = NO_STATS;
    feed = (id: string, track: unknown) => void fed.push([id, track]);
    show = (scene: Scene) => void shown.push(scene);
    setPicture = (bitmap: ImageBitmap | null) => void pictures.push(bitmap);
    resize = () => undefined;
    close = () => undefined;
  },
}));
vi.mock('./sound-mix.ts', () => ({
  SoundMix: class {
    track = { kind: 'audio' };
    feed = (id: string, track: unknown, isRemote: boolean) => void heard.push([id, track, isRemote]);
    forget = () => undefined;
  },
}));

class FakeStream extends EventTarget {
  readonly tracks: readonly { kind: string; id: string }[];
  constructor(tracks: readonly { kind: string; id: string }[]) {
    super();
    this.tracks = tracks;
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }
}

function stream(id: string): MediaStream {
  return new FakeStream([{ kind: 'video', id }, { kind: 'audio', id }]) as unknown as MediaStream;
}

function mixer(): StageMixer {
  return new StageMixer({ width: 1280, height: 720 }, { ground: '', plate: '', words: '', font: '' });
}

const HOST = { name: 'Lea', kind: 'host' } as const;
const GUEST = { name: 'Ada', kind: 'guest' } as const;

beforeEach(() => {
  for (const list of [shown, fed, heard, pictures]) list.length = 0;
  vi.stubGlobal('MediaStream', FakeStream);
});

describe('the stage mixer', () => {
  it('plays a guest to the host, and never the host to herself', () => {
    const made = mixer();
    made.add('host', stream('camera'), HOST);
    made.add('ada', stream('ada'), GUEST);
    expect(heard.map(([id, , isRemote]) => [id, isRemote])).toEqual([['host', false], ['ada', true]]);
    expect(shown.at(-1)?.sources).toEqual([{ id: 'host', ...HOST }, { id: 'ada', ...GUEST }]);
  });

  it('takes the tracks that a stream gets later, and none of a stream that was replaced', () => {
    const made = mixer();
    const first = stream('first');
    made.add('host', first, HOST);
    made.add('host', stream('second'), HOST);
    fed.length = 0;
    first.dispatchEvent(new Event('addtrack'));
    expect(fed).toEqual([]);
    expect(made.scene.sources).toHaveLength(1);
  });

  it('puts the host first again when the main source leaves', () => {
    const made = mixer();
    made.add('host', stream('camera'), HOST);
    made.add('ada', stream('ada'), GUEST);
    made.setLayout('full', { main: 'ada' });
    made.setLayout('grid');
    expect([made.scene.layout, made.scene.main]).toEqual(['grid', 'ada']);
    made.remove('ada');
    expect([made.scene.main, made.scene.sources.map(({ id }) => id), fed.at(-1)]).toEqual([null, ['host'], ['ada', null]]);
  });

  it('holds six sources and refuses the seventh', () => {
    const made = mixer();
    for (let n = 0; n < 6; n += 1) made.add(String(n), stream(String(n)), GUEST);
    expect(() => made.add('6', stream('6'), GUEST)).toThrow('the stage holds 6 sources');
    expect(made.scene.sources).toHaveLength(6);
  });

  it('shows the picture that was asked for last, and keeps the stage when one does not load', async () => {
    const bitmaps = new Map(['/slow.jpg', '/fast.jpg'].map((url) => [url, { url, close: vi.fn() }]));
    let letSlow = (): void => undefined;
    vi.stubGlobal('fetch', async (url: string) => {
      if (url === '/slow.jpg') await new Promise<void>((resolve) => (letSlow = resolve));
      return { ok: url !== '/gone.jpg', status: 404, blob: () => Promise.resolve(url) };
    });
    vi.stubGlobal('createImageBitmap', (url: string) => Promise.resolve(bitmaps.get(url)));
    const made = mixer();
    const slow = made.showPicture('/slow.jpg');
    await made.showPicture('/fast.jpg');
    letSlow();
    await slow;
    expect(pictures).toEqual([bitmaps.get('/fast.jpg')]);
    expect(made.scene.hasPicture).toBe(true);
    expect(bitmaps.get('/slow.jpg')?.close).toHaveBeenCalledOnce();
    await made.showPicture(null);
    expect(made.scene.hasPicture).toBe(false);
    await expect(made.showPicture('/gone.jpg')).rejects.toThrow('404');
    expect([made.scene.hasPicture, made.pictureUrl]).toEqual([false, null]);
  });
});
