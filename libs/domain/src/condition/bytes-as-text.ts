/** Bytes in JSON: base64 (RFC 4648). */
export function bytesToText(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Throws for what is no base64. A plain loop: a checkpoint has such texts by the hundred thousand. */
export function textToBytes(text: string): Uint8Array {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < letters.length; index++) bytes[index] = letters.charCodeAt(index);
  return bytes;
}
