import { partitionsOf } from '@opsloop/contracts';

/** Whether contracts declare a topic of this name. */
export function isTopic(name: string): boolean {
  try {
    return partitionsOf(name) > 0;
  } catch {
    return false;
  }
}
