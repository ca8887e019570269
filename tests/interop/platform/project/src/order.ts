/** What a test asks of a function: in the query of an HTTP request, or as the event itself. */
export interface Order {
  /** Address of the test's gate; the function waits for nobody without one. */
  readonly gate?: string | undefined;
  /** The piece after which the function fails. */
  readonly failure?: string | undefined;
}

/** An event, as far as the functions here look at it. */
export interface OrderEvent extends Order {
  readonly queryStringParameters?: Order | null;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

export function orderOf(event: OrderEvent): Order {
  return event.headers ? (event.queryStringParameters ?? {}) : event;
}

/** Waits until the test lets the function pass. */
export async function stopAt(name: string, { gate }: Order): Promise<void> {
  if (gate === undefined) return;
  const { ok } = await fetch(`${gate}/${name}`);
  if (!ok) throw new Error(`The test closed the gate before "${name}".`);
}
