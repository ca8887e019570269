/**
 * A text with the values of the stage's variables in the places of their names. One that is not there is empty.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html
 */
export function withStageVariables(
  text: string,
  variables: Readonly<Record<string, string>> | undefined,
): string {
  return text.replace(/\$\{stageVariables\.(\w+)\}/g, (_all, name: string) => variables?.[name] ?? "");
}
