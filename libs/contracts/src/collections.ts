/** Every collection of the document store, with the fields that may be filtered, sorted and claimed by. */
export const collections = {
  definitions: { name: 'definitions', indexes: [['tenant', 'kind'], ['kind', 'changedAtMs']] },
  resources: { name: 'resources', indexes: [['tenant', 'name'], ['tenant', 'updatedMs'], ['tenant', 'kind'], ['tenant', 'resourceId'], ['updatedMs']] },
  alarms: { name: 'alarms', indexes: [['tenant', 'changedAtMs'], ['tenant', 'openedAtMs'], ['tenant', 'state', 'level'], ['tenant', 'resourceId'], ['tenant', 'policy'], ['hasPendingEvents'], ['state', 'changedAtMs']] },
  alarmGroups: { name: 'alarm-groups', indexes: [['dueAtMs'], ['tenant', 'receiver']] },
  alarmGroupMembers: { name: 'alarm-group-members', indexes: [['group', 'dueAtMs'], ['occurrence']] },
  notices: { name: 'notices', indexes: [['tenant', 'createdAtMs'], ['channel', 'dueAtMs'], ['tenant', 'state'], ['hasPendingEvents'], ['state', 'createdAtMs']] },
  workOrders: { name: 'work-orders', indexes: [['tenant', 'createdAtMs'], ['tenant', 'state'], ['state', 'dueAtMs'], ['tenant', 'alarm'], ['tenant', 'scenario'], ['hasPendingEvents'], ['state', 'changedAtMs'], ['tenant', 'changedAtMs']] },
  scenarioLimits: { name: 'scenario-limits', indexes: [] },
  runs: { name: 'runs', indexes: [['tenant', 'createdAtMs'], ['tenant', 'workOrder'], ['state'], ['hasPendingEvents']] },
  runLogs: { name: 'run-logs', indexes: [['run', 'id'], ['run', 'atMs'], ['atMs']] },
  tokens: { name: 'tokens', unique: [['hash']], indexes: [['tenant', 'name']] },
  sessions: { name: 'sessions', indexes: [['expiresAtMs']] },
  deadLetters: { name: 'dead-letters', indexes: [['tenant', 'atMs'], ['tenant', 'state'], ['tenant', 'topic'], ['atMs']] },
  leases: { name: 'leases', indexes: [] },
  checkpoints: { name: 'checkpoints', indexes: [] },
  checkpointChunks: { name: 'checkpoint-chunks', indexes: [['key', 'generation']] },
} as const;
