import * as z from 'zod'
import { type Command, route } from './command-definition.ts'
import { namedConsumerSchema } from './command-schemas.ts'
import { brokerFaultSchema, consumerFaultSchema } from './faults.ts'
import { systemIdSchema } from './names.ts'
import { consumerSchema } from './room.ts'
import { brokerStatusSchema } from './status.ts'

/** Commands that break something on purpose, and mend it. */
export const faultCommands = {
  'broker:fault': {
    summary: 'Pauses, resumes, kills or restarts a broker that this dashboard started and uses alone',
    description:
      'It holds for every room, and each room’s stream has a `fault` with its mark `made`. A status says beforehand whether it may be done (`faults.may`), and why not.',
    needs: 'presenter',
    actsOn: 'dashboard',
    input: z.object({ system: systemIdSchema, fault: brokerFaultSchema }),
    output: brokerStatusSchema,
    errors: ['system-not-found', 'not-ours', 'wrong-state', 'broker-timeout'],
    http: route('post', '/api/brokers/{system}/faults/{fault}', 'faultBroker', { 200: 'Done' }),
  },
  'consumer:fault': {
    summary: "Slows, freezes or cuts the line between a consumer's connections and the broker, or mends it",
    description:
      'A proxy stands in that line from the first fault on: the consumer leaves and attaches again through it, once.',
    needs: 'presenter',
    actsOn: 'room',
    input: namedConsumerSchema.extend({ fault: consumerFaultSchema }),
    output: consumerSchema,
    errors: [
      ...(['broker-refused', 'broker-down', 'broker-timeout', 'consumer-not-found'] as const),
      ...(['ambiguous-name', 'wrong-state'] as const),
    ],
    http: route(
      'put',
      '/api/rooms/{room}/consumers/{consumer}/line/fault',
      'faultConsumer',
      { 200: 'Done' },
      { body: z.object({ fault: consumerFaultSchema }) },
    ),
  },
} as const satisfies Record<string, Command>
