import type { components, nodeCalls, operations } from "./generated/api.ts";

/** Name of a call of a node's API. */
export type NodeCall = keyof typeof nodeCalls & keyof operations;

/** What the API answers and takes, by name: `NodeSchemas["Payment"]`. */
export type NodeSchemas = components["schemas"];

type Part<Value> = [Value] extends [undefined] ? unknown : NonNullable<Value>;
type QueryOf<Op> = Op extends { parameters: { query?: infer Query } } ? Part<Query> : unknown;
type PathOf<Op> = Op extends { parameters: { path?: infer Path } } ? Part<Path> : unknown;
type BodyOf<Op> = Op extends { requestBody: { content: { "application/json": infer Body } } }
  ? { body: Body }
  : unknown;

/** Parts of the path, filters of the query, and the body of a call. */
export type CallInput<Name extends NodeCall> = QueryOf<operations[Name]> &
  PathOf<operations[Name]> &
  BodyOf<operations[Name]>;

type Content<Response> = Response extends { content: { "application/json": infer Answer } } ? Answer : never;
type Responses<Op> = Op extends { responses: infer All } ? All : never;

/** What a call answers. */
export type CallAnswer<Name extends NodeCall> =
  Responses<operations[Name]> extends infer All
    ? { [Status in keyof All]: Status extends 200 | 201 ? Content<All[Status]> : never }[keyof All]
    : never;

type Streams = { [Name in NodeCall]: (typeof nodeCalls)[Name] extends { stream: true } ? Name : never }[NodeCall];
export type JsonCall = Exclude<NodeCall, Streams>;
