/** One object for each text that is in use. Its number is its own; when the text is no longer used, another gets it. */
export class SharedTexts<T> {
  readonly #make: (text: string, number: number) => T;
  readonly #entries = new Map<string, { readonly shared: T; readonly number: number; users: number }>();
  readonly #freeNumbers: number[] = [];

  constructor(make: (text: string, number: number) => T) {
    this.#make = make;
  }

  get(text: string): T {
    return this.#entryOf(text).shared;
  }

  addUser(text: string): void {
    this.#entryOf(text).users++;
  }

  /** The last one takes the text along. */
  removeUser(text: string): void {
    const entry = this.#entryOf(text);
    if (--entry.users > 0) return;
    this.#entries.delete(text);
    this.#freeNumbers.push(entry.number);
  }

  #entryOf(text: string): { readonly shared: T; readonly number: number; users: number } {
    let entry = this.#entries.get(text);
    if (!entry) {
      // None is free: those from 0 on are all in use.
      const number = this.#freeNumbers.pop() ?? this.#entries.size;
      this.#entries.set(text, (entry = { shared: this.#make(text, number), number, users: 0 }));
    }
    return entry;
  }
}
