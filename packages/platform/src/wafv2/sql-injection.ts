import { attackFunctions, readSqlTokens, type SqlContext, type SqlToken } from "./sql-tokens.ts";

/** How eagerly to take a text for an attack. */
export type Sensitivity = "LOW" | "HIGH";

const contexts: readonly SqlContext[] = ["", "'", '"'];

/**
 * Whether a text would change the meaning of a SQL statement that it is pasted into: as a number or name, or within
 * quotes that it closes.
 *
 * AWS's detector is its own and not published. This one knows the classes of attack that AWS names, and will differ
 * from AWS's at the edges.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-sqli-match.html
 */
export function isSqlInjection(text: string, sensitivity: Sensitivity): boolean {
  return contexts.some((context) => {
    if (context !== "" && !text.includes(context)) return false;
    const tokens = readSqlTokens(text, context);
    return isAttack(tokens, context !== "", sensitivity === "HIGH");
  });
}

function isAttack(all: readonly SqlToken[], isQuoted: boolean, isHigh: boolean): boolean {
  // Comments stand for blanks, but for the one that cuts off the rest of the statement.
  const last = all.at(-1);
  const hidesRest = last?.type === "c";
  const types = all.filter(({ type }) => type !== "c");
  const typeAt = (index: number): string => types[index]?.type ?? "";
  const textAt = (index: number): string => types[index]?.text ?? "";
  // `admin'--`
  if (isQuoted && hidesRest && types.length === 1) return true;
  // `admin') --`
  if (isQuoted && hidesRest && types.slice(1).every(({ type }) => type === ")")) return true;
  for (let index = 0; index < types.length; index += 1) {
    switch (typeAt(index)) {
      case "X":
        // `/*!50000select*/`
        if (/[USWk&f]/.test(typeAt(index + 1))) return true;
        break;
      case "U":
        if (isUnion(typeAt, textAt, index)) return true;
        break;
      case ";":
        if (isStacked(typeAt, index, isQuoted || isHigh || isNumeric(typeAt, index))) return true;
        break;
      case "&":
        if (isGlue(typeAt, textAt, index, isQuoted)) return true;
        if (isCondition(typeAt, textAt, index, isQuoted, isHigh, hidesRest)) return true;
        break;
      case "o":
        if (isGlue(typeAt, textAt, index, isQuoted)) return true;
        break;
      case "f":
        if (isCall(typeAt, textAt, index, isHigh)) return true;
        break;
      case "S":
        if (isSelect(typeAt, textAt, index, isQuoted, isHigh)) return true;
        break;
      case "W":
        if (isClause(typeAt, textAt, index, isQuoted)) return true;
        break;
      case "k":
        if (isHigh && index === 0 && /[xWF]/.test(typeAt(1)) && /[xWF(kS]/.test(typeAt(2))) return true;
        if (isProcedural(typeAt, textAt, index)) return true;
        break;
    }
  }
  return false;
}

/** So many signs and parentheses are looked past, that a text full of them takes no longer than others. */
const mostPrefixes = 32;

type At = (index: number) => string;

/** `'='`, `' || '`, `'-0-'`: operators, and what was quoted before and after. */
function isGlue(typeAt: At, textAt: At, index: number, isQuoted: boolean): boolean {
  if (isQuoted && index === 1 && typeAt(2) === "n" && typeAt(3) === "o" && typeAt(4) === "s") return true;
  return (
    isQuoted &&
    index === 1 &&
    /^(=|<>|!=|<|>|\|\||&&|\+|-)$/.test(textAt(1)) &&
    typeAt(2) === "s" &&
    typeAt(3) === ""
  );
}

/** `union select`, `union all (select`. */
function isUnion(typeAt: At, textAt: At, index: number): boolean {
  let next = index + 1;
  if (/^(all|distinct)$/.test(textAt(next))) next += 1;
  while (/^[(X]$/.test(typeAt(next)) && next < index + mostPrefixes) next += 1;
  return typeAt(next) === "S";
}

/** `1; drop table x`. */
function isStacked(typeAt: At, index: number, isBroken: boolean): boolean {
  return isBroken && /[kS]/.test(typeAt(index + 1)) && typeAt(index + 2) !== "";
}

function isNumeric(typeAt: At, index: number): boolean {
  return index > 0 && /[n)v]/.test(typeAt(index - 1));
}

/** `1 or 1=1`, `' or 'a'='a`, `' and sleep(1)`, `' or true--`. */
function isCondition(
  typeAt: At,
  textAt: At,
  index: number,
  isQuoted: boolean,
  isHigh: boolean,
  hidesRest: boolean,
): boolean {
  const isBroken = (isQuoted && index > 0) || isNumeric(typeAt, index);
  if (!isBroken && !isHigh) return false;
  const isPrefix = (at: number) =>
    typeAt(at) === "(" || textAt(at) === "not" || (typeAt(at) === "o" && /^[-+!~]$/.test(textAt(at)));
  let left = index + 1;
  while (isPrefix(left) && left < index + mostPrefixes) left += 1;
  const operand = typeAt(left);
  if (operand === "f") return typeAt(left + 1) === "(";
  if (operand === "S" || textAt(left) === "exists") return isBroken;
  const isValue = /[nsvt]/.test(operand);
  if (!isValue && operand !== "x") return false;
  const after = typeAt(left + 1);
  if (after === "o" || after === "&") {
    const right = typeAt(left + 2);
    if (isValue) {
      // Without quotes it may be about two numbers that are written with a dash.
      const isCompared = isQuoted || isHigh || /^([<>=!&|]|[a-z])/.test(textAt(left + 1));
      return (isCompared && /[nsvxtf(]/.test(right)) || textAt(left + 1) === "is";
    }
    // Of names on both sides a sentence may be made, of a name and a value hardly.
    return /[nsvt]/.test(right) && (isQuoted || isHigh);
  }
  const isEnd = after === "" || after === ")" || after === ";";
  if (!isEnd || !isBroken) return false;
  if (/[nt]/.test(operand)) return isQuoted || hidesRest || operand === "t";
  return operand === "s" && (hidesRest || (isQuoted && index === 1));
}

/** `sleep(5)`, or another function where an operator or clause asks for its value. */
function isCall(typeAt: At, textAt: At, index: number, isHigh: boolean): boolean {
  if (typeAt(index + 1) !== "(") return false;
  if (attackFunctions.has(textAt(index))) return true;
  return isHigh && index > 0 && /[onsv;]/.test(typeAt(index - 1)) && /[nsv)S]/.test(typeAt(index + 2));
}

/** `exec master..xp_cmdshell`, `declare @x`, `waitfor delay '0:0:5'`. */
function isProcedural(typeAt: At, textAt: At, index: number): boolean {
  const next = textAt(index + 1);
  if (attackFunctions.has(next.slice(next.lastIndexOf(".") + 1))) return true;
  if (textAt(index) === "declare") return typeAt(index + 1) === "v";
  return textAt(index) === "waitfor" && next === "delay";
}

/** `(select …`, `' select`, `select * from`, `select @@version`, `select a, b from`. */
function isSelect(typeAt: At, textAt: At, index: number, isQuoted: boolean, isHigh: boolean): boolean {
  const before = index === 0 ? "" : typeAt(index - 1);
  const next = typeAt(index + 1);
  if (isQuoted && index === 1 && /[nxv(ft]|o/.test(next)) return true;
  if (before === "(" && /[nsvxf(]|o/.test(next) && typeAt(index + 2) !== "") return isSubquery(typeAt, index);
  if (next === "v" || (next === "f" && typeAt(index + 2) === "(")) return true;
  if (textAt(index + 1) === "*") return typeAt(index + 2) === "F";
  let end = index + 1;
  while (/[xnsv]/.test(typeAt(end)) && typeAt(end + 1) === ",") end += 2;
  const isList = end > index + 1 || /[nsv]/.test(typeAt(end)) || isHigh;
  return isList && /[xnsv]/.test(typeAt(end)) && typeAt(end + 1) === "F" && /[x(]/.test(typeAt(end + 2));
}

function isSubquery(typeAt: At, index: number): boolean {
  for (let next = index + 1; next < index + 40; next += 1) {
    if (/[F)]/.test(typeAt(next))) return true;
  }
  return false;
}

/** `1 order by 10`, `' group by x having 1=1`, `' into outfile '/x'`. */
function isClause(typeAt: At, textAt: At, index: number, isQuoted: boolean): boolean {
  const isBroken = (isQuoted && index === 1) || (index === 1 && /[n)]/.test(typeAt(0)));
  const clause = textAt(index);
  if (clause === "into") return /^(outfile|dumpfile)$/.test(textAt(index + 1));
  if (!isBroken) return false;
  if (clause === "order" || clause === "group") return textAt(index + 1) === "by" && typeAt(index + 2) !== "";
  return /^(having|limit|procedure|where)$/.test(clause) && /[nsvfx]/.test(typeAt(index + 1));
}
