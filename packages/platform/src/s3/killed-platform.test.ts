import { fork } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { S3Host } from "../../test/s3-host.ts";

const program = fileURLToPath(new URL("../../test/platform-process.ts", import.meta.url));

test("what was accepted survives kill -9, and what was being sent leaves nothing", async () => {
  // The one that comes after is made first, for its folder, and starts on the state once more.
  await using after = await S3Host.start();
  const { folder } = after.test;
  const state = join(folder, "other-state");
  const child = fork(program, [join(folder, "template.json"), state], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  let listening: { port: number; credentials: { accessKeyId: string; secretAccessKey: string } } | undefined;
  while (listening === undefined) {
    const [message] = await once(child, "message");
    if (message.kind === "listening") listening = message;
  }
  const { port, credentials } = listening;
  const client = after.clientWith({ endpoint: `http://127.0.0.1:${port}`, credentials });
  const Bucket = "kept";
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: "accepted", Body: "accepted" }));
  const ids = { Bucket, Key: "in parts" };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(ids));
  await client.send(new UploadPartCommand({ ...ids, UploadId, PartNumber: 1, Body: "part" }));

  const half = Promise.withResolvers<void>();
  const Body = Readable.from(
    (async function* () {
      yield Buffer.alloc(4 * 1024 * 1024);
      await half.promise;
    })(),
  );
  const sending = client.send(
    new PutObjectCommand({ Bucket, Key: "half", Body, ContentLength: 8 * 1024 * 1024 }),
  );
  const refused = expect(sending).rejects.toThrow();
  const files = async () => (await readdir(join(state, "objects"))).length;
  await expect.poll(files).toBe(3);
  child.kill("SIGKILL");
  await exited;
  half.resolve();
  await refused;

  await using again = await S3Host.start({ stateFolder: state });
  expect(await files()).toBe(2);
  const read = await again.client.send(new GetObjectCommand({ Bucket, Key: "accepted" }));
  expect(await read.Body?.transformToString()).toBe("accepted");
  const { Contents } = await again.client.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(["accepted"]);
  const { Parts } = await again.client.send(new ListPartsCommand({ ...ids, UploadId }));
  expect(Parts?.map(({ Size }) => Size)).toEqual([4]);
});
