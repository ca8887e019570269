// Opens the state in the folder that it is given, writes to it, tells what, and stays until it is killed.
import { LogStore } from "../src/logs/log-store.ts";
import { StateDatabase } from "../src/state/database.ts";
import { Identifiers } from "../src/state/identifiers.ts";

const state = StateDatabase.open(process.argv[2] ?? "", (message) => process.emitWarning(message));
const id = new Identifiers(state).idOf("rest-api", "Api", 10);
const logs = new LogStore(state, (message) => process.emitWarning(message));
logs.put("g", "s", { timestampMs: 1, message: "committed" });
logs.flush();
process.send?.(id);
