import { createChannels } from '@opsloop/channels';
import { openEngines } from '@opsloop/engines';
import { createRunners } from '@opsloop/runners';
import { openContext, readSettings, runUntilSignal } from '@opsloop/runtime';
import { createAllInOne } from './service.js';

const read = readSettings(process.env);
if ('problems' in read) {
  process.stderr.write(`opsloop cannot start:\n${read.problems.map((problem) => `  ${problem}\n`).join('')}`);
  process.exit(1);
}
try {
  const { settings } = read;
  const { context, engines } = await openContext('opsloop', settings, openEngines, false);
  const service = createAllInOne({ context, engines, channels: createChannels(settings), runners: createRunners(settings), announce: (lines) => process.stdout.write(`${lines.join('\n')}\n`) });
  await runUntilSignal(service, context.logger);
} catch (error) {
  process.stderr.write(`opsloop cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
