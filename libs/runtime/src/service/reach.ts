/** Named points of the code that fault tests end the process at. In normal runs it does nothing. */
export type Reach = (faultPoint: string) => void;

/** `setting` is `name:count`: the process is killed (SIGKILL) at the count-th passing of that point. */
export function createReach(setting: string | undefined): Reach {
  if (setting === undefined) return () => undefined;
  const colon = setting.lastIndexOf(':');
  const name = setting.slice(0, colon);
  let left = Number(setting.slice(colon + 1));
  return (faultPoint) => {
    if (faultPoint !== name) return;
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}
