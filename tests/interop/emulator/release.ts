/**
 * The Lambda runtime interface emulator that the suite runs, pinned for each way to get it.
 * @see https://github.com/aws/aws-lambda-runtime-interface-emulator
 */
export const release = {
  /** For the Go toolchain: October 2026. The project's tags are no semantic versions, so Go names the commit. */
  go: {
    package: "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie",
    version: "v0.0.0-20261030222936-bef5c4ba774d",
  },
  /** For pip: the AWS SAM CLI, October 2026, carries AWS's own builds for Linux. */
  pip: {
    package: "aws-sam-cli",
    version: "1.170.0",
    sha256: "24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf",
    binaries: {
      x64: "samcli/local/rapid/aws-lambda-rie-x86_64",
      arm64: "samcli/local/rapid/aws-lambda-rie-arm64",
    },
  },
} as const;
