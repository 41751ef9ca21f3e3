import { assert, constantFrom, integer, property, string, tuple } from 'fast-check';
import { anyCharacter } from '@opsloop/testing';
import { parseDefinitions } from './parse-definitions.js';

const policy = `apiVersion: opsloop/v1
kind: Policy
metadata: { name: cpu-high, labels: { team: web } }
spec:
  metric: cpu.utilisation
  window: 1m
  target: { match: { host: [a, b] } }
  threshold: { info: "> 70", warn: "> 80", recover: "< 65" }
  hold: 2m
tests:
  - name: opens
    input: { series: "cpu.utilisation{host=a}", every: 10s, values: "50x6 90x18" }
    expect: [{ at: 3m, level: warn }]
`;
const options = { baseWindowMs: 10_000 };

/** Whatever is written: each document is a definition or has an error with a place, and nothing is thrown. */
function isAnswered(text: string): boolean {
  const { definitions, errors } = parseDefinitions(text, options);
  return definitions.length + errors.length > 0 && errors.every(({ line, column, message }) => line >= 1 && column >= 1 && message.length > 0);
}

describe('parseDefinitions', () => {
  it('answers any text', () => {
    expect(() => assert(property(string({ unit: anyCharacter, maxLength: 400 }), isAnswered), { numRuns: 500 })).not.toThrow();
  });

  it('answers a policy that was damaged anywhere', () => {
    const damage = constantFrom('', '{', '}', '[', ']', ':', ',', '"', "'", '&a ', '*a', '!x ', '- ', '\n', '\t', '---\n', '|', '0x1F', 'null', '~', '.inf', '<<: ');
    const edit = tuple(integer({ min: 0, max: policy.length }), integer({ min: 0, max: 12 }), damage);
    expect(() => assert(property(edit, edit, (first, second) => isAnswered(damaged(damaged(policy, first), second))), { numRuns: 2_000 })).not.toThrow();
  });
});

function damaged(text: string, [at, length, by]: readonly [number, number, string]): string {
  return text.slice(0, at) + by + text.slice(at + length);
}
