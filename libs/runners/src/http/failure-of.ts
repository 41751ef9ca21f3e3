import type { StepOutcome } from '@opsloop/ports';

const reasons: Readonly<Record<string, NonNullable<StepOutcome['reason']>>> = {
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  ECONNREFUSED: 'connection-refused',
  ETIMEDOUT: 'connection-timeout',
  EHOSTUNREACH: 'connection-timeout',
  ENETUNREACH: 'connection-timeout',
};

/** What errors have in common, read by shape: an error of another realm is no instance of ours. */
interface ErrorLike {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  /** Several addresses were tried, each with a failure of its own. */
  readonly errors?: readonly unknown[];
}

/** What a request that got no answer means: unreachable with a typed reason, or failed where the connection broke later. */
export function failureOf(error: unknown): StepOutcome {
  const chain = chainOf(error);
  const detail = chain.map((one) => String(one.message ?? '')).filter((text) => text !== '').join(': ') || String(error);
  const reason = chain.map((one) => reasons[String(one.code)]).find((one) => one !== undefined);
  return reason ? { state: 'unreachable', reason, detail } : { state: 'failed', reason: 'other', detail };
}

function chainOf(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  for (let one: unknown = error; typeof one === 'object' && one !== null && chain.length < 10; ) {
    const like = one as ErrorLike;
    chain.push(like);
    one = like.cause ?? like.errors?.[0];
  }
  return chain;
}
