import { EngineError } from '@opsloop/ports';
import type { z } from 'zod';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeEvent(event: object): Uint8Array {
  return encoder.encode(JSON.stringify(event));
}

/** Parses and checks; what does not fit can never succeed, so the error is not retryable. */
export function decodeEvent<T>(schema: z.ZodType<T>, value: Uint8Array): T {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(value));
  } catch (error) {
    throw new EngineError(`not JSON: ${String(error)}`, { retryable: false, cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new EngineError(`not a valid event: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}`, { retryable: false, cause: parsed.error });
}
