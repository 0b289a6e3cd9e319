import { expect, it } from 'vitest';
import { FrameSource } from './frame-source.ts';

class FakeFrame {
  isClosed = false;
  close() {
    this.isClosed = true;
  }
}

it('closes the frame that is under way when its source goes, and lets the camera go with it', async () => {
  let isLetGo = false;
  let give: (frame: FakeFrame) => void = () => undefined;
  const readable = new ReadableStream<FakeFrame>({
    start: (controller) => void (give = (frame) => controller.enqueue(frame)),
    cancel: () => void (isLetGo = true),
  });
  const source = new FrameSource(() => undefined);
  source.feed(readable as unknown as ReadableStream<VideoFrame>);
  const frames = [new FakeFrame(), new FakeFrame()] as const;
  give(frames[0]);
  await expect.poll(() => source.take()).toBe(true);
  expect(frames[0].isClosed).toBe(false); // it is shown
  source.close();
  try {
    give(frames[1]);
  } catch {
    // A stream that is cancelled takes no frame, and nobody closes it.
  }
  await expect.poll(() => isLetGo).toBe(true);
  expect(frames.map(({ isClosed }) => isClosed)).toEqual([true, true]);
});
