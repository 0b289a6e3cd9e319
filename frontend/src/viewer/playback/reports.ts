/**
 * Tells the server how the picture does: every half a minute, as CMCD in event mode, so that no address of media gets a
 * query that a cache would keep apart. Of a large audience a sample tells, and nobody whose browser asks not to be followed,
 * nor where the brand wants none.
 */
import { newKey } from '../../api/client.ts';
import { bufferedEnd } from '../../player/buffered.ts';
import { StallMeter, cmcdLine } from '../../player/cmcd.ts';
import type { ViewerApp } from '../app.ts';

const EVERY_MS = 30_000;
/** Of more viewers than this, about so many tell. */
const SAMPLE = 200;

export function startReports(app: ViewerApp): () => void {
  if (app.data.has_playback_reports === false) return () => undefined;
  if ((navigator as Navigator & { globalPrivacyControl?: boolean }).globalPrivacyControl) return () => undefined;
  const session = newKey();
  const [meter, luck] = [new StallMeter(), Math.random()];
  const stop = app.player.subscribe(() => {
    const { status, hasPicture } = app.player.state;
    meter.look(hasPicture && status === 'waiting', performance.now());
  });
  const timer = window.setInterval(() => {
    const stalledMs = meter.take(performance.now());
    if (document.visibilityState !== 'visible' || luck > SAMPLE / Math.max(1, app.view.count ?? 1)) return;
    void send(app, cmcdLine({ ...playbackOf(app), session }, stalledMs)).catch(() => undefined); // the next one tells
  }, EVERY_MS);
  return () => {
    stop();
    clearInterval(timer);
  };
}

function playbackOf({ player, data }: ViewerApp) {
  const { isLive, isBehind, isRewound, status } = player.state;
  const { video, latencyS } = player;
  const isFollowed = isLive && !isBehind && !isRewound && latencyS !== null;
  return {
    content: data.slug,
    nowMs: Date.now(),
    isLive,
    status,
    latencyMs: isFollowed ? latencyS * 1000 : null,
    bufferMs: Math.max(0, bufferedEnd(video) - video.currentTime) * 1000,
    dropped: video.getVideoPlaybackQuality().droppedVideoFrames,
  };
}

async function send({ api, data }: ViewerApp, body: string): Promise<void> {
  const token = data.open_to && data.open_to !== 'everyone' ? await api.freshToken() : null;
  await fetch(`${data.urls?.api ?? '/api/v1'}/shows/${data.slug}/playback`, {
    method: 'POST',
    body,
    keepalive: true,
    headers: { 'Content-Type': 'application/cmcd', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
  });
}
