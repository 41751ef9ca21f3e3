import { defineWords } from '../language/words.js';

export const levelWords = defineWords(
  { down: 'Down', critical: 'Critical', warn: 'Warning', info: 'Info', normal: 'Normal', resolved: 'Resolved', 'no-data': 'No data' },
  { down: '다운', critical: '심각', warn: '경고', info: '주의', normal: '정상', resolved: '해소됨', 'no-data': '데이터 없음' },
);
