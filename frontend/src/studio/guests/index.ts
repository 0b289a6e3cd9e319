/** The studio's part for guests; it is loaded after the picture. */
import { textsReady } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.ts';
import { GuestDesk, type DeskOptions } from './guest-desk.ts';
import { t } from './texts.ts';

/** Makes the desk once its element can draw it. */
export async function openDesk(options: Omit<DeskOptions, 'arrived'>): Promise<GuestDesk> {
  await textsReady(); // elements draw when they are defined, so the language comes first
  await import('./guests-view.ts');
  return new GuestDesk({ ...options, arrived: (name) => toast(t('guest.arrived', { name })) });
}
