/** The completion of `@name` from the people who have just written. Pure. */
import type { Message } from '../../timeline-client/index.ts';

const CHOICES_MAX = 5;

export interface Typed {
  /** The position of the `@`. */
  from: number;
  /** The position of the caret. */
  to: number;
  beginning: string;
}

/** The name that is being typed at the caret; null when none is. */
export function typedMention(text: string, caret: number): Typed | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf('@');
  if (from < 0 || (from > 0 && !/\s/.test(before[from - 1] ?? ''))) return null;
  const beginning = before.slice(from + 1);
  return beginning.length > 30 || /[@\n]|\s{2}/.test(beginning) ? null : { from, to: caret, beginning };
}

/** The names with this beginning, the last writer's first; never the viewer's own. */
export function mentionChoices(messages: readonly Message[], beginning: string, ownId: string | null): string[] {
  const typed = beginning.toLocaleLowerCase();
  const names = new Map<string, string>();
  for (let place = messages.length - 1; place >= 0 && names.size < CHOICES_MAX; place -= 1) {
    const { id, name } = messages[place]?.author ?? { id: '', name: '' };
    if (id !== ownId && !names.has(id) && name.toLocaleLowerCase().startsWith(typed)) names.set(id, name);
  }
  const choices = [...new Set(names.values())];
  // It is there already, whole: nothing is left to complete.
  return choices.length === 1 && choices[0]?.toLocaleLowerCase() === typed ? [] : choices;
}

export function withMention(text: string, typed: Typed, name: string): { text: string; caret: number } {
  const before = `${text.slice(0, typed.from)}@${name} `;
  return { text: before + text.slice(typed.to).trimStart(), caret: before.length };
}

/** The text in pieces, with the names in it apart. */
export function mentionParts(text: string, names: readonly string[]): { text: string; isName: boolean }[] {
  const known = names.filter((name) => name !== '').sort((a, b) => b.length - a.length);
  const parts: { text: string; isName: boolean }[] = [];
  let rest = text;
  let plain = '';
  while (rest !== '') {
    const name = rest.startsWith('@') ? known.find((one) => rest.slice(1).toLocaleLowerCase().startsWith(one.toLocaleLowerCase())) : undefined;
    const length = name === undefined ? 1 : name.length + 1;
    if (name === undefined) {
      plain += rest[0] ?? '';
    } else {
      if (plain) parts.push({ text: plain, isName: false });
      plain = '';
      parts.push({ text: rest.slice(0, length), isName: true });
    }
    rest = rest.slice(length);
  }
  if (plain) parts.push({ text: plain, isName: false });
  return parts;
}
