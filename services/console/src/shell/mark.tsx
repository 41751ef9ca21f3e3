/** The loop that closes on itself, around what it watches. */
export function Mark({ size = 22 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" style={{ flex: 'none' }}>
      <path d="M19.6 8.1A8.6 8.6 0 1 0 20.6 12" stroke="var(--series-1)" strokeWidth="2.8" />
      <path d="M21 2.600v5.800h-5.8" stroke="var(--series-1)" strokeWidth="2.8" />
      <circle cx="12" cy="12" r="2.5" fill="var(--text)" />
    </svg>
  );
}
