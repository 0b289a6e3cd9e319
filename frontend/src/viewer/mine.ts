import { ApiError, type Api } from '../api/client.ts';
import type { Mine } from '../api/types.ts';

/** A person's own part in a show from before the page was opened; null where the server knows of none. */
export async function readMine(api: Api, slug: string): Promise<Mine | null> {
  try {
    return await api.request<Mine>(`/shows/${slug}/mine`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return null;
  }
}
