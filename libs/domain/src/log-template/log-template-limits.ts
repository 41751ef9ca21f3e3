/** What one miner may keep, so that no stream of lines makes it grow without a limit. */
export interface LogTemplateLimits {
  /** Templates; beyond it those that were not seen for longest go, a tenth at a time. */
  readonly maxTemplates: number;
  /** Masked lines whose template is known without looking. */
  readonly maxKnownLines: number;
}

export const defaultLogTemplateLimits: LogTemplateLimits = { maxTemplates: 2_000, maxKnownLines: 4_096 };

/** Of a line, in UTF-16 units, and of its tokens: what lies behind does not tell templates apart. */
export const maxLineLength = 4_096;
export const maxLineTokens = 256;
/** Of one token; a longer one is a value (a key, an encoded body). */
export const maxTokenLength = 128;

/** Words at one place that must have been seen, all else being equal, before it is a value. */
export const valuesOfWord = 5;
/** The same for a compound, or for what follows `=`. */
export const valuesOfCompound = 3;
/** The same where letters and digits are mixed. */
export const valuesOfMixed = 2;
/** A word is a value only in a line that has this many others. */
export const minOtherWords = 2;
