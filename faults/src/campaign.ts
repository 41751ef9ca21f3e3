/** What the runs on embedded engines and on the cluster have in common: load, people, mail, and the ledger's judgement at the end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAcknowledger } from './load/acknowledger.js';
import { askApi, type ApiAddress } from './ask-api.js';
import { faultDefinitions } from './load/definitions.js';
import { judge, type Judgement } from './judge.js';
import { latenessMs, startLoad, type Intake, type Load } from './load/load.js';
import { startMailSink } from './load/mail-sink.js';
import type { Progress } from './progress.js';
import { renderReport, type ReportHead } from './render-report.js';

export interface Campaign {
  readonly load: Load;
  /** Settings of the server or of each service. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where people and agents find the product; left out: it is down. */
  reachable(at?: { readonly api: ApiAddress; readonly intake: Intake }): void;
  applyDefinitions(api: ApiAddress): Promise<void>;
  /** Ends the load, waits until all is settled, and judges. */
  conclude(api: ApiAddress): Promise<Judgement>;
  /** Prints the judgement, writes it as Markdown, and answers whether all promises were kept. */
  tell(judgement: Judgement, report: ReportHead): boolean;
}

export interface CampaignOptions {
  readonly progress: Progress;
  readonly hosts: number;
  /** How long the step with the effect takes after it. */
  readonly effectMs?: number;
}

/** Work orders and notices that are still to be seen to. */
const unsettled = ['work-orders?state=requested,approved,assigned,ready,running,succeeded', 'notices?state=queued'];
const settleWithinMs = 240_000;

export async function startCampaign({ progress, hosts, effectMs = 0 }: CampaignOptions): Promise<Campaign> {
  const { folder } = progress;
  const effectsPath = join(folder, 'effects.txt');
  const mail = await startMailSink(join(folder, 'mail.txt'));
  const load = startLoad({ hosts, ledgerPath: join(folder, 'ledger.jsonl') });
  let address: ApiAddress | undefined;
  const person = startAcknowledger(join(folder, 'acknowledged.txt'), (path, method) => (address ? askApi(address, path, method) : Promise.reject(new Error('the server is down'))));

  return {
    load,
    settings: {
      OPSLOOP_WINDOW_MS: '1000', OPSLOOP_GRACE_MS: '300', OPSLOOP_LATENESS_MS: String(latenessMs), OPSLOOP_CHECKPOINT_MS: '2000', OPSLOOP_SMTP_URL: mail.url, OPSLOOP_LOG_LEVEL: 'info', OPSLOOP_DEMO: 'off', OPSLOOP_HOST_AGENT: 'off',
    },
    reachable(at) {
      load.sendTo(at?.intake);
      address = at?.api;
    },
    async applyDefinitions(api) {
      for (const { path, body } of faultDefinitions(effectsPath, effectMs)) await askApi(api, path, 'PUT', body);
    },
    async conclude(api) {
      const beganMs = performance.now();
      await load.finish();
      await untilSettled(api);
      await person.stop();
      const crashes = progress.done.reduce((sum, one) => sum + one.crashes, 0);
      const look = (): Promise<Judgement> => judge({ sent: load.sent, abandoned: load.abandoned, mail: mail.received, effectsPath, crashes, acknowledged: person.taken, get: (path) => askApi(api, path) });
      let found = await look();
      // What is late is not lost: history, last notices and verifications are given time before they are judged.
      while (found.broken.length > 0 && performance.now() - beganMs < settleWithinMs) {
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        found = await look();
      }
      const caughtUp = `${((performance.now() - beganMs) / 1000).toFixed(1)} s`;
      // Whatever should not come any more had its time to come.
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      found = await look();
      await mail.stop();
      const frozen = progress.done.filter(({ refused }) => refused !== undefined);
      const lateWrites = frozen.length > 0 && { lateWritesRefused: frozen.reduce((sum, { refused = 0 }) => sum + refused, 0) };
      return { figures: { ...found.figures, ...lateWrites, requestsSentAgain: load.retries(), caughtUp }, broken: [...progress.done.flatMap(({ broken }) => broken), ...found.broken, ...load.wrongAnswers] };
    },
    tell(judgement, head) {
      const markdown = renderReport(progress.done, judgement, head);
      writeFileSync(head.path, markdown);
      console.log(`\n${markdown}`);
      console.log(`faults: ${progress.done.length} passed, ${judgement.broken.length} failed`);
      return judgement.broken.length === 0;
    },
  };
}

async function untilSettled(api: ApiAddress): Promise<void> {
  const untilMs = performance.now() + settleWithinMs;
  for (let calm = 0; calm < 3 && performance.now() < untilMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const waiting = await Promise.all(unsettled.map((path) => askApi<{ items: unknown[] }>(api, path).catch(() => ({ items: ['no answer'] }))));
    calm = waiting.every(({ items }) => items.length === 0) ? calm + 1 : 0;
  }
}
