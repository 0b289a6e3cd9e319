/** The dialogs around chat, questions and polls, and the request for one from any part of the console. */
import { POLL_FORM, pollPlace, questionPlace, type StaffPoll, type StaffQuestion, type PersonRef } from './talk.ts';

/** The dialogs that list something; `add`: products for the rundown. */
export type ListDialog = 'words' | 'people' | 'add' | 'audit';
export type Tool = 'announce' | 'rules' | ListDialog;

export type TalkDialog =
  | { readonly name: 'announce' | 'rules' }
  | { readonly name: ListDialog }
  | { readonly name: 'measure' | 'offer' | 'erase'; readonly whom: PersonRef }
  | { readonly name: 'answer' | 'remove'; readonly question: StaffQuestion }
  | { readonly name: 'poll'; readonly poll: StaffPoll | null }
  | { readonly name: 'openPoll'; readonly poll: StaffPoll };

/** Asks the console for a dialog; from inside a dialog: for another in its place. */
export function requestDialog(from: HTMLElement, dialog: TalkDialog): void {
  from.dispatchEvent(new CustomEvent<TalkDialog>('dialog-request', { detail: dialog, bubbles: true }));
}

/** The place that keeps a dialog's error; opening the dialog forgets it. */
export function placeOf(dialog: TalkDialog): string {
  switch (dialog.name) {
    case 'announce':
      return 'announcement';
    case 'answer':
    case 'remove':
      return questionPlace(dialog.question.question_id);
    case 'poll':
      return POLL_FORM;
    case 'openPoll':
      return pollPlace(dialog.poll.poll_id);
    default:
      return dialog.name;
  }
}
