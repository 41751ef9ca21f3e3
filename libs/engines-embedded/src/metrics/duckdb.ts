import { createRequire } from 'node:module';

/**
 * DuckDB as values. Each thread that opens the store loads it anew; to import it would have Node read its two hundred
 * CommonJS files for names first, which takes longer than running them.
 */
const require = createRequire(import.meta.url);
export const { BIGINT, DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER } = require('@duckdb/node-api') as typeof import('@duckdb/node-api');
export const duckdb = require('@duckdb/node-bindings') as typeof import('@duckdb/node-bindings');
