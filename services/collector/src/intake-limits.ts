/** What one collector remembers of senders, so that nothing grows without a limit. */

/** Line keys (measurement and tags) of all senders, in each of two generations: some 150,000 usual ones. */
export const maxLineKeyBytes = 100 * 2 ** 20;
/** Series and resources that were silent this long are forgotten, and no longer count towards the limits. */
export const forgetAfterMs = 3_600_000;
/**
 * A batch is closed at the line with which it reaches one of these; the rest of the body makes further batches. Both
 * are counted by the body alone: sent again, to whichever collector, it makes the same batches, which count once.
 */
export const maxBatchSamples = 16_384;
export const maxBatchLineBytes = 2 ** 20;
/** Batches of one request that are collected at once; one more closes them all. */
export const maxOpenBatches = 1_000;
/** Sets of attributes of one resource that are kept side by side, so that their bytes stay the same; larger ones are not kept. */
export const maxAttributeSets = 4;
export const maxKeptAttributeLength = 1_024;
