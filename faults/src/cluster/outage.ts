import type { CatchUp } from '../load/catch-up.js';

export interface Outage {
  begin(): Promise<void> | void;
  /** Resolves when it has lasted long enough. */
  lasts(): Promise<void>;
  end(): Promise<void> | void;
  /** Alarms of what is measured while it lasts must be there before it ends. */
  readonly alarmsGoOn: boolean;
}

export interface OutageEnd {
  readonly how: string;
  /** Alarms that did not open in time, and samples that nobody took. */
  readonly broken: readonly string[];
}

/** From the measurement to its alarm, at most. */
const promptMs = 15_000;
/** Who has only some copies of a log left takes what is sent after at most this long. */
const mostHeldUpMs = 25_000;

/** An outage from its begin until everything has caught up. */
export async function passOutage(catchUp: CatchUp, { begin, lasts, end, alarmsGoOn }: Outage): Promise<OutageEnd> {
  const fromMs = Date.now();
  const heldUpBeforeMs = catchUp.heldUpMs();
  await begin();
  await lasts();
  const lastedS = Math.round((Date.now() - fromMs) / 1000);
  const missing = alarmsGoOn ? await catchUp.missingAlarms(fromMs, Date.now() - promptMs) : [];
  const seen = alarmsGoOn ? await catchUp.countAlarms(fromMs, Date.now() - promptMs) : 0;
  const heldUpMs = alarmsGoOn ? catchUp.heldUpMs() : 0;
  await end();
  const took = await catchUp.untilComplete(fromMs, Date.now());
  const meanwhile = alarmsGoOn ? `${seen} alarms opened meanwhile, ${missing.length} missing, samples held up for ${(heldUpMs / 1000).toFixed(1)} s at its end; ` : '';
  const broken = [...missing.map((key) => `alarm ${key} did not open during the fault`), ...(heldUpMs - heldUpBeforeMs > mostHeldUpMs ? [`samples were held up for ${Math.round((heldUpMs - heldUpBeforeMs) / 1000)} s by the fault`] : [])];
  return { how: `${lastedS} s; ${meanwhile}${took}`, broken };
}
