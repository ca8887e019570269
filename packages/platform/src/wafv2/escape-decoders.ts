const controls: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const entities: Readonly<Record<string, string>> = { quot: '"', nbsp: "\xa0", lt: "<", gt: ">", amp: "&" };

/** ANSI C escapes; those that are none stay. */
export function escapeSequenceDecode(bytes: string): string {
  return bytes.replace(
    /\\(?:x([0-9a-f]{1,2})|([0-7]{1,3})|([abfnrtv])|([\\?'"]))/gi,
    (whole, hex?: string, octal?: string, letter?: string, itself?: string) => {
      if (hex !== undefined) return byte(Number.parseInt(hex, 16));
      if (octal !== undefined) return byte(Number.parseInt(octal, 8));
      return itself ?? controls[letter ?? ""] ?? whole;
    },
  );
}

/** JavaScript's escapes; of a 16-bit one the lower byte counts, unless it is full-width ASCII. */
export function javaScriptDecode(bytes: string): string {
  return bytes.replace(
    /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([0-3][0-7]{0,2}|[4-7][0-7]?)|(.))/gis,
    (whole, wide?: string, hex?: string, octal?: string, other?: string) => {
      if (wide !== undefined) return byte(narrow(Number.parseInt(wide, 16)));
      if (hex !== undefined) return byte(Number.parseInt(hex, 16));
      if (octal !== undefined) return byte(Number.parseInt(octal, 8));
      return controls[other ?? ""] ?? other ?? whole;
    },
  );
}

/**
 * CSS 2 escapes: the last two of up to six digits count, unless it is full-width ASCII, and take a blank with them; a
 * backslash before anything else goes, together with a line end.
 */
export function cssDecode(bytes: string): string {
  return bytes.replace(
    /\\(?:([0-9a-f]{1,6})[ \t\n\r\f]?|\r?\n|(.))/gis,
    (_, digits?: string, other?: string) => {
      if (digits === undefined) return other ?? "";
      return byte(narrow(Number.parseInt(digits, 16)));
    },
  );
}

/** The five entities that AWS names, and numbers; those that name no byte become its lowest one. */
export function htmlEntityDecode(bytes: string): string {
  return bytes.replace(
    /&(?:#x([0-9a-f]{1,8})|#([0-9]{1,10})|(quot|nbsp|lt|gt|amp));?/gi,
    (_, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return byte(Number.parseInt(hex, 16));
      if (decimal !== undefined) return byte(Number.parseInt(decimal, 10));
      return entities[(name ?? "").toLowerCase()] ?? "";
    },
  );
}

/** The byte of a 16-bit escape: the lower one, but full-width ASCII as what it looks like. */
export function narrow(code: number): number {
  return code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code & 0xff;
}

function byte(code: number): string {
  return String.fromCharCode(code & 0xff);
}
