/** The check of a draw, written a second time: `verify_draw.py` says the procedure, this file shares no code with it. */
import { fromHex, hmac, joined, sha256, toHex } from './sha256.ts';

export interface DrawRecord {
  version: number;
  draw_id: string;
  seals: readonly string[];
  entries: readonly { seq: number; at: string; kind: string; body: Record<string, unknown> }[];
}

export type Fault = 'version' | 'unfinished' | 'twice' | 'order' | 'list' | 'head' | 'seed' | 'round' | 'winners';

interface Opened {
  closes_at: string;
  commitment: string;
  round: number;
  winners: number;
  substitutes: number;
}

interface Closed {
  entries: number;
  root: string;
}

interface Drawn {
  seed: string;
  round: number;
  signature: string;
  winners: readonly number[];
  substitutes: readonly number[];
}

const TAG = 'showfloor-draw-1|';
const SPACE = 2 ** 48;
/** drand's quicknet: the first round, and one every three seconds. */
const [FIRST_ROUND_S, ROUND_S] = [1_692_803_367, 3];
const utf8 = new TextEncoder();

/** Everything that does not fit; nothing for a draw that holds. */
export function faultsOf(record: DrawRecord): Fault[] {
  if (record.version !== 1) return ['version'];
  const told = record.entries.filter((one) => one.body['giveaway_id'] === record.draw_id);
  const steps = ['opened', 'closed', 'drawn'].map((verb) => told.filter((one) => one.kind === `giveaway.${verb}`));
  const [opened, closed, drawn] = steps.map(([first]) => first);
  if (!opened || !closed || !drawn) return ['unfinished'];
  if (steps.some((found) => found.length > 1)) return ['twice'];
  const faults: Fault[] = [];
  const entered = told.filter((one) => one.kind === 'giveaway.entered');
  const seqs = [opened, ...entered, closed, drawn].map(({ seq }) => seq);
  if (seqs.some((seq, i) => i > 0 && seq <= (seqs[i - 1] ?? 0))) faults.push('order');
  const heads = headsOf(record.draw_id, record.seals);
  const list = closed.body as unknown as Closed;
  if (list.entries !== record.seals.length || list.root !== heads.at(-1)) faults.push('list');
  if (entered.some(({ body }) => heads[body['entries'] as number] !== body['head'])) faults.push('head');
  if (isKnownEarly(opened.body as unknown as Opened, entered.map(({ at }) => at))) faults.push('round');
  return [...faults, ...resultFaults(opened.body as unknown as Opened, list, drawn.body as unknown as Drawn)];
}

/** Whether the round was known while somebody could still enter. */
function isKnownEarly({ round, closes_at: closesAt }: Opened, entered: readonly string[]): boolean {
  const knownMs = (FIRST_ROUND_S + (round - 1) * ROUND_S) * 1000;
  return round > 0 && [closesAt, ...entered].some((moment) => !(Date.parse(moment) < knownMs));
}

function resultFaults(opened: Opened, closed: Closed, drawn: Drawn): Fault[] {
  const faults: Fault[] = [];
  const seed = fromHex(drawn.seed);
  if (toHex(sha256(seed)) !== opened.commitment) faults.push('seed');
  if (drawn.signature && drawn.round !== opened.round) faults.push('round');
  const beacon = drawn.signature ? sha256(fromHex(drawn.signature)) : new Uint8Array();
  const found = places(seed, fromHex(closed.root), beacon, closed.entries, opened.winners + opened.substitutes);
  const [winners, substitutes] = [found.slice(0, opened.winners), found.slice(opened.winners)];
  if (winners.join() !== drawn.winners.join() || substitutes.join() !== drawn.substitutes.join()) faults.push('winners');
  return faults;
}

/** The head of the chain before the first entry and after each. */
function headsOf(drawId: string, seals: readonly string[]): string[] {
  let head = sha256(utf8.encode(TAG + drawId));
  const heads = [toHex(head)];
  for (const seal of seals) {
    head = sha256(joined(head, fromHex(seal)));
    heads.push(toHex(head));
  }
  return heads;
}

/** Numbers of entries, from 1: winners, then substitutes. */
export function places(seed: Uint8Array, root: Uint8Array, beacon: Uint8Array, entries: number, wanted: number): number[] {
  const key = hmac(seed, joined(utf8.encode(`${TAG}winners|`), root, beacon));
  const moved = new Map<number, number>();
  const drawn: number[] = [];
  for (let rank = 0; rank < Math.min(wanted, entries); rank += 1) {
    const at = rank + below(key, rank, entries - rank);
    drawn.push((moved.get(at) ?? at) + 1);
    moved.set(at, moved.get(rank) ?? rank);
  }
  return drawn;
}

function below(key: Uint8Array, rank: number, limit: number): number {
  const fair = SPACE - (SPACE % limit);
  for (let attempt = 0; ; attempt += 1) {
    const message = new DataView(new ArrayBuffer(16));
    message.setUint32(4, rank);
    message.setUint32(12, attempt);
    let number = 0;
    for (const byte of hmac(key, new Uint8Array(message.buffer)).subarray(0, 6)) number = number * 256 + byte;
    if (number < fair) return number % limit;
  }
}
