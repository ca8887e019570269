/**
 * Pieces of SQL by what they are for:
 * `n` number, `s` string, `x` name, `v` variable, `f` function that attacks call, `k` beginning of a statement,
 * `U` UNION, `S` SELECT, `F` FROM, `W` clause that attacks append (INTO, ORDER BY, HAVING …), `&` AND, OR …,
 * `o` other operator, `t` TRUE, FALSE or NULL, `c` comment, `X` comment that MySQL runs, `(` `)` `,` `;` themselves,
 * `?` anything else.
 */
export interface SqlToken {
  readonly type: string;
  readonly text: string;
}

/** What the text is within, where it lands in a statement. */
export type SqlContext = "" | "'" | '"';

const words: Readonly<Record<string, string>> = {
  ...typed("U", "union intersect except"),
  ...typed("S", "select"),
  ...typed("F", "from"),
  ...typed("W", "into order group having limit procedure where values set table database"),
  ...typed("&", "and or xor not"),
  ...typed("o", "like rlike regexp glob between in is div mod similar collate sounds"),
  ...typed("t", "true false null"),
  ...typed(
    "k",
    "insert update delete drop alter create exec execute declare truncate shutdown grant revoke waitfor begin merge replace call handler attach copy backup",
  ),
  ...typed(
    "f",
    "sleep benchmark pg_sleep dbms_pipe.receive_message load_file extractvalue updatexml xp_cmdshell sp_executesql char chr concat concat_ws group_concat substring substr ascii hex unhex version user database current_user system_user ord mid if case cast convert count xmltype utl_inaddr.get_host_address utl_http.request randomblob load_extension make_set elt row exp name_const",
  ),
};

/** Functions that nobody calls but to attack. */
export const attackFunctions: ReadonlySet<string> = new Set([
  "sleep",
  "benchmark",
  "pg_sleep",
  "dbms_pipe.receive_message",
  "load_file",
  "extractvalue",
  "updatexml",
  "xp_cmdshell",
  "sp_executesql",
  "utl_inaddr.get_host_address",
  "utl_http.request",
  "load_extension",
  "randomblob",
]);

/** One piece each, in the order of `kinds`. */
const piece = new RegExp(
  [
    "[\\s\\xa0\\0]+",
    "/\\*!\\d*",
    "/\\*|--|#",
    "0x[0-9a-f]+|0b[01]+|\\d+(?:\\.\\d*)?(?:e[+-]?\\d+)?|\\.\\d+",
    "['\"]",
    "@@?[a-z0-9_$.]*",
    "`[^`]*`?|\\[[a-z0-9_ ]*\\]|[a-z_\\x80-\\xff][a-z0-9_$.\\x80-\\xff]*",
    "&&|\\|\\|",
    "<=>|<>|<=|>=|!=|:=|<<|>>|::|[-+*/%=<>~^|&!]",
    "[(),;]",
    ".",
  ]
    .map((alternative) => `(${alternative})`)
    .join("|"),
  "isy",
);

const kinds = [
  "blank",
  "run",
  "comment",
  "number",
  "quote",
  "variable",
  "name",
  "logic",
  "operator",
  "mark",
  "other",
] as const;

/** Reads a text as SQL would be read from within `context`. Takes time in proportion to it. */
export function readSqlTokens(text: string, context: SqlContext): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let position = 0;
  const take = (type: string, end: number) => {
    tokens.push({ type, text: text.slice(position, end).toLowerCase() });
    position = end;
  };
  if (context !== "") take("s", endOfString(text, 0, context));
  while (position < text.length) {
    piece.lastIndex = position;
    const match = piece.exec(text) ?? ["?"];
    const found = match[0];
    const kind = kinds[match.indexOf(found, 1) - 1] ?? "other";
    const end = position + found.length;
    if (kind === "blank") position = end;
    else if (kind === "run") take("X", end);
    else if (kind === "comment") take("c", endOfComment(text, position, found));
    else if (kind === "number") take("n", end);
    else if (kind === "quote") take("s", endOfString(text, end, found));
    else if (kind === "variable") take("v", end);
    else if (kind === "name") take(typeOfWord(found.toLowerCase()), end);
    else if (kind === "logic") take("&", end);
    else if (kind === "operator") take("o", end);
    else if (kind === "mark") take(found, end);
    else take("?", end);
  }
  return tokens;
}

function typeOfWord(word: string): string {
  return Object.hasOwn(words, word) ? (words[word] ?? "x") : "x";
}

/** Behind the closing quote, which is not doubled and has no backslash before it. */
function endOfString(text: string, start: number, quote: string): number {
  for (let position = start; position < text.length; position += 1) {
    const character = text[position];
    if (character === "\\") position += 1;
    else if (character === quote) {
      if (text[position + 1] !== quote) return position + 1;
      position += 1;
    }
  }
  return text.length;
}

function endOfComment(text: string, start: number, opening: string): number {
  const isBlock = opening === "/*";
  const end = text.indexOf(isBlock ? "*/" : "\n", start + opening.length);
  if (end === -1) return text.length;
  return isBlock ? end + 2 : end + 1;
}

function typed(type: string, list: string): Record<string, string> {
  return Object.fromEntries(list.split(" ").map((word) => [word, type]));
}
