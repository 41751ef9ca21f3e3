import { createCpuReader, parseCpuTimes } from './read-cpu.js';
import { chooseMounts } from './read-disks.js';
import { createHostReader } from './read-host.js';
import { toLineProtocol } from './to-line-protocol.js';

describe('host reader', () => {
  it('measures CPU, memory, disk and load of this machine within their bounds', async () => {
    const read = createHostReader();
    await new Promise((resolve) => setTimeout(resolve, 120));
    const points = await read();
    const total = points.find((point) => point.tags['cpu'] === 'cpu-total');
    const sum = Object.values(total!.fields).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(100, 6);
    expect(points.find((point) => point.measurement === 'mem')!.fields['used_percent']).toBeGreaterThan(0);
    expect(points.filter((point) => point.measurement === 'disk').every((point) => point.fields['used_percent']! <= 100)).toBe(true);
    expect(new Set(points.map((point) => point.measurement))).toEqual(new Set(['cpu', 'mem', 'system', 'disk', 'net']));
  });
});

describe('CPU', () => {
  it('tells waiting for disks and what the hypervisor takes from work', () => {
    const readings = ['cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 100 0 50 900 10 0 5 20 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 1', 'cpu  0\ncpu0 103 0 55 900 96 0 5 26 0 0\ncpu1 50 0 0 50 0 0 0 0 0 0\n'];
    const read = createCpuReader(() => parseCpuTimes(readings.shift()!));
    const [cpu0, cpu1, total] = read().map(({ fields }) => fields);
    expect(cpu0).toEqual({ usage_user: 3, usage_nice: 0, usage_system: 5, usage_idle: 0, usage_iowait: 86, usage_irq: 0, usage_softirq: 0, usage_steal: 6 });
    expect(cpu1).toMatchObject({ usage_user: 50, usage_idle: 50 });
    expect(total).toMatchObject({ usage_user: 26.5, usage_idle: 25, usage_iowait: 43 });
  });

  it('bears a counter that falls, and a CPU that comes or goes', () => {
    const readings = ['cpu0 100 0 0 100 50 0 0 0\n', 'cpu0 150 0 0 150 40 0 0 0\ncpu1 9 0 0 9 0 0 0 0\n', 'cpu0 150 0 0 250 40 0 0 0\n'];
    const read = createCpuReader(() => parseCpuTimes(readings.shift()!));
    expect(read().map(({ tags, fields }) => [tags['cpu'], fields['usage_user'], fields['usage_iowait']])).toEqual([['cpu0', 50, 0], ['cpu-total', 50, 0]]);
    expect(read().map(({ tags, fields }) => [tags['cpu'], fields['usage_idle']])).toEqual([['cpu0', 100], ['cpu-total', 100]]);
  });

  it('is known by its name where one before it is offline', () => {
    const readings = ['cpu0 0 0 0 100 0 0 0 0\ncpu1 900 0 0 100 0 0 0 0\ncpu2 500 0 0 500 0 0 0 0\n', 'cpu0 0 0 0 200 0 0 0 0\ncpu2 525 0 0 575 0 0 0 0\n'];
    const read = createCpuReader(() => parseCpuTimes(readings.shift()!));
    expect(read().map(({ tags, fields }) => [tags['cpu'], fields['usage_user']])).toEqual([['cpu0', 0], ['cpu2', 25], ['cpu-total', 12.5]]);
  });
});

describe('mounts', () => {
  it('are those that can fill up, each device once, and folders alone', async () => {
    const text = [
      'overlay / overlay rw 0 0', '/dev/sda1 /etc/hosts ext4 rw 0 0', '/dev/sda1 /etc/resolv.conf ext4 rw 0 0', '/dev/loop3 /snap/core20/2318 squashfs ro 0 0',
      '/dev/sr0 /media/cdrom iso9660 ro 0 0', '/dev/sdb1 /var/my\\040data xfs rw 0 0', '/dev/sdb1 /srv xfs rw 0 0', 'tmpfs /run tmpfs rw 0 0', '',
    ].join('\n');
    expect(await chooseMounts(text, async (path) => !path.startsWith('/etc/'))).toEqual([{ device: 'overlay', path: '/', fstype: 'overlay' }, { device: 'sdb1', path: '/var/my data', fstype: 'xfs' }]);
  });

  it('leave out what another mount at the same path hides', async () => {
    const text = ['rootfs / rootfs rw 0 0', '/dev/mapper/centos-root / xfs rw 0 0', '/dev/sdb1 /mnt ext4 rw 0 0', '/dev/sdc1 /scratch ext4 rw 0 0', '/dev/sdd1 /mnt ext4 rw 0 0', 'tmpfs /scratch tmpfs rw 0 0', ''].join('\n');
    expect(await chooseMounts(text, async () => true)).toEqual([{ device: 'mapper/centos-root', path: '/', fstype: 'xfs' }, { device: 'sdd1', path: '/mnt', fstype: 'ext4' }]);
  });
});

describe('toLineProtocol', () => {
  it('escapes what the protocol gives a meaning, and leaves out what is empty or no number', () => {
    expect(toLineProtocol([{ measurement: 'di sk', tags: { path: '/a b,c=d', none: '' }, fields: { used: 1.5, bad: NaN } }], { host: 'h' }, 1000.4)).toBe('di\\ sk,host=h,path=/a\\ b\\,c\\=d used=1.5 1000\n');
  });
});
