import { beforeEach, expect, it, vi } from 'vitest';
import type { Layout, SourceFacts } from './mixer/index.ts';
import { Stage } from './stage.ts';

class FakeTrack extends EventTarget {
  readyState = 'live';
  readonly kind = 'video';
  stop = () => undefined;
  getSettings = () => ({ width: 720, height: 1280, frameRate: 30 });
}

class FakeStream {
  readonly track = new FakeTrack();
  getTracks = () => [this.track];
  getVideoTracks = () => [this.track];
  getAudioTracks = () => [];
}

vi.mock('./mixer/index.ts', () => ({
  StageMixer: class {
    scene: { layout: Layout; main: string | null; sources: (SourceFacts & { id: string })[]; hasPicture: boolean } = { layout: 'full', main: null, sources: [], hasPicture: false };
    sizes: unknown[] = [];
    add = (id: string, _stream: unknown, facts: SourceFacts) => void this.scene.sources.push({ id, ...facts });
    remove = (id: string) => void (this.scene.sources = this.scene.sources.filter((one) => one.id !== id));
    resize = (size: unknown) => void this.sizes.push(size);
    setLayout = (layout: Layout, { main = this.scene.main }: { main?: string | null } = {}) => void Object.assign(this.scene, { layout, main });
  },
}));

beforeEach(() => {
  const mediaDevices = {
    getUserMedia: () => Promise.resolve(new FakeStream()),
    getDisplayMedia: () => Promise.resolve(new FakeStream()),
    enumerateDevices: () => Promise.resolve([]),
  };
  vi.stubGlobal('navigator', { mediaDevices });
});

async function opened(): Promise<Stage> {
  const stage = new Stage(() => undefined, () => ({ ground: '', plate: '', words: '', font: '' }));
  await stage.open();
  return stage;
}

it('puts a shared screen first, and brings the layout of before back', async () => {
  const stage = await opened();
  stage.mixer?.setLayout('grid', { main: 'ada' });
  await stage.capture.share();
  expect(stage.mixer?.scene).toMatchObject({ layout: 'picture-in-picture', main: 'screen' });
  stage.capture.unshare();
  expect(stage.mixer?.scene).toMatchObject({ layout: 'grid', main: 'ada' });
  expect(stage.mixer?.scene.sources.map(({ id }) => id)).toEqual(['host']);
});

it('takes the shape of the first picture, and then the host decides', async () => {
  const stage = await opened();
  expect([stage.shape, stage.size]).toEqual(['portrait', { width: 720, height: 1280 }]);
  stage.setShape('landscape');
  await stage.setQuality('480'); // opens the camera again, which is still upright
  expect([stage.shape, stage.size]).toEqual(['landscape', { width: 854, height: 480 }]);
});

it('mirrors the host alone, and nothing that viewers read', async () => {
  const stage = await opened();
  expect(stage.isMirrored).toBe(true);
  await stage.capture.share();
  expect(stage.isMirrored).toBe(false);
  stage.mixer?.setLayout('full', { main: 'host' });
  expect(stage.isMirrored).toBe(true);
});
