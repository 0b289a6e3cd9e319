/**
 * The player of one show's picture: it starts muted by itself, knows the moment that it shows, and recovers from faults of the network.
 *
 * The player owns its state and tells it; it never asks to be shown in a certain way. Elements call its verbs and draw
 * `state` when they are told.
 */
import { bufferedEnd, hasRunOut } from './buffered.ts';
import type { Engine, EngineFactory } from './engine.ts';
import { EngineChoice } from './engine-choice.ts';
import { bestEngine } from './engines.ts';
import { Frames } from './frames.ts';
import { RungLook } from './ladder.ts';
import { CATCH_UP_SPEED, CHECK_EVERY_MS, LIVE_WITHIN_S, MEDIA_BACK_WAIT_MS, MOVED_BACK_S } from './limits.ts';
import { Listeners } from './listeners.ts';
import { LiveKeeper } from './live-edge.ts';
import { FIRST_CHOICE } from './playback-choice.ts';
import { mediaAtPicture, pictureAtMedia, type Span } from './picture-time.ts';
import type { PlayerOptions, PlayerState, PlayerStatus } from './player-state.ts';
import { Retries } from './retries.ts';
import { CAUGHT_UP_S, LEAVING_S, LIVE_LATENCY_S, Rewind } from './rewind.ts';
import { SoundOnly, lineOf, soundUrl } from './sound-only.ts';
import { listenTo, prepare } from './video-events.ts';

export class Player {
  readonly video: HTMLVideoElement;
  readonly #now: () => number;
  readonly #engines: EngineChoice;
  readonly #listeners = new Listeners<[]>();
  readonly #pictureListeners = new Listeners<[pictureMs: number | null]>();
  readonly #stop = new AbortController();
  readonly #keeper: LiveKeeper;
  readonly #sound: SoundOnly | null;
  readonly #rewind: Rewind;
  readonly #frames: Frames;
  #engine: Engine | null = null;
  /** The newest loading: one that an older wait for the engine's code began is not gone on with. */
  #loading = {};
  #url = '';
  #isOfRecording = false;
  /** An earlier picture that was asked for at the live edge, until the playlist that has it is known. */
  #wantedPictureMs: number | null = null;
  /** The place to begin again after a fault; null for the live edge. */
  #startS: number | null = null;
  #status: PlayerStatus = 'idle';
  readonly #retries = new Retries();
  #checkTimer = 0;
  #backTimer = 0;
  readonly #rungLook = new RungLook();
  #isDry = false;
  #hasPicture = false;
  #isSoundOnly = false;
  #isPortrait = false;
  /** The viewer chose to watch an earlier picture. */
  #choseBehind = false;
  #wantsToPlay = true;
  #frameMediaS: number | null = null;
  #lastPositionS = -1;

  constructor(video: HTMLVideoElement, options: PlayerOptions = {}) {
    this.video = video;
    this.#now = options.now ?? (() => Date.now());
    this.#keeper = new LiveKeeper(options.catchUpSpeed ?? CATCH_UP_SPEED);
    const { isSoundOnly, isSaving } = options.choice ?? FIRST_CHOICE;
    this.#sound = options.maySoundOnly ? new SoundOnly(isSoundOnly) : null;
    this.#frames = new Frames(video);
    this.#rewind = new Rewind(options.showStartMs ?? (() => null));
    this.#engines = new EngineChoice(options.engine ?? bestEngine, options.edge ?? null, isSaving);
    prepare(video);
    this.#listen();
  }

  // --- state

  get state(): PlayerState {
    const { start, end } = this.#range;
    return {
      status: this.#status,
      isMuted: this.video.muted || this.video.volume === 0,
      volume: this.video.volume,
      isLive: this.#engine?.isLive ?? false,
      isDry: this.#isDry,
      hasPicture: this.#hasPicture,
      isSoundOnly: this.#isSoundOnly,
      isSoundChosen: this.#sound?.isChosen ?? false,
      isSaving: this.#engines.isSaving,
      positionS: this.video.currentTime,
      startS: start,
      endS: end,
      behindLiveS: this.behindLiveS,
      isBehind: this.behindLiveS > LIVE_WITHIN_S,
      isRewound: this.#rewind.isOn,
      speed: this.#rewind.speed,
      isPortrait: this.#isPortrait,
      qualities: this.#engine?.qualities ?? [],
      quality: this.#engine?.quality ?? -1,
      playingHeight: this.#engine?.playingHeight ?? null,
    };
  }

