import { runCli } from './run-cli.js';

process.exitCode = await runCli({
  args: process.argv.slice(2),
  environment: process.env,
  workingDir: process.cwd(),
  input: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
