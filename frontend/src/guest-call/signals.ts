/** What host and guest say to each other at the stage's socket (`edge/stage/messages.py` checks it). */
export type Signal =
  | { readonly call: string; readonly kind: 'offer' | 'answer'; readonly sdp: string }
  | { readonly call: string; readonly kind: 'candidates'; readonly candidates: readonly RTCIceCandidateInit[] }
  | { readonly call: string; readonly kind: 'state'; readonly muted: boolean };

export type StageFrame =
  | { readonly type: 'welcome'; readonly guest: string | null }
  | { readonly type: 'guest'; readonly id: string; readonly page: string }
  | { readonly type: 'gone'; readonly id: string }
  | { readonly type: 'studio'; readonly here: boolean }
  | { readonly type: 'signal'; readonly from?: string; readonly body: Signal }
  | { readonly type: 'changed' }
  | { readonly type: 'pong' };

/** Somebody on stage, as the API tells it. */
export type GuestState = 'invited' | 'green-room' | 'on-stage' | 'left' | 'removed';
export type GuestRole = 'guest' | 'close-up';
