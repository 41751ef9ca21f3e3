import type { PlaybookInput } from './playbook-shape.js';

const longest = 4_096;

/** What is wrong with a value for this input; undefined when nothing is. A `pattern` must match the whole text of the value. */
export function inputValueProblem(input: PlaybookInput, value: unknown): string | undefined {
  if (typeof value !== input.type) return `must be a ${input.type}, not ${Array.isArray(value) ? 'a list' : typeof value}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must be a finite number';
  const text = String(value);
  if (text.length > longest) return `is longer than ${longest} characters`;
  if (text.includes('\0')) return 'holds a null byte';
  if (input.enum && !input.enum.some((one) => one === value)) return `must be one of ${input.enum.join(', ')}`;
  if (input.pattern !== undefined && !wholePattern(input.pattern)?.test(text)) return `does not match the pattern ${input.pattern}`;
  return undefined;
}

/** The expression that a whole text must match; undefined when it is not a regular expression. */
export function wholePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    return undefined;
  }
}
