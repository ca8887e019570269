import { htmlEntityDecode } from "./escape-decoders.ts";

/** Elements that run or load something, or change where the page's links and forms go. */
const elements = new Set(
  "applet base embed frame frameset handler iframe import isindex link listener math meta noscript object script style template vmlframe xml xss".split(
    " ",
  ),
);

/** Attributes that take an address, which may be a script. */
const addresses = new Set(
  "action background by code codebase data dynsrc filter formaction from href lowsrc manifest poster src srcdoc to values xlink:href".split(
    " ",
  ),
);

/** Attributes that can run something whatever they say. */
const attributes = new Set(
  "attributename dataformatas datafld datasrc folder style xmlns xmlns:xlink".split(" "),
);

/** What a text may be pasted into: text, or an attribute's value with quotes of some kind. */
const contexts = ["", "<a b=", "<a b='", '<a b="', "<a b=`"];

/**
 * Whether a text would make a browser run a script, where a page shows it as text or has it in an attribute.
 *
 * AWS's detector is its own and not published. This one knows elements, attributes and addresses that run scripts, and
 * will differ from AWS's at the edges.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-xss-match.html
 */
export function isCrossSiteScripting(text: string): boolean {
  return contexts.some((context) => {
    const quote = context.at(-1) ?? "";
    if (/['"`]/.test(quote) && !text.includes(quote)) return false;
    return hasScript(`${context}${text}`, context.length);
  });
}

/** Walks over markup once; what begins before `start` is ours. */
function hasScript(markup: string, start: number): boolean {
  let position = 0;
  while (position < markup.length) {
    const open = markup.indexOf("<", position);
    if (open === -1) return false;
    const tag = /<(?:(\/?)([a-z][^\s/>]*)|(!--|!\[cdata\[|!doctype|!entity|\?[a-z]|%))/iy;
    tag.lastIndex = open;
    const [found, isClosing, name, special] = tag.exec(markup) ?? [];
    if (found === undefined) {
      position = open + 1;
      continue;
    }
    position = open + found.length;
    if (special !== undefined) {
      if (
        !special.startsWith("!--") ||
        /^\s*\[if|^[^>]{0,200}(`|<!entity|import)/i.test(markup.slice(position, position + 250))
      ) {
        return true;
      }
      const end = markup.indexOf("-->", position);
      if (end === -1) return false;
      position = end;
      continue;
    }
    if (isClosing === "/") continue;
    const element = (name ?? "").toLowerCase().replaceAll("\0", "");
    if (open >= start && (elements.has(element) || /^(svg|xsl)/.test(element))) return true;
    const end = readAttributes(markup, position, start);
    if (end === undefined) return true;
    position = end;
  }
  return false;
}

/** @returns where the tag ends, or nothing if an attribute runs a script. */
function readAttributes(markup: string, from: number, start: number): number | undefined {
  const blanks = /[\s/\0]*/y;
  const attribute =
    /([^\s/>=\0][^\s/>=]*)?(?:[\s\0]*=[\s\0]*(?:"([^"]*)"?|'([^']*)'?|`([^`]*)`?|([^\s>]*)))?/y;
  let position = from;
  for (;;) {
    blanks.lastIndex = position;
    position += blanks.exec(markup)?.[0].length ?? 0;
    if (position >= markup.length || markup[position] === ">") return position + 1;
    attribute.lastIndex = position;
    const [found = "", name = "", ...values] = attribute.exec(markup) ?? [];
    if (found === "") {
      position += 1;
      continue;
    }
    const value = values.find((candidate) => candidate !== undefined);
    if (
      value !== undefined &&
      position >= start &&
      runsScript(name.toLowerCase().replaceAll("\0", ""), value)
    )
      return undefined;
    position += found.length;
  }
}

function runsScript(name: string, value: string): boolean {
  if (/^on[a-z]{3,}$/.test(name) || attributes.has(name)) return true;
  if (!addresses.has(name)) return false;
  // Browsers pass over blanks and control characters within the scheme.
  const address = htmlEntityDecode(value.replace(/&(?:tab|newline);/gi, "").replace(/&colon;/gi, ":"))
    .replace(/[\0-\x20\x7f-\xff]+/g, "")
    .toLowerCase();
  return /^(javascript|vbscript|livescript|view-source|data):/.test(address) || name === "srcdoc";
}
