import type { ServerProcess } from '@opsloop/testing';

export interface SeenAlarm {
  /** When it was written to the bus. */
  readonly onBusMs: number;
  readonly data: { readonly resourceName: string; readonly windowEndMs: number; readonly trace: { readonly arrivalMs: number } };
}

/** Alarms that open, as they come. */
export function openAlarmStream({ url, adminToken }: ServerProcess): { readonly opened: readonly SeenAlarm[]; until(count: number, withinMs: number): Promise<void> } {
  const opened: SeenAlarm[] = [];
  const abort = new AbortController();
  const reading = (async () => {
    const answer = await fetch(`${url}/api/v1/events`, { headers: { authorization: `Bearer ${adminToken}` }, signal: abort.signal });
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const match = /^id: (\d+)\nevent: alarm\ndata: (.*)$/m.exec(event);
        if (!match) continue;
        const { type, data } = JSON.parse(match[2]!) as { type: string; data: SeenAlarm['data'] };
        if (type === 'alarm.opened') opened.push({ onBusMs: Number(match[1]), data });
      }
    }
  })().catch(() => undefined);
  return {
    opened,
    async until(count, withinMs) {
      const untilMs = performance.now() + withinMs;
      while (opened.length < count && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 250));
      abort.abort();
      await reading;
    },
  };
}
