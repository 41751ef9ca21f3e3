import { defineWords } from '../language/words.js';

export const filterWords = defineWords({ anyResource: 'Any resource: id or name', any: 'Any resource' }, { anyResource: '모든 자원: ID 또는 이름', any: '모든 자원' });
