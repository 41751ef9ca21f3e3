/** Bytes that can never be read: an unknown version, a damaged or truncated message. Trying again cannot help. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}
