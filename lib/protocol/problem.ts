import * as z from 'zod'
import { ERROR_STATUS, type ErrorCode, errorCodeSchema, type Failure } from './errors.ts'

/** An RFC 9457 problem document. Limits and reasons are further members. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string(),
  code: errorCodeSchema,
  retryAfterMs: z.number().optional().describe('When trying again makes sense, milliseconds'),
})

/** One line for each error code: the `title` of its problem document, and its entry in the generated documents. */
export const PROBLEM_TITLES: Record<ErrorCode, string> = {
  'bad-request': 'The request could not be read',
  'token-needed': 'A token is needed',
  'forbidden-role': 'That takes a presenter',
  'forbidden-room': 'The token is for another room',
  'not-yours': 'It belongs to somebody else',
  muted: 'A presenter has muted this person',
  'person-removed': 'A presenter has removed this person from the room',
  'wrong-code': 'No room has this code',
  'forbidden-origin': 'Requests from this origin are not served',
  'forbidden-host': 'This host name is not served here',
  'room-not-found': 'There is no such room',
  'destination-not-found': 'The room has no such destination',
  'consumer-not-found': 'The room has no such consumer',
  'delivery-not-found': 'The consumer holds no such delivery',
  'person-not-found': 'The room has no such person',
  'system-not-found': 'There is no such system',
  'lesson-not-found': 'There is no such lesson',
  'command-not-found': 'There is no such command',
  'not-found': 'There is nothing at this address',
  'method-not-allowed': 'This address does not take this method',
  'name-taken': 'The name is taken',
  'id-in-use': 'The id stands for another message',
  'ambiguous-name': 'Several consumers or destinations have this name',
  'wrong-state': 'Not possible in this state',
  'lobby-stays': 'The lobby cannot be removed',
  'not-capable': 'The system has no such thing',
  'existed-before': 'Other programs may use it: to change it takes a confirmation',
  'load-running': 'A load is running already',
  'not-ours': 'The broker is not this dashboard’s own to stop',
  'vote-open': 'A question is open already',
  'vote-closed': 'No question is open',
  'text-too-long': 'The text is too long',
  'body-too-large': 'The request body is too large',
  invalid: 'The input is not valid',
  'text-empty': 'The text is empty',
  'broker-refused': 'The broker refused',
  'too-many': 'A limit is reached',
  'rate-limited': 'Too many commands',
  internal: 'Something failed inside the dashboard',
  'broker-down': 'The broker is away',
  'broker-timeout': 'The broker did not answer in time',
}

/** An RFC 9457 problem type: a place in the API's own description, where it can be looked up. */
export const problemType = (code: ErrorCode, basePath = ''): string =>
  `${basePath}/api/openapi.json#/components/responses/${code}`

/** When to ask again after a 503 that names no time of its own: brokers come back within seconds. */
const UNAVAILABLE_RETRY_MS = 2_000

/**
 * The failure that a socket gets as its acknowledgement, as the problem document that a caller over HTTP gets. `path` is the
 * one within the dashboard, which lies at `basePath`.
 */
export function problemOf(
  failure: Failure,
  { basePath, path }: { basePath: string; path: string },
): z.infer<typeof problemSchema> {
  const { code, message, detail } = failure
  const status = ERROR_STATUS[code]
  const retryAfterMs = failure.retryAfterMs ?? (status === 503 ? UNAVAILABLE_RETRY_MS : undefined)
  return {
    ...detail,
    type: problemType(code, basePath),
    title: PROBLEM_TITLES[code],
    status,
    detail: message,
    instance: `${basePath}${path}`,
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}
