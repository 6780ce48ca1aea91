// Calls one method with a client of the Connect project and prints each answer as a line of JSON:
//   node call.mjs TRANSPORT URL KEY METHOD MESSAGE
// What the contracts say it has from the published image alone. An error ends it with 1, its code
// and details on standard error.
import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";

const transports = {
  "node-connect": (url) => node.createConnectTransport({ baseUrl: url, httpVersion: "1.1" }),
  "node-connect-json-h2": (url) =>
    node.createConnectTransport({ baseUrl: url, httpVersion: "2", useBinaryFormat: false }),
  "node-grpc": (url) => node.createGrpcTransport({ baseUrl: url }),
  "node-grpc-web": (url) => node.createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1" }),
  "web-connect": (url) => web.createConnectTransport({ baseUrl: url, useHttpGet: true }),
  "web-grpc-web": (url) => web.createGrpcWebTransport({ baseUrl: url }),
};

const [transport, url, key, method, message] = process.argv.slice(2);
const image = readFileSync(new URL("../published.binpb", import.meta.url));
const types = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
const service = types.getService("fleetd.v1.DeviceService");
const rpc = service.methods.find((known) => known.name === method);
const client = createClient(service, transports[transport](url));
const request = fromJsonString(rpc.input, message, { registry: types });
const options = { headers: { authorization: `Bearer ${key}` } };
const print = (answer) => console.log(toJsonString(rpc.output, answer, { registry: types }));

try {
  const answer = client[rpc.localName](request, options);
  if (rpc.methodKind === "server_streaming") {
    for await (const one of answer) {
      print(one);
    }
  } else {
    print(await answer);
  }
  process.exit(0);
} catch (problem) {
  const error = ConnectError.from(problem);
  console.error(`${Code[error.code]}: ${error.rawMessage}`);
  error.details.forEach((detail) => console.error(detail.type ?? detail.desc?.typeName));
  process.exit(1);
}
