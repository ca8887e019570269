import { expect, test } from "vitest";
import { findCorsProblem } from "./cors.ts";

const many = (count: number) => Array.from({ length: count }, (_, index) => `https://${index}.example`);

test.each([
  ["nothing", {}],
  ["six methods of six characters", { AllowMethods: ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE"] }],
  ["every method", { AllowMethods: ["*"] }],
  ["100 origins", { AllowOrigins: many(100) }],
  ["a day", { MaxAge: 86_400 }],
])("a configuration of %s is taken", (_, cors) => {
  expect(findCorsProblem(cors)).toBeUndefined();
});

test.each([
  ["OPTIONS", { AllowMethods: ["GET", "OPTIONS"] }, /has OPTIONS; .* answered without OPTIONS/],
  [
    "seven methods",
    { AllowMethods: ["A", "B", "C", "D", "E", "F", "G"] },
    /7 entries; Lambda takes at most 6/,
  ],
  ["101 origins", { AllowOrigins: many(101) }, /AllowOrigins has 101 entries; Lambda takes at most 100/],
  ["an origin of 254 characters", { AllowOrigins: ["h".repeat(254)] }, /254 characters; .* at most 253/],
  ["101 headers", { AllowHeaders: many(101) }, /AllowHeaders has 101 entries/],
  ["101 headers to expose", { ExposeHeaders: many(101) }, /ExposeHeaders has 101 entries/],
  ["more than a day", { MaxAge: 86_401 }, /MaxAge is 86401; Lambda takes 0 to 86400 seconds/],
  ["a time before", { MaxAge: -1 }, /MaxAge is -1/],
])("a configuration of %s is refused", (_, cors, problem) => {
  expect(findCorsProblem(cors)).toMatch(problem);
});
