import type { MetricAnswer } from '@opsloop/contracts';
import { groupMetrics } from './catalogue-groups.js';

const metric = (name: string, ko: string, seen: boolean): MetricAnswer => ({ name, unit: '', kind: 'gauge', title: { en: name, ko }, dimensions: [], sources: [], targetKinds: [], seen });
const metrics = [metric('gpu.temp', 'GPU 온도', false), metric('cpu.idle', 'CPU 유휴', false), metric('cpu.utilisation', 'CPU 사용률', true), metric('loose', 'loose', true)];

test('what is measured comes first, in groups and within them', () => {
  const groups = groupMetrics(metrics, '', false, 'en');
  expect(groups.map((group) => [group.name, group.metrics.map((one) => one.name)])).toEqual([['', ['loose']], ['cpu', ['cpu.utilisation', 'cpu.idle']], ['gpu', ['gpu.temp']]]);
});

test('search finds names and titles in the language of the reader', () => {
  expect(groupMetrics(metrics, '사용률', false, 'ko').flatMap((group) => group.metrics.map((one) => one.name))).toEqual(['cpu.utilisation']);
  expect(groupMetrics(metrics, 'temp gpu', false, 'en')).toHaveLength(1);
  expect(groupMetrics(metrics, 'temp', true, 'en')).toHaveLength(0);
});
