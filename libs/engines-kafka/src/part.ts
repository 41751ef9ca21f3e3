/** Everything that runs; the shape of runtime's Part, which engines may not import. */
export interface Part {
  readonly name: string;
  start(): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}
