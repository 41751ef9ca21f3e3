import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultPoints, pointsOfOtherTests, planKills } from './fault-points.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stateful = 'libs/runtime/src/consumer/stateful-consumer.ts';

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sources(path);
    return entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name) ? [path] : [];
  });
}

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const allOf = (pattern: RegExp, text: string): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

/** As they stand in the code; those of stateful consumers once for each consumer, by its prefix or group. */
function pointsInCode(): string[] {
  const files = ['libs', 'services'].flatMap(sources);
  const literal = files.filter((path) => path !== stateful).flatMap((path) => allOf(/\breach\('([a-z-]+\.[a-z.-]+)'\)/gi, textOf(path)));
  const ofConsumers = allOf(/\breach\('([a-z-]+)'\)/g, textOf(stateful));
  const consumers = files.filter((path) => path !== stateful && /\bstatefulConsumer</.test(textOf(path)));
  const prefixes = consumers.map((path) => /\bfaultPrefix: '([a-z-]+)'/.exec(textOf(path))?.[1] ?? /\bgroup(?::| =) '([a-z-]+)'/.exec(textOf(path))?.[1] ?? `no group in ${path}`);
  return [...new Set([...literal, ...prefixes.flatMap((prefix) => ofConsumers.map((point) => `${prefix}.${point}`))])].toSorted();
}

it('every point of the code is killed at by the runs or by another test, and every named point is in the code', () => {
  expect([...Object.keys(faultPoints), ...Object.keys(pointsOfOtherTests)].toSorted()).toEqual(pointsInCode());
});

it.each(Object.entries(pointsOfOtherTests))('%s is killed at by %s', (point, path) => {
  expect(textOf(path)).toContain(point.slice(point.indexOf('.') + 1));
});

it('a plan goes round all points before it comes back to one, and is the same for the same seed', () => {
  const points = Object.keys(faultPoints).length;
  const plan = planKills(2 * points, 11);
  for (const round of [plan.slice(0, points), plan.slice(points)]) expect(new Set(round.map((one) => one.point)).size).toBe(points);
  for (const { point, passing } of plan) expect(passing).toBeLessThanOrEqual(faultPoints[point]!);
  expect(planKills(2 * points, 11)).toEqual(plan);
  expect(planKills(2 * points, 12)).not.toEqual(plan);
});
