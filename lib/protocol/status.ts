import * as z from 'zod'
import { brokerFaultsSchema } from './faults.ts'
import { systemIdSchema } from './names.ts'

/** Why a broker is not up, in a code the screen words, with the raw reason beside it. */
export const brokerReasonSchema = z.object({
  code: z.enum([
    'looking',
    'installing',
    'starting',
    'connecting',
    'refused',
    'lost',
    'not-found',
    'start-failed',
    'wrong-protocol',
    'authentication',
    'certificate',
    'misconfigured',
    'stopped',
    'blocked',
  ]),
  /** The raw words: an errno, a broker's close reason, a program's last line. Hostile text. */
  text: z.string(),
})
export type BrokerReason = z.infer<typeof brokerReasonSchema>

/** One way to start a broker, to be shown with a copy button. */
export const startHintSchema = z.object({ where: z.string(), command: z.string() })

/** `blocked`: it is connected and takes no messages for now, because of a memory or disk alarm. */
const statusSchema = z.enum(['up', 'blocked', 'connecting', 'down'])

/** One broker as the dashboard sees it: the launcher's knowledge first, then the driver's. */
export const brokerStatusSchema = z.object({
  system: systemIdSchema,
  status: statusSchema,
  /** When this status began, Unix time in milliseconds. */
  since: z.number(),
  /** `host:port` as a person would type it, once known. */
  address: z.string().optional(),
  version: z.string().optional(),
  reason: brokerReasonSchema.optional(),
  /** Tries so far since the connection was lost, and when the next is due (Unix time in milliseconds). */
  tries: z.number().optional(),
  nextTryAt: z.number().optional(),
  /** How it came to run: found through an environment variable, found listening, or started by us. */
  origin: z.enum(['environment', 'listening', 'child', 'compose']).optional(),
  hints: z.array(startHintSchema).optional(),
  faults: brokerFaultsSchema.optional(),
})
export type BrokerStatus = z.infer<typeof brokerStatusSchema>

/** `GET /api/health` */
export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  brokers: z.record(
    systemIdSchema,
    z.object({
      status: statusSchema,
      version: z.string().optional(),
      reason: z.string().optional(),
      since: z.string().describe('ISO 8601'),
      faults: brokerFaultsSchema.optional(),
    }),
  ),
})
export type Health = z.infer<typeof healthSchema>
