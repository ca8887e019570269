import type { Diagnostic, Position } from "./diagnostics/diagnostic.ts";
import { diagnosticAt } from "./diagnostics/diagnostic.ts";
import { nearest } from "./diagnostics/spelling.ts";
import type { StackOutput, StackResource, StackTemplate } from "./intrinsics/instantiate.ts";
import { type Reference, referencesIn } from "./intrinsics/references.ts";
import type { Path } from "./template/positions.ts";

/** A resource and what must exist before it. */
export interface ResourceNode extends StackResource {
  /** Whether there is a mistake in it, or it is in a cycle, so that it can't be created. */
  readonly isFaulty: boolean;
  /** All resources that this one needs, whether it says so or names them in its properties. */
  readonly dependencies: ReadonlySet<string>;
  /** Where the resource, or the one that it was generated from, stands in the template. */
  readonly position: Position;
  /** The resource of the template that this one was generated from; its own logical id otherwise. */
  readonly origin: string;
}

/**
 * The resources of a stack, those with mistakes too, in the order in which they can be created; deletion goes the other
 * way.
 */
export interface ResourceGraph {
  readonly nodes: ReadonlyMap<string, ResourceNode>;
  /** Logical ids, dependencies first. Independent resources keep the template's order. */
  readonly creationOrder: readonly string[];
}

/** What the graph needs to know of where things came from. */
export interface GraphSource {
  /** The resource of the template that a resource comes from. */
  readonly originOf: (logicalId: string) => string;
  readonly positionOf: (path: Path) => Position;
  /** Resources that the transform could not expand: what they need of others is not known. */
  readonly leftOut?: ReadonlySet<string>;
  /** Whether a resource may be missing for a mistake that has been told; nothing is said of references to it. */
  readonly isLeftOut?: (logicalId: string) => boolean;
}

/**
 * Orders the resources of a stack.
 *
 * @param faulty - Resources in which a mistake was found elsewhere.
 * @returns The graph, and diagnostics for references to nothing and for cycles. Resources in a cycle have no place in
 *   the order.
 */
export function buildGraph(
  stack: StackTemplate,
  source: GraphSource,
  faulty: ReadonlySet<string> = new Set(),
): { readonly graph: ResourceGraph; readonly diagnostics: readonly Diagnostic[] } {
  const check = new ReferenceCheck(stack, source);
  const nodes = new Map<string, ResourceNode>();
  for (const resource of stack.declaredResources) {
    const { logicalId } = resource;
    const origin = source.originOf(logicalId);
    const explicit = check.explicit(resource);
    const implied = check.implied(resource);
    const isLeftOut = source.leftOut?.has(logicalId) === true;
    const dependencies = new Set(isLeftOut ? [] : [...explicit, ...implied].filter((id) => id !== logicalId));
    if (!isLeftOut && implied.includes(logicalId)) check.selfReference(resource);
    const position = source.positionOf(["Resources", origin]);
    const isFaulty =
      isLeftOut || stack.broken.has(logicalId) || check.faulty.has(logicalId) || faulty.has(logicalId);
    nodes.set(logicalId, { ...resource, isFaulty, dependencies, position, origin });
  }
  for (const output of stack.outputs) check.output(output, true);
  for (const { part, isWanted } of stack.brokenOutputs) check.output(part, isWanted);
  const { order, cyclic } = creationOrder(nodes);
  for (const id of cyclic) {
    const node = nodes.get(id);
    if (node !== undefined) nodes.set(id, { ...node, isFaulty: true });
  }
  const diagnostics = [...check.diagnostics, ...cycleDiagnostics(nodes, cyclic)];
  return { graph: { nodes, creationOrder: order }, diagnostics };
}

/** Resources that need a given one, directly or through others. */
export function dependents(graph: ResourceGraph, logicalId: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const id of graph.creationOrder) {
    const { dependencies } = graph.nodes.get(id) ?? { dependencies: new Set<string>() };
    if (dependencies.has(logicalId) || [...dependencies].some((dependency) => found.has(dependency)))
      found.add(id);
  }
  return found;
}

function creationOrder(nodes: ReadonlyMap<string, ResourceNode>): { order: string[]; cyclic: string[] } {
  const order: string[] = [];
  const done = new Set<string>();
  let waiting = [...nodes.values()];
  while (waiting.length > 0) {
    const ready = waiting.find(({ dependencies }) => [...dependencies].every((id) => done.has(id)));
    if (ready === undefined) break;
    order.push(ready.logicalId);
    done.add(ready.logicalId);
    waiting = waiting.filter((node) => node !== ready);
  }
  return { order, cyclic: waiting.map(({ logicalId }) => logicalId) };
}

