import { defineWords } from '../language/words.js';

export const filterWords = defineWords({ anyResource: 'Any resource: id or name' }, { anyResource: '모든 자원: ID 또는 이름' });
