/**
 * Where test files run: jest's environment for Node, but with an ordinary global object. Jest's own is a proxy that is
 * asked at every use of a global name, such as `Math` in a loop: tests took a third longer for that.
 */
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

export default class PlainGlobals extends TestEnvironment {
  constructor(...options: ConstructorParameters<typeof TestEnvironment>) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...options);
    } finally {
      vm.createContext = createContext;
    }
  }
}
