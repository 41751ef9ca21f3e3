/** Bodies as a Telegraf with cpu, disk, diskio, net, mem, swap, system and processes inputs writes them: 125 fields a host at 4 cores. */

export interface Body {
  readonly bytes: Buffer;
  readonly samples: number;
}

/** Deterministic: the same seed gives the same bodies. */
export function createBodyMaker(seed: number, cores = 4): (host: number, timeS: number) => Body {
  let state = seed >>> 0;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const gauge = (most: number): string => (random() * most).toFixed(4);
  const counter = (least: number): string => `${Math.floor(least + random() * 1_000)}i`;

  return (host, timeS) => {
    const tags = `host=web-${host},ns_id=ns-${host % 10},infra_id=infra-${host % 40},node_id=node-${host}`;
    const lines: string[] = [];
    let samples = 0;
    const line = (key: string, values: Readonly<Record<string, string>>): void => {
      samples += Object.keys(values).length;
      lines.push(`${key},${tags} ${fields(values)} ${timeS}000000000\n`);
    };
    for (let core = 0; core <= cores; core++) {
      line(`cpu,cpu=cpu${core === cores ? '-total' : core}`, {
        usage_user: gauge(60), usage_system: gauge(20), usage_idle: gauge(100), usage_nice: '0', usage_iowait: gauge(5), usage_irq: '0', usage_softirq: gauge(1), usage_steal: '0', usage_guest: '0', usage_guest_nice: '0',
      });
    }
    for (const device of ['sda1', 'sdb1']) {
      line(`disk,device=${device},fstype=ext4,mode=rw,path=/mnt/${device}`, { total: counter(5e11), free: counter(2e11), used: counter(3e11), used_percent: gauge(100), inodes_total: counter(1e7), inodes_free: counter(5e6), inodes_used: counter(5e6) });
      line(`diskio,name=${device}`, { reads: counter(timeS), writes: counter(timeS), read_bytes: counter(timeS * 4096), write_bytes: counter(timeS * 4096), read_time: counter(timeS), write_time: counter(timeS), io_time: counter(timeS), iops_in_progress: '0i' });
    }
    for (const name of ['eth0', 'eth1']) {
      line(`net,interface=${name}`, { bytes_sent: counter(timeS * 1000), bytes_recv: counter(timeS * 1000), packets_sent: counter(timeS), packets_recv: counter(timeS), err_in: '0i', err_out: '0i', drop_in: '0i', drop_out: '0i' });
    }
    line('mem', { total: '16777216000i', available: counter(8e9), used: counter(8e9), used_percent: gauge(100), available_percent: gauge(100), free: counter(4e9), cached: counter(2e9), buffered: counter(1e8), active: counter(6e9), inactive: counter(3e9) });
    line('swap', { total: '2147483648i', used: counter(1e6), free: counter(2e9), used_percent: gauge(5), in: '0i', out: '0i' });
    line('system', { load1: gauge(8), load5: gauge(8), load15: gauge(8), n_cpus: '4i', n_users: '1i', uptime: counter(1e6) });
    line('processes', { running: counter(2), sleeping: counter(100), blocked: '0i', zombies: '0i', stopped: '0i', total: counter(200), total_threads: counter(900) });
    return { bytes: Buffer.from(lines.join('')), samples };
  };
}

function fields(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs).map(([name, value]) => `${name}=${value}`).join(',');
}
