import type { z } from 'zod'
import type { ErrorCode } from './errors.ts'

/**
 * What running a command takes. Each role includes those before it. Where other machines cannot come in, everybody is a
 * presenter.
 */
export const ROLES = ['anyone', 'participant', 'presenter'] as const
export type Role = (typeof ROLES)[number]

export type HttpMethod = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** How a command is requested and answered over HTTP. */
export interface HttpForm {
  /** The operation's id in the OpenAPI document. */
  id: string
  method: HttpMethod
  /** `{room}` is the room that the command acts on; every other `{name}` is that member of its input. */
  path: string
  /** Status and description of each answer that is not a problem. Without a body when the status is 204. */
  success: Readonly<Record<number, string>>
  /** The JSON body. Its members and those of the path make the input, unless `lib/http/command-routes.ts` says otherwise. */
  body?: z.ZodType
  /** The names of query and header parameters that `lib/protocol/openapi.ts` describes. */
  parameters?: readonly ('system' | 'since' | 'epoch' | 'lastEventId' | 'from' | 'limit')[]
  /** What the answer holds, where that is not the command's output. */
  answer?: z.ZodType
  /** The answer is a stream of `answer` in one of these media types. */
  mediaTypes?: readonly string[]
}

export interface Command {
  /** One line for the generated documents. */
  summary: string
  description?: string
  needs: Role
  /** What it takes to send a poison message by it, which breaks others' consumers as a fault does. Absent: as `needs`. */
  needsForPoison?: Role
  /** A participant may do it only to a consumer of their own, which a presenter may do to all. */
  ownOnly?: true
  /**
   * `room`: the room that the socket has joined or that the path names. `dashboard`: no room, or the one that the input
   * names. `presence`: the socket's own place in a room, which a caller over HTTP does not have. `access`: who may come in,
   * to the room that the input names, or to any.
   */
  actsOn: 'room' | 'dashboard' | 'presence' | 'access'
  input: z.ZodType
  /** What an `ok` acknowledgement holds. */
  output: z.ZodType
  /** Beside those that every command can meet. */
  errors: readonly ErrorCode[]
  /** Null for commands on a socket's presence. */
  http: HttpForm | null
}

export const route = (
  method: HttpMethod,
  path: string,
  id: string,
  success: HttpForm['success'],
  more: Pick<HttpForm, 'body' | 'parameters' | 'answer' | 'mediaTypes'> = {},
): HttpForm => ({ id, method, path, success, ...more })
