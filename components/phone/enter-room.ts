import { pageAddress } from '#lib/util/page-address.ts'
import { errorWords } from '../words/errors.ts'
import { personId } from './phone-memory.ts'

type Entered = { ok: true; room: string; person: string; name: string } | { ok: false; why: string }

const OFFLINE = 'The dashboard does not answer. Are you in the same network?'

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const waitOf = (body: unknown): { retryAfterMs?: number } => {
  const ms = memberOf(body, 'retryAfterMs')
  return typeof ms === 'number' ? { retryAfterMs: ms } : {}
}

/** Enters the room of a join code under a name, which is the person's from then on. Never rejects. */
export async function enterRoom(code: string, asked: string): Promise<Entered> {
  try {
    const answer = await fetch(pageAddress('/api/join'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, name: asked }),
    })
    const body: unknown = await answer.json()
    if (!answer.ok)
      return { ok: false, why: errorWords(textOf(memberOf(body, 'code')) || 'internal', waitOf(body)) }
    const person = memberOf(body, 'person')
    // Where no token says who this is, it is who it was on the desk.
    const id = memberOf(body, 'expiresAt') === undefined ? personId() : textOf(memberOf(person, 'id'))
    return {
      ok: true,
      room: textOf(memberOf(body, 'room')),
      person: id,
      name: textOf(memberOf(person, 'name')),
    }
  } catch {
    return { ok: false, why: OFFLINE }
  }
}
