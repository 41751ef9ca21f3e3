import { createContext } from 'react';

/** Keys of the rows that keep their place for who reads, and are in the list no longer. */
export const GoneRows = createContext<ReadonlySet<string>>(new Set());
