/** What one log record may hold; what is longer is cut, and counted. Lengths are in UTF-16 units. */
export const maxTextLength = 16_384;
/** Of the JSON of one record; what is longer is refused before it is read, since objects take many times their text. */
export const maxRecordLength = 2 ** 20;
/** A body of 32 MiB may hold millions of the smallest; then it is refused as a whole, before anything of it is stored. */
export const maxRequestRecords = 500_000;
export const maxFields = 64;
export const maxFieldNameLength = 128;
export const maxFieldLength = 1_024;
/** Objects inside objects whose names are joined; what lies deeper is kept as JSON. */
export const maxFieldDepth = 3;
/** A batch is closed at the record with which it reaches one of these. */
export const maxBatchRecords = 2_000;
export const maxBatchLength = 256 * 1_024;
/** Resources that one request may name; records of more are refused. */
export const maxRequestResources = 10_000;
/** Resources of one request that are collected at once; one more closes the batches of all. */
export const maxResources = 1_000;
