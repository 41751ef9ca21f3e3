/** Why a sample was not taken: a short name to count by, and what its sender is told. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}
