import * as z from 'zod'
import { type Command, route } from './command-definition.ts'
import { destinationRefSchema, groupNameSchema, nameSchema, systemIdSchema } from './names.ts'
import { consumerSchema, seatRulesSchema } from './room.ts'

/**
 * A person's seat in a room: a consumer with a connection of its own that belongs to the person. Its wire form is a consumer
 * with an `owner`; it is `away` while the person's device is gone.
 */
export const takeSeatSchema = z.object({
  system: systemIdSchema.optional(),
  destination: destinationRefSchema.optional(),
  had: z
    .object({
      system: systemIdSchema,
      destination: nameSchema,
      consumer: nameSchema,
      group: groupNameSchema.optional(),
    })
    .optional()
    .describe(
      'The seat that the person had before the server was started again: given back where it is free',
    ),
})
export type TakeSeat = z.infer<typeof takeSeatSchema>

const nothing = z.object({})

const TAKE_ERRORS = ['system-not-found', 'destination-not-found', 'too-many', 'not-capable'] as const

export const seatCommands = {
  'seat:take': {
    summary: 'The person takes a seat: a consumer of their own, dealt evenly over the room’s destinations',
    description:
      'Whoever has a seat keeps it, also one that was away. `system` and `destination` choose where the presenter allows it.',
    needs: 'participant',
    actsOn: 'presence',
    input: takeSeatSchema,
    output: consumerSchema,
    errors: [...TAKE_ERRORS, 'wrong-state'],
    http: null,
  },
  'seat:drop': {
    summary:
      'The connection of the person’s seat ends without a goodbye; `consumer:command` `start` connects it again',
    needs: 'participant',
    actsOn: 'presence',
    input: nothing,
    output: consumerSchema,
    errors: ['wrong-state', 'not-capable', 'consumer-not-found'],
    http: null,
  },
  'seat:leave': {
    summary: 'The person gives the seat up; its consumer leaves politely',
    needs: 'participant',
    actsOn: 'presence',
    input: nothing,
    output: nothing,
    errors: ['wrong-state'],
    http: null,
  },
  'seats:update': {
    summary: 'Whether people choose where they sit, or are dealt a seat',
    needs: 'presenter',
    actsOn: 'room',
    input: seatRulesSchema,
    output: seatRulesSchema,
    errors: [],
    http: route(
      'put',
      '/api/rooms/{room}/seats',
      'updateSeats',
      { 200: 'So it is' },
      { body: seatRulesSchema },
    ),
  },
} as const satisfies Record<string, Command>
