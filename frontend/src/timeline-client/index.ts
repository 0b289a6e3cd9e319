/** Follows a show's timeline, without a DOM: used by the viewer page, the console and the tests. */
export { TimelineClient, type TimelineOptions } from './client.ts';
export { Connection, type ConnectionStatus, type Socket, type Surroundings } from './connection.ts';
export type { EntriesPage, Entry, RawEntry, ServerFrame, ShownProduct } from './entries.ts';
export {
  absorbHistory,
  applyEntries,
  docFromSnapshot,
  viewAt,
  type Highlight,
  type Message,
  type ShowDoc,
  type ViewState,
} from './show-state.ts';
