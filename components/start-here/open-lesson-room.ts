import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { pageAddress } from '#lib/util/page-address.ts'

const ROOM_NAME_MAX = 32
/** As many rooms as one lesson may have going on beside each other, before one is joined. */
const ROOMS_TRIED = 9

/** The address that begins a lesson in a room of its own. */
export const lessonAddress = (lesson: string): string => pageAddress(`/?lesson=${encodeURIComponent(lesson)}`)

async function request(method: string, path: string, body: object): Promise<Response> {
  return await fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

const roomFor = (lesson: string, nth: number): string => {
  const suffix = nth === 1 ? '' : `-${nth}`
  return `${lesson.substring(0, ROOM_NAME_MAX - suffix.length)}${suffix}`
}

async function failureOf(answer: Response): Promise<Error> {
  const problem = (await answer.json().catch(() => null)) as { detail?: string } | null
  return new Error(problem?.detail ?? `the dashboard answered ${answer.status}`)
}

/**
 * Makes a room of a lesson's scene, or joins the one where that lesson goes on; where nobody is, it begins anew. Resolves
 * with the room's name. Rejects with words.
 */
export async function openLessonRoom(lesson: string): Promise<string> {
  for (let nth = 1; nth <= ROOMS_TRIED; nth += 1) {
    const room = roomFor(lesson, nth)
    const path = pageAddress(`/api/rooms/${encodeURIComponent(room)}`)
    const answer = await request('PUT', path, { lesson })
    if (!answer.ok) throw await failureOf(answer)
    if (answer.status === 201) return room
    const snapshot = (await answer.json()) as RoomSnapshot
    if (snapshot.people.length > 0 && snapshot.lesson?.name === lesson) return room
    if (snapshot.people.length > 0) continue
    const begun = await request('POST', `${path}/lesson`, { lesson })
    if (!begun.ok) throw await failureOf(begun)
    return room
  }
  throw new Error('too many rooms have this name already')
}
