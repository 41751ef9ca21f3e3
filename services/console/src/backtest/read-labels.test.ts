import { readLabels } from './read-labels.js';

test('a CSV with or without a heading, and JSON in both shapes', () => {
  const wanted = '2026-01-01 10:00:00/2026-01-01 11:00:00,1767264000000/1767267600000';
  expect(readLabels('from,to\n2026-01-01 10:00:00,2026-01-01 11:00:00\r\n\n1767264000000, 1767267600000\n')).toBe(wanted);
  expect(readLabels('[["2026-01-01 10:00:00", "2026-01-01 11:00:00"], [1767264000000, 1767267600000]]')).toBe(wanted);
  expect(readLabels('[{"from":"2026-01-01 10:00:00","to":"2026-01-01 11:00:00"},{"from":1767264000000,"to":1767267600000}]')).toBe(wanted);
  expect(readLabels('')).toBe('');
});

test('what is no time says where', () => {
  expect(readLabels('from,to\n2026-01-01,2026-01-02\nyesterday,2026-01-02')).toBe(3);
  expect(readLabels('2026-01-01')).toBe(1);
  expect(readLabels('[["2026-01-01", "2026-01-02"], {"from":"2026-01-01"}]')).toBe(2);
  expect(readLabels('[{')).toBe(1);
});
