import { createPacedCall } from './paced-call.js';

const paceMs = 200;

test('the first call works at once, those that follow soon become one, a pace later', async () => {
  const workedAtMs: number[] = [];
  const call = createPacedCall(paceMs, () => workedAtMs.push(performance.now()));
  call();
  expect(workedAtMs).toHaveLength(1);
  for (let i = 0; i < 10; i++) call();
  expect(workedAtMs).toHaveLength(1);
  while (workedAtMs.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(workedAtMs[1]! - workedAtMs[0]!).toBeGreaterThanOrEqual(paceMs - 2);
  await new Promise((resolve) => setTimeout(resolve, paceMs + 50));
  expect(workedAtMs).toHaveLength(2);
  call();
  expect(workedAtMs).toHaveLength(3);
});
