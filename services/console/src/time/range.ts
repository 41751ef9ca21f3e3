import { parseDurationMs } from '@opsloop/contracts/duration-text';

/** What a chart shows: the last so and so long (`1h`), or from one time to another (`<ms>-<ms>`). It is written like this in addresses. */
export type Range = { readonly kind: 'last'; readonly text: string; readonly lengthMs: number } | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number };

export const rangePresets = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;

const leastLengthMs = 10_000;

export function parseRange(text: string | undefined, otherwise: (typeof rangePresets)[number] = '1h'): Range {
  const fixed = /^(\d{12,14})-(\d{12,14})$/.exec(text ?? '');
  if (fixed) {
    const [fromMs, toMs] = [Number(fixed[1]), Number(fixed[2])];
    if (toMs - fromMs >= leastLengthMs) return { kind: 'fixed', fromMs, toMs };
  }
  const lengthMs = parseDurationMs(text ?? '');
  if (text !== undefined && lengthMs !== undefined && lengthMs >= leastLengthMs) return { kind: 'last', text, lengthMs };
  return { kind: 'last', text: otherwise, lengthMs: parseDurationMs(otherwise)! };
}

export function formatRange(range: Range): string {
  return range.kind === 'last' ? range.text : `${Math.round(range.fromMs)}-${Math.round(range.toMs)}`;
}

export function rangeAt(range: Range, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  return range.kind === 'last' ? { fromMs: nowMs - range.lengthMs, toMs: nowMs } : { fromMs: range.fromMs, toMs: range.toMs };
}