  /** The moment that the viewer sees, as program date time in ms; null until it is known. */
  get pictureTimeMs(): number | null {
    if (!this.#hasPicture) return null;
    const mediaS = this.video.paused || this.#frameMediaS === null || this.#isSoundOnly ? this.video.currentTime : this.#frameMediaS;
    return pictureAtMedia(this.#engine?.spans ?? [], mediaS);
  }

  /** How long ago the picture happened, by the server's clock. */
  get latencyS(): number | null {
    const picture = this.pictureTimeMs;
    return picture === null ? null : (this.#now() - picture) / 1000;
  }

  get decodedFrames(): number {
    return this.video.getVideoPlaybackQuality().totalVideoFrames;
  }

  get behindLiveS(): number {
    if (this.#rewind.isOn) return Math.max(0, (this.latencyS ?? 0) - LIVE_LATENCY_S); // its playlist tells the edge too late
    const now = this.#engine?.nowPositionS;
    return now === null || now === undefined ? 0 : Math.max(0, now - this.video.currentTime);
  }

  /** The picture comes from the live edge, not by HLS. */
  get isAtEdge(): boolean {
    return this.#engine?.keepsPace ?? false;
  }

  /** The place of a picture on the scrubber, in seconds; null when the playlist is not known. */
  mediaAt(pictureMs: number): number | null {
    return mediaAtPicture(this.#engine?.spans ?? [], pictureMs);
  }

  /** The stretches of pictures that the playlist has. */
  get spans(): readonly Span[] {
    return this.#engine?.spans ?? [];
  }

  /** It plays a whole show from its recording, not the window behind a live edge. */
  get isRecording(): boolean {
    return this.#isOfRecording && this.#engine?.isLive === false;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);
  /** Told with every frame that is shown, with its moment. */
  readonly onPicture = (listener: (pictureMs: number | null) => void): (() => void) => this.#pictureListeners.add(listener);

  // --- verbs

  /** `startS`: the place to begin in a recording; null begins at the live edge, or at the start of a recording. */
  load(url: string, startS: number | null = null): void {
    this.#url = url;
    this.#isOfRecording = startS !== null;
    this.#startS = startS;
    this.#rewind.end();
    this.#retries.reset();
    this.#setUp(startS);
  }

  play(): void {
    this.#wantsToPlay = true;
    void this.video.play().catch((error: unknown) => this.#refused(error));
  }

  pause(): void {
    this.#wantsToPlay = false;
    this.#choseBehind = true;
    this.video.pause();
  }

  setMuted(isMuted: boolean): void {
    this.video.muted = isMuted;
    if (!isMuted && this.video.volume === 0) this.video.volume = 1;
    if (!isMuted && this.#wantsToPlay) this.play();
  }

  seekTo(mediaS: number): void {
    const { start, end, windowS } = this.#range;
    const toS = Math.min(Math.max(mediaS, start), end);
    const askedS = this.isAtEdge ? mediaS : toS;
    const pictureMs = askedS < windowS ? pictureAtMedia(this.spans, askedS) : null;
    if (pictureMs !== null) return this.isAtEdge ? this.#leaveEdgeFor(pictureMs) : this.#rewindTo(pictureMs);
    this.video.currentTime = toS;
    this.#choseBehind = true;
    this.#tell();
  }

  /** False when this picture is not there any more. */
  seekToPicture(pictureMs: number): boolean {
    const mediaS = this.mediaAt(pictureMs);
    if (mediaS === null) return false;
    if (this.isAtEdge && pictureMs < (this.spans[0]?.pdtMs ?? 0)) {
      this.#leaveEdgeFor(pictureMs);
      return true;
    }
    if (this.#isLeft(pictureMs)) this.#rewindTo(pictureMs);
    else this.seekTo(mediaS);
    this.play();
    return true;
  }

  seekToLive(): void {
    this.#engines.comeBack();
    const isEdgeBack = !this.isAtEdge && this.#engine?.isLive && this.#engines.isEdgeWanted(performance.now() / 1000);
    if (this.#rewind.end() || isEdgeBack) {
      this.#wantsToPlay = true;
      this.#setUp((this.#startS = null));
      return;
    }
    const live = this.#engine?.livePositionS;
    if (live !== null && live !== undefined) this.video.currentTime = live;
    this.#choseBehind = false;
    this.play();
  }

  /** For a picture that is not live: once it has caught up with now, it is live again. */
  setSpeed(speed: number): void {
    this.#rewind.speed = speed;
    this.#choseBehind ||= speed !== 1;
    this.#tell();
  }

  setQuality(index: number): void {
    if (this.#engine) this.#engine.quality = index;
    this.#tell();
  }

  /** The sound without the picture, from the moment that is seen. */
  setSoundOnly(isSoundOnly: boolean): void {
    if (!this.#sound || this.#sound.isChosen === isSoundOnly) return;
    this.#sound.isChosen = isSoundOnly;
    if (this.#status === 'idle') return;
    if (this.#startS === null) this.#setUpAt(this.#choseBehind ? this.pictureTimeMs : null);
    else this.#setUp((this.#startS = this.video.currentTime));
  }

  setSaving(isSaving: boolean): void {
    this.#engines.isSaving = isSaving;
    if (isSaving && this.isAtEdge) return this.#setUp(null);
    if (this.#engine) this.#engine.isSaving = isSaving;
    this.#tell();
  }

  /** The encoder is back: go on without the viewer's doing, whatever state the outage left the player in. */
  resumeBroadcast(): void {
    if (this.#status === 'idle') return;
    this.lookForTracks();
    clearTimeout(this.#backTimer);
    const isEdgeBack = !this.isAtEdge && !this.#choseBehind && this.#engines.isEdgeWanted(performance.now() / 1000);
    if (this.#status === 'failed' || this.#status === 'loading' || isEdgeBack) return this.retry();
    if (!this.#isDry || this.#rewind.isOn) return; // the buffer lasts: hls.js finds the rest by itself
    this.#engine?.refresh();
    this.#backTimer = window.setTimeout(() => {
      if (this.#isDry) this.#setUp(null);
    }, MEDIA_BACK_WAIT_MS);
  }

  retry(): void {
    this.#retries.reset();
    this.#setUp(this.#startS);
  }

  /** The network is back, or the page is seen again: a try that failed is made again at once. */
  wake(): void {
    if (this.#status === 'failed' || (this.#status === 'loading' && this.#retries.isTrying)) this.retry();
  }

  destroy(): void {
    this.#stop.abort();
    this.#retries.cancel();
    clearTimeout(this.#backTimer);
    this.#rungLook.stop();
    clearInterval(this.#checkTimer);
    this.#frames.stop();
    this.#engine?.destroy();
    this.#engine = null;
    this.#loading = {};
  }

  // --- inside

  readonly #tell = (): void => this.#listeners.tell();

  /** The live edge has the last seconds alone: HLS shows what was before. */
  #leaveEdgeFor(pictureMs: number): void {
    this.#engines.leave();
    this.#setUpAt(pictureMs);
  }

  /** Load what is live, and go to a picture of its window. */
  #setUpAt(pictureMs: number | null): void {
    this.#setUp(null);
    this.#wantedPictureMs = pictureMs;
    this.#choseBehind = pictureMs !== null;
    this.#seekToWanted();
  }

  #seekToWanted(): void {
    const pictureMs = this.#wantedPictureMs;
    if (pictureMs === null || this.spans.length === 0 || this.video.seekable.length === 0) return;
    this.#wantedPictureMs = null;
    window.setTimeout(() => this.seekToPicture(pictureMs)); // not while the engine is at work, which this may end
  }

  /** `windowS`: the start of what the playlist has; a live show can be sought from its own start on. */
  get #range(): { start: number; end: number; windowS: number } {
    const { seekable } = this.video;
    if (seekable.length === 0) return { start: 0, end: 0, windowS: 0 };
    const windowS = this.spans[0]?.startS ?? seekable.start(0);
    const start = this.#engine?.isLive && !this.#isOfRecording ? this.#rewind.startS(this.spans, windowS) : windowS;
    return { start, end: seekable.end(seekable.length - 1), windowS };
  }

  /** The live window has this picture no longer, or not with this margin. */
  #isLeft(pictureMs: number, marginS = 0): boolean {
    return this.#engine?.isLive === true && !this.isAtEdge && !this.#isOfRecording && this.#rewind.isBefore(this.spans, pictureMs, marginS);
  }

  #rewindTo(pictureMs: number): void {
    this.#setUp((this.#startS = this.#rewind.begin(pictureMs)));
  }

  #correctRewind(): void {
    const placeS = this.#rewind.correction((pictureMs) => this.mediaAt(pictureMs), this.#startS);
    if (placeS !== null) this.#setUp((this.#startS = placeS));
  }

  /** A picture that is about to leave the live window goes on in the rewind (hls.js would jump to now); one that has caught up is live. */
  #keepPlace(): void {
    const pictureMs = this.#choseBehind ? this.pictureTimeMs : null;
    if (pictureMs !== null && this.#isLeft(pictureMs, LEAVING_S)) this.#rewindTo(pictureMs);
    else if (this.#engine?.isLive && this.#rewind.speed > 1 && (this.latencyS ?? CAUGHT_UP_S) < CAUGHT_UP_S) this.seekToLive();
  }

  #setUp(startS: number | null, how: { isSoundOnly?: boolean; lineBps?: number | null } = {}): void {
    const { isSoundOnly = this.#sound?.isChosen ?? false } = how;
    this.#retries.cancel();
    clearTimeout(this.#backTimer);
    this.#rungLook.stop();
    this.#engine?.destroy();
    this.#engine = null;
    this.#wantedPictureMs = null;
    this.#frameMediaS = null;
    this.#lastPositionS = -1; // the next playlist counts from elsewhere: nobody moves back
    if (this.#isSoundOnly && !isSoundOnly) this.#sound?.end(performance.now() / 1000);
    this.#isSoundOnly = isSoundOnly;
    this.#choseBehind = startS !== null; // in the seconds after its end a recording still looks live
    this.#setStatus('loading');
    const loading = (this.#loading = {});
    const begin = (create: EngineFactory) => {
      if (loading === this.#loading) this.#begin(create, startS, how.lineBps ?? null);
    };
    const { isEdge, known, load } = this.#engines.choose(startS === null && !isSoundOnly, performance.now() / 1000);
    if (known) return begin(known);
    load().then(begin, () => {
      if (loading !== this.#loading) return;
      if (isEdge) this.#fallBack('its code cannot be used');
      else this.#recover('its code cannot be fetched');
    });
  }

  /** The live edge is not to be had: the same picture by HLS, a second later. */
  #fallBack(reason: string): void {
    console.info(`showfloor: HLS in place of the live edge (${reason})`);
    this.#engines.failed(performance.now() / 1000);
    this.#setUp(null);
  }

  #begin(create: EngineFactory, startS: number | null, lineBps: number | null): void {
    const engine = create(this.video, {
      onChange: () => {
        this.#seekToWanted();
        if (this.#rewind.isOn) window.setTimeout(() => this.#correctRewind());
        this.#tell();
      },
      onBroadcast: () => {
        if (engine === this.#engine) this.lookForTracks();
      },
      onFatal: (reason) => {
        if (engine !== this.#engine) return;
        if (engine.keepsPace) this.#fallBack(reason);
        else this.#recover(reason);
      },
    });
    this.#engine = engine;
    engine.isSaving = this.#engines.isSaving;
    if (engine.keepsPace) this.#engines.began(performance.now() / 1000);
    const url = this.#rewind.url(this.#url);
    engine.load(this.#isSoundOnly ? soundUrl(url) : url, startS, lineBps);
    if (this.#wantsToPlay) this.play();
    else this.#setStatus('paused');
  }

  /** A telephone that saves its battery lets no picture begin by itself, not even without sound: it waits for a tap. */
  #refused(error: unknown): void {
    if ((error as { name?: string }).name !== 'NotAllowedError') return this.#tell();
    this.#wantsToPlay = false;
    this.#setStatus('paused');
  }

  /** The host may have come back with a larger picture, or captions have begun: a player learns of either by loading again. */
  lookForTracks(): void {
    const engine = this.#engine;
    if (!engine) return;
    const load = () => (engine.isLive && !this.#choseBehind ? this.#setUp(null) : undefined);
    this.#rungLook.begin(() => engine.hasOtherRungs(), load);
  }

  /** The engine has given up. The player goes on trying for some minutes: a playlist that is not there yet looks the same. */
  #recover(reason: string): void {
    if (this.#startS !== null && this.video.currentTime > 0) this.#startS = this.video.currentTime;
    const isTried = this.#retries.again(() => this.#setUp(this.#startS));
    if (!isTried) console.warn(`showfloor: the picture cannot be loaded (${reason})`);
    this.#setStatus(isTried ? 'loading' : 'failed');
  }

  #listen(): void {
    listenTo(this.video, this.#stop.signal, {
      onPlaying: () => {
        this.#hasPicture = true;
        this.#retries.reset();
        this.#setStatus('playing');
      },
      onPaused: () => this.#setStatus('paused'),
      onEnded: () => this.#setStatus('ended'),
      onChanged: this.#tell,
      onShape: (isPortrait) => (this.#isPortrait = isPortrait),
      onMoved: () => {
        const isCounted = this.#frames.isCounted && !this.video.paused;
        if (!isCounted || (this.#isSoundOnly && this.#status === 'playing')) this.#tellPicture(this.video.currentTime);
      },
      onSeeking: () => this.#seeking(),
    });
    this.#checkTimer = window.setInterval(() => this.#check(), CHECK_EVERY_MS);
    this.#frames.follow((mediaS) => {
      this.#hasPicture = true;
      this.#tellPicture(mediaS);
    });
  }

  /** Whoever moved the picture back (picture in picture has its own controls) wants to be there. */
  #seeking(): void {
    const fromS = this.#frameMediaS ?? this.#lastPositionS;
    this.#frameMediaS = null;
    if (this.video.currentTime >= fromS - MOVED_BACK_S) return;
    this.#choseBehind = true;
    const pictureMs = this.isAtEdge ? pictureAtMedia(this.spans, this.video.currentTime) : null;
    if (pictureMs !== null) this.#leaveEdgeFor(pictureMs);
  }

  #tellPicture(mediaS: number): void {
    this.#frameMediaS = mediaS;
    this.#pictureListeners.tell(this.pictureTimeMs);
  }

  /** Look at the buffer itself, to see that it has run out: `waiting` alone also fires for a moment of decoding. */
  #check(): void {
    const { currentTime } = this.video;
    const isMoving = currentTime !== this.#lastPositionS;
    this.#lastPositionS = currentTime;
    const wasDry = this.#isDry;
    this.#isDry = !isMoving && hasRunOut(this.video);
    if (this.#isDry && this.#status === 'playing') this.#setStatus('waiting');
    else if (isMoving && this.#status === 'waiting') this.#setStatus('playing');
    if (!wasDry && this.#isDry && this.#status === 'waiting') this.#keeper.stalled(performance.now() / 1000);
    this.#keepPlace();
    this.#easeOff();
    this.#turnToSound(!isMoving && !this.video.paused && !this.video.ended);
    this.#keepLive();
    this.#tell();
  }

  #easeOff(): void {
    if (this.#keeper.easesOff(this.#isDry, this.#engine?.isStarved ?? false, performance.now() / 1000)) this.#engine?.easeOff();
  }

  /** The smallest picture is still too much for the line: its sound alone, and the picture again when it may be back. */
  #turnToSound(isStill: boolean): void {
    const [sound, engine, nowS] = [this.#sound, this.#engine, performance.now() / 1000];
    if (!sound || sound.isChosen || !engine?.isLive || this.#choseBehind || this.#status === 'paused') return;
    const turn = sound.turn({ ...lineOf(engine), isStill }, this.#isSoundOnly, nowS);
    if (turn) this.#setUp(null, turn);
  }

  /** Keep a live picture at its distance. A viewer who chose to be behind, or watches a recording, is left alone. */
  #keepLive(): void {
    if (this.isAtEdge) return;
    const { currentTime } = this.video;
    const isKept = this.#engine?.isLive && !this.#choseBehind && this.#status === 'playing';
    const standing = { behindS: this.behindLiveS, aheadS: bufferedEnd(this.video) - currentTime };
    const { speed, jumpS } = isKept ? this.#keeper.move(standing, performance.now() / 1000) : { speed: this.#rewind.speed, jumpS: 0 };
    if (jumpS > 0) this.video.currentTime = currentTime + jumpS;
    if (this.video.playbackRate !== speed) this.video.playbackRate = speed;
  }

  #setStatus(status: PlayerStatus): void {
    this.#status = status;
    this.#tell();
  }
}
