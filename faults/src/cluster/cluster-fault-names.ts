const ofAnyCluster = ['frozen past session and leases', 'executor frozen within a run (1)', 'executor frozen within a run (2)', 'InfluxDB down', 'document server down', 'disk full'] as const;
const ofThreeBrokers = ['broker 1 of 3 killed', 'broker 2 of 3 killed', 'broker 3 of 3 killed'] as const;

export type ClusterFaultName = (typeof ofAnyCluster)[number] | (typeof ofThreeBrokers)[number];

/** The faults of a cluster beside kills at points, in the order in which they are done. */
export function clusterFaultNames(brokers: 1 | 3): readonly ClusterFaultName[] {
  return brokers === 3 ? [...ofAnyCluster.slice(0, 3), ...ofThreeBrokers, ...ofAnyCluster.slice(3)] : ofAnyCluster;
}
