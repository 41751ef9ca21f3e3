/** What is kept of log streams, so that no log makes a process grow without a limit, and when a change is worth telling. */

/** A bucket of counts closes when the arrival clock has passed its end by this. */
export const bucketGraceMs = 2_000;

/** Of one stream: a service on a resource. */
export const streamLimits = { maxTemplates: 300, maxKnownLines: 1_000 };
/** Beside as many as the miner knows, what is counted may keep so many that it has forgotten. */
export const spareTemplates = 30;
/** Streams of one partition: beyond it those go that were silent for longest. */
export const maxStreams = 1_000;
/** Templates of all of them together: beyond it the stream that has most forgets its oldest. */
export const maxTemplatesTogether = 10_000;
export const forgetStreamMs = 24 * 3_600_000;

/** A log without lines is counted as 0 for this long: alarms on its lines end, and its silence shows. */
export const countSilenceMs = 3_600_000;

/** A line that comes so late, or a pause of the arrival clock as long, says that senders may have more to tell of that time. */
export const behindMs = 30_000;
/** Silence is not counted as 0 until nothing has said so for this long: a 0 would make what comes after it too late. */
export const trustSilenceMs = 60_000;

/** Templates of one stream that have a series of their own; what is beyond is counted together. */
export const maxSeries = 200;
/** A series that was silent this long gives its place to another. */
export const seriesIdleMs = 3_600_000;
export const otherTemplates = '(other)';
/** Levels of one stream, as senders call them; what is beyond is told by its severity, or as `(other)`. They give their places as series do. */
export const maxLevels = 20;
export const maxLevelLength = 50;
export const otherLevels = '(other)';
export const maxTemplateLabel = 200;
export const maxExample = 500;

/** A stream is learnt from this long before anything of it counts as new or surging. */
export const learnMs = 600_000;
/** Of one stream: a log that changes all the time says little by each change. */
export const maxChangesAnHour = 20;
/** Share of the newest minute in what is usual: a memory of some ten minutes. */
export const newestShare = 0.1;
/** A surge is this many lines a minute at least, this many times the usual, and this many deviations above it. */
export const surgeLines = 10;
export const surgeTimes = 3;
export const surgeDeviations = 6;
