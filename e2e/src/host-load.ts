/** Hosts that measure one value a second, loud for some seconds and quiet for some, each in its own rhythm. */
export interface HostLoadOptions {
  /** Of collectors; each host keeps to one of them. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly hosts: number;
}

export type Points = (readonly [timeMs: number, value: number])[];

const everyMs = 1_000;
const loud = 90;
const quiet = 10;
const policyWindowMs = 2_000;

export function createHostLoad({ urls, token, hosts }: HostLoadOptions): { stop(): Promise<ReadonlyMap<string, Points>> } {
  const sent = new Map<string, Points>();
  let isOn = true;

  async function post(url: string, body: string): Promise<void> {
    for (;;) {
      const status = await fetch(`${url}/api/v2/write?precision=ms`, { method: 'POST', headers: { authorization: `Token ${token}` }, body }).then((answer) => answer.status, () => 0);
      if (status === 204) return;
      if (status !== 0 && status !== 429 && status !== 503) throw new Error(`the collector answered ${status} to ${body}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function measure(index: number): Promise<void> {
    const host = `load-${index}`;
    const points: Points = [];
    sent.set(host, points);
    let timeMs = Math.ceil(Date.now() / policyWindowMs) * policyWindowMs;
    const next = async (value: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, timeMs - Date.now())));
      points.push([timeMs, value]);
      await post(urls[index % urls.length]!, `load,host=${host} value=${value} ${timeMs}`);
      timeMs += everyMs;
    };
    for (let second = 0; isOn; second++) await next(Math.floor((second + index * 2) / 8) % 2 === 0 ? quiet : loud);
    // Quiet at the end, for so long that nothing stays open, and up to the end of a window.
    for (let after = 0; after < 6 || timeMs % policyWindowMs !== 0; after++) await next(quiet);
  }

  const running = Promise.all(Array.from({ length: hosts }, (_, index) => measure(index)));
  return {
    async stop() {
      isOn = false;
      await running;
      return sent;
    },
  };
}
