/** Kills all-in-one at named points under load, again and again, then lets a ledger judge. */
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, type ServerProcess } from '@opsloop/testing';
import { startCampaign } from './campaign.js';
import { patienceMs, planKills, type PlannedKill } from './fault-points.js';
import { openProgress } from './progress.js';
import type { RunOptions } from './run-options.js';

export async function runEmbedded({ kills, seed, hosts, fresh, points, folder, command }: RunOptions): Promise<boolean> {
  const progress = openProgress(folder, fresh);
  const log = openSync(join(folder, 'server.log'), 'a');
  const campaign = await startCampaign({ progress, hosts });
  const start = (faultPoint?: string): Promise<ServerProcess> =>
    startServer({ dataDir: join(folder, 'data'), log, settings: { ...campaign.settings, ...(faultPoint !== undefined && { OPSLOOP_FAULT_POINT: faultPoint }) } });
  const open = (server: ServerProcess): void => campaign.reachable({ api: server, intake: { url: server.url, token: server.ingestToken } });

  /** Starts the server armed, and waits until it has killed itself; a point that is not passed in time is a kill at a random moment. */
  async function killAt({ point, passing }: PlannedKill): Promise<{ readonly how: string; readonly hit: boolean }> {
    let armed: ServerProcess;
    try {
      armed = await start(`${point}:${passing}`);
    } catch (error) {
      if (String(error).includes('SIGKILL')) return { how: 'killed during the start', hit: true };
      throw error;
    }
    open(armed);
    const withinMs = patienceMs(point);
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, withinMs, 'late').unref());
    const ended = await Promise.race([armed.ended, late]);
    campaign.reachable();
    if (ended === 'late') {
      await armed.kill();
      return { how: `not passed within ${withinMs / 1000} s: killed there and then`, hit: false };
    }
    if (ended !== 'SIGKILL') throw new Error(`the server ended with ${ended} instead of being killed at ${point}`);
    return { how: 'killed', hit: true };
  }

  let server = await start();
  await campaign.applyDefinitions(server);
  await server.stop();
  for (const planned of planKills(kills, seed, points).slice(progress.done.length)) {
    progress.add({ what: 'kill', name: planned.point, victim: '', ...(await killAt(planned)), crashes: 1, broken: [] });
  }
  server = await start();
  open(server);
  const judgement = await campaign.conclude(server);
  await server.stop();
  const kept = campaign.tell(judgement, { title: 'Embedded engines', command, points, path: `${folder}.md` });
  if (kept) rmSync(folder, { recursive: true, force: true });
  return kept;
}
