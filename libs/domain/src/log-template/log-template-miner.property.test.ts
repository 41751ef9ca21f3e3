import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyCharacter } from '@opsloop/testing';
import { finalTemplate, LogTemplateMiner, templateText } from './log-template-miner.js';

const word = fc.constantFrom('open', 'close', 'user', 'kim', 'lee', 'failed', 'eth0', 'a.b.c', 'x.y', 'status', 'done', 'GET');
const value = fc.oneof(fc.nat().map(String), fc.ipV4(), fc.uuid(), fc.constantFrom('null', 'true', 'rdd_4_2', '/var/log/x', '12ms', '0x7f'));
const mark = fc.constantFrom('=', ': ', ', ', ' (', ') ', ' [', '] ', ' "', '" ', ' ', '...', "'");
const likely = fc.array(fc.oneof(word, value, mark, fc.constant(' ')), { maxLength: 14 }).map((parts) => parts.join(''));
const line = fc.oneof({ weight: 6, arbitrary: likely }, { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 60 }) });
const limits = { maxTemplates: 20, maxKnownLines: 16 };

describe('LogTemplateMiner', () => {
  it('goes on from its state as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 120 }), fc.array(line, { maxLength: 120 }), (before, after) => {
        const one = new LogTemplateMiner(limits);
        for (const text of before) one.add(text);
        const other = LogTemplateMiner.from(JSON.parse(JSON.stringify(one.state())), limits);
        const read = (miner: LogTemplateMiner) => after.map((text) => miner.add(text)).map((template) => `${finalTemplate(template).id} ${templateText(finalTemplate(template))}`);
        expect(read(other)).toEqual(read(one));
        expect(other.state()).toEqual(one.state());
      }),
      { numRuns: 100 },
    );
  });

  it('never keeps more than its limits, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 100, maxLength: 300 }), (lines) => {
        const miner = new LogTemplateMiner(limits);
        for (const text of lines) {
          miner.add(text);
          if (miner.templateCount > limits.maxTemplates) throw new Error(`${miner.templateCount} templates`);
        }
        const state = miner.state();
        expect(state.known.length).toBeLessThanOrEqual(limits.maxKnownLines);
        expect(state.families.reduce((sum, family) => sum + family.templates.length, 0)).toBe(miner.templateCount);
        expect(state.families.every((family) => family.templates.length > 0)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same line the same template', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 100 }), (lines) => {
        const miner = new LogTemplateMiner();
        const first = lines.map((text) => miner.add(text));
        const second = lines.map((text) => miner.add(text));
        expect(second.map((template) => finalTemplate(template).id)).toEqual(first.map((template) => finalTemplate(template).id));
      }),
    );
  });

  it('bounds a state by its limits, also under long and random lines', () => {
    const miner = new LogTemplateMiner(limits);
    for (let i = 0; i < 200; i++) miner.add(Array.from({ length: 2_000 }, (_, at) => String.fromCharCode(97 + ((i * 31 + at * at * 7) % 26), 97 + ((i + at) % 26))).join(' '));
    expect(JSON.stringify(miner.state()).length).toBeLessThan(limits.maxTemplates * 20_000);
  });
});
