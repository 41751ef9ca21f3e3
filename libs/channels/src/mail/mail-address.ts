const pattern = /^[^\s<>()[\]\\,;:"@\p{Cc}]{1,64}@[^\s<>()[\]\\,;:"@\p{Cc}]{1,255}$/u;

/** One plain address: nothing in it can begin another address, a header or an SMTP command. */
export function isMailAddress(text: string): boolean {
  return pattern.test(text);
}
