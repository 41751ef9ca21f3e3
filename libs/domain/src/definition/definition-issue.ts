/** What is wrong with a definition, where, and how to mend it. Lines and columns count from 1. */
export interface DefinitionIssue {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  /** Field path as the author wrote it, for example `spec.threshold.warn`; empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
}

/** `policies/cpu.yaml:7:12 spec.hold: is not a duration ...` */
export function formatIssue(issue: DefinitionIssue): string {
  const place = `${issue.file === undefined ? 'line ' : `${issue.file}:`}${issue.line}:${issue.column}`;
  return issue.path === '' ? `${place} ${issue.message}` : `${place} ${issue.path}: ${issue.message}`;
}
