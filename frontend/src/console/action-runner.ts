/**
 * The console's actions: one at a time at each place of the screen, with the error shown there. An action that can be taken
 * back can be taken back for some seconds. No DOM.
 */
import { ApiError } from '../api/client.ts';
import type { Change } from './model.ts';
import { problemWords } from './problem.ts';
import { t } from './texts.ts';
import { UndoList, type UndoOffer } from './undo.ts';

export interface ActionHooks {
  /** Something has changed: draw that part again, or all. */
  readonly changed: (what?: Change) => void;
  /** Something was done; `undo` takes it back. */
  readonly done: (words: string, undo?: UndoOffer) => void;
  /** Program date time of the picture that the producer sees, or null without a preview. */
  readonly pictureAt: () => Date | null;
}

interface ActionError {
  readonly words: string;
  readonly field: string | undefined;
  /** The page that confirms the person's identity, where the server asks for that first. */
  readonly confirmUrl: string | undefined;
}

export class ActionRunner {
  readonly #hooks: ActionHooks;
  readonly #undos = new UndoList();
  readonly #busy = new Set<string>();
  readonly #errors = new Map<string, ActionError>();
  #undoable: Promise<boolean> = Promise.resolve(true);

  constructor(hooks: ActionHooks) {
    this.#hooks = hooks;
  }

  isBusy(place: string): boolean {
    return this.#busy.has(place);
  }

  errorAt(place: string): string | undefined {
    return this.#errors.get(place)?.words;
  }

  /** The field that the error there is about, as the server calls it. */
  wrongField(place: string): string | undefined {
    return this.#errors.get(place)?.field;
  }

  /** The page on which to say again who one is, when the server asks for that. */
  confirmUrlAt(place: string): string | undefined {
    return this.#errors.get(place)?.confirmUrl;
  }

  forget(place: string): void {
    if (this.#errors.delete(place)) this.#hooks.changed();
  }

  /** The part of a command that names the picture in front of the producer. */
  picture(): { picture_at?: string } {
    const picture = this.#hooks.pictureAt();
    return picture ? { picture_at: picture.toISOString() } : {};
  }

  /** The same as the end of an address. */
  pictureQuery(): string {
    const { picture_at: picture } = this.picture();
    return picture ? `?picture_at=${encodeURIComponent(picture)}` : '';
  }

  say(words: string): void {
    this.#hooks.done(words);
  }

  /** Runs a command at a place of the screen: a second press while it runs does nothing; its error is shown there. */
  async run(place: string, command: () => Promise<void>): Promise<boolean> {
    if (this.#busy.has(place)) return false;
    this.#busy.add(place);
    this.#errors.delete(place);
    this.#hooks.changed();
    const succeeded = await this.#attempt(place, command);
    this.#hooks.changed();
    return succeeded;
  }

  /** The same for work that no button shows, such as a poll: only an error that comes or goes is drawn. */
  async runInBackground(place: string, command: () => Promise<void>): Promise<boolean> {
    if (this.#busy.has(place)) return false;
    this.#busy.add(place);
    const before = this.errorAt(place);
    const succeeded = await this.#attempt(place, command);
    if (this.errorAt(place) !== before) this.#hooks.changed();
    return succeeded;
  }

  async #attempt(place: string, command: () => Promise<void>): Promise<boolean> {
    try {
      await command();
      this.#errors.delete(place);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { field, confirm_url: page } = error.problem;
      const confirmUrl = error.code === 'confirm-identity' && typeof page === 'string' ? page : undefined;
      this.#errors.set(place, { words: problemWords(error), field, confirmUrl });
      return false;
    } finally {
      this.#busy.delete(place);
    }
  }

  /** A command that offers to be taken back. */
  runUndoable(place: string, command: () => Promise<void>): Promise<boolean> {
    const running = this.run(place, command);
    this.#undoable = running;
    return running;
  }

  offer(words: string, undo: () => Promise<void>): void {
    this.#hooks.done(words, this.#undos.add(undo, Date.now()));
  }

  /**
   * Takes back that action, or the last one. False when there is nothing to take back.
   * The timeline may show an action before its answer is here: so the last one is waited for.
   */
  async undo(wanted?: UndoOffer): Promise<boolean> {
    await this.#undoable;
    const offer = this.#undos.take(Date.now(), wanted);
    if (!offer) return false;
    await this.run('undo', offer.undo);
    const error = this.errorAt('undo');
    if (error) this.#hooks.done(t('undo.failed', { why: error }));
    return !error;
  }
}
