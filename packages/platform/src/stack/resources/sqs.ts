import type { PolicyDocument } from "../../iam/policy.ts";
import { findPolicyProblem } from "../../iam/policy-problem.ts";
import { AwsServiceError } from "../../service-error.ts";
import { checkQueueName, readQueueAttributes } from "../../sqs/index.ts";
import {
  AlreadyExistsError,
  type CreatedResource,
  type CreationContext,
  NotServedError,
  optionalText,
  ResourceError,
} from "../resource-type.ts";

/** Properties of a queue that are no attributes. */
const noAttributes = new Set(["QueueName", "Tags"]);

/** `AWS::SQS::Queue`. A queue without a name is called by its logical id. FIFO queues are left out. */
export function createQueue(context: CreationContext): CreatedResource {
  const { properties, node, region, accountId } = context;
  const name = optionalText(properties, "QueueName") ?? context.nameFor(node.logicalId, 80);
  if (context.model.queues.has(name)) throw new AlreadyExistsError(`A queue named ${name} already exists.`);
  const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
  const given = Object.entries(properties).filter(([property]) => !noAttributes.has(property));
  try {
    checkQueueName(name);
    const attributes = readQueueAttributes(Object.fromEntries(given));
    context.model.queues.set(name, { name, arn, attributes, createdMs: Date.now(), policies: [] });
  } catch (error) {
    if (!(error instanceof AwsServiceError)) throw error;
    if (error.code === "UnsupportedOperation") throw new NotServedError(error.message);
    throw new ResourceError(error.message);
  }
  const url = context.queueUrl(name);
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
}

/** `AWS::SQS::QueuePolicy`. */
export function createQueuePolicy(context: CreationContext): CreatedResource {
  const { properties, model, node } = context;
  const document = properties["PolicyDocument"] as PolicyDocument | null | undefined;
  const urls = properties["Queues"];
  if (typeof document !== "object" || document === null || !Array.isArray(urls)) {
    throw new ResourceError(`${node.type} needs PolicyDocument and Queues.`);
  }
  const problem = findPolicyProblem(document);
  if (problem !== undefined) throw new ResourceError(problem);
  for (const url of urls) {
    const queue = model.queues.get(String(url).split("/").at(-1) ?? "");
    if (queue === undefined) throw new ResourceError(`The queue ${String(url)} is not in the template.`);
    model.queues.set(queue.name, { ...queue, policies: [...queue.policies, document] });
  }
  const ref = context.nameFor(node.logicalId);
  return { ref, attributes: { Id: ref } };
}
