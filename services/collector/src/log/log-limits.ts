/** What one log record may hold; what is longer is cut, and counted. Lengths are in UTF-16 units. */
export const maxTextLength = 16_384;
export const maxFields = 64;
export const maxFieldNameLength = 128;
export const maxFieldLength = 1_024;
/** Objects inside objects whose names are joined; what lies deeper is kept as JSON. */
export const maxFieldDepth = 3;
/** A batch is closed at the record with which it reaches one of these. */
export const maxBatchRecords = 2_000;
export const maxBatchLength = 256 * 1_024;
/** Resources that one request may name. */
export const maxResources = 1_000;
