/**
 * The mixing worker. A hidden page's own timers and drawing are slowed down; a worker's are not, and the frames
 * come and go without the page.
 */
import type { FromWorker, ToWorker } from './protocol.ts';
import { WorkerStage } from './worker-stage.ts';

const TICK_MS = 5;
const STATS_MS = 1000;
const page = self as unknown as { postMessage(words: FromWorker): void };

let stage: WorkerStage | null = null;

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.does === 'start') {
    const started = new WorkerStage(data);
    stage = started;
    setInterval(() => started.tick(), TICK_MS);
    setInterval(() => page.postMessage({ stats: started.count() }), STATS_MS);
  } else if (stage) tell(stage, data);
});

function tell(on: WorkerStage, data: Exclude<ToWorker, { does: 'start' }>): void {
  switch (data.does) {
    case 'feed':
      return on.feed(data.id, data.readable);
    case 'starve':
      return on.starve(data.id);
    case 'show':
      return on.show(data.scene);
    case 'picture':
      return on.setPicture(data.bitmap);
    case 'resize':
      return on.resize(data.size);
  }
}