/** One diagnostic, at the first resource of the template that is in a cycle. */
function cycleDiagnostics(
  nodes: ReadonlyMap<string, ResourceNode>,
  waiting: readonly string[],
): Diagnostic[] {
  // What only waits for a cycle is not in it: it is reached from no other resource that waits.
  const rest = new Set(waiting);
  for (let changed = true; changed; ) {
    const needed = new Set([...rest].flatMap((id) => [...(nodes.get(id)?.dependencies ?? [])]));
    const outside = [...rest].filter((id) => !needed.has(id));
    for (const id of outside) rest.delete(id);
    changed = outside.length > 0;
  }
  const [first] = rest;
  const node = first === undefined ? undefined : nodes.get(first);
  if (node === undefined) return [];
  const names = [...rest].join(", ");
  return [
    diagnosticAt(node.position, {
      severity: "error",
      code: "circular-dependency",
      message: `Circular dependency between resources: [${names}]. CloudFormation refuses the template.`,
      hint: "Take one of the references out of the circle: give a name instead of a Ref, or move a permission or policy into a resource of its own.",
      logicalId: node.origin,
    }),
  ];
}

class ReferenceCheck {
  readonly diagnostics: Diagnostic[] = [];
  /** Resources with a mistake. */
  readonly faulty = new Set<string>();
  readonly #stack: StackTemplate;
  readonly #ids: ReadonlySet<string>;
  readonly #source: GraphSource;

  constructor(stack: StackTemplate, source: GraphSource) {
    this.#stack = stack;
    this.#ids = new Set(stack.declaredResources.map(({ logicalId }) => logicalId));
    this.#source = source;
  }

  explicit(resource: StackResource): string[] {
    return resource.dependsOn.filter((id) => {
      if (this.#ids.has(id)) return true;
      // CloudFormation overlooks a dependency on a resource whose condition is false.
      if (!this.#stack.excluded.has(id)) {
        const path = ["Resources", this.#source.originOf(resource.logicalId), "DependsOn"];
        this.#missing(id, path, resource.logicalId, "DependsOn");
      }
      return false;
    });
  }

  implied(resource: StackResource): string[] {
    const origin = this.#source.originOf(resource.logicalId);
    const path = ["Resources", origin, "Properties"];
    const isWanted = this.#stack.broken.get(resource.logicalId)?.isWanted ?? true;
    return referencesIn(resource.properties, path).flatMap((reference) =>
      this.#exists(reference, resource.logicalId, isWanted) ? [reference.name] : [],
    );
  }

  output({ name, value, exportName }: StackOutput, isWanted: boolean): void {
    const path = ["Outputs", name, "Value"];
    const references = [
      ...referencesIn(value, path),
      ...referencesIn(exportName, ["Outputs", name, "Export"]),
    ];
    for (const reference of references) this.#exists(reference, undefined, isWanted);
  }

  selfReference({ logicalId }: StackResource): void {
    const origin = this.#source.originOf(logicalId);
    this.faulty.add(logicalId);
    this.diagnostics.push(
      diagnosticAt(this.#source.positionOf(["Resources", origin]), {
        severity: "error",
        code: "circular-dependency",
        message: `Circular dependency between resources: [${logicalId}]. The resource refers to itself; CloudFormation refuses the template.`,
        hint: "Give a name instead of the reference, or build the value from pseudo parameters.",
        logicalId: origin,
      }),
    );
  }

  #exists(reference: Reference, from: string | undefined, isWanted: boolean): boolean {
    if (this.#ids.has(reference.name)) return true;
    // A condition that isn't known, told already, may be what keeps the reference out. Functions Fn::If that are left have one.
    const isGuarded = !isWanted || reference.path.includes("Fn::If");
    if (isGuarded && this.#stack.excluded.has(reference.name)) return false;
    this.#missing(reference.name, reference.path, from, reference.by);
    return false;
  }

  #missing(name: string, path: Path, from: string | undefined, by: string): void {
    if (from !== undefined) this.faulty.add(from);
    if (this.#source.isLeftOut?.(name)) return;
    const isExcluded = this.#stack.excluded.has(name);
    const candidates = [
      ...this.#ids,
      ...this.#stack.scope.parameters.keys(),
      ...this.#stack.scope.pseudoParameters.keys(),
    ];
    const suggestion = nearest(name, candidates);
    const why = isExcluded
      ? "whose condition is false, so it is not in the stack"
      : "which the template does not have";
    const block = path[0] === "Outputs" ? "Outputs" : "Resources";
    const answer =
      by === "Fn::GetAtt"
        ? `Template error: instance of Fn::GetAtt references undefined resource ${name}`
        : `Template format error: Unresolved resource dependencies [${name}] in the ${block} block of the template`;
    this.diagnostics.push(
      diagnosticAt(this.#source.positionOf(path), {
        severity: "error",
        code: isExcluded ? "reference-to-excluded" : "reference-to-nothing",
        message: `\`${by}\` names \`${name}\`, ${why}. CloudFormation answers \`${answer}\`.`,
        hint: isExcluded
          ? "Put the reference into an Fn::If on the same condition."
          : suggestion === undefined
            ? "Name a resource, a parameter or a pseudo parameter."
            : `Did you mean \`${suggestion}\`?`,
        logicalId: from === undefined ? undefined : this.#source.originOf(from),
      }),
    );
  }
}
