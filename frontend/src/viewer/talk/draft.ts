/** What stays in the field once a message is sent: whatever was written while it was on its way. */
export function unsent(draft: string, sent: string): string {
  return draft.startsWith(sent) ? draft.slice(sent.length).trimStart() : draft;
}
