import { errorWords } from '../words/errors.ts'
import { personId } from './phone-memory.ts'

type Entered = { ok: true; room: string; person: string } | { ok: false; why: string }

const NO_SUCH_ROOM = 'No room has this code. Look at the big screen once more.'
const OFFLINE = 'The dashboard does not answer. Are you in the same network?'

/** Asks whether there is a room under this code. Never rejects. */
export async function enterRoom(code: string, _name: string): Promise<Entered> {
  const room = code.toLowerCase()
  try {
    const answer = await fetch(`/api/rooms/${encodeURIComponent(room)}`)
    if (answer.ok) return { ok: true, room, person: personId() }
    const problem: unknown = await answer.json()
    const failed = typeof problem === 'object' && problem !== null ? Reflect.get(problem, 'code') : undefined
    if (failed === 'room-not-found' || failed === 'bad-request' || failed === 'invalid') {
      return { ok: false, why: NO_SUCH_ROOM }
    }
    return { ok: false, why: typeof failed === 'string' ? errorWords(failed) : OFFLINE }
  } catch {
    return { ok: false, why: OFFLINE }
  }
}
