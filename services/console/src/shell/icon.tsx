/** Strokes on a 16 x 16 grid. They decorate words; where one stands alone, its button carries the name. */
const paths = {
  overview: 'M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z',
  alarms: 'M8 2a4 4 0 0 0-4 4v3l-1.3 2.2h10.6L12 9V6a4 4 0 0 0-4-4zM6.5 13.5a1.6 1.6 0 0 0 3 0',
  metrics: 'M2 13.5h12M2.5 10.5 6 6.5l2.7 2.4 4.8-5.9',
  resources: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  policies: 'M3.5 2h6L12.5 5v9h-9zM9.5 2v3h3M5.8 8h4.4M5.8 11h4.4',
  orders: 'M4 2.5h8v11H4zM6 1.8h4v2H6zM6 8.3l1.4 1.4L10.2 7',
  playbooks: 'M2.5 3.2c2-.8 4-.6 5.5.6 1.5-1.2 3.5-1.4 5.5-.6v9.600c-2-.8-4-.6-5.5.6-1.5-1.2-3.5-1.4-5.5-.6zM8 3.800v9.6',
  outbox: 'M2 4h12v8.500H2zM2.3 4.3 8 9l5.7-4.7',
  letters: 'M2 9.5 4 3.500h8l2 6v3.500H2zM2 9.500h3.500l1 1.700h3l1-1.700H14',
  settings: 'M2.5 4.500h6M11.5 4.500h2M2.5 11.500h2M7.5 11.500h6M8.5 3v3h3V3zM4.5 10v3h3v-3z',
  search: 'M7 2.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.300l3.2 3.2',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  close: 'm4 4 8 8M12 4l-8 8',
  check: 'm3 8.5 3.2 3.200L13 5',
  cross: 'm4.3 4.3 7.4 7.400M11.7 4.300l-7.4 7.4',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  back: 'M13 8H3M7 4 3 8l4 4',
  down: 'm4 6 4 4 4-4',
  right: 'm6 4 4 4-4 4',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.800V8l2.2 1.6',
  play: 'M5 3.200v9.600L12.5 8z',
  stop: 'M4 4h8v8H4z',
  retry: 'M13 8a5 5 0 1 1-1.5-3.600M13.2 2v3h-3',
  person: 'M8 2.500a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.400zM2.8 13.500c.6-2.7 2.6-4 5.2-4s4.6 1.3 5.2 4',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  copy: 'M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3',
  download: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.500h11',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  question: 'M6 6a2 2 0 1 1 2.6 1.900c-.4.1-.6.4-.6.800v.6M8 11.800h.01',
  skip: 'M3.5 4 8 8l-4.5 4zM8.5 4 13 8l-4.5 4z',
  shield: 'M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4zM5.8 8l1.6 1.6 3-3.2',
  zap: 'M9 1.8 3.5 9H8l-1 5.200L12.5 7H8z',
  link: 'M6.5 9.500a2.8 2.8 0 0 0 4 0l2-2a2.8 2.8 0 0 0-4-4l-.8.8M9.5 6.500a2.8 2.8 0 0 0-4 0l-2 2a2.8 2.8 0 0 0 4 4l.8-.8',
  flag: 'M4 14V2.500h7.500L10 5.500l1.5 3H4',
} as const;
export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.4 : 1.5} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" style={{ flex: 'none' }}>
      <path d={paths[name]} />
    </svg>
  );
}
