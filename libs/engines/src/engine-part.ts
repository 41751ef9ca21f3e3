/** The shape of runtime's Part, which engines may not import. */
export interface EnginePart {
  readonly name: string;
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

/** An engine that answers, or tells why it does not. */
export interface Checked {
  check(): Promise<void>;
}

/** What engines say in the log of the process. */
export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Tells the log once when an engine fails, and once when it is back. */
export function tellTrouble(logger: EngineLog, failed: string, back: string): (error: Error | undefined) => void {
  return (error) => (error ? logger.error({ err: error }, failed) : logger.info({}, back));
}
