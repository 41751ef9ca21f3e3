import { describeBusDelivery } from './bus-delivery-suite.js';
import { describeBusFaults } from './bus-fault-suite.js';
import { describeBusGroups } from './bus-group-suite.js';
import { describeBusTail } from './bus-tail-suite.js';
import type { CreateBus } from './bus-under-test.js';

/** What every bus promises; runs inside a jest test file. */
export function busConformance(name: string, create: CreateBus): void {
  describe(`${name} is a bus`, () => {
    describeBusDelivery(create);
    describeBusTail(create);
    describeBusGroups(create);
    describeBusFaults(create);
  });
}
