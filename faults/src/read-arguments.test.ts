import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { faultPoints } from './fault-points.js';
import { readArguments, usage } from './read-arguments.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

it('without options: 120 kills at every point of all-in-one', () => {
  expect(readArguments([])).toMatchObject({ cluster: false, kills: 120, seed: 1, hosts: 4, fresh: false, points: Object.keys(faultPoints), isPartial: false, faults: [] });
});

it('of a cluster: 80 kills at the points of its services, and every fault that its brokers allow', () => {
  const all = readArguments(['--cluster']);
  if (all === 'help') throw new Error('no help was asked for');
  expect(all).toMatchObject({ kills: 80, brokers: 3 });
  expect(all.points).toEqual(expect.arrayContaining(['trigger-groups.after-emit', 'api.any-moment']));
  expect(all.points).not.toContain('bus.before-commit');
  expect(all.faults).toHaveLength(9);
  expect(readArguments(['--cluster', '--brokers', '1'])).toMatchObject({ faults: expect.not.arrayContaining(['broker 1 of 3 killed']) });
  expect(readArguments(['--cluster', '--faults', ''])).toMatchObject({ faults: [] });
});

it('the command of a report repeats the run, but for --fresh', () => {
  expect(readArguments(['--cluster', '--fresh', '--kills', '0', '--faults', 'disk full, InfluxDB down'])).toMatchObject({ given: '--cluster --kills 0 --faults "disk full, InfluxDB down" --seed 1 --hosts 4', faults: ['disk full', 'InfluxDB down'] });
});

it.each([
  [['--kils', '3'], /'--kils'/],
  [['--kills', '3.5'], /--kills must be a whole number from 0 to 100000, not 3.5/],
  [['--hosts', '0'], /--hosts must be a whole number from 1/],
  [['--seed', 'x'], /--seed must be a whole number/],
  [['--points', 'trigger.nowhere'], /--points: "trigger.nowhere" is no point of all-in-one: they are listed in/],
  [['--cluster', '--points', 'bus.before-commit'], /"bus.before-commit" is no point of a service of the cluster/],
  [['--brokers', '3'], /--brokers needs --cluster/],
  [['--faults', 'disk full'], /--faults needs --cluster/],
  [['--cluster', '--brokers', '2'], /--brokers must be 1 or 3, not 2/],
  [['--cluster', '--brokers', '1', '--faults', 'broker 1 of 3 killed'], /no fault of a cluster with 1 broker: choose from frozen past/],
  [['surplus'], /surplus/],
])('%j is refused', (args, reason) => {
  expect(() => readArguments(args)).toThrow(reason);
});

it('--help prints the usage; a wrong option prints what is wrong and the usage, and nothing runs', async () => {
  const run = (args: string[]): Promise<{ stdout: string; stderr: string; code?: number }> => promisify(execFile)(process.execPath, [main, ...args]).catch((error: { stdout: string; stderr: string; code: number }) => error);
  expect((await run(['--help'])).stdout).toBe(`${usage}\n`);
  const wrong = await run(['--kils', '3']);
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(usage) });
  expect(wrong.stderr).toMatch(/^Unknown option '--kils'/);
});
