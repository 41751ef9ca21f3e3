/** What a command has of the world around it. */
export interface CliHost {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array | string>;
  out(text: string): void;
  err(text: string): void;
}

/** What every command ends with: 0 nothing wrong, 1 differences or failed tests, 2 usage or error. */
export type ExitCode = 0 | 1 | 2;

/** A failure that the user can mend: its message is printed as it is, and the exit code is 2. */
export class CliError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CliError';
  }
}

export function line(text: string): string {
  return `${text}\n`;
}
