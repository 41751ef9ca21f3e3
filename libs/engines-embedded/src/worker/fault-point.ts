/** Inside a worker thread the process is killed by number: `process.kill` reaches every thread. */
export function createFaultPoint(setting: string | undefined): (faultPoint: string) => void {
  if (setting === undefined) return () => undefined;
  const [name, count] = setting.split(':');
  let left = Number(count);
  return (faultPoint) => {
    if (faultPoint === name && --left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}
