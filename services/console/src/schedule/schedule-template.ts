interface ScheduleSeed {
  readonly playbook?: string | undefined;
  readonly timeZone: string;
}

/** A schedule to begin with. Times and target are examples to be changed. */
export function scheduleTemplate({ playbook = 'name-of-a-playbook', timeZone }: ScheduleSeed): string {
  return `apiVersion: opsloop/v1
kind: Schedule
metadata:
  name: every-morning
spec:
  cron: "30 6 * * 1-5"
  timeZone: ${timeZone}
  missed: latest
  workOrder:
    type: inspection
    title: Every morning
    targets:
      - { id: web-1, name: web-1 }
    jobs:
      - playbook: ${playbook}
`;
}
