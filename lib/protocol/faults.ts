import * as z from 'zod'

// Faults that somebody makes on purpose: on a broker that this dashboard started, or on one consumer's own connections.

/** The longest that a slow line holds bytes back, each way: beyond it, no client library gets through its greeting. */
export const LATENCY_MAX_MS = 2_000

/**
 * What can be done to a broker. `pause` stops its processes as they are (SIGSTOP), and `resume` lets them go on. `kill` ends
 * them without a goodbye (SIGKILL), and it stays down until `restart` starts it again with the same data and port.
 */
export const brokerFaultSchema = z.enum(['pause', 'resume', 'kill', 'restart'])
export type BrokerFault = z.infer<typeof brokerFaultSchema>

/** What was done to a broker and still holds. */
export const brokerStandsSchema = z.enum(['paused', 'killed'])
export type BrokerStands = z.infer<typeof brokerStandsSchema>

/**
 * Why a broker's processes are not ours to stop: the environment names it, it ran before we came, it runs in a container,
 * another dashboard uses it too, or it has not been started yet.
 */
export const notOursSchema = z.enum(['environment', 'listening', 'container', 'shared', 'not-started'])
export type NotOurs = z.infer<typeof notOursSchema>

/** Whether faults may be made on a broker, and which one holds now. */
export const brokerFaultsSchema = z.object({
  may: z.boolean(),
  /** Why not. */
  reason: notOursSchema.optional(),
  now: brokerStandsSchema.optional(),
})
export type BrokerFaults = z.infer<typeof brokerFaultsSchema>

const delay = (max: number) => z.number().int().min(0).max(max)

export const slowLineSchema = z.object({
  kind: z.literal('slow'),
  latencyMs: delay(LATENCY_MAX_MS),
  jitterMs: delay(LATENCY_MAX_MS).default(0),
})

/**
 * A line that is not whole. `slow`: every byte takes `latencyMs`, each way, and up to `jitterMs` more at random. `freeze`: no
 * byte passes either way, and the connection stays open.
 */
export const lineFaultSchema = z.discriminatedUnion('kind', [
  slowLineSchema,
  z.object({ kind: z.literal('freeze') }),
])
export type LineFault = z.infer<typeof lineFaultSchema>

/** What breaks a line. `cut` breaks its connections (RST), once. */
const lineDamageSchema = z.discriminatedUnion('kind', [
  ...lineFaultSchema.options,
  z.object({ kind: z.literal('cut') }),
])
export type LineDamage = z.infer<typeof lineDamageSchema>

/** What can be done to a consumer's line. `none` ends what holds. */
export const consumerFaultSchema = z.discriminatedUnion('kind', [
  ...lineDamageSchema.options,
  z.object({ kind: z.literal('none') }),
])
export type ConsumerFault = z.infer<typeof consumerFaultSchema>

/**
 * The mark of a fault that somebody made, on a `fault` event. `poison`: a message was sent whose processing always fails;
 * `skip`: a consumer was moved past a record that it failed at.
 */
export const madeFaultSchema = z.object({
  what: z.enum(['pause', 'kill', 'slow', 'freeze', 'cut', 'poison', 'skip']),
  /** `once`: it is over as it happens. An end names the fault that ends. */
  phase: z.enum(['begins', 'ends', 'once']),
  /** Who did it, by name; absent where nobody gave one, and where it ended by itself. */
  by: z.string().optional(),
  /** Of a poison message: its number. */
  number: z.number().int().optional(),
  /** Of a slow line. */
  latencyMs: z.number().optional(),
  jitterMs: z.number().optional(),
})
export type MadeFault = z.infer<typeof madeFaultSchema>
