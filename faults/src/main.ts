/** Kills under load, judged by a ledger: `npm run faults -- --help`. */
import { fileURLToPath } from 'node:url';
import { readArguments, usage, type RunArguments } from './read-arguments.js';
import { runCluster } from './cluster/run-cluster.js';
import { runEmbedded } from './run-embedded.js';

function readOrExit(): RunArguments {
  try {
    const read = readArguments(process.argv.slice(2));
    if (read !== 'help') return read;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

const { cluster, given, isPartial, ...run } = readOrExit();
const folder = fileURLToPath(new URL(`../../data/faults/${cluster ? 'cluster-' : ''}${run.seed}-${run.kills}${isPartial ? '-some' : ''}`, import.meta.url));
const options = { ...run, folder, command: `npm run faults -- ${given}` };
const kept = cluster ? await runCluster(options) : await runEmbedded(options);
process.exit(kept ? 0 : 1);
