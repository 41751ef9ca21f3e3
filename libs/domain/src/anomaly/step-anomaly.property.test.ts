import fc from 'fast-check';
import { decodeAnomalyModel, encodeAnomalyModel } from './anomaly-codec.js';
import { createAnomalyModel } from './anomaly-model.js';
import { stepAnomaly } from './step-anomaly.js';

const values = fc.array(fc.oneof(fc.double({ noNaN: false }), fc.integer({ min: 0, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), { minLength: 1, maxLength: 400 });
const steps = fc.array(fc.integer({ min: 0, max: 200_000_000 }), { minLength: 1, maxLength: 20 });

function times(count: number, stepsMs: readonly number[]): number[] {
  let timeMs = Date.UTC(2026, 0, 1);
  return Array.from({ length: count }, (_, index) => (timeMs += stepsMs[index % stepsMs.length]!));
}

describe('stepAnomaly, for any values and distances in time', () => {
  it('answers finite scores in 0..1 and keeps numbers in its state', () => {
    fc.assert(fc.property(values, steps, (list, stepsMs) => {
      const model = createAnomalyModel();
      const at = times(list.length, stepsMs);
      for (const [index, value] of list.entries()) {
        const { score, margin } = stepAnomaly(model, at[index]!, value);
        expect(score >= 0 && score <= 1 && margin >= 0).toBe(true);
      }
      expect(model.numbers.some((number, index) => Number.isNaN(number) && index !== 3)).toBe(false);
      expect(model.bins.some(Number.isNaN)).toBe(false);
    }), { numRuns: 200 });
  });

  it('depends on nothing but its bytes: cut anywhere, scores are the same', () => {
    fc.assert(fc.property(values, steps, fc.nat(), (list, stepsMs, cut) => {
      const at = times(list.length, stepsMs);
      const whole = createAnomalyModel();
      let resumed = createAnomalyModel();
      for (const [index, value] of list.entries()) {
        if (index === cut % list.length) resumed = decodeAnomalyModel(encodeAnomalyModel(resumed));
        expect(stepAnomaly(resumed, at[index]!, value)).toEqual(stepAnomaly(whole, at[index]!, value));
      }
    }), { numRuns: 100 });
  });

  it('scores alike when all values are scaled or moved', () => {
    const plain = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 150, maxLength: 300 });
    fc.assert(fc.property(plain, fc.constantFrom(0.125, 2, 1024), (list, factor) => {
      const one = createAnomalyModel(), other = createAnomalyModel();
      for (const [index, value] of list.entries()) {
        const timeMs = Date.UTC(2026, 0, 1) + index * 300_000;
        expect(stepAnomaly(other, timeMs, value * factor).score).toBeCloseTo(stepAnomaly(one, timeMs, value).score, 4);
      }
    }), { numRuns: 50 });
  });
});
