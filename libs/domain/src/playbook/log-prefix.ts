import { shortHash } from '../notice/identity-of.js';

/** What the ids of all pieces of an attempt's log begin with; `/` and the number of the piece, six digits, follow. `step` is its label (see `labelOf`). */
export function logPrefix(run: string, { target, job, step, attempt }: { readonly target: string; readonly job: number; readonly step: string; readonly attempt: number }): string {
  return `${run}/${job}/${shortHash(target)}/${step}/${attempt}`;
}
