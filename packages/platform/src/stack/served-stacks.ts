import type { PackageStore } from "../lambda/code/package-store.ts";
import type { LambdaFunction, Publication } from "../lambda/lambda-function.ts";
import type { LambdaService } from "../lambda/lambda-service.ts";
import { deployedFunctions } from "./service/deployed-functions.ts";
import { emptyModel, type StackModel } from "./stack-model.ts";
import type { DeployableStack } from "./template-deployment.ts";

/** What is served: the template that the platform runs from its file, and what stacks of CloudFormation add to it. */
export class ServedStacks {
  readonly #lambda: LambdaService;
  readonly #packages: PackageStore;
  #fromFile: DeployableStack | undefined;
  /** Whether its functions are still to take over. */
  #isFileNew = false;
  /** What was put of functions of stacks, by name, so that those that stay the same keep their environments. */
  #put = new Map<string, string>();
  #model: StackModel | undefined;
  #fileTimeMs = 0;

  constructor(lambda: LambdaService, packages: PackageStore) {
    this.#lambda = lambda;
    this.#packages = packages;
  }

  /** Everything; nothing before anything is deployed. */
  get model(): StackModel | undefined {
    return this.#model;
  }

  /** The part that isn't from stacks. */
  get base(): StackModel {
    return this.#fromFile?.model ?? emptyModel();
  }

  /** When the template's file was last deployed: Unix time in milliseconds. */
  get fileTimeMs(): number {
    return this.#fileTimeMs;
  }

  /** Says what the template's file has become. It is served with the next {@link takeOver}. */
  setFile(stack: DeployableStack, nowMs: number): void {
    this.#fromFile = stack;
    this.#fileTimeMs = nowMs;
    this.#isFileNew = true;
  }

  /**
   * Lets a model take over: the base, and what stacks have added to it.
   * @returns for each function, when nothing runs any more of what was there before.
   */
  takeOver(model: StackModel): readonly Promise<void>[] {
    // First, since functions that start at once get the credentials of its roles.
    this.#model = model;
    const { functions = [], publications } = this.#fromFile ?? {};
    const deployed = deployedFunctions(model, this.#packages);
    const names = new Set([...functions, ...deployed.map(({ target }) => target)].map(({ name }) => name));
    const replaced = this.#lambda
      .list()
      .flatMap(({ name }) => (names.has(name) ? [] : [this.#lambda.delete(name)]));
    if (this.#isFileNew) {
      replaced.push(...functions.map((target) => this.#lambda.put(target, publications?.get(target.name))));
      this.#isFileNew = false;
    }
    const put = new Map<string, string>();
    for (const { target, publication } of deployed) {
      const state = stateOf(target, publication);
      if (this.#put.get(target.name) !== state) replaced.push(this.#lambda.put(target, publication));
      put.set(target.name, state);
    }
    this.#put = put;
    return replaced;
  }
}

function stateOf(target: LambdaFunction, { versions, aliases, policies, provisioned }: Publication): string {
  return JSON.stringify([target, versions, aliases, [...policies], [...provisioned]]);
}
