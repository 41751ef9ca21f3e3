/** What one collector remembers of senders, so that nothing grows without a limit. */

/** Line keys (measurement and tags) of all senders, in each of two generations. */
export const maxLineKeys = 250_000;
/** Series and resources that were silent this long are forgotten, and no longer count towards the limits. */
export const forgetAfterMs = 3_600_000;
/** A batch is closed at the line with which it reaches one of these; the rest of the body makes further batches. */
export const maxBatchSamples = 16_384;
export const maxBatchNameBytes = 256 * 1024;
/** Sets of attributes of one resource that are kept side by side, so that their bytes stay the same. */
export const maxAttributeSets = 8;
