import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCrossSiteScripting } from "./cross-site-scripting.ts";
import { isSqlInjection } from "./sql-injection.ts";

const injections = [
  "1 or 1=1",
  "1 OR 1=1--",
  "1or 1=1",
  "' or '1'='1",
  "' or 'a'='a' --",
  `" or "" = "`,
  "' or 1=1#",
  "') or ('a'='a",
  "' or true--",
  "1' and 1=1 -- -",
  "1 and (select count(*) from users) > 0",
  "admin'--",
  "admin') --",
  "admin'/*",
  "' union select null, null --",
  "1 UNION ALL SELECT user, password FROM users",
  "1/**/union/**/select/**/1,2,3",
  "1 /*!50000union*/ /*!50000select*/ 1",
  "-1 union (select 1)",
  "1; drop table users",
  "'; exec xp_cmdshell('dir') --",
  "'; insert into users values ('x') --",
  "1; select pg_sleep(5)",
  "1 and sleep(5)",
  "' and benchmark(1000000, md5(1)) and '",
  "1' waitfor delay '0:0:5'--",
  "1 order by 10--",
  "' order by 3#",
  "' having 1=1--",
  "' group by userid having 1=1--",
  "'||'a",
  "'='",
  "1 and extractvalue(1, concat(0x7e, version()))",
  "' into outfile '/tmp/x' --",
  "(select * from users)",
  "select @@version",
  "1 or not 1=2",
  "' or '1",
  "'-0-'",
  "declare @x varchar(10)",
  "exec master..xp_cmdshell 'dir'",
  "1 and ascii(substring((select database()),1,1))>64",
  "1) or (1=1",
  "'/**/or/**/1=1--",
  "id=1 or 1=1",
];

const harmlessText = [
  "",
  "hello world",
  "O'Brien",
  "it's a dog's life",
  "salt and pepper",
  "this or that",
  "rock 'n' roll",
  "1 or 2 eggs",
  "union station",
  "the student union selected a president",
  "please select an option from the list",
  "drop me a line; see you",
  "5 - 3 = 2",
  "C# and F#",
  "well -- maybe",
  "order by phone",
  'she said "yes" and left',
  "name=Anna&city=Bern",
  "2026-11-26T10:00:00Z",
  "a@example.com",
  "https://example.com/a?b=c&d=1#e",
  '{"id":1,"name":"x"}',
  "SGVsbG8gd29ybGQ=",
  "group of 3 and more",
  "2024-05 and 2025-11",
  "x > 1 and y < 2",
  '{"select":"*","from":"x","order":"by"}',
  '{"q":"salt or pepper","n":1}',
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
  "price <= 5 or free",
  "ends with '/'.",
  "its folder and its style",
];

describe("the SQL injection detector", () => {
  test.each(injections)("takes %j for an attack", (text) => {
    expect(isSqlInjection(text, "LOW")).toBe(true);
  });

  test.each(harmlessText)("lets %j pass", (text) => {
    expect(isSqlInjection(text, "LOW")).toBe(false);
  });

  test.each(["select name from users", "delete from users where 1", "a or 1=1"])(
    "takes %j for an attack only where sensitivity is HIGH",
    (text) => {
      expect(isSqlInjection(text, "LOW")).toBe(false);
      expect(isSqlInjection(text, "HIGH")).toBe(true);
    },
  );

  test.each(injections)("is at least as strict with HIGH about %j", (text) => {
    expect(isSqlInjection(text, "HIGH")).toBe(true);
  });
});

const scripts = [
  "<script>alert(1)</script>",
  "<ScRiPt src=//x>",
  "<script\n>",
  "<img src=x onerror=alert(1)>",
  '<img/src="x"/onerror=alert(1)>',
  "<svg/onload=alert(1)>",
  "<svg><animate onbegin=alert(1)>",
  "<iframe src=x>",
  "<body onload=alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  "<a href='java\tscript:alert(1)'>",
  '<a href="&#106;avascript:alert(1)">',
  "<a href=vbscript:msgbox(1)>",
  '<object data="data:text/html,x">',
  "<form action=javascript:alert(1)>",
  "<div style=width:expression(alert(1))>",
  "<math><x>",
  '" onmouseover="alert(1)',
  "' onfocus=alert(1) autofocus='",
  "x onclick=alert(1)",
  '"><script>alert(1)</script>',
  "<!--[if gte IE 4]><x><![endif]-->",
  "<!DOCTYPE x [<!ENTITY y SYSTEM 'z'>]>",
  "<base href=//x>",
  "<s\0cript>",
  "<a href=javascript&colon;alert(1)>",
  "<details open ontoggle=alert(1)>",
  "<button formaction=javascript:alert(1)>",
];

const harmlessMarkup = [
  ...harmlessText,
  "a < b and c > d",
  "1<2",
  "<3 you",
  "<b>bold</b>",
  "<p class=x>text</p>",
  '<a href="https://example.com">x</a>',
  "<a href=/on/x>",
  "if (a<b) { return }",
  "on and on=and on",
  "<!-- note -->",
];

describe("the cross-site scripting detector", () => {
  test.each(scripts)("takes %j for an attack", (text) => {
    expect(isCrossSiteScripting(text)).toBe(true);
  });

  test.each(harmlessMarkup)("lets %j pass", (text) => {
    expect(isCrossSiteScripting(text)).toBe(false);
  });
});

describe("both detectors", () => {
  const pieces = [
    "'",
    '"',
    "`",
    "<",
    ">",
    "<a ",
    "=",
    "/*",
    "*/",
    "--",
    "(",
    ")",
    "select ",
    " or ",
    "1",
    "<!--",
  ];
  const jumble = fc
    .array(fc.constantFrom(...pieces, "\0", "\xff", "x"), { maxLength: 60 })
    .map((list) => list.join(""));

  test("take anything", () => {
    fc.assert(
      fc.property(jumble, (text) => {
        expect(isSqlInjection(text, "HIGH")).toBeTypeOf("boolean");
        expect(isCrossSiteScripting(text)).toBeTypeOf("boolean");
      }),
    );
  });

  test.each(pieces)(
    "get through the longest body of %j",
    (piece) => {
      // Whatever grew with the square of the length would take minutes.
      const body = piece.repeat(65_536 / piece.length);
      expect(isSqlInjection(body, "HIGH")).toBeTypeOf("boolean");
      expect(isCrossSiteScripting(body)).toBeTypeOf("boolean");
    },
    20_000,
  );
});
