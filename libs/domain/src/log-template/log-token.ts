/** What stands in a template where lines differ. */
export const variableText = '<*>';

/**
 * - mark: punctuation, or the name of an error: never a value
 * - word: constant until many lines differ only here
 * - compound: a name made of parts (`org.apache.Main`, `eth0/rx`), or what follows `=`: likely a value
 * - mixed: letters and digits, its digits masked (`rdd_<*>`): very likely a value
 * - variable: a value by its shape (number, address, path, identifier)
 */
export type LogTokenKind = 'mark' | 'word' | 'compound' | 'mixed' | 'variable';

export interface LogToken {
  readonly text: string;
  readonly kind: LogTokenKind;
  /** A blank stood in front of it. */
  readonly spaced: boolean;
}
