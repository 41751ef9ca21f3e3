import { describeMetrics, type MetricRow } from './describe-metrics.js';

const interfaces = describeMetrics({ group: 'net', dimensions: ['interface'], total: { interface: 'all' } }, [
  ['bytes_recv', 'bytes_per_second', 'counter', 'Network received', '네트워크 수신량'],
  ['bytes_sent', 'bytes_per_second', 'counter', 'Network sent', '네트워크 송신량'],
  ['packets_recv', 'count_per_second', 'counter', 'Packets received', '수신 패킷'],
  ['packets_sent', 'count_per_second', 'counter', 'Packets sent', '송신 패킷'],
  ['err_in', 'count_per_second', 'counter', 'Receive errors', '수신 오류'],
  ['err_out', 'count_per_second', 'counter', 'Send errors', '송신 오류'],
  ['drop_in', 'count_per_second', 'counter', 'Received packets dropped', '수신 폐기'],
  ['drop_out', 'count_per_second', 'counter', 'Sent packets dropped', '송신 폐기'],
  // Sent as Mbit/s; -1 where the system does not know it.
  ['speed', 'bytes_per_second', 'gauge', 'Link speed', '링크 속도', { scale: 125_000 }],
]);

/** Names of the kernel's SNMP counters, as older Telegraf versions send them beside the interfaces (interface=all). */
const kernelCounters: Readonly<Record<string, string>> = {
  ip: 'InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits',
  icmp: 'InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps',
  icmpmsg: 'InType0 InType3 InType4 InType5 InType8 InType11 OutType0 OutType3 OutType5 OutType8 OutType11',
  tcp: 'ActiveOpens PassiveOpens AttemptFails EstabResets InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors',
  udp: 'InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors',
  udplite: 'InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors',
};
const kernelGauges: Readonly<Record<string, string>> = { ip: 'Forwarding DefaultTTL', tcp: 'RtoAlgorithm RtoMin RtoMax MaxConn CurrEstab' };

function protocolRows(names: Readonly<Record<string, string>>, kind: 'gauge' | 'counter'): MetricRow[] {
  return Object.entries(names).flatMap(([protocol, list]) =>
    list.split(' ').map((name): MetricRow => [
      `${protocol}_${name.toLowerCase()}`,
      kind === 'counter' ? 'count_per_second' : 'count',
      kind,
      `Kernel ${kind} ${protocol.toUpperCase()} ${name}`,
      `커널 ${kind === 'counter' ? '카운터' : '값'} ${protocol.toUpperCase()} ${name}`,
    ]),
  );
}

const protocols = describeMetrics({ group: 'net', total: { interface: 'all' } }, [...protocolRows(kernelCounters, 'counter'), ...protocolRows(kernelGauges, 'gauge')]);

/** Interfaces and protocols (Telegraf net). */
export const networkMetrics = [...interfaces, ...protocols];
