export { createAction, type ActionContext } from './service.js';
