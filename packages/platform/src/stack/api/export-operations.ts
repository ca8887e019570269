import { validationError } from "../service/stack-errors.ts";
import { importersOf } from "../service/stack-outputs.ts";
import type { CloudFormationApiOptions, CloudFormationOperations } from "./cloudformation-api.ts";
import { pageOf } from "./paging.ts";

/** What stacks give one another. */
export function exportOperations({ stacks }: CloudFormationApiOptions): CloudFormationOperations {
  const { engine } = stacks;
  const exports = () =>
    engine
      .stacks()
      .flatMap(({ id, outputs }) =>
        outputs.flatMap(({ exportName, value }) =>
          exportName === undefined ? [] : [{ ExportingStackId: id, Name: exportName, Value: value }],
        ),
      )
      .sort((one, other) => (one.Name < other.Name ? -1 : 1));
  return {
    ListExports: ({ NextToken }) => {
      const { items, next } = pageOf(exports(), "ListExports", NextToken);
      return { Exports: [...items], NextToken: next };
    },
    ListImports: ({ ExportName = "", NextToken }) => {
      if (!exports().some(({ Name }) => Name === ExportName)) {
        throw validationError(`Export '${ExportName}' does not exist.`);
      }
      const importers = importersOf(engine, ExportName);
      if (importers.length === 0) {
        throw validationError(`Export '${ExportName}' is not imported by any stack.`);
      }
      const { items, next } = pageOf(importers, `ListImports ${ExportName}`, NextToken);
      return { Imports: [...items], NextToken: next };
    },
  };
}
