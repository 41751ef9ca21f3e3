// Free of zod, so that the page can import it: @opsloop/contracts/comparison.
const comparisonPattern = /^\s*(>=|<=|>|<|==|!=)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/;

export interface Comparison {
  readonly operator: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly value: number;
}

/** Reads `> 95`; undefined when it is not a comparison. */
export function parseComparison(text: string): Comparison | undefined {
  const match = comparisonPattern.exec(text);
  return match ? { operator: match[1] as Comparison['operator'], value: Number(match[2]) } : undefined;
}
