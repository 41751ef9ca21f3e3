import { findMetric, listMetrics, metricSourcesOf } from './catalogue.js';
import { metricSchema } from './metric.js';

/** Numeric fields as Telegraf 1.39 sends them (its inputs' sources, Linux, macOS, BSD and Windows). */
const telegrafFields: Record<string, string> = {
  cpu: 'usage_user usage_system usage_idle usage_nice usage_iowait usage_irq usage_softirq usage_steal usage_guest usage_guest_nice usage_active time_user time_system time_idle time_nice time_iowait time_irq time_softirq time_steal time_guest time_guest_nice time_active',
  mem: 'total available used used_percent available_percent active free inactive wired cached buffered laundry commit_limit committed_as dirty high_free high_total huge_pages_free huge_page_size huge_pages_total low_free low_total mapped page_tables shared slab sreclaimable sunreclaim swap_cached swap_free swap_total vmalloc_chunk vmalloc_total vmalloc_used write_back_tmp write_back active_file inactive_file active_anon inactive_anon unevictable percpu commit_total virtual_total virtual_avail phys_total phys_avail page_file_total page_file_avail',
  disk: 'total free used used_percent inodes_total inodes_free inodes_used inodes_used_percent',
  diskio: 'reads writes read_bytes write_bytes read_time write_time io_time weighted_io_time iops_in_progress merged_reads merged_writes io_await io_svctm io_util',
  net: 'bytes_sent bytes_recv packets_sent packets_recv err_in err_out drop_in drop_out speed tcp_currestab tcp_activeopens udp_indatagrams ip_inreceives icmp_inmsgs udplite_noports',
  system: 'load1 load5 load15 n_users n_unique_users n_cpus n_physical_cpus uptime',
  swap: 'total used free used_percent in out',
  processes: 'blocked zombies stopped running sleeping total unknown dead paging total_threads idle wait parked',
};

describe('the catalogue', () => {
  it('holds valid metrics, each name once, each title in English and Korean', () => {
    const names = new Set<string>();
    for (const metric of listMetrics()) {
      metricSchema.parse(metric);
      expect(metric.name).toMatch(/^[a-z0-9_]+\.[a-z0-9_]+$/);
      expect(names.has(metric.name)).toBe(false);
      names.add(metric.name);
      expect(metric.title.en).toBeTruthy();
      expect(metric.title.ko).toMatch(/[가-힣]/);
      expect(metric.dimensions).toEqual(metric.dimensions.toSorted());
      if (metric.kind === 'counter') expect(['bytes_per_second', 'count_per_second', 'ratio']).toContain(metric.unit);
    }
  });

  it.each(Object.entries(telegrafFields))('names every numeric field of Telegraf %s', (measurement, fields) => {
    const unknown = fields.split(' ').filter((field) => !metricSourcesOf(`${measurement}.${field}`).some(({ metric }) => metric.name.startsWith(`${measurement}.`)));
    expect(unknown).toEqual([]);
  });

  it('derives utilisation from idle time beside the idle time itself', () => {
    const sources = metricSourcesOf('cpu.usage_idle').map(({ metric, scale, offset, total }) => [metric.name, 30 * scale + offset, total]);
    expect(sources).toEqual([['cpu.utilisation', 70, { cpu: 'cpu-total' }], ['cpu.usage_idle', 30, { cpu: 'cpu-total' }]]);
  });

  it.each([
    ['diskio.read_time', 'diskio.read_time', 0.001, 'counter'],
    ['net.bytes_recv', 'net.bytes_recv', 1, 'counter'],
    ['net.speed', 'net.speed', 125_000, 'gauge'],
    ['procstat.memory_rss', 'procstat.rss', 1, 'gauge'],
    ['kubernetes_node.cpu_usage_nanocores', 'k8s_node.cpu_usage', 1e-9, 'gauge'],
    ['prometheus.DCGM_FI_DEV_FB_USED', 'gpu.fb_used', 2 ** 20, 'gauge'],
    ['compute.googleapis.com/instance/cpu.utilization', 'vm.cpu_usage', 100, 'gauge'],
    ['http_response.response_time', 'health.response_time', 1, 'gauge'],
    ['cpu.utilisation', 'cpu.utilisation', 1, 'gauge'],
  ])('converts %s', (field, name, scale, kind) => {
    const [source] = metricSourcesOf(field);
    expect(source).toMatchObject({ metric: { name, kind }, scale });
  });

  it('leaves unknown names alone', () => {
    expect(metricSourcesOf('shop.orders')).toEqual([]);
    expect(findMetric('shop.orders')).toBeUndefined();
    expect(findMetric('mem.used_percent')).toMatchObject({ unit: 'percent', min: 0, max: 100 });
  });
});
