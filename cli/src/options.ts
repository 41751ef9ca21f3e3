export type Output = 'table' | 'json';

/** What the commands that read definition files are given. */
export interface FileOptions {
  readonly file: readonly string[];
  readonly output: Output;
}
