/**
 * The latest key frame of a show's preview: the smallest rung's newest picture that stands alone, decoded by this
 * browser. The server only serves what players ask for anyway, and draws nothing.
 */

/** The last address of a multivariant playlist that has a picture, which is the smallest rung; null without one. */
export function smallestRung(playlist: string): string | null {
  const lines = playlist.split('\n').map((line) => line.trim());
  return lines.filter((line, n) => line !== '' && !line.startsWith('#') && lines[n - 1]?.includes('RESOLUTION=')).at(-1) ?? null;
}

/** The init segment and the newest part, or segment, that begins with a key frame. */
export function latestKeyFrame(playlist: string): { readonly init: string; readonly media: string } | null {
  let init: string | null = null;
  let media: string | null = null;
  for (const line of playlist.split('\n').map((one) => one.trim())) {
    if (line.startsWith('#EXT-X-MAP:')) init = uriOf(line);
    else if (line.startsWith('#EXT-X-PART:') && line.includes('INDEPENDENT=YES')) media = uriOf(line);
    else if (line !== '' && !line.startsWith('#')) media ??= line;
  }
  return init !== null && media !== null ? { init, media } : null;
}

function uriOf(line: string): string | null {
  return /URI="([^"]+)"/.exec(line)?.[1] ?? null;
}

export class LatestPicture {
  readonly #url: string;
  readonly #token: () => Promise<string>;
  #last = '';
  #init: { readonly url: string; readonly body: Blob } | null = null;

  /** `url`: the preview's multivariant playlist. */
  constructor(url: string, token: () => Promise<string>) {
    this.#url = url;
    this.#token = token;
  }

  /** Draws the latest picture; false when there is no newer one. Rejects when none can be had. */
  async draw(canvas: HTMLCanvasElement): Promise<boolean> {
    const rung = smallestRung(await this.#text(this.#url));
    if (rung === null) throw new Error('no rung');
    const rungUrl = new URL(rung, new URL(this.#url, location.href)).href;
    const found = latestKeyFrame(await this.#text(rungUrl));
    if (!found) throw new Error('no picture');
    if (found.media === this.#last) return false;
    const [init, media] = await Promise.all([this.#initOf(new URL(found.init, rungUrl).href), this.#blob(new URL(found.media, rungUrl).href)]);
    await drawFirst(new Blob([init, media], { type: 'video/mp4' }), canvas);
    this.#last = found.media;
    return true;
  }

  /** An address of an initialisation never changes its content, and previews are not cached. */
  async #initOf(url: string): Promise<Blob> {
    if (this.#init?.url !== url) this.#init = { url, body: await this.#blob(url) };
    return this.#init.body;
  }

  async #blob(url: string): Promise<Blob> {
    return (await this.#get(url)).blob();
  }

  async #text(url: string): Promise<string> {
    return (await this.#get(url)).text();
  }

  async #get(url: string): Promise<Response> {
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${await this.#token()}` }, signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(`status ${String(answer.status)}`);
    return answer;
  }
}

async function drawFirst(media: Blob, canvas: HTMLCanvasElement): Promise<void> {
  const video = document.createElement('video');
  const address = URL.createObjectURL(media);
  video.muted = true;
  video.playsInline = true;
  video.preload = 'auto';
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not decoded')), 5000);
      video.addEventListener('loadeddata', () => { clearTimeout(timer); resolve(); }, { once: true });
      video.addEventListener('error', () => { clearTimeout(timer); reject(new Error('not decoded')); }, { once: true });
      video.src = address;
    });
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d')?.drawImage(video, 0, 0);
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(address);
  }
}
