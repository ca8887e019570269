/** The processors that Lambda has, as templates call them. */
export type Architecture = "arm64" | "x86_64";
