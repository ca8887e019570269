/** A text with its percent escapes resolved, or as it is if they can't be. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
