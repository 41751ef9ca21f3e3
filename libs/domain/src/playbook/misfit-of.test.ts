import type { PlaybookSpec, Target } from '@opsloop/contracts';
import { misfitOf } from './misfit-of.js';

const target = (facts: Partial<Target>): Target => ({ id: 't', name: 'web-1', address: {}, ...facts });
const spec = (wanted: PlaybookSpec['for']): PlaybookSpec => ({ for: wanted, inputs: {}, strategy: {}, steps: [] });

describe('misfitOf', () => {
  it.each([
    ['*', '1.24.0', true],
    ['1.24', '1.24.3', true],
    ['1.24', '1.2.4', false],
    ['>=1.20 <2', '1.24.0-r1', true],
    ['>= 1.20  < 2', '1.24.0', true],
    ['>= 1.20  < 2', '2.0', false],
    ['>=1.20 <2', '2.0', false],
    ['>=1.20 <2', '1.9', false],
    ['>1.24', '1.24.5', false],
    ['<=1.24', '1.24.5', true],
    ['=7', '7.9', true],
  ])('versions %s and %s', (versions, version, fits) => {
    expect(misfitOf(spec({ class: 'MW', versions }), target({ version })) === undefined).toBe(fits);
  });

  it('compares only what both sides say', () => {
    const nginx = spec({ class: 'MW', category: 'web', software: 'nginx', versions: '>=2' });
    expect(misfitOf(nginx, target({}))).toBeUndefined();
    expect(misfitOf(nginx, target({ software: 'NGINX' }))).toBeUndefined();
    expect(misfitOf(nginx, target({ software: 'tomcat' }))).toBe('is for software nginx, and web-1 is tomcat');
    expect(misfitOf(nginx, target({ version: '1.9' }))).toBe('is for versions >=2, and web-1 has 1.9');
  });
});
