const pattern = /^[^\s<>()[\]\\,;:"@\u0000-\u001f\u007f]{1,64}@[^\s<>()[\]\\,;:"@\u0000-\u001f\u007f]{1,255}$/;

/** One plain address: nothing in it can begin another address, a header or an SMTP command. */
export function isMailAddress(text: string): boolean {
  return pattern.test(text);
}
