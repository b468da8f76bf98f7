import * as z from 'zod'
import { addressSchema } from './address.ts'
import { keptMessageSchema, keptPageSchema } from './browse-commands.ts'
import {
  acceptedSchema,
  addConsumerSchema,
  addDestinationSchema,
  commandArgumentsSchema,
  joinSchema,
  positionSchema,
  postMessageSchema,
  publishReplySchema,
  publishSchema,
  startLoadSchema,
  updateConsumerSchema,
  updateDestinationSchema,
} from './command-schemas.ts'
import { failureSchema } from './errors.ts'
import { contentSchema, type EventKind, roomEventSchema } from './events.ts'
import { factsSchema } from './facts.ts'
import { lessonSchema } from './lesson.ts'
import { roomLessonSchema } from './lesson-state.ts'
import { problemSchema } from './problem.ts'
import {
  consumerSchema,
  destinationSchema,
  loadStateSchema,
  personSchema,
  roomSnapshotSchema,
  settingsSchema,
} from './room.ts'
import { sceneSchema } from './scene.ts'
import { brokerStatusSchema, healthSchema } from './status.ts'
import { openVoteSchema, scoreSchema, voteSchema } from './vote.ts'

/** JSON, as a document holds it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

const OWN_ADDRESS = /^\/(api|socket\.io)\//

/** A document whose addresses are those of a dashboard at that base path. Its keys are relative to its server, and stay. */
export function lyingAt(basePath: string, document: JsonObject): JsonObject {
  if (basePath === '') return document
  const placed = (_key: string, value: Json): Json =>
    typeof value === 'string' && OWN_ADDRESS.test(value) ? `${basePath}${value}` : value
  return JSON.parse(JSON.stringify(document), placed) as JsonObject
}

/** Every schema that has a name of its own in the generated documents. */
const NAMED = {
  AddConsumer: addConsumerSchema,
  AddDestination: addDestinationSchema,
  Accepted: acceptedSchema,
  Address: addressSchema,
  BrokerStatus: brokerStatusSchema,
  CommandArguments: commandArgumentsSchema,
  Consumer: consumerSchema,
  Content: contentSchema,
  Destination: destinationSchema,
  Facts: factsSchema,
  Failure: failureSchema,
  Health: healthSchema,
  Join: joinSchema,
  KeptMessage: keptMessageSchema,
  KeptPage: keptPageSchema,
  Lesson: lessonSchema,
  LoadState: loadStateSchema,
  OpenVote: openVoteSchema,
  Person: personSchema,
  Position: positionSchema,
  PostMessage: postMessageSchema,
  Problem: problemSchema,
  Publish: publishSchema,
  PublishReply: publishReplySchema,
  RoomEvent: roomEventSchema,
  RoomLesson: roomLessonSchema,
  RoomSnapshot: roomSnapshotSchema,
  Scene: sceneSchema,
  Score: scoreSchema,
  Settings: settingsSchema,
  StartLoad: startLoadSchema,
  UpdateConsumer: updateConsumerSchema,
  UpdateDestination: updateDestinationSchema,
  Vote: voteSchema,
} as const
export type ComponentName = keyof typeof NAMED

const names = new Map<z.ZodType, string>(Object.entries(NAMED).map(([name, schema]) => [schema, name]))
/** The name that a schema has already, else `otherwise`. */
export const nameOf = (schema: z.ZodType, otherwise: string): string => names.get(schema) ?? otherwise

const eventName = (kind: EventKind): string =>
  `Event${kind
    .split('-')
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join('')}`

export const pointer = (name: string): string => `#/components/schemas/${name}`
export const ref = (name: ComponentName): JsonObject => ({ $ref: pointer(name) })

/**
 * All named schemas as JSON Schema 2020-12, generated from the same schemas that parse the wire. `more` are further ones,
 * by the name that each gets unless it has one.
 */
export function componentSchemas(more: Record<string, z.ZodType> = {}): JsonObject {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries({ ...NAMED, ...more }))
    registry.add(schema, { id: nameOf(schema, id) })
  for (const option of roomEventSchema.options)
    registry.add(option, { id: eventName(option.shape.kind.value) })
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-2020-12', io: 'input', uri: pointer })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [
      name,
      plain(schema),
    ]),
  )
}

/** A reference to a schema that has a name, else the schema itself. */
export function schemaObject(schema: z.ZodType): JsonObject {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  const name = inner instanceof z.ZodType ? names.get(inner) : undefined
  return name === undefined ? inlineSchema(schema) : { $ref: pointer(name) }
}

/** A schema written out in place. */
export function inlineSchema(schema: z.ZodType): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' })
  return plain(rest)
}

/** A generated schema as plain JSON. */
const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject
