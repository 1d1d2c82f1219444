/** `1 error`, `2 errors`; `plural` where an s is not enough. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
