/**
 * The time of a request, in milliseconds; undefined if the text is neither ISO 8601 basic (`20150830T123600Z`) nor, for
 * the `Date` header, an HTTP date (`Sun, 30 Aug 2015 12:36:00 GMT`).
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
export function parseRequestTime(text: string, form: "iso-basic" | "iso-basic-or-http"): number | undefined {
  const iso = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (iso !== null) {
    const [year, month, day, hour, minute, second] = iso.slice(1);
    const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    // `Date.parse` takes 24:00:00 and, in some engines, the 31st of a short month for the next day.
    return Number.isNaN(timeMs) || isoBasic(timeMs) !== text ? undefined : timeMs;
  }
  if (form === "iso-basic" || !httpDate.test(text)) return undefined;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** `YYYYMMDDTHHMMSSZ`, UTC. */
export function isoBasic(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
