import { createHostReader } from './read-host.js';
import { toLineProtocol } from './to-line-protocol.js';

describe('host reader', () => {
  it('measures CPU, memory, disk and load of this machine within their bounds', async () => {
    const read = createHostReader();
    await new Promise((resolve) => setTimeout(resolve, 120));
    const points = await read();
    const total = points.find((point) => point.tags['cpu'] === 'cpu-total');
    const sum = Object.values(total!.fields).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(100, 6);
    expect(points.find((point) => point.measurement === 'mem')!.fields['used_percent']).toBeGreaterThan(0);
    expect(points.filter((point) => point.measurement === 'disk').every((point) => point.fields['used_percent']! <= 100)).toBe(true);
    expect(new Set(points.map((point) => point.measurement))).toEqual(new Set(['cpu', 'mem', 'system', 'disk', 'net']));
  });
});

describe('toLineProtocol', () => {
  it('escapes what the protocol gives a meaning, and leaves out what is empty or no number', () => {
    expect(toLineProtocol([{ measurement: 'di sk', tags: { path: '/a b,c=d', none: '' }, fields: { used: 1.5, bad: NaN } }], { host: 'h' }, 1000.4)).toBe('di\\ sk,host=h,path=/a\\ b\\,c\\=d used=1.5 1000\n');
  });
});
