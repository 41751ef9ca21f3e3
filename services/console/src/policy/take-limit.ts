import { parseComparison } from '@opsloop/contracts/comparison';
import { readField, setField } from '../definition/set-field.js';

/** The text with another limit of a level. What recovers keeps its distance, as the suggestion was reckoned. */
export function takeLimit(text: string, level: string, limit: number): string {
  const path = ['spec', 'threshold'];
  const present = parseComparison(readField(text, 'Policy', [...path, level]) ?? '');
  if (!present) return text;
  const recover = parseComparison(readField(text, 'Policy', [...path, 'recover']) ?? '');
  const moved = setField(text, 'Policy', [...path, level], `${present.operator} ${limit}`);
  return recover ? setField(moved, 'Policy', [...path, 'recover'], `${recover.operator} ${Number((recover.value + limit - present.value).toPrecision(12))}`) : moved;
}
