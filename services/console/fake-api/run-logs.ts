import type { Run, RunLog } from '@opsloop/contracts';

const texts: Readonly<Record<string, readonly string[]>> = {
  check: ['demo service is down'],
  restart: ['demo service started, process 48213'],
  state: ['demo service answers at http://127.0.0.1:41873/'],
  backup: ['copying /etc/nginx/tls/shop.example.com to /var/backups/tls', 'fullchain.pem 3.9 KiB', 'privkey.pem 1.7 KiB', 'kept 2 files'],
  fetch: ['asking https://ca.example.com for shop.example.com (stable)', 'order 88214 accepted', 'challenge tls-alpn-01: waiting for validation', 'challenge valid after 3.1 s', 'chain has 3 certificates, ends 2027-02-18', 'written to /etc/nginx/tls/shop.example.com/fullchain.pem'],
  reload: ['nginx: the configuration file /etc/nginx/nginx.conf syntax is ok', 'nginx: configuration file /etc/nginx/nginx.conf test is successful', 'reloaded, 8 workers'],
  probe: ['GET /healthz 200 in 14 ms'],
  uptime: [' 07:00:01 up 41 days,  3:12,  1 user,  load average: 0.42, 0.51, 0.47'],
  disks: ['Filesystem      Size  Used Avail Use% Mounted on', '/dev/sda2        80G   31G   49G  39% /', '/dev/sdb1       500G  431G   69G  87% /var/lib'],
  ntp: ['Reference ID    : C0A80001 (ntp.internal)', 'System time     : 0.000021 seconds fast of NTP time'],
};

/** What the steps of a run printed: a few lines each, with the error output of those that failed. */
export function buildLogs(run: Run): RunLog[] {
  return run.results.flatMap((result) =>
    result.steps.flatMap((step) =>
      step.attempts.flatMap((attempt) => {
        if (attempt.startedAtMs === undefined) return [];
        const lines: [RunLog['stream'], string][] = (texts[step.step] ?? ['done']).map((text) => ['stdout', text]);
        if (attempt.state === 'failed') lines.push(['stderr', 'df: /mnt/archive: Transport endpoint is not connected'], ['stderr', 'the command ended with exit code 1']);
        const shown = attempt.state === 'running' ? lines.slice(0, 4) : lines;
        return shown.map(([stream, text], number): RunLog => ({
          id: `${run.id}/${result.job}/${result.target}/${step.step}/${attempt.attempt}/${String(number).padStart(6, '0')}`,
          tenant: run.tenant, run: run.id, target: result.target, job: result.job, step: step.step, attempt: attempt.attempt, number, stream, atMs: attempt.startedAtMs! + 120 * (number + 1), text: `${text}\n`,
        }));
      }),
    ),
  );
}
