/** Why an API can't be served: what in it, and what to do. */
export class RestApiError extends Error {
  /** Where in the body, such as `paths./stream.get`. */
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.name = "RestApiError";
    this.place = place;
  }
}

/** Why AWS serves a method and this platform does not. */
export class UnservedMethodError extends RestApiError {}
