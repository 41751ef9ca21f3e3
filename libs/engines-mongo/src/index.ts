export * from './create-mongo-documents.js';
export * from './migrate-mongo.js';
