/** The opsloop command: reads the arguments, runs one command, answers its exit code. Read this file first. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError, line, type CliHost, type ExitCode } from './cli-host.js';
import { applyCommand } from './command/apply.js';
import { backtestCommand, type BacktestOptions } from './command/backtest.js';
import { listDeadLetters, retryDeadLetters } from './command/dead-letters.js';
import { deleteCommand } from './command/delete.js';
import { detectCommand, type DetectOptions } from './command/detect.js';
import { diffCommand } from './command/diff.js';
import { exportCommand } from './command/export.js';
import { forecastCommand, type ForecastOptions } from './command/forecast.js';
import { planCommand } from './command/plan.js';
import { replayCommand, type ReplayOptions } from './command/replay.js';
import { simulateIncident } from './command/simulate-incident.js';
import { templatesCommand, type TemplatesOptions } from './command/templates.js';
import { testCommand } from './command/test-policies.js';
import type { FileOptions, Output } from './options.js';

export async function runCli(host: CliHost): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const run = (command: Promise<ExitCode>): Promise<void> => command.then((code) => void (exitCode = code));
  const program = createProgram(host, run);
  try {
    await program.parseAsync([...host.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    host.err(line(error instanceof CliError ? `opsloop: ${error.message}` : `opsloop: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
    return 2;
  }
}

function createProgram(host: CliHost, run: (command: Promise<ExitCode>) => Promise<void>): Command {
  const program = new Command('opsloop')
    .description('Watches many clouds, decides what is wrong, acts on it, and proves that the action worked.')
    .version(version(), '--version', 'prints the version')
    .addHelpText('after', '\nServer: OPSLOOP_URL and OPSLOOP_TOKEN; on the same machine both are found in the data folder (OPSLOOP_DATA_DIR, default ./data).\nExit code: 0 nothing wrong, 1 differences or failed tests, 2 usage or error.');
  prepare(program, host);
  const files = (name: string, summary: string, action: (host: CliHost, options: FileOptions) => Promise<ExitCode>): void => {
    add(program, host, name, summary)
      .requiredOption('-f, --file <path>', 'definition file or folder, - for standard input; may be given several times', collect)
      .action((options: FileOptions) => run(action(host, options)));
  };
  files('apply', 'creates or changes what the files define', applyCommand);
  files('plan', 'shows what apply would change, and what is wrong with the files', planCommand);
  files('diff', 'shows each field that differs between the files and the server', diffCommand);
  files('test', "runs the policies' own unit tests, without a server", testCommand);
  add(program, host, 'export', 'prints every definition of the server as YAML').action((options: { output: Output }) => run(exportCommand(host, options)));
  prepare(program.command('delete').description('deletes a definition of the server'), host)
    .argument('<kind>', 'policy, scenario, playbook, receiver or schedule')
    .argument('<name>', 'as export shows it')
    .option('--force', 'also when other definitions name it')
    .action((kind: string, name: string, options: { force?: boolean }) => run(deleteCommand(host, kind, name, options)));
  const simulate = group(program, host, 'simulate', 'makes something break on purpose');
  add(simulate, host, 'incident', 'stops the demo service and follows the loop until its alarm is closed')
    .option('--timeout <seconds>', 'how long the loop is followed', positive, 180)
    .action((options: { timeout: number; output: Output }) => run(simulateIncident(host, options)));
  const deadLetters = group(program, host, 'dead-letters', 'records that could never succeed');
  add(deadLetters, host, 'list', 'lists them, newest first').action((options: { output: Output }) => run(listDeadLetters(host, options)));
  add(deadLetters, host, 'retry', 'puts them back on their topics')
    .argument('[id...]', 'ids as list shows them')
    .option('--all', 'all that are waiting')
    .action((ids: string[], options: { all?: boolean; output: Output }) => run(retryDeadLetters(host, ids, options)));
  addBacktest(program, host, run);
  addReplay(program, host, run);
  add(program, host, 'templates', 'finds the templates of log lines; prints for each line its group and template')
    .option('--file <log>', 'one log record a line; without it standard input is read')
    .action((options: TemplatesOptions) => run(templatesCommand(host, options)));
  add(program, host, 'detect', 'scores each row of a CSV of timestamp,value by the rows before it')
    .requiredOption('--csv <file>', 'rows in the order of time; - reads standard input')
    .option('--threshold <score>', 'score from which a row is an anomaly, above 0 and below 1', share)
    .action((options: DetectOptions) => run(detectCommand(host, options)));
  addForecast(program, host, run);
  return program;
}

function version(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}

function addBacktest(program: Command, host: CliHost, run: (command: Promise<ExitCode>) => Promise<void>): void {
  add(program, host, 'backtest', 'shows what policies would have done: alarms, pages and work orders')
    .requiredOption('-f, --file <path>', 'definition file or folder, - for standard input; may be given several times', collect)
    .option('--csv <file>', "timestamp,value: judged as each policy's metric, without a server; else the server's history is")
    .option('--host <name>', 'the host that the CSV is of; default: csv')
    .option('--label <name=value>', 'a tag of the series of the CSV; may be given several times', collect, [])
    .option('--from <time>', 'where it begins; default: with the CSV, else 7 days ago')
    .option('--to <time>', 'where it ends; default: with the CSV, else now')
    .option('--before <path>', 'with a CSV: definitions to compare with; on a server the version in force is')
    .option('--suggest [limits]', 'what other limits would have meant, for example 70,80,90')
    .option('--labels <file>', 'CSV of from,to, or JSON: times in which something was wrong, for precision and recall')
    .action((options: BacktestOptions) => run(backtestCommand(host, options)));
}

function addReplay(program: Command, host: CliHost, run: (command: Promise<ExitCode>) => Promise<void>): void {
  add(program, host, 'replay', 'sends a CSV of timestamp,value')
    .requiredOption('--csv <file>', 'timestamps in UTC: 2014-02-14 14:30:00, ISO 8601, or seconds or milliseconds since the epoch')
    .requiredOption('--metric <name>', 'name of the metric, for example cpu.utilisation')
    .requiredOption('--host <name>', 'the host that it is of')
    .option('--label <name=value>', 'a tag of the series; may be given several times', collect, [])
    .option('--speed <n>', 'n times as fast as it happened, or max', speed, 'max' as const)
    .option('--keep-times', 'keep the times; else they are shifted so that the last is now')
    .addHelpText('after', `
With --keep-times the server must keep what is so old. It refuses samples older than OPSLOOP_RETENTION_RAW (48h), and deletes
history after OPSLOOP_RETENTION_1M, _1H and _1D, and resolved alarms with what belongs to them after OPSLOOP_RETENTION_RECORDS
(400d, from their last change). For old data set those to forever before the server starts.`)
    .action((options: ReplayOptions) => run(replayCommand(host, options)));
}

function addForecast(program: Command, host: CliHost, run: (command: Promise<ExitCode>) => Promise<void>): void {
  prepare(program.command('forecast').description('says when a threshold will be reached, with an 80 % interval, or never; prints JSON'), host)
    .option('--csv <file>', 'rows of timestamp,value')
    .option('--horizon <duration>', 'how far ahead to look: 60m, 48h, 30d; at most 60 days')
    .option('--above <value>', 'trouble is at or above it', finite)
    .option('--below <value>', 'trouble is at or below it', finite)
    .option('--floor <value>', 'the metric cannot fall below it', finite)
    .option('--ceiling <value>', 'the metric cannot rise above it, for example 100 for a share', finite)
    .option('--tasks <file>', 'instead of --csv: a task a line, { id, stepS, horizon, history, above or below }; prints a result a line')
    .action((options: ForecastOptions) => run(forecastCommand(host, options)));
}

function group(program: Command, host: CliHost, name: string, summary: string): Command {
  return prepare(program.command(name).description(summary), host);
}

function add(parent: Command, host: CliHost, name: string, summary: string): Command {
  return prepare(parent.command(name).description(summary), host).addOption(new Option('--output <form>', 'how results are printed').choices(['table', 'json']).default('table'));
}

/** Commander ends the process and writes to it unless it is told otherwise. */
function prepare(command: Command, host: CliHost): Command {
  return command.exitOverride().configureOutput({ writeOut: (text) => host.out(text), writeErr: (text) => host.err(text) }).showHelpAfterError('(add --help for what there is)');
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('write a number above 0.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('write a number above 0 and below 1.');
  return value;
}

function finite(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('write a number.');
  return value;
}

function speed(text: string): number | 'max' {
  return text === 'max' ? 'max' : positive(text);
}
