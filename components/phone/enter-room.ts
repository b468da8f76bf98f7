import { type Joined, joinedSchema } from '#lib/protocol/access-commands.ts'
import { errorWords } from '../words/errors.ts'
import { personId } from './phone-memory.ts'

type Entered = { ok: true; room: string; person: string } | { ok: false; why: string }

const NO_SUCH_ROOM = 'No room has this code. Look at the big screen once more.'
const OFFLINE = 'The dashboard does not answer. Are you in the same network?'

/**
 * Enters a room by its code, under a name. Where nothing is shared a room's name is as good as its code, and the person is
 * this browser's; else the person is the token's. Never rejects.
 */
export async function enterRoom(code: string, name: string): Promise<Entered> {
  try {
    const answer = await fetch('/api/join', { method: 'POST', body: JSON.stringify({ code, name }) })
    if (answer.ok) return enteredAs(joinedSchema.parse(await answer.json()))
    const problem: unknown = await answer.json()
    const failed = textOf(problem, 'code')
    if (failed === 'wrong-code' && (await isOpenRoom(code))) {
      return { ok: true, room: code.toLowerCase(), person: personId() }
    }
    if (failed === 'wrong-code' || failed === 'bad-request') return { ok: false, why: NO_SUCH_ROOM }
    const retryAfterMs = Number(textOf(problem, 'retryAfterMs'))
    const wait = Number.isNaN(retryAfterMs) ? {} : { retryAfterMs }
    return { ok: false, why: failed === undefined ? OFFLINE : errorWords(failed, wait) }
  } catch {
    return { ok: false, why: OFFLINE }
  }
}

const enteredAs = ({ room, person, expiresAt }: Joined): Entered => ({
  ok: true,
  room,
  person: expiresAt === undefined ? personId() : person.id,
})

const isOpenRoom = async (name: string): Promise<boolean> =>
  (await fetch(`/api/rooms/${encodeURIComponent(name.toLowerCase())}`)).ok

function textOf(problem: unknown, member: string): string | undefined {
  const value = typeof problem === 'object' && problem !== null ? Reflect.get(problem, member) : undefined
  return value === undefined ? undefined : String(value)
}
