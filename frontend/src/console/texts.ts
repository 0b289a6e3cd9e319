/** The console's own texts: viewers never load them. */
import { translator } from '../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type ConsoleText = keyof typeof english;

export const t = translator<ConsoleText>(english, { de: () => import('./de.json') });

/** The name of a staff role; empty for guests and members. */
export function roleWords(role: string | null | undefined): string {
  switch (role) {
    case 'owner':
      return t('role.owner');
    case 'producer':
      return t('role.producer');
    case 'clerk':
      return t('role.clerk');
    case 'moderator':
      return t('role.moderator');
    case 'host':
      return t('role.host');
    default:
      return '';
  }
}
