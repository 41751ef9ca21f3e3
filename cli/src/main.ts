import { runCli } from './run-cli.js';

// Whoever read the answer has seen enough, as head has: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(2);
});
process.exitCode = await runCli({
  args: process.argv.slice(2),
  environment: process.env,
  workingDir: process.cwd(),
  input: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
