/** The console's keys, in one table: what a key does and what the help says come from the same place. */
import { t } from './texts.ts';

export type Action =
  | { readonly name: 'product'; readonly index: number }
  | { readonly name: Exclude<KeyName, 'product'> };

export type KeyName =
  | 'product'
  | 'next'
  | 'previous'
  | 'select'
  | 'highlight'
  | 'takeDownAll'
  | 'cue'
  | 'moveUp'
  | 'moveDown'
  | 'filter'
  | 'undo'
  | 'chat'
  | 'messages'
  | 'questions'
  | 'polls'
  | 'points'
  | 'auctions'
  | 'deals'
  | 'review'
  | 'pauseSelling'
  | 'sound'
  | 'start'
  | 'end'
  | 'help';

/** The members of a KeyboardEvent that decide. */
export interface Press {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

const PLAIN: Readonly<Record<string, Exclude<KeyName, 'product'>>> = {
  j: 'next',
  k: 'previous',
  x: 'select',
  h: 'highlight',
  t: 'takeDownAll',
  n: 'cue',
  '/': 'filter',
  z: 'undo',
  c: 'chat',
  m: 'messages',
  q: 'questions',
  p: 'polls',
  g: 'points',
  u: 'auctions',
  d: 'deals',
  r: 'review',
  s: 'sound',
  '?': 'help',
};

const SHIFTED: Readonly<Record<string, Exclude<KeyName, 'product'>>> = { s: 'start', e: 'end', p: 'pauseSelling' };
const WITH_ALT: Readonly<Record<string, Exclude<KeyName, 'product'>>> = {
  arrowup: 'moveUp',
  arrowdown: 'moveDown',
};

/** The action of a key press, or null. `typing`: the focus is in a field, where letters are letters. */
export function actionOf(press: Press, typing: boolean): Action | null {
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) return !typing && key === 'z' ? { name: 'undo' } : null;
  if (typing) return null;
  if (!press.altKey && /^[1-9]$/.test(key)) return { name: 'product', index: Number(key) - 1 };
  const name = nameOf(press, key);
  return name ? { name } : null;
}

function nameOf(press: Press, key: string): Exclude<KeyName, 'product'> | undefined {
  if (press.altKey) return WITH_ALT[key];
  return press.shiftKey ? (SHIFTED[key] ?? punctuation(key)) : PLAIN[key];
}

/** `?` and `/` need Shift on many keyboards. */
function punctuation(key: string): Exclude<KeyName, 'product'> | undefined {
  return key === '?' || key === '/' ? PLAIN[key] : undefined;
}

export interface KeyHelp {
  readonly keys: readonly string[];
  readonly words: string;
}

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly KeyHelp[];
}

/** The help, in the order in which one learns it. */
export function keyHelp(): readonly KeyGroup[] {
  return [
    {
      title: t('keys.rundown'),
      keys: [
        { keys: ['1', '–', '9'], words: t('keys.product') },
        { keys: ['J', 'K'], words: t('keys.walk') },
        { keys: ['X'], words: t('keys.select') },
        { keys: ['H'], words: t('keys.highlight') },
        { keys: ['T'], words: t('keys.takeDownAll') },
        { keys: ['N'], words: t('keys.cue') },
        { keys: ['Alt', '↑', '↓'], words: t('keys.move') },
        { keys: ['/'], words: t('keys.filter') },
      ],
    },
    {
      title: t('keys.chatGroup'),
      keys: [
        { keys: ['C'], words: t('keys.chat') },
        { keys: ['M'], words: t('keys.messages') },
        { keys: ['Q'], words: t('keys.questions') },
        { keys: ['P'], words: t('keys.polls') },
        { keys: ['G'], words: t('keys.points') },
        { keys: ['U'], words: t('keys.auctions') },
        { keys: ['D'], words: t('keys.deals') },
        { keys: ['R'], words: t('keys.review') },
        { keys: ['↑', '↓'], words: t('keys.choose') },
        { keys: ['Delete'], words: t('keys.delete') },
        { keys: ['B'], words: t('keys.ban') },
        { keys: ['O'], words: t('keys.offer') },
        { keys: ['P', 'A', 'W', 'D'], words: t('keys.question') },
        { keys: ['Enter', 'A', 'D'], words: t('keys.reviewed') },
      ],
    },
    {
      title: t('keys.showGroup'),
      keys: [
        { keys: ['Z'], words: t('keys.undo') },
        { keys: ['S'], words: t('keys.sound') },
        { keys: ['Shift', 'P'], words: t('keys.pauseSelling') },
        { keys: ['Shift', 'S'], words: t('keys.start') },
        { keys: ['Shift', 'E'], words: t('keys.end') },
        { keys: ['?'], words: t('keys.help') },
      ],
    },
  ];
}
