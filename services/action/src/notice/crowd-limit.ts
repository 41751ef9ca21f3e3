export interface CrowdLimit {
  /** Runs `work` unless as many of that key are under way as may be; false: it was not run. */
  enter(key: string, work: () => Promise<void>): Promise<boolean>;
}

export function createCrowdLimit(most: number): CrowdLimit {
  const underWay = new Map<string, number>();
  return {
    async enter(key, work) {
      const before = underWay.get(key) ?? 0;
      if (before >= most) return false;
      underWay.set(key, before + 1);
      try {
        await work();
      } finally {
        const left = (underWay.get(key) ?? 1) - 1;
        if (left === 0) underWay.delete(key);
        else underWay.set(key, left);
      }
      return true;
    },
  };
}
