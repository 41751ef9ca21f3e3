import { defineWords } from '../language/words.js';

export const chartWords = defineWords(
  {
    series: 'Series',
    now: 'Last',
    atCursor: 'At the cursor',
    min: 'Min',
    max: 'Max',
    mean: 'Mean',
    hidden: (count: number) => `${count} more lines are not drawn: those with the highest last values are. Choose resources or labels, or draw one line for each of a group.`,
    nothing: 'Nothing was measured in this time.',
    summary: (metric: string, lines: number, now: string, max: string) => `${metric}: ${lines === 1 ? 'one line' : `${lines} lines`}, last ${now}, highest ${max}. Arrow keys read the values.`,
  },
  {
    series: '시리즈',
    now: '최근',
    atCursor: '커서 위치',
    min: '최소',
    max: '최대',
    mean: '평균',
    hidden: (count: number) => `선 ${count}개는 그리지 않았습니다. 최근 값이 높은 것만 그렸습니다. 자원이나 레이블을 고르거나 묶어서 그려 보세요.`,
    nothing: '이 시간에는 측정된 값이 없습니다.',
    summary: (metric: string, lines: number, now: string, max: string) => `${metric}: 선 ${lines}개, 최근 ${now}, 최고 ${max}. 화살표 키로 값을 읽을 수 있습니다.`,
  },
);
