/**
 * What an unquoted YAML scalar means, as CloudFormation and SAM CLI read it: YAML 1.1, but a date stays a string.
 *
 * @see https://yaml.org/type/
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
 */
export function plainScalar(source: string): string | number | boolean | null {
  if (/^(|~|null|Null|NULL)$/.test(source)) return null;
  if (/^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return true;
  if (/^(no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source)) return false;
  return integer(source) ?? float(source) ?? source;
}

function integer(source: string): number | undefined {
  const match =
    /^([-+]?)(0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/.exec(source);
  if (match === null) return undefined;
  const sign = match[1] === "-" ? -1 : 1;
  const digits = (match[2] ?? "").replaceAll("_", "");
  return signed(sign, magnitude(digits));
}

function magnitude(digits: string): number {
  if (digits.includes(":")) return sexagesimal(digits);
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return Number(digits);
}

function float(source: string): number | undefined {
  const match =
    /^([-+]?)([0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/.exec(
      source,
    );
  if (match === null) return undefined;
  const digits = (match[2] ?? "").replaceAll("_", "");
  return signed(match[1] === "-" ? -1 : 1, digits.includes(":") ? sexagesimal(digits) : Number(digits));
}

/** Numbers to the base 60, such as `1:30` for 90. */
function sexagesimal(digits: string): number {
  return digits.split(":").reduce((total, part) => total * 60 + Number(part), 0);
}

function signed(sign: number, value: number): number {
  return value === 0 ? 0 : sign * value;
}
